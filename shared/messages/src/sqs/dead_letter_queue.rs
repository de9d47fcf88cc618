//! Where a message goes that can never succeed, with the reason beside it.

use aws_sdk_sqs::{Client, types::MessageAttributeValue};

use super::{
    MAX_BYTES, SqsError, attribute_bytes,
    characters::{allowed, cut},
    text_attribute,
};
use crate::event_id;

/// Why, in a sentence.
pub const REASON_ATTRIBUTE: &str = "relais-reason";
/// A stable name to sort by.
pub const CLASS_ATTRIBUTE: &str = "relais-error-class";
/// The id that the message had in its own queue.
pub const SOURCE_ATTRIBUTE: &str = "relais-source-message-id";

/// The longest reason that is kept with the message, in bytes: it must be readable in a list.
const MAX_REASON_BYTES: usize = 2_000;
const MAX_CLASS_BYTES: usize = 200;
/// SQS refuses an empty body.
const EMPTY_BODY: &str = "(empty)";

/// A message to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The body, as it was received.
    pub body: &'a str,
    /// A sentence that a person can act on.
    pub reason: &'a str,
    /// A stable name to sort by, like `message.not-json`.
    pub error_class: &'a str,
    /// The id that the message had in its own queue.
    pub source_message_id: &'a str,
    /// The group that it had in its own queue, if that is FIFO.
    pub group_id: Option<&'a str>,
}

/// A dead-letter queue that a function itself writes to.
#[derive(Clone, Debug)]
pub struct DeadLetterQueue {
    client: Client,
    url: String,
}

impl DeadLetterQueue {
    /// The queue at this URL; FIFO when the URL ends with `.fifo`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    fn is_fifo(&self) -> bool {
        self.url.ends_with(".fifo")
    }

    /// Puts a message there. The body stays as it was; the reason is cut where it is too long, and characters that SQS refuses are
    /// replaced.
    ///
    /// Putting the same message again within five minutes leaves one of it in a FIFO queue.
    ///
    /// # Errors
    ///
    /// [`SqsError::decision`] says what to do; the message must not be deleted from its own queue.
    pub async fn put(&self, letter: DeadLetter<'_>) -> Result<(), SqsError> {
        let body = match allowed(letter.body) {
            body if body.is_empty() => EMPTY_BODY.to_owned(),
            body => body,
        };
        let mut request = self.client.send_message().queue_url(&self.url);
        for (name, value) in attributes(&letter, body.len())? {
            request = request.message_attributes(name, value);
        }
        if self.is_fifo() {
            request = request
                .message_group_id(group_id(letter.group_id))
                .message_deduplication_id(event_id(
                    "dead-letter",
                    &[letter.source_message_id, letter.error_class, letter.body],
                ));
        }
        request
            .message_body(body)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(())
    }
}

type Attribute = (&'static str, MessageAttributeValue);

/// The attributes, the reason cut to what the body leaves of a mebibyte. A body that was a whole mebibyte goes without any.
fn attributes(letter: &DeadLetter<'_>, body_bytes: usize) -> Result<Vec<Attribute>, SqsError> {
    let mut left = MAX_BYTES.saturating_sub(body_bytes);
    let mut attributes = Vec::new();
    for (name, value, longest) in [
        (CLASS_ATTRIBUTE, letter.error_class, MAX_CLASS_BYTES),
        (SOURCE_ATTRIBUTE, letter.source_message_id, MAX_CLASS_BYTES),
        (REASON_ATTRIBUTE, letter.reason, MAX_REASON_BYTES),
    ] {
        let Some(room) = left.checked_sub(attribute_bytes(name, "")) else {
            continue;
        };
        let value = cut(&allowed(value), longest.min(room));
        if value.is_empty() {
            continue;
        }
        left = left.saturating_sub(attribute_bytes(name, &value));
        let attribute =
            text_attribute(&value).map_err(|error| SqsError::NotWritten(error.into()))?;
        attributes.push((name, attribute));
    }
    Ok(attributes)
}

/// A group id has 1 to 128 characters among letters, digits and punctuation; the one of a received message always does.
fn group_id(group: Option<&str>) -> String {
    let valid = |g: &&str| (1..=128).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_graphic());
    group.filter(valid).unwrap_or("dead-letters").to_owned()
}
