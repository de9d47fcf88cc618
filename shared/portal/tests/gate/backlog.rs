//! A queue through an outage: nothing is buried, few calls are made, and everything is done soon after its end. One invoice alone, too.

use jiff::SignedDuration;
use wiremock::{Request, ResponseTemplate};

use crate::{
    queue::Queue,
    stand::{LYCEE, Process, Stand, status, works},
};

const INVOICES: usize = 100;
const DAYS: i64 = 1;

#[tokio::test]
async fn a_backlog_outlives_an_outage_of_a_day_without_a_dead_letter() {
    let stand = Stand::new().await;
    let start = stand.now();
    let queue = Queue::of(&stand, INVOICES);
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
            if !queue.work_off_a_batch(process).await {
                break;
            }
        }
        // Every five minutes is fine enough, and ten times as fast.
        stand.pass(300);
        minute += 5;
    }
    let received = queue.receives();
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
    // A search and a download each quarter of an hour: the trials.
    assert!(calls_in_the_outage < 250, "{calls_in_the_outage}");
    assert!(after <= 95, "{after} minutes");
}

/// Plays the queue until it is empty or `hours` have passed, while the searches of poll go on; how many hours that took.
async fn play(queue: &Queue<'_>, archive: &Process, hours: i64) -> i64 {
    let (poll, start) = (queue.stand.process(), queue.stand.now());
    let passed = || queue.stand.now().duration_since(start).as_hours();
    while queue.left() > 0 && passed() < hours {
        let _ = poll.search(LYCEE).await;
        queue.work_off(archive).await;
        queue.stand.pass(300);
    }
    passed()
}

fn downloads_are_down(request: &Request) -> ResponseTemplate {
    match request.url.path().contains("telecharger") {
        true => ResponseTemplate::new(503),
        false => works(request),
    }
}

#[tokio::test]
async fn an_invoice_alone_in_its_queue_outlives_two_days_without_downloads() {
    let stand = Stand::new().await;
    let queue = Queue::of(&stand, 1);
    let archive = stand.process();
    stand.portal(downloads_are_down);
    play(&queue, &archive, 48).await;
    assert!(
        !stand.is_open("portal"),
        "one invoice cannot show whether it is an outage"
    );
    assert_eq!((queue.left(), queue.buried.borrow().len()), (1, 0));
    stand.portal(works);
    assert!(
        play(&queue, &archive, 3).await <= 1,
        "an hour after its end"
    );
    assert_eq!((queue.left(), queue.buried.borrow().len()), (0, 0));
    println!("received {} times", queue.receives());
}

#[tokio::test]
async fn an_invoice_that_fails_for_longer_than_any_outage_is_buried_with_the_reason() {
    let stand = Stand::new().await;
    let queue = Queue::of(&stand, 1);
    stand.portal(downloads_are_down);
    let hours = play(&queue, &stand.process(), 24 * 10).await;
    assert!((72..=74).contains(&hours), "{hours} hours");
    let buried = queue.buried.borrow();
    assert_eq!(buried[0].class, "message.failed-too-often");
    let reason = &buried[0].reason;
    assert!(
        reason.contains("503") && reason.contains("depuis le 23/11/2026"),
        "{reason}"
    );
}
