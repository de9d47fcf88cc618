//! A first installation with a past, and a long outage: the present goes first, the rest follows oldest first.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use crate::stand::{NOW, Stand, at};
use chorus_pro_sim::{FaultKind, FaultRule};
use jiff::{SignedDuration, Timestamp};
use messages::InvoiceJob;
use relais_poll::handler::{CollectionReport, PollReport};
use serde_json::json;

fn of(report: &PollReport, kind: &str) -> CollectionReport {
    let found = report.collections.iter().find(|c| c.kind == kind);
    found.unwrap().clone()
}

fn days_left(report: &PollReport) -> Option<u64> {
    of(report, "FACTURE").collected.unwrap().backlog_days_left
}

fn ids(jobs: &[InvoiceJob]) -> BTreeSet<u64> {
    jobs.iter().map(|job| job.id_facture).collect()
}

fn dates(jobs: &[InvoiceJob]) -> Vec<Timestamp> {
    jobs.iter().map(|job| job.date_heure_etat_courant).collect()
}

#[tokio::test]
async fn a_hundred_days_are_caught_up_in_slices_oldest_first_and_what_is_new_never_waits() {
    let stand = Stand::with(json!({"collect_since": "2026-08-01"})).await;
    stand.deposit_daily(100, 45);
    // Room for half a slice in each poll.
    stand.aws.depth.store(1_000, Ordering::Relaxed);
    let everything: BTreeSet<u64> = stand
        .portal
        .simulator()
        .invoices()
        .iter()
        .map(|invoice| u64::try_from(invoice.id).unwrap())
        .collect();
    assert_eq!(everything.len(), 4_500);

    let mut queued = BTreeSet::new();
    let mut twice = 0;
    let mut left = Vec::new();
    let mut last_of_the_backlog = Timestamp::MIN;
    for poll in 0..20 {
        let new = stand
            .deposit(&json!({"typeFacture": "FACTURE", "numeroFacture": format!("ZZ-{poll}")}));
        let report = stand.poll().await;
        let jobs = stand.aws.take_jobs();
        twice += jobs
            .iter()
            .filter(|job| queued.contains(&job.id_facture))
            .count();
        queued.extend(ids(&jobs));

        let place = jobs.iter().position(|job| job.id_facture == new).unwrap();
        assert!(place < 100, "what is new is behind {place} others");
        let backlog: Vec<Timestamp> = dates(&jobs)
            .into_iter()
            .skip_while(|date| *date > at("2026-11-20T00:00:00Z"))
            .collect();
        assert!(backlog.is_sorted(), "poll {poll}");
        if let (Some(first), Some(last)) = (backlog.first(), backlog.last()) {
            assert!(*first >= last_of_the_backlog, "poll {poll} went back");
            last_of_the_backlog = *last;
        }
        assert!(jobs.len() < 1_200, "{} jobs at once", jobs.len());
        left.push(days_left(&report));
        if days_left(&report).is_none() {
            break;
        }
    }
    assert!(
        everything.is_subset(&queued),
        "{} of {}",
        queued.len(),
        everything.len()
    );
    assert!(
        left.len() > 2 && left.is_sorted_by(|a, b| a > b),
        "{left:?}"
    );
    assert_eq!(left.last(), Some(&None));
    assert!(twice <= 20, "{twice} were queued twice");
    assert_eq!(stand.aws.cursor("FACTURE").unwrap().backlog, None);

    stand.poll().await;
    assert_eq!(
        stand.aws.take_jobs(),
        [],
        "a backlog that is done is not begun again"
    );
}

#[tokio::test]
async fn while_the_queue_is_deep_the_backlog_waits_and_the_present_does_not() {
    let stand = Stand::with(json!({"collect_since": "2026-08-01"})).await;
    stand.deposit_daily(30, 50);
    stand.aws.depth.store(2_000, Ordering::Relaxed);
    let first = stand.poll().await;
    let jobs = stand.aws.take_jobs();
    assert!(!jobs.is_empty() && jobs.len() < 100, "{}", jobs.len());
    let place = stand.aws.cursor("FACTURE").unwrap().backlog.unwrap();
    assert_eq!(place.reached, place.from);

    let new = stand.deposit(&json!({"typeFacture": "FACTURE"}));
    let second = stand.poll().await;
    assert_eq!(ids(&stand.aws.take_jobs()), BTreeSet::from([new]));
    assert_eq!(days_left(&first), days_left(&second));

    stand.aws.depth.store(0, Ordering::Relaxed);
    let third = stand.poll().await;
    assert_eq!(days_left(&third), None);
    assert!(stand.aws.take_jobs().len() > 1_300);
}

#[tokio::test]
async fn a_poll_that_has_no_time_for_a_window_leaves_everything_as_it_is() {
    let stand = Stand::with(json!({"collect_since": "2026-08-01"})).await;
    stand.deposit_daily(3, 3);
    let report = stand.poll_within(Duration::from_secs(19)).await;
    assert!(of(&report, "FACTURE").collected.unwrap().unfinished);
    assert_eq!(stand.aws.take_jobs(), []);
    assert_eq!(stand.aws.cursor("FACTURE"), None);
}

#[tokio::test]
async fn an_outage_of_a_month_in_a_small_town_is_one_window_the_first_due_first() {
    let stand = Stand::with(json!({"collect_since": "2026-10-01"})).await;
    stand.deposit_daily(31, 10);
    // Deposited long ago, and touched this morning: it is due before all others.
    let old = stand.deposit(
        &json!({"typeFacture": "FACTURE", "dateHeureEtatCourant": "2026-10-02T08:00:00Z"}),
    );
    stand
        .portal
        .simulator()
        .set_status(
            i64::try_from(old).unwrap(),
            "SERVICE_FAIT",
            None,
            &chorus_pro_sim::state::Actor::Person,
        )
        .unwrap();
    let report = stand.poll().await;
    let jobs = stand.aws.take_jobs();
    assert_eq!((jobs.len(), jobs[0].id_facture), (311, old));
    assert!(dates(&jobs)[1..].is_sorted());
    assert_eq!(days_left(&report), None);
    assert_eq!(
        stand.aws.cursor("FACTURE").unwrap().watermark,
        Some(at(NOW))
    );
}

#[tokio::test]
async fn when_the_portal_is_down_amid_a_backlog_the_next_poll_goes_on_from_there() {
    let stand = Stand::with(json!({"collect_since": "2026-08-01"})).await;
    stand.deposit_daily(60, 50);
    let backlog = || stand.aws.cursor("FACTURE").unwrap().backlog;
    stand.aws.depth.store(1_000, Ordering::Relaxed);
    stand.poll().await;
    let place = backlog().unwrap();
    assert!(place.reached > place.from);
    stand.aws.take_jobs();

    let down = FaultRule::always(FaultKind::Forbidden);
    stand.portal.simulator().set_faults(vec![down]).unwrap();
    let waiting = stand.poll().await;
    assert!(waiting.collections.iter().all(|c| c.error.is_some()));
    assert_eq!(
        (backlog(), stand.aws.take_jobs()),
        (Some(place), Vec::new())
    );

    stand.portal.simulator().set_faults(Vec::new()).unwrap();
    stand.aws.depth.store(0, Ordering::Relaxed);
    stand.minutes_pass(20);
    stand.poll().await;
    let jobs = stand.aws.take_jobs();
    assert!(jobs.len() > 1_000);
    assert!(dates(&jobs).iter().all(|date| *date >= place.reached));
    assert_eq!(backlog(), None);
}

#[tokio::test]
async fn where_there_is_room_for_one_slice_the_lists_take_turns() {
    let stand = Stand::with(json!({"collect_since": "2026-08-01"})).await;
    stand.deposit_daily(100, 12);
    for day in 0..100 {
        let date = at("2026-08-14T08:00:00Z") + SignedDuration::from_hours(24 * day);
        for _ in 0..12 {
            stand.deposit(&json!({
                "typeDemandePaiement": "FACTURE_TRAVAUX", "dateHeureEtatCourant": date
            }));
        }
    }
    stand.aws.depth.store(1_700, Ordering::Relaxed);
    let left = async || {
        let report = stand.poll().await;
        ["FACTURE", "FACTURE_TRAVAUX"].map(|kind| {
            let collected = of(&report, kind).collected.unwrap();
            collected.backlog_days_left.unwrap()
        })
    };
    let first = left().await;
    let third = {
        left().await;
        left().await
    };
    assert!(third[0] < first[0].max(first[1]), "{first:?} {third:?}");
    assert!(third[0].abs_diff(third[1]) < 40, "{first:?} {third:?}");
}
