//! What happened to an invoice, as far as the clock cares.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statut::Statut;

/// The kinds of event that the clock knows. Their order is the one in which they are taken when two have the same instant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Nature {
    /// The supplier deposited the invoice.
    Deposee,
    /// It was made available to the recipient, for the first time or again.
    MiseADisposition,
    /// The recipient acknowledged the service.
    ServiceFait,
    /// The recipient suspended it.
    Suspendue,
    /// The supplier completed it.
    Completee,
    /// The recipient sent it back for a wrong address.
    ARecycler,
    /// The recipient rejected it.
    Rejetee,
    /// The ordonnateur issued the mandate.
    Mandatee,
    /// The accountant received the mandate.
    MiseADispositionComptable,
    /// The accountant booked it.
    Comptabilisee,
    /// It was paid.
    MiseEnPaiement,
}

impl Nature {
    /// The event that arriving at a status is; `None` when the clock does not care.
    #[must_use]
    pub fn de(statut: &Statut) -> Option<Self> {
        match statut {
            Statut::Deposee => Some(Nature::Deposee),
            Statut::MiseADisposition => Some(Nature::MiseADisposition),
            Statut::ServiceFait => Some(Nature::ServiceFait),
            Statut::Suspendue => Some(Nature::Suspendue),
            Statut::Completee => Some(Nature::Completee),
            Statut::ARecycler => Some(Nature::ARecycler),
            Statut::Rejetee => Some(Nature::Rejetee),
            Statut::Mandatee => Some(Nature::Mandatee),
            Statut::MiseADispositionComptable => Some(Nature::MiseADispositionComptable),
            Statut::Comptabilisee => Some(Nature::Comptabilisee),
            Statut::MiseEnPaiement => Some(Nature::MiseEnPaiement),
            _ => None,
        }
    }
}

/// One event of an invoice's life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Evenement {
    /// When.
    pub quand: Timestamp,
    /// What.
    pub nature: Nature,
}

impl Evenement {
    /// An event.
    #[must_use]
    pub fn nouveau(quand: Timestamp, nature: Nature) -> Self {
        Self { quand, nature }
    }

    /// The event that arriving at a status is; `None` when the clock does not care.
    #[must_use]
    pub fn de_statut(statut: &Statut, quand: Timestamp) -> Option<Self> {
        Nature::de(statut).map(|nature| Self { quand, nature })
    }
}
