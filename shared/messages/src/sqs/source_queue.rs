//! The queue that a function takes its messages from: how long each is hidden that goes back there.

use std::time::Duration;

use aws_sdk_sqs::{
    Client, error::BuildError,
    operation::change_message_visibility_batch::ChangeMessageVisibilityBatchOutput,
    types::ChangeMessageVisibilityBatchRequestEntry,
};

use super::{MAX_BATCH, SqsError};

/// The longest that SQS hides a message, counted from when it was received: 12 hours, less what an invocation takes.
const LONGEST: Duration = Duration::from_secs(11 * 60 * 60);

/// A message to be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden<'a> {
    /// What SQS gave with the message.
    pub receipt_handle: &'a str,
    /// For how long from now on; whole seconds, rounded up.
    pub delay: Duration,
}

/// The queue that a function takes its messages from.
#[derive(Clone, Debug)]
pub struct SourceQueue {
    client: Client,
    url: String,
}

impl SourceQueue {
    /// The queue at this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Hides messages for as long as each is to wait, and returns how many were hidden so.
    ///
    /// One that SQS does not change keeps the queue's own visibility, which does no harm.
    ///
    /// # Errors
    /// A call failed as a whole; the messages after it are not tried.
    pub async fn hide(&self, messages: &[Hidden<'_>]) -> Result<usize, SqsError> {
        let mut hidden = 0;
        for some in messages.chunks(MAX_BATCH) {
            let entries = some
                .iter()
                .enumerate()
                .map(|(place, message)| entry(place, message))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| SqsError::NotWritten(error.into()))?;
            let answer = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| SqsError::of(&self.url, error))?;
            hidden += answer.successful().len();
            log_unchanged(&answer);
        }
        Ok(hidden)
    }
}

fn entry(
    place: usize,
    message: &Hidden<'_>,
) -> Result<ChangeMessageVisibilityBatchRequestEntry, BuildError> {
    let delay = message.delay.min(LONGEST);
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(place.to_string())
        .receipt_handle(message.receipt_handle)
        .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX))
        .build()
}

fn log_unchanged(answer: &ChangeMessageVisibilityBatchOutput) {
    for failed in answer.failed() {
        tracing::warn!(
            event = "sqs.not_hidden",
            code = failed.code(),
            "a message goes back with the queue's own delay"
        );
    }
}
