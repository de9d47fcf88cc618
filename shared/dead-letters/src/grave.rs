//! Where a function puts a message that can never succeed.

use std::collections::BTreeMap;

use archive::BucketStore;
use jiff::Timestamp;
use lambda_kit::batch::{DeadLetter, Record};
use messages::sqs::{self, DeadLetterQueue};

use crate::{DeadLetterError, Fact, Queue, fact::GivenUp};

/// The two places where a dead letter of one queue goes.
#[derive(Clone, Copy, Debug)]
pub struct Grave<'a> {
    /// The queue that the message comes from.
    pub queue: Queue,
    /// The state bucket, for the fact.
    pub state: &'a BucketStore,
    /// The dead-letter queue, which the alarm watches.
    pub dead_letters: &'a DeadLetterQueue,
}

impl Grave<'_> {
    /// Writes the fact, unless it is there, then puts the message in the dead-letter queue.
    ///
    /// In that order: a letter in the queue always has its reason in the bucket, and one that is only in the bucket is listed all the
    /// same. Both steps are safe to repeat; a message that is put twice into a queue that is not FIFO is recognised by its fact.
    ///
    /// # Errors
    /// See [`DeadLetterError`]. The message must not be deleted from its own queue.
    pub async fn bury(
        &self,
        record: &Record,
        dead: &DeadLetter,
        at: Timestamp,
    ) -> Result<(), DeadLetterError> {
        let group_id = record.group_id.as_deref();
        let given_up = GivenUp {
            queue: self.queue,
            message_id: &record.message_id,
            class: dead.class,
            reason: &dead.reason,
            body: &record.body,
            attributes: BTreeMap::new(),
            group_id,
            attempts: record.receive_count,
            sent_at: record.sent_at,
        };
        let fact = Fact::of(given_up, at);
        self.state.put_fact(&fact.key()?, fact).await?;
        let letter = sqs::DeadLetter {
            body: &record.body,
            reason: &dead.reason,
            error_class: dead.class,
            source_message_id: &record.message_id,
            group_id,
        };
        Ok(self.dead_letters.put(letter).await?)
    }
}
