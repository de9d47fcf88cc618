//! The queue from `poll` to `archive`: standard, filled in batches.

use std::{num::NonZeroU32, time::Duration};

use aws_sdk_sqs::{
    Client,
    operation::send_message_batch::SendMessageBatchOutput,
    types::{BatchResultErrorEntry, QueueAttributeName, SendMessageBatchRequestEntry},
};

use super::{
    Decision, MAX_BATCH, MAX_BYTES, NotSent, NotTaken, SqsError, TYPE_ATTRIBUTE, attribute_bytes,
    error::decision_for, text_attribute,
};
use crate::{AboutInvoice, CloudEvent, InvoiceJob, Message};

/// How often a message that SQS could not take for its own sake is given to it.
const ATTEMPTS: u32 = 4;
/// The pause before the second attempt; it doubles after each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Seconds that SQS can hold a message back.
const LONGEST_DELAY: i32 = 900;

/// The jobs queue.
#[derive(Clone, Debug)]
pub struct JobsQueue {
    client: Client,
    url: String,
}

/// A job that is ready to be sent, with its size.
#[derive(Clone, Debug)]
struct Ready {
    event_id: String,
    subject: String,
    group: String,
    body: String,
    /// Seconds during which SQS keeps the message to itself.
    delay: i32,
}

impl Ready {
    fn bytes(&self) -> usize {
        self.body.len() + attribute_bytes(TYPE_ATTRIBUTE, InvoiceJob::TYPE)
    }

    fn not_sent(&self, why: impl Into<String>, decision: Decision) -> NotSent {
        NotSent {
            event_id: self.event_id.clone(),
            subject: self.subject.clone(),
            why: why.into(),
            decision,
        }
    }
}

impl JobsQueue {
    /// The queue at this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Sends all jobs, in batches as full as SQS allows, and returns how many there were.
    ///
    /// Messages of a batch that SQS does not take for its own sake are given to it again, a few times, with growing pauses. The
    /// establishment is the message group: on a standard queue that orders nothing, it is how SQS keeps the backlog of one sender from
    /// holding up the others (fair queues).
    ///
    /// # Errors
    ///
    /// [`SqsError::Some`] names every job that was not taken; those it does not name are in the queue. Sending all again is safe: a job
    /// that is there twice is done once.
    pub async fn send_all(&self, jobs: &[CloudEvent<InvoiceJob>]) -> Result<usize, SqsError> {
        self.send(jobs, |_| 0).await
    }

    /// The same, but the jobs become visible in their order at no more than `per_second` a second, so that a heap of old ones does not come down on
    /// the portal at once. SQS holds a message back for a quarter of an hour at most: what is beyond that becomes visible together.
    ///
    /// # Errors
    /// As [`JobsQueue::send_all`].
    pub async fn send_all_spread(
        &self,
        jobs: &[CloudEvent<InvoiceJob>],
        per_second: NonZeroU32,
    ) -> Result<usize, SqsError> {
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let delay = |index| i32::try_from(place(index) / per_second).unwrap_or(i32::MAX);
        self.send(jobs, |index| delay(index).min(LONGEST_DELAY))
            .await
    }

    async fn send(
        &self,
        jobs: &[CloudEvent<InvoiceJob>],
        delay: impl Fn(usize) -> i32,
    ) -> Result<usize, SqsError> {
        let mut not_sent = Vec::new();
        let mut ready = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let job = Self::ready(job, delay(index))?;
            if job.bytes() > MAX_BYTES {
                let why = format!("it is {} bytes long, SQS takes {MAX_BYTES}", job.bytes());
                not_sent.push(job.not_sent(why, Decision::GiveUp));
            } else {
                ready.push(job);
            }
        }
        let mut stopped: Option<(String, Decision)> = None;
        for batch in batches(ready) {
            if let Some((why, decision)) = &stopped {
                not_sent.extend(batch.iter().map(|job| job.not_sent(why, *decision)));
                continue;
            }
            let (waiting, failure) = self.send_batch(batch, &mut not_sent).await;
            if let Some(error) = failure {
                let why = error.to_string();
                tracing::warn!(
                    event = "sqs.batch_failed",
                    error = &error as &dyn std::error::Error,
                    "a batch was not sent, and the ones after it are not tried"
                );
                not_sent.extend(
                    waiting
                        .iter()
                        .map(|job| job.not_sent(&why, error.decision())),
                );
                stopped = Some((format!("not tried: {why}"), error.decision()));
            }
        }
        if not_sent.is_empty() {
            return Ok(jobs.len());
        }
        Err(SqsError::Some(NotTaken {
            queue: self.url.clone(),
            taken: jobs.len().saturating_sub(not_sent.len()),
            messages: not_sent,
        }))
    }

    /// About how many jobs the queue holds: waiting, being worked on, and put back for later. What was sent in the last minute may be
    /// missing.
    ///
    /// # Errors
    /// [`SqsError::DepthUnknown`].
    pub async fn depth(&self) -> Result<u64, SqsError> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
            ApproximateNumberOfMessagesNotVisible,
        };
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .attribute_names(ApproximateNumberOfMessagesDelayed)
            .send()
            .await
            .map_err(|error| SqsError::depth_unknown(&self.url, error))?;
        let counts = answer.attributes.unwrap_or_default();
        Ok(counts
            .values()
            .filter_map(|count| count.parse::<u64>().ok())
            .sum())
    }

    fn ready(job: &CloudEvent<InvoiceJob>, delay: i32) -> Result<Ready, SqsError> {
        Ok(Ready {
            event_id: job.id.clone(),
            subject: job.subject.clone().unwrap_or_default(),
            group: job.data.siret().to_owned(),
            body: job
                .to_json()
                .map_err(|error| SqsError::NotWritten(error.into()))?,
            delay,
        })
    }

    /// Sends one batch until SQS has taken what it will. Messages that SQS refuses one by one go to `not_sent`; when a whole call fails,
    /// what was not taken by then comes back with the error.
    async fn send_batch(
        &self,
        mut waiting: Vec<Ready>,
        not_sent: &mut Vec<NotSent>,
    ) -> (Vec<Ready>, Option<SqsError>) {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            let answer = match self.attempt(&waiting).await {
                Ok(answer) => answer,
                Err(error) => return (waiting, Some(error)),
            };
            waiting = still_waiting(waiting, &answer, attempt == ATTEMPTS, not_sent);
            if waiting.is_empty() {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        (Vec::new(), None)
    }

    async fn attempt(&self, jobs: &[Ready]) -> Result<SendMessageBatchOutput, SqsError> {
        let mut entries = Vec::with_capacity(jobs.len());
        for (i, job) in jobs.iter().enumerate() {
            let entry = text_attribute(InvoiceJob::TYPE).and_then(|attribute| {
                SendMessageBatchRequestEntry::builder()
                    .id(i.to_string())
                    .message_body(&job.body)
                    .message_group_id(&job.group)
                    .set_delay_seconds((job.delay > 0).then_some(job.delay))
                    .message_attributes(TYPE_ATTRIBUTE, attribute)
                    .build()
            });
            entries.push(entry.map_err(|error| SqsError::NotWritten(error.into()))?);
        }
        let answer = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(answer)
    }
}

/// Keeps the jobs that are worth another attempt and notes the others as given up. Taken is only what the answer says is taken: a job
/// that it does not name at all is sent again.
fn still_waiting(
    sent: Vec<Ready>,
    answer: &SendMessageBatchOutput,
    last: bool,
    given_up: &mut Vec<NotSent>,
) -> Vec<Ready> {
    let mut waiting = Vec::new();
    for (i, job) in sent.into_iter().enumerate() {
        let id = i.to_string();
        if answer.successful().iter().any(|entry| entry.id() == id) {
            continue;
        }
        let failure = answer.failed().iter().find(|entry| entry.id() == id);
        let (why, decision) = failure.map_or_else(
            || ("the answer does not name it".to_owned(), Decision::Retry),
            why_refused,
        );
        if decision == Decision::Retry && !last {
            waiting.push(job);
        } else {
            given_up.push(job.not_sent(why, decision));
        }
    }
    waiting
}

fn why_refused(failure: &BatchResultErrorEntry) -> (String, Decision) {
    let why = match failure.message() {
        Some(message) => format!("{}: {message}", failure.code()),
        None => failure.code().to_owned(),
    };
    let decision = match decision_for(failure.code(), 0) {
        Decision::Retry if failure.sender_fault() => Decision::GiveUp,
        decision => decision,
    };
    (why, decision)
}

/// Batches of at most ten messages and 1 MiB, in the order given. A message larger than that must not be among them.
fn batches(jobs: Vec<Ready>) -> Vec<Vec<Ready>> {
    let mut batches: Vec<Vec<Ready>> = Vec::new();
    let mut bytes = 0;
    for job in jobs {
        let size = job.bytes();
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH && bytes + size <= MAX_BYTES => {
                bytes += size;
                batch.push(job);
            }
            _ => {
                bytes = size;
                batches.push(vec![job]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(bytes: usize) -> Ready {
        let body = "x".repeat(bytes - attribute_bytes(TYPE_ATTRIBUTE, InvoiceJob::TYPE));
        Ready {
            event_id: String::new(),
            subject: String::new(),
            group: String::new(),
            body,
            delay: 0,
        }
    }

    fn sizes(jobs: Vec<Ready>) -> Vec<usize> {
        batches(jobs).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_has_at_most_ten_messages() {
        assert_eq!(sizes(vec![job(100); 23]), [10, 10, 3]);
        assert!(sizes(Vec::new()).is_empty());
    }

    #[test]
    fn a_batch_has_at_most_a_mebibyte_attributes_included() {
        assert_eq!(sizes(vec![job(MAX_BYTES / 2); 4]), [2, 2]);
        assert_eq!(sizes(vec![job(MAX_BYTES / 2 + 1); 3]), [1, 1, 1]);
        assert_eq!(sizes(vec![job(MAX_BYTES), job(100), job(100)]), [1, 2]);
    }
}
