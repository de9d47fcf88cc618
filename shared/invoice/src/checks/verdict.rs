//! What a check answers, before it becomes a [`Finding`](super::Finding).

use super::{RefusalCode, Status};

/// The answer of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) refusal: Option<RefusalCode>,
}

impl Verdict {
    /// The rule holds.
    pub(super) fn ok(message: impl Into<String>) -> Self {
        Self {
            status: Status::Ok,
            message: message.into(),
            refusal: None,
        }
    }

    /// The rule holds because the invoice has nothing that it speaks of.
    pub(super) fn no_object(why: &str) -> Self {
        Self::ok(format!("Sans objet : {why}."))
    }

    /// The rule does not hold, and a refusal could be founded on it.
    pub(super) fn failed(refusal: RefusalCode, message: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            message: message.into(),
            refusal: Some(refusal),
        }
    }

    /// The rule does not hold, and that is no reason to refuse the invoice.
    pub(super) fn remark(message: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            message: message.into(),
            refusal: None,
        }
    }

    /// The invoice does not say enough.
    pub(super) fn unknown(why: &str) -> Self {
        Self {
            status: Status::NotEvaluable,
            message: format!("Non vérifiable : {why}."),
            refusal: None,
        }
    }
}
