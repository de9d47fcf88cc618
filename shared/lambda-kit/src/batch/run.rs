//! Going through a batch.

use std::{collections::HashSet, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use futures::FutureExt;
use tracing::Instrument;

use super::{DeadLetter, Outcome, Outcomes, Record, Report, UnidentifiedRecord};
use crate::{BoxError, Deadline, chain, logging::panic_message};

/// What is left, unless said otherwise, between the last moment at which a record may be handled and the deadline: enough to put a
/// message in the dead-letter queue and to answer. Never more than a quarter of the time there is, so that a function with a short
/// time-out still works.
pub const DEFAULT_MARGIN: Duration = Duration::from_secs(3);

/// A batch that was received and not handled yet.
#[derive(Debug)]
pub struct Batch {
    records: Vec<Record>,
    deadline: Deadline,
    margin: Duration,
}

/// The work on a record, or on all of them, did not come to an end by itself.
#[derive(Debug, thiserror::Error)]
enum CutOff {
    #[error("there was no time left to finish: the work goes on when the message comes back")]
    Time,
    #[error("the code panicked: {0}")]
    Panic(String),
    #[error("the handler noted no outcome for this record")]
    NoOutcome,
}

impl Batch {
    /// The records of an event, to be handled before `deadline`.
    ///
    /// # Errors
    ///
    /// A record has no message id: fail the invocation.
    pub fn new(event: SqsEvent, deadline: Deadline) -> Result<Self, UnidentifiedRecord> {
        let records = event
            .records
            .into_iter()
            .enumerate()
            .map(|(position, message)| Record::received(position, message))
            .collect::<Result<_, _>>()?;
        Ok(Self::of(records, deadline))
    }

    /// A batch of records made by hand.
    #[must_use]
    pub fn of(records: Vec<Record>, deadline: Deadline) -> Self {
        Self {
            records,
            deadline,
            margin: DEFAULT_MARGIN.min(deadline.remaining() / 4),
        }
    }

    /// The same batch with another margin before the deadline.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// The records, in the order of the batch.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Handles the records of a standard queue one after the other.
    ///
    /// `bury` puts a record in the dead-letter queue, with the reason.
    pub async fn each<H, B>(self, handle: H, bury: B) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        B: AsyncFn(&Record, &DeadLetter) -> Result<(), BoxError>,
    {
        self.one_by_one(handle, bury, |_| None).await
    }

    /// Handles the records of a FIFO queue one after the other; a failure holds back the later records of its group, and only those.
    ///
    /// `bury` puts a record in the dead-letter queue, with the reason. A record that was buried holds back nothing.
    pub async fn each_in_order<H, B>(self, handle: H, bury: B) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        B: AsyncFn(&Record, &DeadLetter) -> Result<(), BoxError>,
    {
        self.one_by_one(handle, bury, |record| {
            Some(record.group_id.clone().unwrap_or_default())
        })
        .await
    }

    async fn one_by_one<H, B>(
        self,
        handle: H,
        bury: B,
        group: fn(&Record) -> Option<String>,
    ) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        B: AsyncFn(&Record, &DeadLetter) -> Result<(), BoxError>,
    {
        let limit = self.deadline.less(self.margin);
        let mut report = Report {
            received: self.records.len(),
            ..Report::default()
        };
        let mut stopped_groups = HashSet::new();
        for record in &self.records {
            let group = group(record);
            let held_back = group.as_ref().is_some_and(|g| stopped_groups.contains(g));
            if held_back || limit.has_passed() {
                log_not_started(record, held_back);
                report.not_started(&record.message_id);
                stopped_groups.extend(group);
                continue;
            }
            let settled = async {
                let outcome = guarded(limit, async { handle(record).await })
                    .await
                    .unwrap_or_else(Outcome::retry);
                settle(record, outcome, &bury, self.deadline, &mut report).await
            }
            .instrument(span(record))
            .await;
            if !settled {
                stopped_groups.extend(group);
            }
        }
        report
    }

    /// Hands all records of a standard queue to `handle` at once, for work that costs less together.
    ///
    /// `handle` notes each outcome as soon as it knows it. When it panics, the records without an outcome are handed to it again, one
    /// at a time, so that the one that caused it is the only one to fail. A record for which it noted nothing is retried.
    pub async fn together<H, B>(self, handle: H, bury: B) -> Report
    where
        H: AsyncFn(&[Record], &Outcomes),
        B: AsyncFn(&Record, &DeadLetter) -> Result<(), BoxError>,
    {
        let limit = self.deadline.less(self.margin);
        let mut report = Report {
            received: self.records.len(),
            ..Report::default()
        };
        let outcomes = Outcomes::default();
        let ended = if limit.has_passed() {
            Err(CutOff::Time)
        } else {
            guarded(limit, async { handle(&self.records, &outcomes).await }).await
        };
        if let Err(CutOff::Panic(_)) = ended {
            for record in self.records.iter().filter(|r| !outcomes.has(r)) {
                self.alone(record, &handle, &outcomes, limit).await;
            }
        }
        for record in &self.records {
            let missing = || match &ended {
                Err(CutOff::Time) => Outcome::retry(CutOff::Time),
                _ => Outcome::retry(CutOff::NoOutcome),
            };
            let outcome = outcomes.take(record).unwrap_or_else(missing);
            settle(record, outcome, &bury, self.deadline, &mut report)
                .instrument(span(record))
                .await;
        }
        report
    }

    async fn alone<H>(&self, record: &Record, handle: &H, outcomes: &Outcomes, limit: Deadline)
    where
        H: AsyncFn(&[Record], &Outcomes),
    {
        let ended = if limit.has_passed() {
            Err(CutOff::Time)
        } else {
            let one = std::slice::from_ref(record);
            guarded(limit, async { handle(one, outcomes).await })
                .instrument(span(record))
                .await
        };
        if let Err(cut_off) = ended
            && !outcomes.has(record)
        {
            outcomes.set(record, Outcome::retry(cut_off));
        }
    }
}

/// Runs `work` until `limit` at the latest, and turns a panic into an error.
async fn guarded<T>(limit: Deadline, work: impl Future<Output = T>) -> Result<T, CutOff> {
    let timed = tokio::time::timeout_at(limit.tokio_instant(), work);
    match AssertUnwindSafe(timed).catch_unwind().await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_elapsed)) => Err(CutOff::Time),
        Err(payload) => Err(CutOff::Panic(panic_message(payload.as_ref()))),
    }
}

/// Logs and reports an outcome; whether the message is settled for good.
async fn settle<B>(
    record: &Record,
    outcome: Outcome,
    bury: &B,
    deadline: Deadline,
    report: &mut Report,
) -> bool
where
    B: AsyncFn(&Record, &DeadLetter) -> Result<(), BoxError>,
{
    match outcome {
        Outcome::Done => {
            report.done += 1;
            true
        }
        Outcome::Retry(error) => {
            tracing::warn!(
                event = "batch.retry",
                error = chain(error.as_ref()),
                receiveCount = record.receive_count,
                "a message goes back to the queue"
            );
            report.failed(&record.message_id);
            false
        }
        Outcome::DeadLetter(dead) => {
            match guarded(deadline, async { bury(record, &dead).await }).await {
                Ok(Ok(())) => {
                    tracing::error!(
                        event = "batch.dead_letter",
                        class = dead.class,
                        reason = dead.reason,
                        "a message was put in the dead-letter queue"
                    );
                    report.dead_lettered += 1;
                    true
                }
                Ok(Err(error)) => not_buried(record, &dead, &chain(error.as_ref()), report),
                Err(cut_off) => not_buried(record, &dead, &cut_off.to_string(), report),
            }
        }
    }
}

fn not_buried(record: &Record, dead: &DeadLetter, error: &str, report: &mut Report) -> bool {
    tracing::error!(
        event = "batch.not_dead_lettered",
        class = dead.class,
        reason = dead.reason,
        error,
        "a message was not put in the dead-letter queue and goes back to its own"
    );
    report.failed(&record.message_id);
    false
}

fn log_not_started(record: &Record, held_back: bool) {
    let why = if held_back {
        "an earlier message of its group failed"
    } else {
        "there is no time left"
    };
    tracing::warn!(
        event = "batch.not_started",
        messageId = record.message_id,
        why,
        "a message was not started and goes back to the queue"
    );
}

fn span(record: &Record) -> tracing::Span {
    let span = tracing::info_span!(
        "record",
        messageId = record.message_id,
        messageGroupId = tracing::field::Empty
    );
    if let Some(group) = &record.group_id {
        span.record("messageGroupId", group.as_str());
    }
    span
}
