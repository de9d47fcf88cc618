//! `relais.invoice.status-changed.v1`.

use invoice::delai::Etat;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AboutInvoice, ArchivePointers, Etablissement};
use crate::{CloudEvent, FieldProblem, Message, event_id, parse::check_siret};

/// The status of an invoice changed on the portal, whoever changed it, and its documents did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusChanged {
    /// Who received the invoice.
    pub etablissement: Etablissement,
    /// The portal's id of the invoice.
    pub id_facture: u64,
    /// The supplier's number.
    pub numero_facture: String,
    /// `FACTURE`, `FACTURE_TRAVAUX`; others may come.
    pub type_demande_paiement: String,
    /// This appearance of the invoice.
    pub episode: String,
    /// The episode before, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_episode: Option<String>,
    /// The status that it took.
    pub statut: String,
    /// The status that it had, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statut_precedent: Option<String>,
    /// When it took the status.
    pub date_heure_etat_courant: Timestamp,
    /// Whether a later status is known already: this one was read in the history, between two polls.
    #[serde(default)]
    pub depasse: bool,
    /// The reason given with the status, for a suspension, a rejection, a recycling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif: Option<String>,
    /// The comment on the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commentaire: Option<String>,
    /// The id of the ERP's command that caused it, when it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    /// The legal payment delay, after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delai: Option<Etat>,
    /// Where the documents are, when the archive holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchivePointers>,
}

impl StatusChanged {
    /// The event. Its id is made of the establishment, the invoice and the episode; its time is that of the status.
    #[must_use]
    pub fn into_event(self) -> CloudEvent<Self> {
        let siret = self.etablissement.siret.clone();
        let id_facture = self.id_facture;
        let id = event_id(
            Self::TYPE,
            &[&siret, &id_facture.to_string(), &self.episode],
        );
        let time = self.date_heure_etat_courant;
        CloudEvent::about(&siret, id_facture, id, time, self)
    }
}

impl Message for StatusChanged {
    const TYPE: &'static str = "relais.invoice.status-changed.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.etablissement.siret)
    }
}

impl AboutInvoice for StatusChanged {
    fn siret(&self) -> &str {
        &self.etablissement.siret
    }

    fn id_facture(&self) -> u64 {
        self.id_facture
    }
}
