//! Each way in which the credentials may fail, at the portal's stand-in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

use std::{sync::Arc, time::Duration};

use chorus_pro::Retries;
use chorus_pro_sim::{FaultKind, FaultRule, Options, Running, Shape, start};
use jiff::Timestamp;
use lambda_kit::{
    Deadline,
    config::{Document, Establishment},
};
use portal::Portal;
use relais_probe::{
    advice::advice,
    examination::{Examination, Stage, Verdict, examine},
    result::ProbeResult,
};

async fn portal_of_the_test() -> Running {
    start(Options {
        invoices: 1,
        ..Options::default()
    })
    .await
    .unwrap()
}

fn document(running: &Running) -> Document {
    Document::parse(&running.config().to_string())
        .unwrap()
        .document
}

async fn looked_at(document: Document, change: impl FnOnce(&mut Establishment)) -> Examination {
    let document = Arc::new(document);
    let mut establishment = document.establishments[0].clone();
    change(&mut establishment);
    let portal = Portal::new(100).with_retries(Retries {
        attempts: 1,
        ..Retries::default()
    });
    let deadline = Deadline::after(Duration::from_secs(20));
    let account = portal.account(&document, &establishment, deadline).unwrap();
    examine(&account, &establishment, Timestamp::now()).await
}

async fn at(running: &Running) -> Examination {
    looked_at(document(running), |_| ()).await
}

fn ends(examination: &Examination, verdict: Verdict, stage: Stage) {
    let end = examination.end().expect("it fails");
    assert_eq!(
        (end.verdict, end.stage),
        (verdict, stage),
        "{examination:?}"
    );
    assert!(advice(examination).is_some());
}

fn faults(running: &Running, rules: Vec<FaultRule>) {
    running.simulator().set_faults(rules).unwrap();
}

#[tokio::test]
async fn a_good_account_passes_every_step_and_its_password_has_days_left() {
    let examination = at(&portal_of_the_test().await).await;
    assert_eq!(examination.verdict(), Verdict::Well, "{examination:?}");
    assert_eq!(examination.steps.len(), 5);
    assert!(examination.days_left.unwrap() > 60);
    assert_eq!(advice(&examination), None);
}

#[tokio::test]
async fn a_wrong_client_secret_is_refused_by_piste() {
    let running = portal_of_the_test().await;
    let mut document = document(&running);
    document.piste.client_secret = "wrong".to_owned().into();
    let examination = looked_at(document, |_| ()).await;
    ends(&examination, Verdict::PisteRefused, Stage::Piste);
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_told_from_one_that_refuses() {
    let running = portal_of_the_test().await;
    let mut elsewhere = document(&running);
    elsewhere.piste.token_url = "http://127.0.0.1:1/token".to_owned();
    ends(
        &looked_at(elsewhere, |_| ()).await,
        Verdict::Unreachable,
        Stage::Piste,
    );
    faults(&running, vec![FaultRule::always(FaultKind::Maintenance)]);
    ends(&at(&running).await, Verdict::Unreachable, Stage::Piste);
}

#[tokio::test]
async fn a_wrong_password_is_the_accounts_refusal() {
    let running = portal_of_the_test().await;
    let examination = looked_at(document(&running), |establishment| {
        establishment.technical_account.password = "wrong".to_owned().into();
    })
    .await;
    ends(&examination, Verdict::AccountRefused, Stage::Account);
}

#[tokio::test]
async fn an_api_that_is_forbidden_is_named_whatever_the_403_looks_like() {
    let running = portal_of_the_test().await;
    for shape in [Shape::EmptyObject, Shape::Echo, Shape::Empty] {
        for (operation, stage) in [
            ("factures/*", Stage::Invoices),
            ("structures/*", Stage::Password),
        ] {
            let mut rule = FaultRule::always(FaultKind::Forbidden).on(operation);
            rule.shape = Some(shape);
            faults(&running, vec![rule]);
            let examination = at(&running).await;
            ends(&examination, Verdict::RightsMissing, stage);
            assert!(advice(&examination).unwrap().contains(stage.api()));
        }
    }
}

#[tokio::test]
async fn an_establishment_that_the_account_does_not_see_is_not_attached() {
    let running = portal_of_the_test().await;
    let examination = looked_at(document(&running), |establishment| {
        establishment.siret = "00000000022226".to_owned();
    })
    .await;
    ends(&examination, Verdict::NotAttached, Stage::Structure);
}

#[tokio::test]
async fn a_structure_id_of_somebody_else_is_a_mistake_of_the_configuration() {
    let running = portal_of_the_test().await;
    let examination = looked_at(document(&running), |establishment| {
        establishment.structure_id = Some(7);
    })
    .await;
    ends(&examination, Verdict::Misconfigured, Stage::Structure);
}

#[tokio::test]
async fn what_is_kept_names_no_secret_and_reads_back() {
    let running = portal_of_the_test().await;
    let mut document = document(&running);
    document.piste.client_secret = "hunter2".to_owned().into();
    let examination = looked_at(document, |_| ()).await;
    let result = ProbeResult::of("00000000013456", examination, Timestamp::UNIX_EPOCH);
    let text = serde_json::to_string(&result).unwrap();
    assert!(
        text.contains("PISTE_REFUSED") && !text.contains("hunter2"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<ProbeResult>(&text).unwrap(), result);
}
