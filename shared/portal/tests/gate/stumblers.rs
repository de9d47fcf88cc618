//! Invoices that the portal stumbles over for ever, among others that work.

use jiff::SignedDuration;
use lambda_kit::{Metrics, batch::Outcome};
use portal::Use;
use wiremock::{Request, ResponseTemplate};

use crate::{
    queue::Queue,
    stand::{Ended, LYCEE, Process, Stand, closed, failed, status, works},
};
use chorus_pro::Operation;

const BAD: i64 = 5;

/// A portal that answers 500 for each download of an invoice below [`BAD`].
fn stumbles(request: &Request) -> ResponseTemplate {
    let body = String::from_utf8_lossy(&request.body);
    let asked = |id: i64| body.contains(&format!(r#""idFacture":{id}}}"#));
    match request.url.path().contains("telecharger") && (0..BAD).any(asked) {
        true => ResponseTemplate::new(500),
        false => works(request),
    }
}

#[tokio::test]
async fn five_that_always_fail_hold_up_none_of_the_others_once_one_has_worked() {
    let stand = Stand::new().await;
    let queue = Queue::of(&stand, 200);
    let start = stand.now();
    for message in queue.messages.borrow_mut().iter_mut() {
        let id: i64 = message.record.message_id.parse().unwrap();
        // The bad ones are there first; every five minutes there is another good one.
        let after = SignedDuration::from_mins(5 * (id - BAD).max(0));
        message.visible_at = start + after;
        message.record.sent_at = Some(start + after);
    }
    let archive = stand.process();
    stand.portal(stumbles);
    let mut first = None;
    while queue.left() > 0 && stand.now() < start + SignedDuration::from_hours(24) {
        let now = stand.now();
        queue.work_off(&archive).await;
        let messages = queue.messages.borrow();
        let good = messages.iter().skip(usize::try_from(BAD).unwrap());
        if good.clone().any(|m| m.done && m.visible_at <= now) {
            first.get_or_insert(now);
        }
        if let Some(first) = first {
            let arrived = |sent| first < sent && sent <= now;
            let mut new = good.filter(|m| m.record.sent_at.is_some_and(arrived));
            assert!(new.all(|m| m.done), "a good one waits at {now}");
        }
        drop(messages);
        stand.pass(300);
    }
    let buried = queue.buried.borrow();
    println!(
        "the first of the good ones after {} minutes, the last of the bad ones buried after {} hours",
        first.unwrap().duration_since(start).as_mins(),
        stand.now().duration_since(start).as_hours()
    );
    assert_eq!(queue.left(), 0);
    assert_eq!(i64::try_from(buried.len()).unwrap(), BAD);
    for dead in buried.iter() {
        assert_eq!(dead.class, "message.failed-too-often");
        assert!(dead.reason.contains("HTTP 500"), "{}", dead.reason);
        assert!(dead.reason.contains("10 fois"), "{}", dead.reason);
    }
}

/// A process that knows of one invoice that always fails.
async fn process(stand: &Stand) -> Process {
    let process = stand.process();
    stand.portal(stumbles);
    assert!(failed(&process.download(LYCEE, 1).await));
    process.download(LYCEE, 100).await.unwrap();
    process
}

#[tokio::test]
async fn a_real_outage_is_seen_by_the_others_and_not_by_the_one_that_always_fails() {
    let stand = Stand::new().await;
    let process = process(&stand).await;
    stand.portal(status(503));
    for _ in 0..5 {
        assert!(failed(&process.download(LYCEE, 1).await));
    }
    assert!(!stand.is_open("portal"));
    for id in [101, 102, 103] {
        assert!(!stand.is_open("portal"));
        assert!(failed(&process.download(LYCEE, id).await));
    }
    assert!(stand.is_open("portal"));
}

async fn outage(stand: &Stand, process: &Process) {
    stand.portal(status(503));
    for id in [101, 102, 103] {
        assert!(failed(&process.download(LYCEE, id).await));
    }
    assert!(stand.is_open("portal"));
    assert!(closed(&process.download(LYCEE, 104).await));
}

#[tokio::test]
async fn a_trial_spent_on_one_that_always_fails_is_left_to_the_next() {
    let stand = Stand::new().await;
    let process = process(&stand).await;
    outage(&stand, &process).await;
    stand.portal(stumbles);
    stand.pass(60);
    assert!(failed(&process.download(LYCEE, 1).await));
    assert!(stand.is_open("portal"), "it has shown nothing");
    stand.process().download(LYCEE, 104).await.unwrap();
    assert!(!stand.is_open("portal"));
}

#[tokio::test]
async fn a_group_that_fails_for_one_of_it_is_worth_a_call_without_it_in_a_trial_too() {
    let stand = Stand::new().await;
    let process = process(&stand).await;
    outage(&stand, &process).await;
    stand.portal(stumbles);
    stand.pass(60);
    process.portal.renew();
    let groups: [&[i64]; 3] = [&[1, 104, 105], &[1], &[104, 105]];
    let over_some = groups.map(|group| {
        let portal = &process.portal;
        portal.stumbles_over_some(Operation::TelechargerGroupe, group)
    });
    assert_eq!(over_some, [true, false, false]);
    assert!(failed(&process.fetch(LYCEE, groups[0]).await));
    assert!(failed(&process.fetch(LYCEE, groups[1]).await));
    process.fetch(LYCEE, groups[2]).await.unwrap();
    process.portal.settle(&Metrics::new("test")).await;
    assert!(!stand.is_open("portal"));
}

#[tokio::test]
async fn a_trial_in_which_others_fail_too_has_failed() {
    let stand = Stand::new().await;
    let process = process(&stand).await;
    outage(&stand, &process).await;
    stand.pass(60);
    process.portal.renew();
    assert!(failed(&process.fetch(LYCEE, &[1, 104]).await));
    assert!(failed(&process.fetch(LYCEE, &[104]).await));
    assert!(closed(&process.fetch(LYCEE, &[105]).await));
    process.portal.settle(&Metrics::new("test")).await;
    let establishment = process.establishment(LYCEE);
    let other = stand.process();
    assert!(other.portal.look(establishment, Use::Fetch).await.is_err());
    stand.pass(119);
    other.portal.renew();
    assert!(other.portal.look(establishment, Use::Fetch).await.is_err());
    stand.pass(1);
    other.portal.renew();
    other.portal.look(establishment, Use::Fetch).await.unwrap();
}

#[tokio::test]
async fn a_failure_is_its_own_only_while_others_work_in_between() {
    let stand = Stand::new().await;
    let process = process(&stand).await;
    let fails = async |id: i64| {
        let Err(Ended::Failed(error)) = process.download(LYCEE, id).await else {
            panic!("{id} works")
        };
        let of = process.establishment(LYCEE);
        match process.portal.outcome_of(of, id.unsigned_abs(), error) {
            Outcome::Retry(_) => "own",
            Outcome::Unclear(_) => "unclear",
            _ => "neither",
        }
    };
    assert_eq!(fails(2).await, "unclear", "nobody has worked since");
    assert_eq!(fails(1).await, "own");
    assert_eq!(fails(1).await, "unclear", "the portal may be down by now");
    process.download(LYCEE, 100).await.unwrap();
    assert_eq!(fails(1).await, "own");
}
