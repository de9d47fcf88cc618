//! Nights: what is found, what is queued, what is kept of it.

use std::time::Duration;

use jiff::civil::date;
use lambda_kit::Deadline;
use relais_reconcile::{month::Days, night::note_failure, report::Report};

use crate::{
    NOW, at, invoice, night, queued, scene, scene_at, settled,
    world::{STATE, World, scene::Scene},
};

fn stored(world: &World) -> Report {
    let key = "reports/2026-11-23/00000000013456.json";
    serde_json::from_value(world.read(STATE, key).expect("a report")).unwrap()
}

#[tokio::test]
async fn a_whole_archive_is_green_with_the_same_counts_sums_and_hashes_on_both_sides() {
    let (world, invoices) = settled(10);
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green && queued(&world).is_empty());
    assert_eq!(
        (outcome.proven, outcome.report.work.portal_rows),
        (4, invoices.len() as u64)
    );
    let october = &outcome.report.months[&"2026-10".parse().unwrap()];
    let factures = &october.kinds["FACTURE"];
    assert!(factures.equal && factures.portal == factures.archive);
    assert_eq!(factures.portal.count, 8);
    // 2001.5 + 2002.5 + 2003.5 + 2004.5, and 2006.5 to 2009.5.
    assert_eq!(factures.portal.ttc["EUR"].to_string(), "16044.00");
    assert_eq!(factures.archive.statuts["MISE_A_DISPOSITION"].count, 8);
    assert_eq!(october.kinds["FACTURE_TRAVAUX"].portal.count, 2);
    assert_eq!(stored(&world), outcome.report);
}

#[tokio::test]
async fn what_is_lacking_is_named_and_queued_the_oldest_first_and_the_next_night_is_green() {
    let (world, invoices) = settled(5);
    let missing = &invoices[7];
    world.remove(&format!("/{:012}/", missing.id));
    let unannounced = &invoices[2];
    world.remove(&format!(
        "/{:012}/20260804T080000Z-MISE_A_DISPOSITION/published.json",
        unannounced.id
    ));
    let bare = &invoices[12];
    assert_eq!(
        world.remove(&format!(
            "{:012}/20261004T080000Z-MISE_A_DISPOSITION/documents/",
            bare.id
        )),
        2
    );
    let mut suspended = invoices[16].clone();
    suspended.statut = "SUSPENDUE".to_owned();
    suspended.at = at("2026-11-20T10:00:00Z");
    world.deposit(suspended.clone());

    let outcome = night(&scene(&world)).await;
    assert!(!outcome.report.green && outcome.newly_not_green);
    let found = outcome.findings;
    assert_eq!(
        (
            found.missing,
            found.unannounced,
            found.without_documents,
            found.behind
        ),
        (1, 1, 1, 1)
    );
    let lists = &outcome.report.lists;
    assert_eq!(lists.missing[0].id_facture, missing.id);
    assert_eq!(
        lists.behind[0].portal.as_deref(),
        Some("20261120T100000Z-SUSPENDUE")
    );
    let expected = [
        (unannounced.id, "RECONCILE"),
        (missing.id, "RECONCILE"),
        (bare.id, "REPLAY"),
        (suspended.id, "RECONCILE"),
    ];
    assert_eq!(
        queued(&world),
        expected.map(|(id, cause)| (id, cause.to_owned()))
    );
    assert_eq!(stored(&world).requeued.total(), 4);

    for lacking in [missing, unannounced, bare, &suspended] {
        world.archive(lacking, lacking.at);
    }
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green, "{:?}", outcome.findings);
    assert_eq!(queued(&world).len(), 4);
}

#[tokio::test]
async fn a_second_run_of_the_same_night_proves_what_was_not_green_and_queues_nothing_twice() {
    let (world, invoices) = settled(5);
    world.remove(&format!("/{:012}/", invoices[7].id));
    let first = night(&scene(&world)).await;
    assert_eq!((first.proven, queued(&world).len()), (4, 1));
    let second = night(&scene(&world)).await;
    assert_eq!((second.proven, queued(&world).len()), (1, 1));
    assert!(
        !second.report.green && !second.newly_not_green,
        "the day was told once already"
    );
    world.archive(&invoices[7], invoices[7].at);
    assert!(night(&scene(&world)).await.report.green);
    let calls = world.calls("search");
    assert!(
        scene(&world)
            .reconciliation()
            .night(false)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        world.calls("search"),
        calls,
        "nothing was due, and still the portal was asked"
    );
}

#[tokio::test]
async fn no_more_is_queued_than_a_run_may_and_the_rest_is_queued_by_the_next() {
    let (world, invoices) = settled(6);
    for lacking in &invoices {
        world.remove(&format!("/{:012}/", lacking.id));
    }
    let mut scene = scene(&world);
    scene.max_queued = 10;
    let outcome = night(&scene).await;
    assert_eq!(
        (outcome.requeued.missing, outcome.requeued.left_for_later),
        (10, 14)
    );
    let oldest: Vec<u64> = queued(&world).iter().map(|(id, _)| *id).collect();
    assert_eq!(oldest, [1, 2, 3, 4, 5, 6, 1_001, 1_002, 1_003, 1_004]);
    for done in invoices.iter().take(10) {
        world.archive(done, done.at);
    }
    let outcome = night(&scene).await;
    assert_eq!(
        (outcome.requeued.missing, outcome.requeued.left_for_later),
        (10, 4)
    );
}

#[tokio::test]
async fn what_is_young_is_in_flight_on_neither_side_and_the_report_is_green() {
    let (world, _) = settled(5);
    let mut young = invoice(9_001, "2026-11-22");
    young.at = at("2026-11-22T23:45:00Z");
    world.deposit(young);
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green && queued(&world).is_empty());
    let factures = &outcome.report.months[&"2026-11".parse().unwrap()].kinds["FACTURE"];
    assert_eq!((factures.in_flight, factures.portal.count), (1, 4));
    let later = night(&scene_at(&world, "2026-11-24T00:30:00Z")).await;
    assert_eq!(later.findings.missing, 1);
}

#[tokio::test]
async fn what_left_the_portal_is_told_once_and_never_deleted_or_queued() {
    let (world, invoices) = settled(5);
    world.state().invoices.remove(&invoices[7].id);
    let keys = world.keys("archive");
    let outcome = night(&scene(&world)).await;
    assert!(!outcome.report.green);
    assert_eq!(
        outcome.report.lists.on_portal_no_more[0].id_facture,
        invoices[7].id
    );
    let factures = &outcome.report.months[&"2026-09".parse().unwrap()].kinds["FACTURE"];
    assert_eq!(
        (
            factures.equal,
            factures.portal.count,
            factures.archive.count
        ),
        (false, 3, 4)
    );
    let next = night(&scene_at(&world, "2026-11-24T00:30:00Z")).await;
    assert!(next.report.green, "a known departure is no news");
    assert_eq!(next.findings.on_portal_no_more, 1);
    assert!(queued(&world).is_empty());
    assert_eq!(world.keys("archive"), keys);
}

#[tokio::test]
async fn a_portal_that_lists_nothing_any_more_is_not_green() {
    let (world, _) = settled(5);
    world.state().invoices.clear();
    let outcome = night(&scene(&world)).await;
    assert!(!outcome.report.green);
    assert_eq!(outcome.findings.on_portal_no_more, 20);
}

#[tokio::test]
async fn a_run_cut_by_its_deadline_leaves_the_rest_to_the_next_one() {
    let (world, _) = settled(5);
    // Four years: two stretches of two years, of two calls each. 15 s are kept for the end and none is begun with less than 10: of the
    // second and a half that is left, the first stretch takes more than all.
    world.state().thinking = Duration::from_millis(1_200);
    let of_years = |seconds| {
        let deadline = Deadline::after(Duration::from_millis(seconds));
        Scene::new(&world.url, date(2022, 12, 1), at(NOW), 100, deadline)
    };
    let outcome = night(&of_years(26_500)).await;
    assert_eq!((outcome.proven, outcome.report.due.len()), (24, 24));
    world.state().thinking = Duration::ZERO;
    let rest = night(&of_years(120_000)).await;
    assert_eq!(rest.proven, 24);
    assert!(rest.report.green && rest.report.due.is_empty());
    assert_eq!(
        rest.report.months.len(),
        48,
        "the report of the day has what both runs proved"
    );
}

#[tokio::test]
async fn a_list_too_long_for_the_time_that_is_left_is_taken_in_halves() {
    let (world, invoices) = settled(600);
    // Of two pages, the first takes a fifth of the time that there is: all four months at once would take more than half of the rest.
    world.state().hesitation = Duration::from_millis(5_500);
    let mut scene = scene(&world);
    scene.deadline = Deadline::after(Duration::from_millis(40_000));
    let outcome = night(&scene).await;
    assert!(outcome.report.green, "{:?}", outcome.findings);
    let work = outcome.report.work;
    // The first page, and then two kinds in each half.
    assert_eq!((outcome.proven, work.portal_calls), (4, 5));
    assert_eq!(work.portal_rows, invoices.len() as u64);
}

#[tokio::test]
async fn invoices_archived_before_there_were_markers_are_read_once_and_marked() {
    let (world, invoices) = settled(5);
    assert_eq!(world.remove("/montant-ttc-"), invoices.len());
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green);
    assert_eq!(outcome.report.work.amounts_read, invoices.len() as u64);
    let marked = world
        .keys("archive")
        .iter()
        .filter(|key| key.contains("/montant-ttc-"))
        .count();
    assert_eq!(marked, invoices.len());
    let next = night(&scene_at(&world, "2026-11-24T00:30:00Z")).await;
    assert!(next.report.green);
    assert_eq!(next.report.work.amounts_read, 0);
}

#[tokio::test]
async fn an_invoice_whose_manifest_names_no_document_lacks_none() {
    let (world, invoices) = settled(5);
    let folder = crate::world::folder(&invoices[3]);
    world.remove(&format!("{folder}documents/"));
    {
        let mut state = world.state();
        let object = state
            .objects
            .get_mut("archive")
            .unwrap()
            .get_mut(&format!("{folder}archived.json"))
            .unwrap();
        object.bytes = String::from_utf8(object.bytes.clone())
            .unwrap()
            .replace(r#"[{"key":"a"},{"key":"b"}]"#, "[]")
            .into_bytes();
    }
    assert!(night(&scene(&world)).await.report.green);
}

#[tokio::test]
async fn by_hand_a_range_of_days_is_compared_and_nothing_is_queued_or_stored() {
    let (world, invoices) = settled(5);
    world.remove(&format!("/{:012}/", invoices[7].id));
    world.remove(&format!("/{:012}/", invoices[0].id));
    let days = Days {
        from: date(2026, 9, 1),
        to: date(2026, 10, 31),
    };
    let outcome = scene(&world)
        .reconciliation()
        .days(days, true)
        .await
        .unwrap();
    assert!(!outcome.report.green && outcome.report.dry_run);
    assert_eq!(
        outcome.findings.missing, 1,
        "the other one was deposited before these days"
    );
    assert!(queued(&world).is_empty() && world.keys(STATE).is_empty());
    scene(&world)
        .reconciliation()
        .days(days, false)
        .await
        .unwrap();
    assert_eq!(queued(&world).len(), 1);
    assert!(world.keys(STATE).is_empty());
}

#[tokio::test]
async fn a_portal_that_does_not_answer_is_in_the_report_and_the_next_run_makes_it_good() {
    let (world, _) = settled(5);
    world.state().closed = true;
    let mut closed = scene(&world);
    closed.deadline = Deadline::after(Duration::from_secs(27));
    let error = closed.reconciliation().night(false).await.unwrap_err();
    assert!(
        note_failure(&closed.state, "00000000013456", &error.to_string(), at(NOW))
            .await
            .unwrap()
    );
    assert!(!stored(&world).green && stored(&world).failure.is_some());
    world.state().closed = false;
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green && stored(&world).failure.is_none());
}

#[tokio::test]
async fn both_sides_are_asked_no_more_than_once_for_a_thousand() {
    let (world, invoices) = settled(600);
    let outcome = night(&scene(&world)).await;
    let work = outcome.report.work;
    assert!(outcome.report.green);
    assert_eq!(work.archive_keys, 7 * invoices.len() as u64);
    assert_eq!(work.archive_calls, work.archive_keys.div_ceil(1_000));
    // 1 920 of one kind and 480 of the other, in four months that are listed together.
    assert_eq!(work.portal_calls, 3);
}
