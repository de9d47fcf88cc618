//! What became of a batch.

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
    /// Of the failed ones: those that were never started (no time left, or an earlier one of their group failed).
    pub not_started: usize,
    /// The ids of the messages that go back to the queue, in the order of the batch.
    pub failed: Vec<String>,
}

/// Every record of a batch failed. Failing the invocation makes Lambda poll more slowly; reported one by one, the failures do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all {0} records of the batch failed: each failure is logged above")]
pub struct AllFailed(pub usize);

impl Report {
    /// The answer to Lambda: the messages that go back to the queue.
    #[must_use]
    pub fn response(self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for id in self.failed {
            response.add_failure(id);
        }
        response
    }

    /// The answer to Lambda, or an error of the invocation when nothing of the batch succeeded: the same messages go back, the
    /// function's error metric shows it, and Lambda slows down its polling, which suits an outage.
    ///
    /// # Errors
    ///
    /// Every record failed.
    pub fn response_unless_all_failed(self) -> Result<SqsBatchResponse, AllFailed> {
        if self.received > 0 && self.failed.len() == self.received {
            return Err(AllFailed(self.received));
        }
        Ok(self.response())
    }

    /// Counts `BatchRecords`, `BatchFailures` and `DeadLettered`.
    pub fn count_on(&self, metrics: &Metrics) {
        let count = |name, n: usize| metrics.count(name, u64::try_from(n).unwrap_or(u64::MAX));
        count("BatchRecords", self.received);
        count("BatchFailures", self.failed.len());
        count("DeadLettered", self.dead_lettered);
    }

    pub(super) fn failed(&mut self, message_id: &str) {
        self.failed.push(message_id.to_owned());
    }

    pub(super) fn not_started(&mut self, message_id: &str) {
        self.not_started += 1;
        self.failed(message_id);
    }
}
