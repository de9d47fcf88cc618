//! What becomes of the messages that go back.

use super::*;

fn near(delay: Duration, seconds: u64) -> bool {
    let nominal = Duration::from_secs(seconds);
    (nominal - nominal / 4..=nominal + nominal / 4).contains(&delay)
}

#[tokio::test]
async fn a_message_that_fails_comes_back_later_each_time_and_is_buried_at_the_tenth() {
    let care = care();
    for (failure, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 900)] {
        let report = batch(&[record("a", None, "retry")]).each(play, &care).await;
        let delay = report.returned[0].delay;
        assert!(near(delay, seconds), "failure {failure}: {delay:?}");
        assert_eq!(report.returned[0].why, Back::Failed);
    }
    for _ in 7..=9 {
        batch(&[record("a", None, "retry")]).each(play, &care).await;
    }
    assert!(care.buried.borrow().is_empty());
    let report = batch(&[record("a", None, "retry")]).each(play, &care).await;
    assert_eq!((report.dead_lettered, report.returned.len()), (1, 0));
    let (_, dead) = &care.buried.borrow()[0];
    assert_eq!(dead.class, "message.failed-too-often");
    assert!(
        dead.reason.contains("the portal is closed"),
        "{}",
        dead.reason
    );
}

#[tokio::test]
async fn a_message_that_waits_is_never_counted_and_never_buried_within_ten_days() {
    for days in [0, 5, 9] {
        let care = Care { days, ..care() };
        for _ in 0..50 {
            let report = batch(&[record("a", None, "wait")]).each(play, &care).await;
            assert_eq!(report.count(Back::Waits), 1);
        }
        assert!(care.buried.borrow().is_empty() && care.failures.borrow().is_empty());
    }
}

#[tokio::test]
async fn after_ten_days_a_message_is_buried_with_what_it_waited_for() {
    let care = Care { days: 10, ..care() };
    let report = batch(&[record("a", None, "wait"), record("b", None, "retry")])
        .each(play, &care)
        .await;
    assert_eq!((report.dead_lettered, report.returned.len()), (2, 0));
    let buried = care.buried.borrow();
    assert!(
        buried
            .iter()
            .all(|(_, dead)| dead.class == "message.waited-too-long")
    );
    assert!(buried[0].1.reason.contains("the portal is in maintenance"));
}

#[tokio::test]
async fn an_old_message_that_never_gets_its_turn_is_not_forgotten_either() {
    let care = Care { days: 10, ..care() };
    let report = batch(&[record("a", None, "ok")])
        .with_margin(Duration::from_secs(61))
        .each(play, &care)
        .await;
    assert_eq!((report.dead_lettered, report.done), (1, 0));
}

#[tokio::test]
async fn what_waits_for_a_moment_is_hidden_until_then() {
    let handle = async |_: &Record| Outcome::wait("closed", Some(Duration::from_secs(600)));
    let report = batch(&[record("a", None, "")]).each(handle, &care()).await;
    let delay = report.returned[0].delay;
    assert!((600..=750).contains(&delay.as_secs()), "{delay:?}");
}

#[tokio::test]
async fn a_lack_of_time_is_not_a_messages_fault() {
    tokio::time::pause();
    let care = care();
    let report = batch(&[record("a", None, "slow"), record("b", None, "ok")])
        .each(play, &care)
        .await;
    assert_eq!(
        (report.count(Back::Waits), report.count(Back::NotStarted)),
        (1, 1)
    );
    assert!(care.failures.borrow().is_empty());
}

#[tokio::test]
async fn a_panic_is_a_messages_own_fault() {
    let care = care();
    batch(&[record("a", None, "panic")]).each(play, &care).await;
    assert_eq!(care.failures.borrow()["a"], 1);
}

#[tokio::test]
async fn a_group_comes_back_together_with_the_message_that_failed() {
    let care = care();
    let report = batch(&[
        record("a1", Some("a"), "wait"),
        record("b1", Some("b"), "retry"),
        record("a2", Some("a"), "ok"),
        record("a3", Some("a"), "ok"),
    ])
    .each_in_order(play, &care)
    .await;
    let delay = |id: &str| {
        let found = report.returned.iter().find(|r| r.message_id == id);
        found.expect("returned").delay
    };
    assert_eq!((delay("a2"), delay("a3")), (delay("a1"), delay("a1")));
    assert_eq!(*care.put_back.borrow(), report.returned);
    assert_eq!(
        care.put_back.borrow()[0].receipt_handle.as_deref(),
        Some("AQEB")
    );
}

#[tokio::test]
async fn messages_that_only_wait_do_not_fail_the_invocation() {
    let answer = async |bodies: &[&str]| {
        let records: Vec<Value> = bodies.iter().map(|body| record(body, None, body)).collect();
        let report = batch(&records).each(play, &care()).await;
        report.response_unless_all_failed().is_ok()
    };
    assert!(answer(&["wait"]).await);
    assert!(answer(&["wait", "retry"]).await);
    assert!(!answer(&["retry"]).await);
}

#[tokio::test]
async fn what_cannot_be_counted_or_delayed_goes_back_all_the_same() {
    let care = Care {
        counting_fails: true,
        putting_back_fails: true,
        ..care()
    };
    for _ in 0..20 {
        let report = batch(&[record("a", None, "retry"), record("b", None, "ok")])
            .each(play, &care)
            .await;
        assert_eq!((ids(&report), report.done), (vec!["a"], 1));
    }
}
