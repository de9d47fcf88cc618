//! What Lambda does between a queue and a function: batches, and the messages that come back.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_kit::Failure;

use crate::cloud::{Cloud, Delivery};

/// A batch that was received.
#[derive(Debug)]
pub(super) struct Batch {
    queue: &'static str,
    deliveries: Vec<Delivery>,
}

impl Batch {
    /// Receives a batch; `None` when nothing can be received now.
    pub(super) fn receive(cloud: &Cloud, queue: &'static str, at_most: usize) -> Option<Self> {
        let deliveries = cloud.receive(queue, at_most);
        (!deliveries.is_empty()).then_some(Self { queue, deliveries })
    }

    /// What the function is invoked with.
    pub(super) fn event(&self) -> SqsEvent {
        let mut event = SqsEvent::default();
        event.records = self.deliveries.iter().map(record).collect();
        event
    }

    /// Deletes what the function is done with: everything but what it names, and nothing when it failed.
    pub(super) fn settle(self, cloud: &Cloud, answer: Result<SqsBatchResponse, Failure>) {
        let Ok(answer) = answer else { return };
        let failed = |delivery: &Delivery| {
            answer
                .batch_item_failures
                .iter()
                .any(|failure| failure.item_identifier == delivery.message_id)
        };
        let done = self.deliveries.iter().filter(|delivery| !failed(delivery));
        cloud.queues(|queues, now| {
            for delivery in done {
                queues.delete(self.queue, &delivery.receipt, now);
            }
        });
    }
}

fn record(delivery: &Delivery) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(delivery.message_id.clone());
    message.receipt_handle = Some(delivery.receipt.clone());
    message.body = Some(delivery.letter.body.clone());
    message.attributes.extend([
        (
            "ApproximateReceiveCount".to_owned(),
            delivery.receive_count.to_string(),
        ),
        (
            "SentTimestamp".to_owned(),
            delivery.sent_at.as_millisecond().to_string(),
        ),
    ]);
    if let Some(group) = &delivery.letter.group {
        message
            .attributes
            .insert("MessageGroupId".to_owned(), group.clone());
    }
    message
}
