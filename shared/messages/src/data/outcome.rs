//! `relais.status.applied.v1` and `relais.status.refused.v1`.

use invoice::delai::Etat;
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AboutInvoice;
use crate::{CloudEvent, FieldProblem, Message, event_id, parse::check_siret};

/// How a command ended: what an outcome says, whichever it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// The `id` of the command.
    pub command_id: String,
    /// The `source` of the command.
    pub command_source: String,
    /// The establishment.
    #[schemars(regex(pattern = "^[0-9]{14}$"))]
    pub siret: String,
    /// The portal's id of the invoice.
    pub id_facture: u64,
    /// The supplier's number, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numero_facture: Option<String>,
    /// The steps of the command, in its order, each with its result.
    pub etapes: Vec<Etape>,
    /// The status on the portal once the command had ended; absent when it could not be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statut: Option<String>,
    /// When the invoice took that status, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_heure_etat_courant: Option<Timestamp>,
    /// The reason of the command, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif: Option<String>,
    /// The reason as the portal got it, when it had to be cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif_transmis: Option<String>,
    /// The number of the mandat in the command.
    #[serde(rename = "numeroDPMandat", skip_serializing_if = "Option::is_none")]
    pub numero_dp_mandat: Option<String>,
    /// The ERP's own reference in the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_erp: Option<String>,
    /// The legal payment delay, after the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delai: Option<Etat>,
    /// When the command ended.
    pub date_traitement: Timestamp,
}

/// One step of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Etape {
    /// The status to set.
    pub nouveau_statut: String,
    /// What came of it.
    pub resultat: Resultat,
    /// The day that the portal gives for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_traitement: Option<Date>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Resultat {
    /// The portal has set it.
    Applique,
    /// The invoice had it already.
    DejaFait,
    /// The invoice is further on: the wish is met.
    Depasse,
    /// It was refused, by the portal or before anything was sent.
    Refuse,
    /// A step before it was refused.
    NonTente,
}

/// A stable name and a sentence that a person can act on, in French.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// A stable name to sort by.
    pub code: String,
    /// The sentence.
    pub message: String,
}

/// Every status of a command is set, or was already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusApplied {
    /// How it ended.
    #[serde(flatten)]
    pub settlement: Settlement,
    /// What should be known about it: somebody else had set it, the reason was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarque: Option<Reason>,
}

/// A command was refused, at its first step or at a later one. It is not tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusRefused {
    /// How it ended.
    #[serde(flatten)]
    pub settlement: Settlement,
    /// Why, and what can be done.
    pub reason: Reason,
}

impl StatusApplied {
    /// The event. Its id is made of the command's source and id; its time is the end of the command.
    #[must_use]
    pub fn into_event(self) -> CloudEvent<Self> {
        let settlement = self.settlement.clone();
        event(&settlement, self)
    }
}

impl StatusRefused {
    /// The event. Its id is made of the command's source and id; its time is the end of the command.
    #[must_use]
    pub fn into_event(self) -> CloudEvent<Self> {
        let settlement = self.settlement.clone();
        event(&settlement, self)
    }
}

fn event<T: Message>(settlement: &Settlement, data: T) -> CloudEvent<T> {
    let id = event_id(
        T::TYPE,
        &[&settlement.command_source, &settlement.command_id],
    );
    let Settlement {
        siret,
        id_facture,
        date_traitement,
        ..
    } = settlement;
    CloudEvent::about(siret, *id_facture, id, *date_traitement, data)
}

impl Message for StatusApplied {
    const TYPE: &'static str = "relais.status.applied.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.settlement.siret)
    }
}

impl Message for StatusRefused {
    const TYPE: &'static str = "relais.status.refused.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.settlement.siret)
    }
}

impl AboutInvoice for StatusApplied {
    fn siret(&self) -> &str {
        &self.settlement.siret
    }

    fn id_facture(&self) -> u64 {
        self.settlement.id_facture
    }
}

impl AboutInvoice for StatusRefused {
    fn siret(&self) -> &str {
        &self.settlement.siret
    }

    fn id_facture(&self) -> u64 {
        self.settlement.id_facture
    }
}
