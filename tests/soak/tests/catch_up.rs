//! After an outage and at a first installation: everything is collected, what is due first goes first, and today waits for nothing.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use jiff::SignedDuration;
use soak::{
    catch_up::{Cause, Installation, Measured, Outage, after_an_outage, first_installation},
    world::{Establishments, World},
};

/// No new invoice waits longer: a poll in five minutes, and what is in front of it in the queue.
const SOON: SignedDuration = SignedDuration::from_mins(10);

fn holds(measured: &Measured) {
    assert_eq!(measured.problems, [], "{measured:?}");
    assert_eq!(measured.dead_letters, 0);
    assert!(measured.new.1 < SOON, "{measured:?}");
    assert!(measured.longest_poll < SignedDuration::from_mins(5));
}

/// One day more than SQS keeps a message.
async fn after_fifteen_days(cause: Cause) {
    let mut world = World::start(Establishments::All).await.unwrap();
    let outage = Outage {
        cause,
        days: 15,
        invoices: 40,
        queued: 8,
    };
    let measured = after_an_outage(&mut world, 1, outage, |_| {})
        .await
        .unwrap();
    holds(&measured);
    assert_eq!(measured.invoices, 48);
    assert!(measured.displaced < 10, "{measured:?}");
}

#[tokio::test(start_paused = true)]
async fn jobs_that_waited_for_longer_than_the_queue_remembers_are_done_and_none_was_given_up() {
    after_fifteen_days(Cause::Passwords).await;
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_was_away_for_fifteen_days_costs_nothing_but_the_time() {
    after_fifteen_days(Cause::Maintenance).await;
}

#[tokio::test(start_paused = true)]
async fn downloads_that_failed_for_fifteen_days_cost_nothing_but_the_time() {
    after_fifteen_days(Cause::Downloads).await;
}

#[tokio::test(start_paused = true)]
async fn a_past_is_collected_in_slices_while_today_goes_on() {
    let mut world = World::start(Establishments::One).await.unwrap();
    let installation = Installation {
        invoices: 1_100,
        days: 90,
        establishments: 1,
    };
    let mut days_left = Vec::new();
    let measured = first_installation(&mut world, 1, installation, |progress| {
        days_left.extend(progress.days_left);
    })
    .await
    .unwrap();
    holds(&measured);
    assert!(measured.slices > 0, "{measured:?}");
    assert!(days_left.is_sorted_by(|a, b| a >= b), "{days_left:?}");
}
