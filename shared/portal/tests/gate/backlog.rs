//! A backlog through an outage of a day: nothing is buried, few calls are made, and everything is done soon after its end.

use std::{cell::RefCell, time::Duration};

use archive::OwnFailures;
use jiff::{SignedDuration, Timestamp};
use lambda_kit::{
    BoxError, Deadline,
    batch::{Aftercare, Batch, DeadLetter, Outcome, Outcomes, Record, Returned},
};

use crate::stand::{Ended, HOSPITAL, LYCEE, Process, Stand, status, works};

const INVOICES: usize = 100;
const DAYS: i64 = 1;

struct Message {
    record: Record,
    visible_at: Timestamp,
    done: bool,
}

/// The queue, and what the function does for messages that are not done.
struct Queue<'a> {
    stand: &'a Stand,
    messages: RefCell<Vec<Message>>,
    buried: RefCell<Vec<DeadLetter>>,
}

impl Aftercare for Queue<'_> {
    fn now(&self) -> Timestamp {
        self.stand.now()
    }

    async fn bury(&self, _: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
        self.buried.borrow_mut().push(dead.clone());
        Ok(())
    }

    async fn count_failure(&self, record: &Record, error: &str) -> Result<u32, BoxError> {
        let (state, id, now) = (self.stand.s3.store(), &record.message_id, self.now());
        Ok(OwnFailures::count(&state, "jobs", id, error, now).await?)
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

impl Queue<'_> {
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

    fn left(&self) -> usize {
        self.messages.borrow().iter().filter(|m| !m.done).count()
    }
}

/// As archive does: one call for all, and after a failure the halves, until the gate says no.
async fn work(process: &Process, records: &[Record], outcomes: &Outcomes) {
    for record in records {
        let siret = record.body.as_str();
        let id = record.message_id.parse().unwrap();
        let outcome = match process.ask(siret, Some(id)).await {
            Ok(()) => Outcome::Done,
            Err(Ended::Closed(closed)) => {
                process.portal.outcome(process.establishment(siret), closed)
            }
            Err(Ended::Failed(error)) => {
                process.portal.outcome(process.establishment(siret), error)
            }
        };
        outcomes.set(record, outcome);
    }
}

#[tokio::test]
async fn a_backlog_outlives_an_outage_of_a_day_without_a_dead_letter() {
    let stand = Stand::new().await;
    let start = stand.now();
    let messages = (0..INVOICES).map(|id| {
        let siret = if id % 2 == 0 { LYCEE } else { HOSPITAL };
        let mut record = Record::new(id.to_string(), siret);
        record.receive_count = 0;
        record.sent_at = Some(start);
        Message {
            record,
            visible_at: start,
            done: false,
        }
    });
    let queue = Queue {
        stand: &stand,
        messages: RefCell::new(messages.collect()),
        buried: RefCell::default(),
    };
    let (archive, poll) = ([stand.process(), stand.process()], stand.process());
    stand.portal(status(503));
    let end = start + SignedDuration::from_hours(24 * DAYS);
    let mut calls_in_the_outage = 0;
    let mut minute = 0;
    while queue.left() > 0 {
        assert!(minute < DAYS * 24 * 60 + 120, "{} are left", queue.left());
        if stand.now() >= end && calls_in_the_outage == 0 {
            calls_in_the_outage = stand.calls();
            stand.portal(works);
        }
        let _ = poll.search(LYCEE).await;
        for process in archive.iter().cycle() {
            let records = queue.take();
            if records.is_empty() {
                break;
            }
            process.portal.renew();
            let deadline = Deadline::after(Duration::from_secs(60));
            Batch::of(records, deadline)
                .together(
                    async |records: &[Record], outcomes: &Outcomes| {
                        work(process, records, outcomes).await;
                    },
                    &queue,
                )
                .await;
        }
        // Every five minutes is fine enough, and ten times as fast.
        stand.pass(300);
        minute += 5;
    }
    let messages = queue.messages.borrow();
    let received = messages
        .iter()
        .map(|m| m.record.receive_count)
        .max()
        .unwrap();
    let own_failures = stand
        .s3
        .keys()
        .iter()
        .filter(|k| k.starts_with("failures/"))
        .count();
    let after = stand.now().duration_since(end).as_secs() / 60;
    println!(
        "{INVOICES} invoices, {DAYS} day(s) of 503: {calls_in_the_outage} calls in the outage, received {received} times at most, \
         {own_failures} with a failure of their own, all done {after} minutes after its end"
    );
    assert!(queue.buried.borrow().is_empty());
    assert!(received < 60, "SQS would give up at 400: {received}");
    assert!(own_failures <= 20, "{own_failures}");
    assert!(calls_in_the_outage < 150, "{calls_in_the_outage}");
    assert!(after <= 95, "{after} minutes");
}
