//! Which queue a dead letter comes from.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A queue whose messages may be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Invoices for `archive`.
    Jobs,
    /// The ERP's commands for `push-status`.
    Statuses,
    /// Events for the ERP.
    Erp,
}

/// The text names no queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} n'est pas une file : jobs, statuses ou erp")]
pub struct UnknownQueue(String);

impl Queue {
    /// All of them, in the order of an invoice's way.
    pub const ALL: [Self; 3] = [Self::Jobs, Self::Statuses, Self::Erp];

    /// Its name in keys and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Statuses => "statuses",
            Self::Erp => "erp",
        }
    }

    /// The class of a message that SQS itself gave up, because it was received too often.
    #[must_use]
    pub(crate) fn class_of_given_up(self) -> &'static str {
        match self {
            Self::Jobs | Self::Statuses => "queue.too-many-receives",
            Self::Erp => "erp.not-taken",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Queue {
    type Err = UnknownQueue;

    fn from_str(text: &str) -> Result<Self, UnknownQueue> {
        Self::ALL
            .into_iter()
            .find(|queue| queue.name() == text)
            .ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}
