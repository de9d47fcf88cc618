//! Why a command stopped, and with which exit code.

use std::process::ExitCode;

use lambda_kit::{BoxError, chain};

use crate::show;

/// A command stopped.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The command is incomplete or wrong: nothing was done.
    Misuse(String),
    /// What was asked could not be done; in French, without a cause worth showing.
    Refused(String),
    /// Something failed on the way.
    Failed(BoxError),
}

impl Trouble {
    /// Says it on standard error; the exit code is 2 for a misuse, else 1.
    pub(crate) fn report(&self) -> ExitCode {
        let (text, code) = match self {
            Self::Misuse(text) => (text.clone(), 2),
            Self::Refused(text) => (text.clone(), 1),
            Self::Failed(error) => (with_advice(&chain(error.as_ref())), 1),
        };
        show::progress(&format!("relais : {text}"));
        ExitCode::from(code)
    }
}

/// Errors of the services are in English; what most of them come from is said in French.
fn with_advice(error: &str) -> String {
    let has = |parts: &[&str]| parts.iter().any(|part| error.contains(part));
    let advice = if has(&["AccessDenied", "access is denied"]) {
        "Vos identifiants AWS n'ont pas ce droit : la politique OperatorPolicy de la pile les donne tous."
    } else if has(&[
        "CredentialsNotLoaded",
        "no providers in chain",
        "credentials provider",
    ]) {
        "Aucun identifiant AWS n'est trouvé : exportez AWS_PROFILE, ou les clés (aws configure export-credentials --format env)."
    } else if has(&[
        "NonExistentQueue",
        "QueueDoesNotExist",
        "bucket does not exist",
    ]) {
        "Les variables nomment une ressource qui n'existe pas : refaites le fichier avec `relais env`."
    } else {
        return error.to_owned();
    };
    format!("{error}\n  {advice}")
}

impl<E: Into<BoxError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
