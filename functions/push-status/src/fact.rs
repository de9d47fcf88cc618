//! What is kept of a command in the archive, beside the invoice's documents: `pushes/{push key}.json`.

use jiff::Timestamp;
use messages::{CloudEvent, SetStatus, Settlement, StatusApplied, StatusRefused};
use serde::{Deserialize, Serialize};

/// A command is about to be sent. Found at the start of a later attempt it means: the portal may have applied something already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The format of this object.
    pub version: u32,
    /// The first attempt.
    pub at: Timestamp,
    /// The invoice's last change that was known then, by the portal's clock: whatever the command has set, it has set after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
}

impl Attempt {
    /// An attempt that begins at this moment, on an invoice whose last known change was `after`.
    #[must_use]
    pub fn begins(at: Timestamp, after: Option<Timestamp>) -> Self {
        Self {
            version: 1,
            at,
            after,
        }
    }
}

/// A command has ended: who asked for what, when, why, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushFact {
    /// The format of this object.
    pub version: u32,
    /// The command as it came; absent when it could not be read as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<SetStatus>,
    /// The event that answers it, as it was (or will be) put in the ERP's queue.
    pub outcome: Outcome,
}

/// The event that answers a command, kept whole so that it can be announced again as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The event's `id`.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub said: Said,
}

/// One of the two answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Said {
    /// Every status is set, or was already.
    Applied(StatusApplied),
    /// It was refused.
    Refused(StatusRefused),
}

impl Outcome {
    /// How the command ended, whichever way.
    pub fn settlement_mut(&mut self) -> &mut Settlement {
        match &mut self.said {
            Said::Applied(applied) => &mut applied.settlement,
            Said::Refused(refused) => &mut refused.settlement,
        }
    }
}

impl From<StatusApplied> for Outcome {
    fn from(applied: StatusApplied) -> Self {
        Self {
            id: applied.clone().into_event().id,
            said: Said::Applied(applied),
        }
    }
}

impl From<StatusRefused> for Outcome {
    fn from(refused: StatusRefused) -> Self {
        Self {
            id: refused.clone().into_event().id,
            said: Said::Refused(refused),
        }
    }
}

impl PushFact {
    /// The fact of a command that was read.
    #[must_use]
    pub fn of(command: &CloudEvent<SetStatus>, outcome: impl Into<Outcome>) -> Self {
        Self {
            version: 1,
            command: Some(command.data.clone()),
            outcome: outcome.into(),
        }
    }
}
