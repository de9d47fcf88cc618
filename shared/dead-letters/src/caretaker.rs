//! What a function does for the messages of its queue that it is not done with.

use archive::BucketStore;
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Clock,
    batch::{Aftercare, Blame, DeadLetter, Failures, Record, Returned},
};
use messages::sqs::{DeadLetterQueue, Hidden, SourceQueue};

use crate::{Grave, Queue, count_failure};

/// Hides what goes back to the queue, counts failures in the state bucket, and buries what can never succeed.
#[derive(Clone, Debug)]
pub struct Caretaker {
    /// Which queue it is.
    pub queue: Queue,
    /// Where the messages come from and go back to.
    pub source: SourceQueue,
    /// Where those go that can never succeed.
    pub dead_letters: DeadLetterQueue,
    /// The state bucket: the counts, and the fact beside each dead letter.
    pub state: BucketStore,
    /// What time it is.
    pub clock: Clock,
}

impl Aftercare for Caretaker {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn bury(&self, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
        let grave = Grave {
            queue: self.queue,
            state: &self.state,
            dead_letters: &self.dead_letters,
        };
        Ok(grave.bury(record, dead, self.now()).await?)
    }

    async fn count_failure(
        &self,
        record: &Record,
        error: &str,
        blame: Blame,
    ) -> Result<Failures, BoxError> {
        Ok(count_failure(&self.state, self.queue, record, error, blame, self.now()).await?)
    }

    async fn put_back(&self, returned: &[Returned]) -> Result<(), BoxError> {
        let hidden = returned.iter().filter_map(|returned| {
            Some(Hidden {
                receipt_handle: returned.receipt_handle.as_deref()?,
                delay: returned.delay,
            })
        });
        self.source.hide(&hidden.collect::<Vec<_>>()).await?;
        Ok(())
    }
}
