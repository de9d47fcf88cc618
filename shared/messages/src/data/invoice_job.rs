//! `relais.invoice.job.v1`.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AboutInvoice, Exigences, Fournisseur, Montants, References, Service, Travaux};
use crate::{CloudEvent, FieldProblem, Message, event_id, parse::check_siret};

/// The row of an invoice in the portal's list, for `archive` to work on. It says all that the row says, so that nothing has to be
/// asked of the portal again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceJob {
    /// The establishment.
    #[schemars(regex(pattern = "^[0-9]{14}$"))]
    pub siret: String,
    /// The portal's id of the invoice.
    pub id_facture: u64,
    /// This appearance of the invoice: `20261123T091500Z-MISE_A_DISPOSITION`.
    pub episode: String,
    /// The status on the portal.
    pub statut: String,
    /// When the invoice took that status.
    pub date_heure_etat_courant: Timestamp,
    /// Why it is to be worked on: `POLL`, `RECONCILE`, `REPLAY`, `BACKFILL`; others may come.
    pub cause: String,
    /// `FACTURE`, `FACTURE_TRAVAUX`; others may come.
    pub type_demande_paiement: String,
    /// The role in which a works invoice was found: `MOA` or `MOE`; absent for the recipient's own list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `FACTURE`, `AVOIR`, `ACOMPTE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_facture: Option<String>,
    /// The supplier's number.
    pub numero_facture: String,
    /// The day on the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_facture: Option<Date>,
    /// The day of its deposit on the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_depot: Option<Date>,
    /// The comment on the present status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commentaire: Option<String>,
    /// The size of the whole dossier, in the portal's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taille: Option<u64>,
    /// Who sent it.
    #[serde(default)]
    pub fournisseur: Fournisseur,
    /// The recipient's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The recipient's references.
    #[serde(default)]
    pub references: References,
    /// The amounts.
    #[serde(default)]
    pub montants: Montants,
    /// What only a works invoice has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travaux: Option<Travaux>,
    /// What the recipient's structure asks of its suppliers, when the portal has told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exigences: Option<Exigences>,
}

impl InvoiceJob {
    /// The message. Its id is made of the establishment, the invoice and the episode; its time is that of the status.
    #[must_use]
    pub fn into_event(self) -> CloudEvent<Self> {
        let siret = self.siret.clone();
        let id_facture = self.id_facture;
        let id = event_id(
            Self::TYPE,
            &[&siret, &id_facture.to_string(), &self.episode],
        );
        let time = self.date_heure_etat_courant;
        CloudEvent::about(&siret, id_facture, id, time, self)
    }
}

impl Message for InvoiceJob {
    const TYPE: &'static str = "relais.invoice.job.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.siret)
    }
}

impl AboutInvoice for InvoiceJob {
    fn siret(&self) -> &str {
        &self.siret
    }

    fn id_facture(&self) -> u64 {
        self.id_facture
    }
}
