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

/// Plays a message again and again, as its delays say, until it is buried or `hours` have passed; how many hours that took.
async fn play_for(care: &Care, hours: i64, body: impl Fn(i64) -> &'static str) -> i64 {
    while care.buried.borrow().is_empty() && care.passed.get() < hours * 3_600 {
        let body = body(care.passed.get() / 3_600);
        let report = batch(&[record("a", None, body)]).each(play, care).await;
        if let Some(returned) = report.returned.first() {
            let delay = i64::try_from(returned.delay.as_secs()).unwrap();
            care.passed.set(care.passed.get() + delay);
        }
    }
    care.passed.get() / 3_600
}

#[tokio::test]
async fn a_message_whose_fault_is_unclear_outlives_any_outage_and_is_buried_after_it() {
    let care = care();
    play_for(&care, 71, |_| "unclear").await;
    assert!(care.buried.borrow().is_empty(), "an outage of a weekend");
    let after = play_for(&care, 200, |_| "unclear").await;
    assert!((72..=74).contains(&after), "{after} hours");
    let (_, dead) = &care.buried.borrow()[0];
    assert_eq!(dead.class, "message.failed-too-often");
    assert!(
        dead.reason.contains("the portal stumbled") && dead.reason.contains("depuis le"),
        "{}",
        dead.reason
    );
    let longest = care.put_back.borrow().iter().map(|r| r.delay).max();
    assert!(near(longest.unwrap(), 3_600), "{longest:?}");
}

#[tokio::test]
async fn what_failed_in_an_outage_does_not_count_against_a_message_that_fails_by_itself_later() {
    let care = care();
    let in_an_outage_of_two_days = |hour| if hour < 48 { "unclear" } else { "retry" };
    play_for(&care, 49, in_an_outage_of_two_days).await;
    assert!(care.failures.borrow()["a"].unclear > 40);
    assert!(care.buried.borrow().is_empty());
    play_for(&care, 60, in_an_outage_of_two_days).await;
    assert_eq!(care.failures.borrow()["a"].own, MOST_FAILURES);
    assert_eq!(care.buried.borrow().len(), 1);
}

#[tokio::test]
async fn a_message_that_failed_seldom_is_not_buried_for_its_age() {
    let care = care();
    let seldom = |hour| {
        if (1..80).contains(&hour) {
            "wait"
        } else {
            "unclear"
        }
    };
    let mut tries = 0;
    while care.failures.borrow().get("a").map_or(0, |f| f.unclear) < 9 {
        let hour = care.passed.get() / 3_600;
        let report = batch(&[record("a", None, seldom(hour))])
            .each(play, &care)
            .await;
        care.passed.set(care.passed.get() + 1_200);
        assert_eq!(report.dead_lettered, 0, "at hour {hour}");
        tries += 1;
        assert!(tries < 1_000);
    }
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
    assert_eq!(care.failures.borrow()["a"].own, 1);
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
