//! Why no call may be made now.

use std::fmt;

use jiff::Timestamp;
use lambda_kit::config::Establishment;

use super::{breaker::Open, switches::Use};

/// No call may be made now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("establishment {siret}: {reason}")]
pub struct Closed {
    /// The establishment.
    pub siret: String,
    /// When it is worth asking again, if that is known.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
}

/// Why no call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A switch is off.
    Off {
        /// Which.
        what: Use,
        /// Who turned it off, and why; empty when the configuration says so.
        said: String,
    },
    /// A circuit breaker is open.
    Open(Open),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off { what, said } if said.is_empty() => {
                write!(
                    f,
                    "the switch `{}` is off in the configuration",
                    what.switch()
                )
            }
            Self::Off { what, said } => {
                write!(f, "the switch `{}` is off ({said})", what.switch())
            }
            Self::Open(open) => write!(
                f,
                "no calls to the portal until the next trial at {}, since {}: {}",
                open.next_trial, open.since, open.why
            ),
        }
    }
}

/// Whether the configuration's own switch is on.
pub(crate) fn configured_on(establishment: &Establishment, what: Use) -> Result<(), Closed> {
    match what.is_on(establishment) {
        true => Ok(()),
        false => Err(off(establishment, what, String::new())),
    }
}

pub(super) fn off(establishment: &Establishment, what: Use, said: String) -> Closed {
    Closed {
        siret: establishment.siret.clone(),
        until: None,
        reason: Reason::Off { what, said },
    }
}
