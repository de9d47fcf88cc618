//! What went wrong with a queue, and what to do about it.

use std::fmt;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Try again later: the service was not reached, or had no room.
    Retry,
    /// Someone must act: rights, keys, a queue that is not there. Trying again does no harm and does not help by itself.
    CallSomeone,
    /// The message cannot be sent as it is, now or later.
    GiveUp,
}

/// A message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// SQS refused, or was not reached.
    #[error("the queue {queue} did not take a message ({code})")]
    NotTaken {
        /// The queue's URL.
        queue: String,
        /// The service's error code, or what kind of failure it was.
        code: String,
        /// What to do.
        decision: Decision,
        /// The SDK's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The message is larger than SQS takes.
    #[error("the message is {bytes} bytes long, SQS takes {}", super::MAX_BYTES)]
    TooLarge {
        /// Its size, attributes included.
        bytes: usize,
    },
    /// The message could not be put together.
    #[error("the message could not be written")]
    NotWritten(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The queue did not say how much it holds.
    #[error("the queue {queue} does not say how many messages it holds ({code})")]
    DepthUnknown {
        /// The queue's URL.
        queue: String,
        /// The service's error code, or what kind of failure it was.
        code: String,
        /// What to do.
        decision: Decision,
        /// The SDK's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Some messages of several were not taken.
    #[error(transparent)]
    Some(#[from] NotTaken),
}

impl SqsError {
    /// What to do.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self {
            Self::NotTaken { decision, .. } | Self::DepthUnknown { decision, .. } => *decision,
            Self::TooLarge { .. } | Self::NotWritten(_) => Decision::GiveUp,
            Self::Some(not_taken) => not_taken.decision(),
        }
    }

    pub(super) fn depth_unknown<E>(queue: &str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let (code, decision) = classify(&error);
        Self::DepthUnknown {
            queue: queue.to_owned(),
            code,
            decision,
            source: error.into(),
        }
    }

    pub(super) fn of<E>(queue: &str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let (code, decision) = classify(&error);
        Self::NotTaken {
            queue: queue.to_owned(),
            code,
            decision,
            source: error.into(),
        }
    }
}

/// Messages that a queue did not take, while others were taken: the caller must not believe that all are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// The queue's URL.
    pub queue: String,
    /// How many messages were taken.
    pub taken: usize,
    /// Those that were not, in the order in which they were given; at least one.
    pub messages: Vec<NotSent>,
}

/// One message that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSent {
    /// The CloudEvents `id`.
    pub event_id: String,
    /// The `subject`: the idFacture.
    pub subject: String,
    /// Why, in the service's words.
    pub why: String,
    /// What to do.
    pub decision: Decision,
}

impl NotTaken {
    /// What to do: the mildest of all, so that one that can never be sent does not stop the others from being sent later.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.messages
            .iter()
            .map(|m| m.decision)
            .min()
            .unwrap_or(Decision::Retry)
    }
}

impl std::error::Error for NotTaken {}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let count = self.messages.len();
        write!(
            f,
            "the queue {} took {} messages and did not take {count}:",
            self.queue, self.taken
        )?;
        for NotSent { subject, why, .. } in self.messages.iter().take(SHOWN) {
            write!(f, " {subject} ({why});")?;
        }
        match count.checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}

fn classify<E: ProvideErrorMetadata>(error: &SdkError<E>) -> (String, Decision) {
    match error {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or("unknown error").to_owned();
            let decision = decision_for(&code, answer.raw().status().as_u16());
            (code, decision)
        }
        SdkError::TimeoutError(_) => ("time-out".to_owned(), Decision::Retry),
        SdkError::DispatchFailure(_) => ("not reached".to_owned(), Decision::Retry),
        SdkError::ResponseError(_) => ("answer not understood".to_owned(), Decision::Retry),
        SdkError::ConstructionFailure(_) => ("request not built".to_owned(), Decision::GiveUp),
        _ => ("unknown failure".to_owned(), Decision::Retry),
    }
}

/// Codes come with the prefix `AWS.SimpleQueueService.` in the older protocol, and as short names in the newer one.
pub(super) fn decision_for(code: &str, status: u16) -> Decision {
    let short = code.rsplit(['.', '#']).next().unwrap_or(code);
    match short {
        "InvalidMessageContents"
        | "MessageTooLong"
        | "BatchRequestTooLong"
        | "BatchEntryIdsNotDistinct"
        | "EmptyBatchRequest"
        | "InvalidBatchEntryId"
        | "TooManyEntriesInBatchRequest"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "ValidationError" => Decision::GiveUp,
        "NonExistentQueue"
        | "QueueDoesNotExist"
        | "AccessDenied"
        | "AccessDeniedException"
        | "InvalidSecurity"
        | "InvalidAddress"
        | "UnsupportedOperation"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        | "MissingAuthenticationToken"
        | "OptInRequired" => Decision::CallSomeone,
        _ if short.starts_with("Kms") && short != "KmsThrottled" => Decision::CallSomeone,
        _ if status == 401 || status == 403 => Decision::CallSomeone,
        _ => Decision::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_whether_to_retry_to_call_someone_or_to_give_up() {
        assert_eq!(decision_for("RequestThrottled", 400), Decision::Retry);
        assert_eq!(decision_for("KmsThrottled", 400), Decision::Retry);
        assert_eq!(decision_for("InternalError", 500), Decision::Retry);
        assert_eq!(decision_for("SomethingOfTomorrow", 400), Decision::Retry);
        assert_eq!(decision_for("KmsAccessDenied", 400), Decision::CallSomeone);
        assert_eq!(
            decision_for("AWS.SimpleQueueService.NonExistentQueue", 400),
            Decision::CallSomeone
        );
        assert_eq!(
            decision_for("com.amazonaws.sqs#QueueDoesNotExist", 400),
            Decision::CallSomeone
        );
        assert_eq!(decision_for("ExpiredToken", 403), Decision::CallSomeone);
        assert_eq!(
            decision_for("InvalidMessageContents", 400),
            Decision::GiveUp
        );
    }

    #[test]
    fn the_error_names_the_first_messages_and_counts_the_rest() {
        let one = |n: usize| NotSent {
            event_id: n.to_string(),
            subject: format!("33469{n}"),
            why: "InternalError".into(),
            decision: if n == 0 {
                Decision::GiveUp
            } else {
                Decision::Retry
            },
        };
        let error = NotTaken {
            queue: "q".into(),
            taken: 3,
            messages: (0..7).map(one).collect(),
        };
        let text = error.to_string();
        assert!(
            text.contains("took 3 messages and did not take 7")
                && text.contains("334694")
                && text.ends_with("and 2 more"),
            "{text}"
        );
        assert_eq!(SqsError::from(error).decision(), Decision::Retry);
    }
}
