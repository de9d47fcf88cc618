use bytes::Bytes;

use crate::{
    Account, Error, ErrorKind, FormatTelechargement, Operation,
    http::{Opened, check_envelope},
    streaming::{Base64Field, FieldError},
    values::request,
};

/// The field that holds the file.
pub(crate) const FILE: &str = "fichierResultat";

request! {
    /// What to download.
    pub struct TelechargerGroupe {
        /// The user; the account in the header identifies it, so leave it out.
        id_utilisateur_courant: Option<i64> = "idUtilisateurCourant",
        /// The space; leave it out.
        id_espace: Option<i64> = "idEspace",
        /// PIVOT or PDF.
        format: Option<FormatTelechargement> = "format",
        /// `Oui` or `Non`, with PDF only: a pivot always has all attachments.
        avec_pieces_jointes_complementaires: Option<String> = "avecPiecesJointesComplementaires",
        /// The invoices. AIFE recommends 10 at most; together they may not exceed 120 MB.
        liste_facture: Vec<IdFacture> = "listeFacture",
    }

    /// An invoice to download.
    pub struct IdFacture {
        /// Its id.
        id_facture: i64 = "idFacture",
    }
}

impl TelechargerGroupe {
    /// The pivot of these invoices: one XML file with all attachments inside.
    #[must_use]
    pub fn pivot(ids: &[i64]) -> Self {
        Self {
            format: Some(FormatTelechargement::Pivot),
            liste_facture: list(ids),
            ..Self::default()
        }
    }

    /// The readable documents of these invoices: a PDF, or a ZIP when there are several files.
    #[must_use]
    pub fn pdf(ids: &[i64], with_complements: bool) -> Self {
        let complements = if with_complements { "Oui" } else { "Non" };
        Self {
            format: Some(FormatTelechargement::Pdf),
            avec_pieces_jointes_complementaires: Some(complements.to_owned()),
            liste_facture: list(ids),
            ..Self::default()
        }
    }
}

fn list(ids: &[i64]) -> Vec<IdFacture> {
    ids.iter()
        .map(|&id_facture| IdFacture { id_facture })
        .collect()
}

impl Account {
    /// `factures/v1/telecharger/groupe`: the file, decoded while it arrives. No type and no name come with it: sniff its first bytes.
    ///
    /// Marks the invoices as downloaded on the portal. Returns once the first bytes of the file are there, so that a refusal, or a connection
    /// that breaks before, is this call's error and is tried again where that makes sense; what breaks later is
    /// [`Download::chunk`]'s error, and starting again is the caller's decision.
    ///
    /// # Errors
    /// See [`Error`]; [`ErrorKind::TooLarge`] above 120 MB.
    pub async fn telecharger_groupe(&self, what: &TelechargerGroupe) -> Result<Download, Error> {
        if what.liste_facture.is_empty() {
            let reason = "no invoice to download".to_owned();
            return Err(Error::new(
                Operation::TelechargerGroupe,
                ErrorKind::Request { reason },
            ));
        }
        let ids: Vec<i64> = what.liste_facture.iter().map(|f| f.id_facture).collect();
        let account = self.about(ids);
        account
            .stream(Operation::TelechargerGroupe, what, |opened| {
                Download::start(opened, account.clone())
            })
            .await
    }
}

/// A file that is arriving.
///
/// It is complete only when [`chunk`](Self::chunk) has returned `Ok(None)`: the portal's verdict (`codeRetour`) may come behind the file.
#[derive(Debug)]
pub struct Download {
    opened: Opened,
    state: State,
    bytes: u64,
    /// Whose listener is told the end.
    account: Account,
}

#[derive(Debug)]
enum State {
    /// The first piece, read to see that there is a file at all.
    First(Base64Field, Bytes),
    Reading(Base64Field),
    Done,
    Failed(Error),
}

impl Download {
    async fn start(opened: Opened, account: Account) -> Result<Self, Error> {
        let mut download = Self {
            opened,
            state: State::Reading(Base64Field::new(FILE)),
            bytes: 0,
            account,
        };
        match download.next().await? {
            Some(first) => {
                download.state = match download.state {
                    State::Reading(field) => State::First(field, first),
                    other => other,
                };
                Ok(download)
            }
            // The whole answer is there, it is a success, and it has no file.
            None => Err(download.content(FILE, "the file is missing from a successful answer")),
        }
    }

    /// The next piece of the decoded file; `None` once the file and the portal's verdict on it are complete.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] for a stalled download, [`ErrorKind::Transport`] and [`ErrorKind::Truncated`] for one that was cut off,
    /// [`ErrorKind::Refused`] and [`ErrorKind::Content`] for an answer that turns out not to be a file. After an error the same error again.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = match std::mem::replace(&mut self.state, State::Done) {
            State::First(field, first) => {
                self.state = State::Reading(field);
                Ok(Some(first))
            }
            State::Failed(error) => Err(error),
            State::Done => Ok(None),
            State::Reading(field) => {
                self.state = State::Reading(field);
                match self.next().await {
                    Ok(Some(piece)) => Ok(Some(piece)),
                    end => self.account.tell(Operation::TelechargerGroupe, end),
                }
            }
        };
        match &piece {
            Ok(Some(piece)) => self.bytes += piece.len() as u64,
            Ok(None) => {}
            Err(error) => self.state = State::Failed(error.clone()),
        }
        piece
    }

    /// Bytes of the file handed out so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// `x-correlationid` of the answer.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.opened.correlation_id.as_deref()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let received = self.opened.chunk().await?;
            let State::Reading(field) = &mut self.state else {
                return Ok(None);
            };
            let Some(json) = received else {
                return self.verdict().map(|()| None);
            };
            let mut decoded = Vec::with_capacity(json.len() / 4 * 3 + 3);
            if let Err(error) = field.push(&json, &mut decoded) {
                return Err(self.field_error(error));
            }
            if !decoded.is_empty() {
                return Ok(Some(decoded.into()));
            }
        }
    }

    /// The end of the answer: its envelope decides.
    fn verdict(&mut self) -> Result<(), Error> {
        let State::Reading(field) = std::mem::replace(&mut self.state, State::Done) else {
            return Ok(());
        };
        let rest = field.finish().map_err(|error| self.field_error(error))?;
        check_envelope(
            &rest,
            self.opened.status,
            self.opened.content_type.as_deref(),
        )
        .map_err(|kind| self.opened.error(kind))
    }

    fn field_error(&self, error: FieldError) -> Error {
        match error {
            FieldError::CutOff => self
                .opened
                .error(ErrorKind::Truncated { length: self.bytes }),
            FieldError::NotAnObject { .. } => self.opened.error(ErrorKind::NotChorus {
                status: self.opened.status,
                content_type: self.opened.content_type.clone(),
            }),
            other => self.content(FILE, &other.to_string()),
        }
    }

    fn content(&self, path: &str, reason: &str) -> Error {
        self.opened.error(ErrorKind::Content {
            path: path.to_owned(),
            reason: reason.to_owned(),
        })
    }
}
