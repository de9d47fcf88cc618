//! What became of a batch.

use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;

use crate::Metrics;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The records of the batch.
    pub received: usize,
    /// Handled.
    pub done: usize,
    /// Given up, and put in the dead-letter queue by the function itself.
    pub dead_lettered: usize,
    /// The messages that go back to the queue, in the order of the batch.
    pub returned: Vec<Returned>,
}

/// A message that goes back to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Its id.
    pub message_id: String,
    /// What is needed to change its visibility.
    pub receipt_handle: Option<String>,
    /// How long it is to be hidden.
    pub delay: Duration,
    /// Why it goes back.
    pub why: Back,
}

/// Why a message goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// It failed, by its own fault it may be.
    Failed,
    /// It waits for something else.
    Waits,
    /// It was not started: an earlier one of its group went back, or there was no time left.
    NotStarted,
}

/// Every record of a batch failed by its own fault. Failing the invocation makes Lambda poll more slowly; reported one by one, the
/// failures do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all {0} records of the batch failed: each failure is logged above")]
pub struct AllFailed(pub usize);

impl Report {
    /// How many go back to the queue for this reason.
    #[must_use]
    pub fn count(&self, why: Back) -> usize {
        self.returned.iter().filter(|r| r.why == why).count()
    }

    /// The answer to Lambda: the messages that go back to the queue.
    #[must_use]
    pub fn response(self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for returned in self.returned {
            response.add_failure(returned.message_id);
        }
        response
    }

    /// The answer to Lambda, or an error of the invocation when nothing of the batch succeeded and nothing merely waits: the same
    /// messages go back, and the function's error metric shows it. An outage raises no error here: the breaker's own metric tells of it.
    ///
    /// # Errors
    ///
    /// Every record failed.
    pub fn response_unless_all_failed(self) -> Result<SqsBatchResponse, AllFailed> {
        let nothing_done = self.received > 0 && self.returned.len() == self.received;
        if nothing_done && self.count(Back::Failed) > 0 && self.count(Back::Waits) == 0 {
            return Err(AllFailed(self.received));
        }
        Ok(self.response())
    }

    /// Counts `BatchRecords`, `BatchFailures` (own failures), `MessagesWaiting` and `DeadLettered`.
    pub fn count_on(&self, metrics: &Metrics) {
        let count = |name, n: usize| metrics.count(name, u64::try_from(n).unwrap_or(u64::MAX));
        count("BatchRecords", self.received);
        count("BatchFailures", self.count(Back::Failed));
        count(
            "MessagesWaiting",
            self.count(Back::Waits) + self.count(Back::NotStarted),
        );
        count("DeadLettered", self.dead_lettered);
    }
}
