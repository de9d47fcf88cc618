//! The function as it is invoked.

use std::{io::Write as _, time::Duration};

use jiff::civil::date;
use lambda_kit::{Deadline, Environment, Invocation};
use relais_reconcile::{
    config::Settings,
    deps::Deps,
    handler::{ReconcileRequest, handle},
};

use crate::{
    NOW, at, settled,
    world::{World, scene},
};

async fn deps(world: &World) -> (Deps, tempfile::NamedTempFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let document = scene::configuration(&world.url, date(2026, 8, 1), &[]);
    file.write_all(document.as_bytes()).unwrap();
    let queue = format!("{}/jobs", world.url);
    let settings = Settings::read(Environment::of([
        ("RELAIS_CONFIG_FILE", file.path().to_str().unwrap()),
        ("RELAIS_ARCHIVE_BUCKET", "archive"),
        ("RELAIS_STATE_BUCKET", "state"),
        ("RELAIS_JOBS_QUEUE_URL", &queue),
        ("RELAIS_CALLS_PER_SECOND", "100"),
    ]));
    let deps = Deps::new(settings.unwrap(), &scene::sdk(&world.url, at(NOW))).await;
    (deps.unwrap(), file)
}

fn invocation(payload: &str) -> Invocation<ReconcileRequest> {
    let request = serde_json::from_str(payload).unwrap();
    Invocation::new(
        request,
        "reconcile",
        Deadline::after(Duration::from_secs(120)),
    )
}

#[tokio::test]
async fn the_scheduler_s_own_event_is_a_night_and_its_metrics_are_counted() {
    let (world, invoices) = settled(5);
    world.remove(&format!("/{:012}/", invoices[7].id));
    let (deps, _file) = deps(&world).await;
    let event =
        r#"{"version":"0","source":"aws.scheduler","detail-type":"Scheduled Event","detail":{}}"#;
    let invocation = invocation(event);
    let metrics = invocation.metrics.clone();
    let answer = handle(&deps, invocation).await.unwrap();
    assert!(answer.establishments[0].report.is_none());
    let counted = |name: &str| metrics.value(name).unwrap();
    assert_eq!(counted("ReconcileProven"), 4);
    assert_eq!(counted("ReconcileMissing"), 1);
    assert_eq!(counted("ReconcileRequeued"), 1);
    assert_eq!(
        (counted("ReconcileNotGreen"), counted("ReconcileFailures")),
        (1, 0)
    );
}

#[tokio::test]
async fn days_asked_for_by_hand_are_a_dry_run_with_the_whole_report_and_no_metric() {
    let (world, invoices) = settled(5);
    world.remove(&format!("/{:012}/", invoices[7].id));
    let (deps, _file) = deps(&world).await;
    let invocation =
        invocation(r#"{"siret": "00000000013456", "from": "2026-09-01", "to": "2026-10-31"}"#);
    let metrics = invocation.metrics.clone();
    let answer = handle(&deps, invocation).await.unwrap();
    let report = answer.establishments[0].report.as_ref().unwrap();
    assert!(report.dry_run && !report.green);
    assert_eq!(report.months.len(), 2);
    assert!(world.state().jobs.is_empty());
    assert_eq!(metrics.value("ReconcileMissing"), None);
}

#[tokio::test]
async fn an_establishment_that_fails_is_counted_and_the_invocation_says_so() {
    let (world, _) = settled(1);
    let (deps, _file) = deps(&world).await;
    world.state().closed = true;
    let mut invocation = invocation("{}");
    invocation.deadline = Deadline::after(Duration::from_secs(27));
    let metrics = invocation.metrics.clone();
    let failure = handle(&deps, invocation).await.unwrap_err();
    assert_eq!(failure.error_type(), "NothingProven");
    assert_eq!(
        (
            metrics.value("ReconcileFailures"),
            metrics.value("ReconcileNotGreen")
        ),
        (Some(1), Some(1))
    );
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_in_words() {
    let (world, _) = settled(1);
    let (deps, _file) = deps(&world).await;
    for payload in [
        r#"{"from": "2026-11-01", "to": "2026-10-01"}"#,
        r#"{"siret": "99999999999999"}"#,
    ] {
        let failure = handle(&deps, invocation(payload)).await.unwrap_err();
        assert_eq!(failure.error_type(), "BadRequest");
    }
}
