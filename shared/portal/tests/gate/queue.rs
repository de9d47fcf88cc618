//! A queue of invoices that the test plays through time, and what becomes of each.

use std::{cell::RefCell, time::Duration};

use archive::{Failed, MessageFailures};
use jiff::{SignedDuration, Timestamp};
use lambda_kit::{
    BoxError, Deadline, Metrics,
    batch::{Aftercare, Batch, Blame, DeadLetter, Failures, Outcome, Outcomes, Record, Returned},
};

use crate::stand::{Ended, HOSPITAL, LYCEE, Process, Stand};

pub(crate) struct Message {
    pub(crate) record: Record,
    pub(crate) visible_at: Timestamp,
    pub(crate) done: bool,
}

/// The queue, and what the function does for messages that are not done.
pub(crate) struct Queue<'a> {
    pub(crate) stand: &'a Stand,
    pub(crate) messages: RefCell<Vec<Message>>,
    pub(crate) buried: RefCell<Vec<DeadLetter>>,
}

impl Aftercare for Queue<'_> {
    fn now(&self) -> Timestamp {
        self.stand.now()
    }

    async fn bury(&self, _: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
        self.buried.borrow_mut().push(dead.clone());
        Ok(())
    }

    async fn count_failure(
        &self,
        record: &Record,
        error: &str,
        blame: Blame,
    ) -> Result<Failures, BoxError> {
        let (state, id, now) = (self.stand.s3.store(), &record.message_id, self.now());
        let unclear = blame == Blame::Unclear;
        let failed = Failed { error, unclear };
        let counted = MessageFailures::count(&state, "jobs", id, failed, now).await?;
        Ok(Failures {
            own: counted.own(),
            unclear: counted.unclear.map_or(0, |unclear| unclear.count),
            unclear_since: counted.unclear.map(|unclear| unclear.since),
        })
    }

    async fn put_back(&self, returned: &[Returned]) -> Result<(), BoxError> {
        for back in returned {
            let mut messages = self.messages.borrow_mut();
            let message = &mut messages[back.message_id.parse::<usize>()?];
            message.visible_at = self.now() + SignedDuration::try_from(back.delay)?;
            message.done = false;
        }
        Ok(())
    }
}

impl<'a> Queue<'a> {
    /// What a poll of the queue takes: ten at most, hidden until they are put back.
    fn take(&self) -> Vec<Record> {
        let now = self.now();
        let mut messages = self.messages.borrow_mut();
        let visible = messages
            .iter_mut()
            .filter(|m| !m.done && m.visible_at <= now);
        visible
            .take(10)
            .map(|message| {
                message.record.receive_count += 1;
                message.done = true;
                message.record.clone()
            })
            .collect()
    }

    /// Messages of this number, one invoice each, sent now.
    pub(crate) fn of(stand: &'a Stand, invoices: usize) -> Self {
        let now = stand.now();
        let messages = (0..invoices).map(|id| {
            let siret = if id % 2 == 0 { LYCEE } else { HOSPITAL };
            let mut record = Record::new(id.to_string(), siret);
            record.receive_count = 0;
            record.sent_at = Some(now);
            Message {
                record,
                visible_at: now,
                done: false,
            }
        });
        Self {
            stand,
            messages: RefCell::new(messages.collect()),
            buried: RefCell::default(),
        }
    }

    /// One process works off what is visible.
    pub(crate) async fn work_off(&self, process: &Process) {
        while self.work_off_a_batch(process).await {}
    }

    /// One process works off one batch of what is visible; whether there was any.
    pub(crate) async fn work_off_a_batch(&self, process: &Process) -> bool {
        let records = self.take();
        if records.is_empty() {
            return false;
        }
        process.portal.renew();
        let deadline = Deadline::after(Duration::from_secs(60));
        Batch::of(records, deadline)
            .together(
                async |records: &[Record], outcomes: &Outcomes| {
                    work(process, records, outcomes).await;
                },
                self,
            )
            .await;
        process.portal.settle(&Metrics::new("test")).await;
        true
    }

    pub(crate) fn receives(&self) -> u32 {
        let messages = self.messages.borrow();
        let receives = messages.iter().map(|m| m.record.receive_count);
        receives.max().unwrap()
    }

    pub(crate) fn left(&self) -> usize {
        self.messages.borrow().iter().filter(|m| !m.done).count()
    }
}

/// As archive does: one call for all, and after a failure the halves, until the gate says no.
async fn work(process: &Process, records: &[Record], outcomes: &Outcomes) {
    for record in records {
        let siret = record.body.as_str();
        let id: i64 = record.message_id.parse().unwrap();
        let outcome = match process.fetch(siret, &[id]).await {
            Ok(()) => Outcome::Done,
            Err(Ended::Closed(closed)) => {
                process.portal.outcome(process.establishment(siret), closed)
            }
            Err(Ended::Failed(error)) => {
                let establishment = process.establishment(siret);
                process
                    .portal
                    .outcome_of(establishment, id.unsigned_abs(), error)
            }
        };
        outcomes.set(record, outcome);
    }
}
