//! How the handling of a record ended.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::Record;
use crate::BoxError;

/// How the handling of one record ended.
#[derive(Debug)]
pub enum Outcome {
    /// It is done, or was already: the message is deleted.
    Done,
    /// It failed by its own fault, and may succeed later: the message goes back to the queue, and to the dead-letter queue after too
    /// many times.
    Retry(BoxError),
    /// It failed by its own fault, or by that of whatever it was to be done with: the message goes back to the queue, and to the
    /// dead-letter queue only when it has failed for longer than any outage lasts.
    Unclear(BoxError),
    /// It cannot be handled now, and not for its own sake: the message goes back to the queue, however often.
    Wait {
        /// What it waits for.
        error: BoxError,
        /// How long at least, when that is known.
        at_least: Option<Duration>,
    },
    /// It can never succeed: the message is put in the dead-letter queue with the reason, at once.
    DeadLetter(DeadLetter),
}

impl Outcome {
    /// It failed by its own fault, and may succeed later.
    pub fn retry(error: impl Into<BoxError>) -> Self {
        Self::Retry(error.into())
    }

    /// It failed by its own fault, or by that of whatever it was to be done with.
    pub fn unclear(error: impl Into<BoxError>) -> Self {
        Self::Unclear(error.into())
    }

    /// It cannot be handled now, and not for its own sake.
    pub fn wait(error: impl Into<BoxError>, at_least: Option<Duration>) -> Self {
        Self::Wait {
            error: error.into(),
            at_least,
        }
    }

    /// It can never succeed. `class` is a stable name to sort by (`job.not-json`), `reason` a sentence that a person can act on.
    pub fn dead_letter(class: &'static str, reason: impl Into<String>) -> Self {
        Self::DeadLetter(DeadLetter {
            class,
            reason: reason.into(),
        })
    }
}

/// Why a message can never succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// A stable name to sort by.
    pub class: &'static str,
    /// A sentence that a person can act on.
    pub reason: String,
}

/// Where a handler of a whole batch notes each record's outcome as soon as it is known: what was noted holds, even if the handler
/// panics or is cut off afterwards.
#[derive(Debug, Default)]
pub struct Outcomes(Mutex<HashMap<String, Outcome>>);

impl Outcomes {
    /// Notes how a record ended. The last note counts.
    pub fn set(&self, record: &Record, outcome: Outcome) {
        self.lock().insert(record.message_id.clone(), outcome);
    }

    /// Whether the record's outcome was noted.
    #[must_use]
    pub fn has(&self, record: &Record) -> bool {
        self.lock().contains_key(&record.message_id)
    }

    /// Looks at what was noted for the record, if anything was.
    pub fn look<T>(&self, record: &Record, look: impl FnOnce(&Outcome) -> T) -> Option<T> {
        self.lock().get(&record.message_id).map(look)
    }

    pub(super) fn take(&self, record: &Record) -> Option<Outcome> {
        self.lock().remove(&record.message_id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Outcome>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
