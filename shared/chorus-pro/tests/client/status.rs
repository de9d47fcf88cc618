//! `traiter/recue` changes something: when it may be sent again, and what is known when it fails.

use std::time::Duration;

use chorus_pro::{
    Client, Decision, Effect, ErrorKind, Statut,
    factures::{ConsulterHistorique, TraiterRecue},
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::portal::{HISTORY, Portal, SET_STATUS, TOKEN, account, html, ok, status, token};

fn command() -> TraiterRecue {
    TraiterRecue::new(2_194_673, Statut::ServiceFait)
}

fn done() -> ResponseTemplate {
    ok(
        json!({"codeRetour": 0, "libelle": "GCU_MSG_01_000", "idFacture": 2_194_673, "numeroFacture": "FAC26-2512",
              "dateTraitement": "2026-11-20", "nouveauStatut": "SERVICE_FAIT"}),
    )
}

#[tokio::test]
async fn a_state_that_was_set() {
    let portal = Portal::start().await;
    portal.answers(SET_STATUS, [done()]).await;
    let treated = portal.account().traiter_recue(&command()).await.unwrap();
    assert_eq!(treated.nouveau_statut, Some(Statut::ServiceFait));
    assert_eq!(treated.date_traitement, Some("2026-11-20".parse().unwrap()));
}

#[tokio::test]
async fn an_inconsistent_state_is_an_answer() {
    let portal = Portal::start().await;
    let libelle = "Incohérence au niveau du statut d'origine ou de destination de la facture.";
    portal
        .answers_json(SET_STATUS, json!({"codeRetour": 20002, "libelle": libelle}))
        .await;
    let error = portal
        .account()
        .traiter_recue(&command())
        .await
        .unwrap_err();
    assert_eq!(error.refusal(), Some((20002, libelle)));
    assert_eq!(
        (error.decision(), error.effect()),
        (Decision::Refusal, Effect::NotApplied)
    );
}

#[tokio::test]
async fn it_is_never_sent_twice_when_it_may_have_been_applied() {
    for answer in [
        status(500),
        status(502),
        html(503),
        html(200),
        html(404),
        status(200).set_body_string(r#"{"codeRetour":0,"#),
        ok(json!({"libelle": "no code"})),
        status(408),
    ] {
        let portal = Portal::start().await;
        portal.answers(SET_STATUS, [answer]).await;
        let error = portal
            .account()
            .traiter_recue(&command())
            .await
            .unwrap_err();
        assert_eq!(portal.calls(SET_STATUS).await.len(), 1, "{error}");
        assert_eq!(error.effect(), Effect::Unclear, "{error}");
    }
}

#[tokio::test]
async fn a_429_is_not_applied_and_left_to_the_caller() {
    let portal = Portal::start().await;
    portal
        .answers(SET_STATUS, [status(429).insert_header("Retry-After", "2")])
        .await;
    let error = portal
        .account()
        .traiter_recue(&command())
        .await
        .unwrap_err();
    assert_eq!(portal.calls(SET_STATUS).await.len(), 1);
    assert_eq!(error.effect(), Effect::NotApplied);
    assert_eq!(
        error.decision(),
        Decision::Retry {
            after: Some(Duration::from_secs(2))
        }
    );
}

#[tokio::test]
async fn an_answer_that_does_not_come_leaves_it_unclear() {
    let portal = Portal::start().await;
    portal
        .answers(SET_STATUS, [done().set_delay(Duration::from_secs(30))])
        .await;
    let mut config = portal.config();
    config.timeouts.answer = Duration::from_millis(100);
    let error = account(&Client::new(config).unwrap())
        .traiter_recue(&command())
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
    assert_eq!(error.effect(), Effect::Unclear);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(portal.calls(SET_STATUS).await.len(), 1);
}

#[tokio::test]
async fn a_401_was_not_applied_and_is_sent_again_with_a_new_token() {
    let portal = Portal::start().await;
    portal
        .answers(HISTORY, [ok(json!({"codeRetour": 0}))])
        .await;
    portal.answers(SET_STATUS, [status(401), done()]).await;
    let account = portal.account();
    // A token that is in the cache, and no longer good.
    account
        .consulter_historique(&ConsulterHistorique::new(1))
        .await
        .unwrap();
    account.traiter_recue(&command()).await.unwrap();
    let tokens: Vec<_> = portal
        .calls(SET_STATUS)
        .await
        .iter()
        .map(|call| call.headers["authorization"].clone())
        .collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn a_token_that_could_not_be_had_is_asked_for_again_since_nothing_was_sent() {
    let portal = Portal::without_token().await;
    portal
        .answers(TOKEN, [status(500), token("good", 3600)])
        .await;
    portal.answers(SET_STATUS, [done()]).await;
    portal.account().traiter_recue(&command()).await.unwrap();
    assert_eq!(portal.calls(SET_STATUS).await.len(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_certainly_not_sent() {
    let portal = Portal::start().await;
    let mut config = portal.config();
    config.api_url = "http://127.0.0.1:1".into();
    let error = account(&Client::new(config).unwrap())
        .traiter_recue(&command())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connect { .. }),
        "{error:?}"
    );
    assert_eq!(error.effect(), Effect::NotSent);
}
