//! One establishment: the way to Chorus Pro, walked step by step until it ends.

use chorus_pro::{
    Account, Borne, Decision, Error, ErrorKind, Forbidden, TypeDemandePaiement,
    factures::{ParamRecherche, RechercheRecipiendaire},
};
use jiff::{Timestamp, Unit, civil::Date, tz::TimeZone};
use lambda_kit::{chain, config::Establishment};
use serde::{Deserialize, Serialize};

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// Where the way to Chorus Pro ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// It does not end: invoices can come.
    Well,
    /// PISTE does not accept the application's `client_id` and `client_secret`.
    PisteRefused,
    /// PISTE, the gateway or Chorus Pro does not answer: it may pass by itself.
    Unreachable,
    /// The technical account is refused (401): its password has expired, was changed, or it is not connected to the application.
    AccountRefused,
    /// An API is refused (403): its CGU are not accepted, or a right or the raccordement is missing.
    RightsMissing,
    /// The account works, and does not see the establishment.
    NotAttached,
    /// An address of the configuration is wrong.
    Misconfigured,
    /// Chorus Pro answered something that is none of these.
    NotUnderstood,
}

/// The steps of the way, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// A token of PISTE, and the gateway.
    Piste,
    /// The technical account, and the structures it receives for.
    Account,
    /// The establishment among these.
    Structure,
    /// The API that lists and gives invoices.
    Invoices,
    /// The API of the directory, and the day the password ends.
    Password,
}

impl Stage {
    /// What the step looks at, in French.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Piste => "PISTE et passerelle",
            Self::Account => "compte technique",
            Self::Structure => "rattachement de la structure",
            Self::Invoices => "API Factures",
            Self::Password => "mot de passe du compte technique",
        }
    }

    /// The API of Chorus Pro that the step calls, as PISTE names it.
    #[must_use]
    pub fn api(self) -> &'static str {
        match self {
            Self::Piste | Self::Account | Self::Structure => "Transverses",
            Self::Invoices => "Factures",
            Self::Password => "Structures",
        }
    }
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which one.
    pub stage: Stage,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen, for support.
    pub detail: String,
}

/// What was found of an establishment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// The steps that were made; the last one is where the way ends.
    pub steps: Vec<Step>,
    /// The day the technical account's password ends, when the portal says.
    pub password_expires: Option<Date>,
    /// Days from today to that day; negative once it has passed.
    pub days_left: Option<i32>,
}

impl Examination {
    /// An establishment that could not even be asked about: the client cannot be built.
    #[must_use]
    pub fn impossible(error: &Error) -> Self {
        Self {
            steps: vec![failed(Stage::Piste, error)],
            password_expires: None,
            days_left: None,
        }
    }

    /// The step where the way ends; `None` when all is well.
    #[must_use]
    pub fn end(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.verdict != Verdict::Well)
    }

    /// Where the way ends.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.end().map_or(Verdict::Well, |step| step.verdict)
    }
}

/// Walks the way: four cheap calls that change nothing at the portal.
pub async fn examine(
    account: &Account,
    establishment: &Establishment,
    now: Timestamp,
) -> Examination {
    let mut walk = Walk {
        account,
        establishment,
        now,
        done: Examination {
            steps: Vec::new(),
            password_expires: None,
            days_left: None,
        },
    };
    walk.go().await;
    walk.done
}

struct Walk<'a> {
    account: &'a Account,
    establishment: &'a Establishment,
    now: Timestamp,
    done: Examination,
}

impl Walk<'_> {
    async fn go(&mut self) {
        // A health check that the gateway does not know says nothing about the token: the next step will tell.
        if let Err(error) = self.account.health_check().await
            && !matches!(
                error.kind(),
                ErrorKind::Http { .. } | ErrorKind::Content { .. }
            )
        {
            return self.ends(Stage::Piste, &error);
        }
        self.passes(Stage::Piste, "un jeton est délivré et la passerelle répond");
        let structures = match self.account.structures_actives_destinataire().await {
            Ok(structures) => structures,
            Err(error) => return self.ends(Stage::Account, &error),
        };
        let count = structures.len();
        self.passes(
            Stage::Account,
            format!("accepté ; il reçoit pour {count} structure(s)"),
        );
        let siret = &self.establishment.siret;
        let found = structures
            .iter()
            .find(|structure| structure.identifiant.as_deref() == Some(siret))
            .and_then(|structure| structure.id_structure_cpp);
        let Some(id) = found else {
            return self.done.steps.push(Step {
                stage: Stage::Structure,
                verdict: Verdict::NotAttached,
                detail: format!("le compte ne voit aucune structure active de SIRET {siret}"),
            });
        };
        let configured = self
            .establishment
            .structure_id
            .and_then(|id| i64::try_from(id).ok());
        if let Some(configured) = configured.filter(|configured| *configured != id) {
            return self.done.steps.push(Step {
                stage: Stage::Structure,
                verdict: Verdict::Misconfigured,
                detail: format!(
                    "la configuration dit structure_id {configured}, Chorus Pro dit {id}"
                ),
            });
        }
        self.passes(Stage::Structure, format!("idStructureCPP {id}"));
        match self
            .account
            .rechercher_recipiendaire(&self.smallest_search(id))
            .await
        {
            Ok(_) => self.passes(Stage::Invoices, "la recherche de factures répond"),
            Err(error) => return self.ends(Stage::Invoices, &error),
        }
        match self.account.consulter_structure(id).await {
            Ok(structure) => {
                let expires = structure
                    .information_generales
                    .and_then(|general| general.date_expiration_mot_passe_compte_tech);
                self.counts_days(expires);
            }
            Err(error) => self.ends(Stage::Password, &error),
        }
    }

    /// The invoices of one day, one row of them.
    fn smallest_search(&self, structure_id: i64) -> RechercheRecipiendaire {
        RechercheRecipiendaire {
            type_demande_paiement: Some(TypeDemandePaiement::Facture),
            id_destinataire: Some(structure_id),
            periode_date_heure_etat_courant_du: Some(Borne::depuis(self.now)),
            param_recherche: Some(ParamRecherche::page(1, 1)),
            ..RechercheRecipiendaire::default()
        }
    }

    fn counts_days(&mut self, expires: Option<Timestamp>) {
        let Some(expires) = expires else {
            return self.passes(
                Stage::Password,
                "Chorus Pro ne donne pas la date de fin du mot de passe",
            );
        };
        let expires = expires.to_zoned(PARIS).date();
        let today = self.now.to_zoned(PARIS).date();
        let days = today
            .until((Unit::Day, expires))
            .map(|span| span.get_days())
            .ok();
        self.done.password_expires = Some(expires);
        self.done.days_left = days;
        let detail = format!(
            "expire le {expires}, dans {} jour(s)",
            days.unwrap_or_default()
        );
        self.passes(Stage::Password, detail);
    }

    fn passes(&mut self, stage: Stage, detail: impl Into<String>) {
        self.done.steps.push(Step {
            stage,
            verdict: Verdict::Well,
            detail: detail.into(),
        });
    }

    fn ends(&mut self, stage: Stage, error: &Error) {
        self.done.steps.push(failed(stage, error));
    }
}

fn failed(stage: Stage, error: &Error) -> Step {
    Step {
        stage,
        verdict: verdict(error),
        detail: chain(error),
    }
}

/// What an error of the API says of the credentials.
fn verdict(error: &Error) -> Verdict {
    match error.kind() {
        ErrorKind::Piste { .. } => Verdict::PisteRefused,
        ErrorKind::Unauthorised { challenge } => match challenge {
            // The gateway names this realm for a path that belongs to no API.
            Some(text) if text.contains("DefaultRealm") => Verdict::Misconfigured,
            _ => Verdict::AccountRefused,
        },
        ErrorKind::Forbidden {
            shape:
                Forbidden::NotRouted
                | Forbidden::Refused
                | Forbidden::NotRoutedOrRefused
                | Forbidden::Unexplained,
        }
        | ErrorKind::Forbidden { .. } => Verdict::RightsMissing,
        ErrorKind::Http { .. } | ErrorKind::Configuration { .. } | ErrorKind::Request { .. } => {
            Verdict::Misconfigured
        }
        _ if matches!(error.decision(), Decision::Retry { .. }) => Verdict::Unreachable,
        // Chorus Pro itself says no to a question that every recipient may ask.
        ErrorKind::Refused { .. } => Verdict::RightsMissing,
        _ => Verdict::NotUnderstood,
    }
}
