//! `relais.invoice.received.v1`.

use invoice::delai::Etat;
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AboutInvoice, ArchivePointers, Document, Etablissement, Finding, Fournisseur, Montants,
    References, Service, Travaux,
};
use crate::{CloudEvent, FieldProblem, Message, event_id, parse::check_siret};

/// An invoice is in the archive with its documents: seen for the first time, or again after its supplier completed or recycled it.
/// What is needed to book it is here; the rest is one S3 key away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceReceived {
    /// Who received it.
    pub etablissement: Etablissement,
    /// The portal's id of the invoice. It stays the same when the invoice comes back.
    pub id_facture: u64,
    /// The supplier's number.
    pub numero_facture: String,
    /// `FACTURE`, `FACTURE_TRAVAUX`; others may come.
    pub type_demande_paiement: String,
    /// `FACTURE`, `AVOIR`, `ACOMPTE`; absent for a works invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_facture: Option<String>,
    /// The cadre de facturation, `A1` to `A25`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cadre: Option<String>,
    /// This appearance of the invoice: `20261123T091500Z-MISE_A_DISPOSITION`.
    pub episode: String,
    /// The status on the portal.
    pub statut: String,
    /// When the invoice took that status.
    pub date_heure_etat_courant: Timestamp,
    /// The day on the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_facture: Option<Date>,
    /// The day of its deposit on the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_depot: Option<Date>,
    /// Who sent it.
    pub fournisseur: Fournisseur,
    /// The recipient's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The recipient's references.
    pub references: References,
    /// The amounts.
    pub montants: Montants,
    /// What only a works invoice has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travaux: Option<Travaux>,
    /// The legal payment delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delai: Option<Etat>,
    /// Where it is.
    pub archive: ArchivePointers,
    /// Its documents, the main one first.
    pub documents: Vec<Document>,
    /// What the accountant should know; empty when all is well.
    pub findings: Vec<Finding>,
    /// Why it came back: `COMPLETEE` or `RECYCLEE`; absent the first time. Others may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renvoi: Option<String>,
    /// The episode before this one, when the invoice came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_episode: Option<String>,
    /// What the recipient wrote when it suspended the invoice or sent it to be recycled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif: Option<String>,
    /// The comment on the present status (`commentaireEtatCourant`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commentaire: Option<String>,
}

impl InvoiceReceived {
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

impl Message for InvoiceReceived {
    const TYPE: &'static str = "relais.invoice.received.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.etablissement.siret)
    }
}

impl AboutInvoice for InvoiceReceived {
    fn siret(&self) -> &str {
        &self.etablissement.siret
    }

    fn id_facture(&self) -> u64 {
        self.id_facture
    }
}
