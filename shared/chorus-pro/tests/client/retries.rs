//! What is tried again, how often, for how long, and how fast.

use std::time::{Duration, Instant};

use chorus_pro::{
    Client, Decision, Effect, ErrorKind, Waiting,
    factures::{ConsulterHistorique, RechercheRecipiendaire},
};
use serde_json::json;

use crate::portal::{HISTORY, Portal, SEARCH, account, html, no_result, ok, status};

fn history() -> ConsulterHistorique {
    ConsulterHistorique::new(1)
}

#[tokio::test]
async fn a_read_is_tried_again_until_it_succeeds() {
    let portal = Portal::start().await;
    portal
        .answers(
            HISTORY,
            [
                status(502),
                html(404),
                status(500),
                ok(json!({"codeRetour": 0, "idFacture": 1})),
            ],
        )
        .await;
    let history = portal
        .account()
        .consulter_historique(&history())
        .await
        .unwrap();
    assert_eq!(history.id_facture, Some(1));
    assert_eq!(portal.calls(HISTORY).await.len(), 4);
}

#[tokio::test]
async fn retries_stay_inside_the_deadline() {
    let portal = Portal::start().await;
    portal.answers(HISTORY, [status(503)]).await;
    let mut config = portal.config();
    config.retries.attempts = 1000;
    config.retries.first_wait = Duration::from_millis(40);
    let account = account(&Client::new(config).unwrap());
    let started = Instant::now();
    let error = account
        .with_deadline(started + Duration::from_millis(500))
        .consulter_historique(&history())
        .await;
    assert!(
        started.elapsed() < Duration::from_millis(600),
        "{:?}",
        started.elapsed()
    );
    let error = error.unwrap_err();
    // The portal's error, not "deadline": it says more.
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { status: 503, .. }),
        "{error}"
    );
    assert!(error.attempts() > 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up_at_the_deadline() {
    let portal = Portal::start().await;
    portal
        .answers(HISTORY, [no_result().set_delay(Duration::from_secs(30))])
        .await;
    let started = Instant::now();
    let account = portal
        .account()
        .with_deadline(started + Duration::from_millis(200));
    let error = account.consulter_historique(&history()).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Timeout {
                waiting_for: Waiting::Answer,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        (error.is_transient(), error.effect()),
        (true, Effect::Unclear)
    );
}

#[tokio::test]
async fn a_deadline_that_is_past_sends_nothing() {
    let portal = Portal::start().await;
    portal.answers(HISTORY, [no_result()]).await;
    let account = portal.account().with_deadline(Instant::now());
    let error = account.consulter_historique(&history()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline), "{error}");
    assert_eq!(error.effect(), Effect::NotSent);
    assert!(portal.calls(HISTORY).await.is_empty());
}

#[tokio::test]
async fn a_429_is_waited_out_as_long_as_it_asks_by_every_task() {
    let portal = Portal::start().await;
    portal
        .answers(
            SEARCH,
            [status(429).insert_header("Retry-After", "1"), no_result()],
        )
        .await;
    let client = portal.client();
    let started = Instant::now();
    account(&client)
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(portal.calls(SEARCH).await.len(), 2);

    portal.server.reset().await;
    let portal = Portal::start().await;
    portal
        .answers(
            SEARCH,
            [status(429).insert_header("Retry-After", "1"), no_result()],
        )
        .await;
    let mut config = portal.config();
    config.retries.attempts = 1;
    let client = Client::new(config).unwrap();
    let error = account(&client)
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.decision(),
        Decision::Retry {
            after: Some(Duration::from_secs(1))
        }
    );
    assert_eq!(error.effect(), Effect::NotApplied);
    // Another task of the process finds the quota used up too, and waits before it calls.
    let started = Instant::now();
    account(&client)
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    assert!(
        started.elapsed() >= Duration::from_millis(900),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_is_the_callers_to_wait_for() {
    let portal = Portal::start().await;
    portal
        .answers(SEARCH, [status(429).insert_header("Retry-After", "3600")])
        .await;
    let started = Instant::now();
    let account = portal
        .account()
        .with_deadline(started + Duration::from_secs(5));
    let error = account
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(
        error.decision(),
        Decision::Retry {
            after: Some(Duration::from_secs(3600))
        }
    );
}

#[tokio::test]
async fn the_rate_limit_is_shared_by_the_clones_of_a_client() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result()]).await;
    let mut config = portal.config();
    config.calls_per_second = 10.0;
    let client = Client::new(config).unwrap();
    let started = Instant::now();
    let tasks: Vec<_> = (0..15)
        .map(|_| {
            let account = account(&client.clone());
            tokio::spawn(async move {
                account
                    .rechercher_recipiendaire(&RechercheRecipiendaire::default())
                    .await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // Ten at once, five more at ten a second.
    assert!(
        started.elapsed() >= Duration::from_millis(490),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn the_futures_can_be_spawned_and_the_errors_sent() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<chorus_pro::Error>();
    sendable::<chorus_pro::Account>();
    sendable::<chorus_pro::factures::Download>();
    sendable::<chorus_pro::Parcours<RechercheRecipiendaire>>();
}
