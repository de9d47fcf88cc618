//! What the end of a call says of the portal, and of whose fault it is.

use std::time::Duration;

use chorus_pro::{Error, ErrorKind, Forbidden};

/// A call that was given less time than this says nothing by not being answered.
const FAIR_TIME: Duration = Duration::from_secs(5);

/// What the end of a call says of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It works: it answered, be it with a refusal.
    Works,
    /// This part of it did not answer, or its gateway did.
    Outage,
    /// It was not even reached.
    Unreachable,
    /// PISTE refuses the application: no establishment gets anywhere.
    PisteRefused,
    /// The technical account is refused, or lacks a right.
    AccountRefused,
    /// The gateway refuses without a word: the account, or something in this one request.
    Unexplained,
    /// Nothing.
    Nothing,
}

impl Sign {
    pub(super) fn of(result: Result<(), &Error>) -> Self {
        let Err(error) = result else {
            return Self::Works;
        };
        match error.kind() {
            ErrorKind::Refused { .. } | ErrorKind::TooLarge => Self::Works,
            ErrorKind::Timeout { after, .. } if *after < FAIR_TIME => Self::Nothing,
            ErrorKind::Jeton { .. } | ErrorKind::Connect { .. } => Self::Unreachable,
            ErrorKind::Transport { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::Unavailable { .. }
            | ErrorKind::NotChorus { .. }
            | ErrorKind::Truncated { .. }
            | ErrorKind::Http { .. } => Self::Outage,
            ErrorKind::Piste { .. } => Self::PisteRefused,
            ErrorKind::Forbidden {
                shape: Forbidden::Unexplained,
            } => Self::Unexplained,
            ErrorKind::Unauthorised { .. } | ErrorKind::Forbidden { .. } => Self::AccountRefused,
            _ => Self::Nothing,
        }
    }
}

/// Whose fault it is that a message was not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message's own.
    Own,
    /// The message's own or the portal's: a message that is alone cannot show that others fail too.
    OwnUnlessOutage,
    /// Not the message's; the wait that was asked for.
    NotOwn(Option<Duration>),
}

impl Fault {
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Jeton { retry_after, .. } | ErrorKind::Throttled { retry_after } => {
                Self::NotOwn(*retry_after)
            }
            ErrorKind::Piste { .. }
            | ErrorKind::Connect { .. }
            | ErrorKind::Deadline
            | ErrorKind::Unauthorised { .. }
            | ErrorKind::Configuration { .. } => Self::NotOwn(None),
            ErrorKind::Timeout { after, .. } if *after < FAIR_TIME => Self::NotOwn(None),
            ErrorKind::Forbidden {
                shape: Forbidden::Unexplained,
            }
            | ErrorKind::Transport { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::Unavailable { .. }
            | ErrorKind::NotChorus { .. }
            | ErrorKind::Truncated { .. }
            | ErrorKind::Http { .. } => Self::OwnUnlessOutage,
            ErrorKind::Forbidden { .. } => Self::NotOwn(None),
            _ => Self::Own,
        }
    }
}
