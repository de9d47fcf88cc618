use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::{BoxError, Deadline};

mod going_back;

/// What a function would do for the messages that are not done, noted.
#[derive(Default)]
struct Care {
    buried: RefCell<Vec<(String, DeadLetter)>>,
    failures: RefCell<HashMap<String, Failures>>,
    put_back: RefCell<Vec<Returned>>,
    /// Days since the messages were sent.
    days: i64,
    /// Seconds on top of that, which a test lets pass.
    passed: Cell<i64>,
    burying: Burying,
    counting_fails: bool,
    putting_back_fails: bool,
}

#[derive(Default)]
enum Burying {
    #[default]
    Works,
    Fails,
    Panics,
}

impl Aftercare for Care {
    fn now(&self) -> Timestamp {
        let seconds = self.days * 86_400 + 60 + self.passed.get();
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    async fn bury(&self, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
        match self.burying {
            Burying::Works => {}
            Burying::Fails => return Err("the queue is not there".into()),
            Burying::Panics => panic!("oh"),
        }
        let buried = (record.message_id.clone(), dead.clone());
        self.buried.borrow_mut().push(buried);
        Ok(())
    }

    async fn count_failure(
        &self,
        record: &Record,
        _error: &str,
        blame: Blame,
    ) -> Result<Failures, BoxError> {
        if self.counting_fails {
            return Err("S3 is not there".into());
        }
        let mut failures = self.failures.borrow_mut();
        let count = failures.entry(record.message_id.clone()).or_default();
        match blame {
            Blame::Own => count.own += 1,
            Blame::Unclear => {
                count.unclear += 1;
                count.unclear_since.get_or_insert(self.now());
            }
        }
        Ok(*count)
    }

    async fn put_back(&self, returned: &[Returned]) -> Result<(), BoxError> {
        self.put_back.borrow_mut().extend_from_slice(returned);
        match self.putting_back_fails {
            true => Err("the visibility cannot be changed".into()),
            false => Ok(()),
        }
    }
}

fn care() -> Care {
    Care::default()
}

fn ids(report: &Report) -> Vec<&str> {
    report
        .returned
        .iter()
        .map(|r| r.message_id.as_str())
        .collect()
}

fn record(id: &str, group: Option<&str>, body: &str) -> Value {
    let mut attributes = json!({"ApproximateReceiveCount": "2", "SentTimestamp": "1795000000000"});
    if let Some(group) = group {
        attributes["MessageGroupId"] = json!(group);
    }
    json!({
        "messageId": id, "receiptHandle": "AQEB", "body": body, "attributes": attributes,
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "eu-west-3",
        "eventSourceARN": "arn:aws:sqs:eu-west-3:123456789012:jobs"
    })
}

fn batch(records: &[Value]) -> Batch {
    let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).expect("an event");
    Batch::new(event, Deadline::after(Duration::from_secs(60))).expect("ids")
}

/// Bodies say what the handler does with the record.
async fn play(record: &Record) -> Outcome {
    match record.body.as_str() {
        "panic" => panic!("no such invoice"),
        "retry" => Outcome::retry("the portal is closed"),
        "unclear" => Outcome::unclear("the portal stumbled"),
        "wait" => Outcome::wait("the portal is in maintenance", None),
        "bad" => Outcome::dead_letter("job.not-json", "not JSON"),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Outcome::Done
        }
        _ => Outcome::Done,
    }
}

#[tokio::test]
async fn a_panic_costs_one_message() {
    let batch = batch(&[
        record("a", None, "ok"),
        record("b", None, "panic"),
        record("c", None, "ok"),
    ]);
    let report = batch.each(play, &care()).await;
    assert_eq!((report.done, ids(&report)), (2, vec!["b"]));
}

#[tokio::test]
async fn the_answer_names_each_failed_message_the_way_lambda_reads_it() {
    let batch = batch(&[record("a", None, "retry"), record("b", None, "ok")]);
    let response = batch.each(play, &care()).await.response();
    assert_eq!(
        serde_json::to_value(&response).expect("JSON"),
        json!({"batchItemFailures": [{"itemIdentifier": "a"}]})
    );
}

#[tokio::test]
async fn a_poison_message_is_buried_with_its_reason_and_does_not_come_back() {
    let care = care();
    let batch = batch(&[record("a", None, "bad"), record("b", None, "ok")]);
    let report = batch.each(play, &care).await;
    assert!(report.returned.is_empty());
    assert_eq!((report.done, report.dead_lettered), (1, 1));
    let buried = care.buried.into_inner();
    assert_eq!(buried[0].0, "a");
    assert_eq!(
        (buried[0].1.class, buried[0].1.reason.as_str()),
        ("job.not-json", "not JSON")
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_buried_goes_back_to_its_queue() {
    for burying in [Burying::Fails, Burying::Panics] {
        let care = Care { burying, ..care() };
        let batch = batch(&[record("a", None, "bad"), record("b", None, "ok")]);
        let report = batch.each(play, &care).await;
        assert_eq!((ids(&report), report.done), (vec!["a"], 1));
        assert_eq!(report.dead_lettered, 0);
    }
}

#[tokio::test]
async fn after_a_failure_the_rest_of_its_group_waits_and_other_groups_go_on() {
    let batch = batch(&[
        record("a1", Some("a"), "ok"),
        record("b1", Some("b"), "panic"),
        record("a2", Some("a"), "retry"),
        record("b2", Some("b"), "ok"),
        record("c1", Some("c"), "ok"),
        record("a3", Some("a"), "ok"),
    ]);
    let seen = RefCell::new(Vec::new());
    let report = batch
        .each_in_order(
            async |record: &Record| {
                seen.borrow_mut().push(record.message_id.clone());
                play(record).await
            },
            &care(),
        )
        .await;
    assert_eq!(seen.into_inner(), ["a1", "b1", "a2", "c1"]);
    assert_eq!(ids(&report), ["b1", "a2", "b2", "a3"]);
    assert_eq!((report.done, report.count(Back::NotStarted)), (2, 2));
}

#[tokio::test]
async fn a_buried_command_does_not_hold_back_its_group_unless_burying_failed() {
    let records = [
        record("a1", Some("a"), "bad"),
        record("a2", Some("a"), "ok"),
    ];
    let report = batch(&records).each_in_order(play, &care()).await;
    assert_eq!((report.dead_lettered, report.done), (1, 1));
    let fails = Care {
        burying: Burying::Fails,
        ..care()
    };
    let report = batch(&records).each_in_order(play, &fails).await;
    assert_eq!(ids(&report), ["a1", "a2"]);
}

#[tokio::test]
async fn records_of_a_fifo_queue_without_a_group_count_as_one_group() {
    let batch = batch(&[record("a", None, "retry"), record("b", None, "ok")]);
    assert_eq!(ids(&batch.each_in_order(play, &care()).await), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_over_in_time_goes_back_and_what_was_done_stays_done() {
    let batch = batch(&[
        record("a", None, "ok"),
        record("b", None, "slow"),
        record("c", None, "ok"),
    ]);
    let report = batch.each(play, &care()).await;
    assert_eq!((report.done, report.count(Back::NotStarted)), (1, 1));
    assert_eq!(ids(&report), ["b", "c"]);
}

#[tokio::test]
async fn a_function_with_a_short_time_out_still_works() {
    let batch = Batch::of(
        vec![Record::new("a", "ok")],
        Deadline::after(Duration::from_secs(1)),
    );
    assert_eq!(batch.each(play, &care()).await.done, 1);
}

#[tokio::test]
async fn nothing_is_started_once_the_time_is_up() {
    let batch = batch(&[record("a", Some("g"), "ok"), record("b", Some("h"), "ok")]);
    let report = batch
        .with_margin(Duration::from_secs(61))
        .each_in_order(play, &care())
        .await;
    assert_eq!((report.count(Back::NotStarted), report.done), (2, 0));
}

#[tokio::test]
async fn a_record_without_an_id_fails_the_invocation_and_never_reports_an_empty_one() {
    for id in [json!(null), json!(""), json!(" ")] {
        let mut bad = record("x", None, "ok");
        bad["messageId"] = id;
        let event: SqsEvent =
            serde_json::from_value(json!({"Records": [record("a", None, "ok"), bad]}))
                .expect("an event");
        let error = Batch::new(event, Deadline::after(Duration::from_secs(60))).expect_err("no id");
        assert_eq!(error.position, 1);
    }
}

#[tokio::test]
async fn a_record_carries_what_sqs_says_of_it() {
    let batch = batch(&[record("a", Some("g"), "{}")]);
    let record = &batch.records()[0];
    assert_eq!(record.receive_count, 2);
    assert_eq!(record.group_id.as_deref(), Some("g"));
    assert_eq!(record.sent_at.expect("a time").as_second(), 1_795_000_000);
    assert_eq!(record.receipt_handle.as_deref(), Some("AQEB"));
}

#[tokio::test]
async fn a_handler_of_the_whole_batch_says_how_each_record_ended() {
    let batch = batch(&[
        record("a", None, "ok"),
        record("b", None, "retry"),
        record("c", None, "bad"),
        record("d", None, "forgotten"),
    ]);
    let calls = RefCell::new(0);
    let report = batch
        .together(
            async |records: &[Record], outcomes: &Outcomes| {
                *calls.borrow_mut() += 1;
                for record in records.iter().filter(|r| r.body != "forgotten") {
                    outcomes.set(record, play(record).await);
                }
            },
            &care(),
        )
        .await;
    assert_eq!(calls.into_inner(), 1);
    assert_eq!((report.done, report.dead_lettered), (1, 1));
    assert_eq!(ids(&report), ["b", "d"]);
}

#[tokio::test]
async fn after_a_panic_the_rest_of_the_batch_is_handled_one_by_one() {
    let batch = batch(&[
        record("a", None, "ok"),
        record("b", None, "panic"),
        record("c", None, "ok"),
        record("d", None, "ok"),
    ]);
    let calls = RefCell::new(Vec::new());
    let report = batch
        .together(
            async |records: &[Record], outcomes: &Outcomes| {
                calls.borrow_mut().push(records.len());
                for record in records {
                    outcomes.set(record, play(record).await);
                }
            },
            &care(),
        )
        .await;
    assert_eq!(
        calls.into_inner(),
        [4, 1, 1, 1],
        "the record already done is not handled again"
    );
    assert_eq!((report.done, ids(&report)), (3, vec!["b"]));
}

#[tokio::test(start_paused = true)]
async fn a_whole_batch_cut_off_in_time_keeps_what_it_had_noted() {
    let batch = batch(&[
        record("a", None, "ok"),
        record("b", None, "slow"),
        record("c", None, "ok"),
    ]);
    let report = batch
        .together(
            async |records: &[Record], outcomes: &Outcomes| {
                for record in records {
                    outcomes.set(record, play(record).await);
                }
            },
            &care(),
        )
        .await;
    assert_eq!((report.done, ids(&report)), (1, vec!["b", "c"]));
}

#[tokio::test]
async fn a_batch_that_failed_as_a_whole_can_fail_the_invocation() {
    let all = batch(&[record("a", None, "retry"), record("b", None, "retry")]);
    assert_eq!(
        all.each(play, &care())
            .await
            .response_unless_all_failed()
            .expect_err("all failed"),
        AllFailed(2)
    );
    let some = batch(&[record("a", None, "retry"), record("b", None, "ok")]);
    assert!(
        some.each(play, &care())
            .await
            .response_unless_all_failed()
            .is_ok()
    );
    let empty = batch(&[]);
    assert!(
        empty
            .each(play, &care())
            .await
            .response_unless_all_failed()
            .is_ok()
    );
}
