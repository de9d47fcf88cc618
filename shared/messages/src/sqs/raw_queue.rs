//! A queue as an operator handles it: its messages are texts, whatever they are.

use std::collections::BTreeMap;

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName as System, QueueAttributeName},
};
use jiff::Timestamp;

use super::{MAX_BATCH, SqsError, TYPE_ATTRIBUTE, text_attribute};
use crate::event_id;

/// Seconds for which a message that was looked at is hidden from others, unless it is put back before.
const HIDDEN: i32 = 120;
/// Seconds that an empty answer is waited for: a short poll asks some of the servers only, and may miss what is there.
const WAIT: i32 = 1;
/// The most messages that one look takes.
const MAX_LOOK: usize = 20_000;

/// Any queue, by its URL: looked into, emptied of single messages, and given messages as texts.
#[derive(Clone, Debug)]
pub struct RawQueue {
    client: Client,
    url: String,
}

/// How many messages a queue holds, as SQS estimates it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Those that a reader would get.
    pub visible: u64,
    /// Those that a reader has at the moment, or that failed and wait for their next attempt.
    pub in_flight: u64,
    /// Those that were sent with a delay.
    pub delayed: u64,
}

impl Depth {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.visible
            .saturating_add(self.in_flight)
            .saturating_add(self.delayed)
    }
}

/// A message of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The id that SQS gave it in this queue.
    pub message_id: String,
    /// Its body.
    pub body: String,
    /// Its text attributes.
    pub attributes: BTreeMap<String, String>,
    /// Its group, in a FIFO queue.
    pub group_id: Option<String>,
    /// How often it was received, here and in the queue it came from.
    pub receive_count: u32,
    /// When it was first sent.
    pub sent_at: Option<Timestamp>,
    receipt: String,
}

impl RawQueue {
    /// The queue at this URL; FIFO when the URL ends with `.fifo`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn is_fifo(&self) -> bool {
        self.url.ends_with(".fifo")
    }

    /// How many messages it holds. Needs `sqs:GetQueueAttributes`.
    ///
    /// # Errors
    /// [`SqsError::decision`] says what to do.
    pub async fn depth(&self) -> Result<Depth, SqsError> {
        use QueueAttributeName as Name;
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(Name::ApproximateNumberOfMessages)
            .attribute_names(Name::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(Name::ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        let number = |name: &Name| {
            answer
                .attributes()
                .and_then(|all| all.get(name)?.parse().ok())
                .unwrap_or(0)
        };
        Ok(Depth {
            visible: number(&Name::ApproximateNumberOfMessages),
            in_flight: number(&Name::ApproximateNumberOfMessagesNotVisible),
            delayed: number(&Name::ApproximateNumberOfMessagesDelayed),
        })
    }

    /// Every message that can be had now. They stay in the queue, hidden for two minutes or until [`RawQueue::put_back`].
    ///
    /// A FIFO queue gives the messages of a group ten at a time: those behind are seen once the first are removed.
    /// [`RawQueue::depth`] tells whether there are more. Needs `sqs:ReceiveMessage`.
    ///
    /// # Errors
    /// [`SqsError::decision`] says what to do.
    pub async fn look(&self) -> Result<Vec<Found>, SqsError> {
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let mut order = Vec::new();
        while found.len() < MAX_LOOK {
            let messages = self.receive().await?;
            if messages.is_empty() {
                break;
            }
            let before = found.len();
            for message in messages.into_iter().map(Found::of) {
                if !found.contains_key(&message.message_id) {
                    order.push(message.message_id.clone());
                }
                // The last receipt is the one that counts.
                found.insert(message.message_id.clone(), message);
            }
            if found.len() == before {
                break;
            }
        }
        Ok(order.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn receive(&self) -> Result<Vec<Message>, SqsError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(MAX_BATCH).unwrap_or(1))
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT)
            .message_attribute_names("All")
            .message_system_attribute_names(System::All)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Shows a message to others again. Needs `sqs:ChangeMessageVisibility`.
    ///
    /// # Errors
    /// [`SqsError::decision`] says what to do. The message shows by itself after two minutes.
    pub async fn put_back(&self, message: &Found) -> Result<(), SqsError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(&message.receipt)
            .visibility_timeout(0)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(())
    }

    /// Removes a message for good. Needs `sqs:DeleteMessage`.
    ///
    /// # Errors
    /// [`SqsError::decision`] says what to do.
    pub async fn remove(&self, message: &Found) -> Result<(), SqsError> {
        self.client
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(&message.receipt)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(())
    }

    /// Sends a text and returns the id that SQS gave it. In a FIFO queue it goes to `group_id`, and `once` tells two sendings of the
    /// same text apart: the same `once` within five minutes arrives once. Needs `sqs:SendMessage`.
    ///
    /// # Errors
    /// [`SqsError::decision`] says what to do. After a time-out the message may be there all the same.
    pub async fn send(
        &self,
        body: &str,
        event_type: Option<&str>,
        group_id: Option<&str>,
        once: &str,
    ) -> Result<String, SqsError> {
        let mut request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        if let Some(event_type) = event_type.filter(|name| !name.is_empty()) {
            let attribute =
                text_attribute(event_type).map_err(|error| SqsError::NotWritten(error.into()))?;
            request = request.message_attributes(TYPE_ATTRIBUTE, attribute);
        }
        if self.is_fifo() {
            request = request
                .message_group_id(group_id.unwrap_or("redriven"))
                .message_deduplication_id(event_id("raw", &[once]));
        } else if let Some(group) = group_id {
            // A standard queue takes a group for its fair turns.
            request = request.message_group_id(group);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

impl Found {
    fn of(message: Message) -> Self {
        let attributes = message
            .message_attributes
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.string_value?)))
            .collect();
        let system = message.attributes.unwrap_or_default();
        let number = |name: &System| system.get(name).and_then(|text| text.parse().ok());
        Self {
            message_id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            attributes,
            group_id: system.get(&System::MessageGroupId).cloned(),
            receive_count: number(&System::ApproximateReceiveCount)
                .and_then(|count: i64| u32::try_from(count).ok())
                .unwrap_or(1),
            sent_at: number(&System::SentTimestamp)
                .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            receipt: message.receipt_handle.unwrap_or_default(),
        }
    }
}
