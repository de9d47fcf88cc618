//! Going through a batch.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use futures::FutureExt;
use tracing::Instrument;

use super::{Aftercare, Outcome, Outcomes, Record, Report, UnidentifiedRecord, settling::Settling};
use crate::{Deadline, Pace, logging::panic_message};

/// What is left, unless said otherwise, between the last moment at which a record may be handled and the deadline: enough to put a
/// message in the dead-letter queue and to answer. Never more than a quarter of the time there is, so that a function with a short
/// time-out still works.
pub const DEFAULT_MARGIN: Duration = Duration::from_secs(3);

/// What is left, at most, between the deadline of the work's own calls and the moment at which the work is cut off.
const LAST_WORD: Duration = Duration::from_secs(1);

/// A batch that was received and not handled yet.
#[derive(Debug)]
pub struct Batch {
    records: Vec<Record>,
    deadline: Deadline,
    margin: Duration,
    pace: Pace,
}

/// The work on a record, or on all of them, did not come to an end by itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutOff {
    #[error("there was no time left to finish: the work goes on when the message comes back")]
    Time,
    #[error("the code panicked: {0}")]
    Panic(String),
    #[error("the handler noted no outcome for this record")]
    NoOutcome,
}

impl CutOff {
    /// A lack of time is nobody's fault.
    fn outcome(self) -> Outcome {
        match self {
            Self::Time => Outcome::wait(self, None),
            Self::Panic(_) | Self::NoOutcome => Outcome::retry(self),
        }
    }
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
            pace: Pace::default(),
        }
    }

    /// The same batch with another margin before the deadline.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// The same batch with another rhythm for what goes back.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// When the calls of the work should end, so that it can still say why it did not. A little later it is cut off.
    #[must_use]
    pub fn work_deadline(&self) -> Deadline {
        let limit = self.limit();
        limit.less(LAST_WORD.min(limit.remaining() / 10))
    }

    fn limit(&self) -> Deadline {
        self.deadline.less(self.margin)
    }

    /// The records, in the order of the batch.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Handles the records of a standard queue one after the other.
    pub async fn each<H, A>(self, handle: H, care: &A) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        A: Aftercare,
    {
        self.one_by_one(handle, care, |_| None).await
    }

    /// Handles the records of a FIFO queue one after the other; one that goes back holds back the later records of its group, and only
    /// those. A record that was buried holds back nothing.
    pub async fn each_in_order<H, A>(self, handle: H, care: &A) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        A: Aftercare,
    {
        self.one_by_one(handle, care, |record| {
            Some(record.group_id.clone().unwrap_or_default())
        })
        .await
    }

    async fn one_by_one<H, A>(
        self,
        handle: H,
        care: &A,
        group: fn(&Record) -> Option<String>,
    ) -> Report
    where
        H: AsyncFn(&Record) -> Outcome,
        A: Aftercare,
    {
        let limit = self.limit();
        let mut settling = self.settling(care);
        let mut stopped: HashMap<String, Duration> = HashMap::new();
        for record in &self.records {
            let group = group(record);
            if let Some(delay) = group.as_ref().and_then(|group| stopped.get(group)) {
                settling.held_back(record, *delay);
                continue;
            }
            let delay = async {
                if limit.has_passed() {
                    return settling.no_time(record).await;
                }
                let outcome = guarded(limit, async { handle(record).await })
                    .await
                    .unwrap_or_else(CutOff::outcome);
                settling.settle(record, outcome).await
            }
            .instrument(span(record))
            .await;
            stopped.extend(group.zip(delay));
        }
        settling.end().await
    }

    /// Hands all records of a standard queue to `handle` at once, for work that costs less together.
    ///
    /// `handle` notes each outcome as soon as it knows it. When it panics, the records without an outcome are handed to it again, one
    /// at a time, so that the one that caused it is the only one to fail. A record for which it noted nothing is retried.
    pub async fn together<H, A>(self, handle: H, care: &A) -> Report
    where
        H: AsyncFn(&[Record], &Outcomes),
        A: Aftercare,
    {
        let limit = self.limit();
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
        let mut settling = self.settling(care);
        for record in &self.records {
            let missing = || match &ended {
                Err(CutOff::Time) => CutOff::Time.outcome(),
                _ => CutOff::NoOutcome.outcome(),
            };
            let outcome = outcomes.take(record).unwrap_or_else(missing);
            settling
                .settle(record, outcome)
                .instrument(span(record))
                .await;
        }
        settling.end().await
    }

    fn settling<'a, A: Aftercare>(&self, care: &'a A) -> Settling<'a, A> {
        Settling {
            care,
            deadline: self.deadline,
            pace: self.pace,
            report: Report {
                received: self.records.len(),
                ..Report::default()
            },
        }
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
            outcomes.set(record, cut_off.outcome());
        }
    }
}

/// Runs `work` until `limit` at the latest, and turns a panic into an error.
pub(super) async fn guarded<T>(
    limit: Deadline,
    work: impl Future<Output = T>,
) -> Result<T, CutOff> {
    let timed = tokio::time::timeout_at(limit.tokio_instant(), work);
    match AssertUnwindSafe(timed).catch_unwind().await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_elapsed)) => Err(CutOff::Time),
        Err(payload) => Err(CutOff::Panic(panic_message(payload.as_ref()))),
    }
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
