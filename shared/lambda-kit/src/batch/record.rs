//! One message of a batch.

use aws_lambda_events::sqs::SqsMessage;
use jiff::Timestamp;

/// One message as received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The id that SQS gave the message; never empty.
    pub message_id: String,
    /// The body as it was sent; empty when there was none.
    pub body: String,
    /// `MessageGroupId`, of a FIFO queue.
    pub group_id: Option<String>,
    /// How many times the message was received, this time included; 1 when SQS does not say.
    pub receive_count: u32,
    /// When the message was first sent to the queue.
    pub sent_at: Option<Timestamp>,
    /// What is needed to change the message's visibility.
    pub receipt_handle: Option<String>,
}

/// A message came without its id, so its failure could not be reported: an empty identifier makes Lambda retry the whole batch,
/// silently. The invocation fails instead, which does the same and is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {position} of the batch has no messageId: the whole batch goes back to the queue")]
pub struct UnidentifiedRecord {
    /// Its place in the batch, from 0.
    pub position: usize,
}

impl Record {
    /// A record made by hand, for a replay or a test.
    #[must_use]
    pub fn new(message_id: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            message_id: message_id.into(),
            body: body.into(),
            group_id: None,
            receive_count: 1,
            sent_at: None,
            receipt_handle: None,
        }
    }

    pub(super) fn received(
        position: usize,
        message: SqsMessage,
    ) -> Result<Self, UnidentifiedRecord> {
        let message_id = message
            .message_id
            .filter(|id| !id.trim().is_empty())
            .ok_or(UnidentifiedRecord { position })?;
        let attribute = |name: &str| message.attributes.get(name);
        let number = |name: &str| attribute(name)?.parse::<i64>().ok();
        Ok(Self {
            message_id,
            body: message.body.unwrap_or_default(),
            group_id: attribute("MessageGroupId").cloned(),
            receive_count: number("ApproximateReceiveCount")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(1),
            sent_at: number("SentTimestamp").and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            receipt_handle: message.receipt_handle,
        })
    }
}
