//! The PISTE token: what is sent, when it is renewed, and what an unusable one means.

use std::time::Duration;

use chorus_pro::{Client, Decision, Effect, ErrorKind, factures::RechercheRecipiendaire};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::portal::{Portal, SEARCH, SECRET, TOKEN, account, html, no_result, ok, status, token};

#[tokio::test]
async fn the_token_is_asked_for_with_a_form_and_the_scope_openid() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result()]).await;
    portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();

    let asked = portal.calls(TOKEN).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert!(
        !asked[0].headers.contains_key("authorization"),
        "credentials travel in the body"
    );
    assert_eq!(
        String::from_utf8(asked[0].body.clone()).unwrap(),
        format!(
            "grant_type=client_credentials&client_id=client-id&client_secret={SECRET}&scope=openid"
        )
    );
}

#[tokio::test]
async fn a_hundred_tasks_ask_for_one_token() {
    let portal = Portal::without_token().await;
    portal
        .answers(
            TOKEN,
            [token("slow", 3600).set_delay(Duration::from_millis(100))],
        )
        .await;
    portal.answers(SEARCH, [no_result()]).await;
    let client = portal.client();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let account = account(&client);
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
    assert_eq!(portal.calls(TOKEN).await.len(), 1);
    assert_eq!(portal.calls(SEARCH).await.len(), 100);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let portal = Portal::without_token().await;
    portal
        .answers(TOKEN, [token("first", 1), token("second", 3600)])
        .await;
    portal.answers(SEARCH, [no_result()]).await;
    let account = portal.account();
    let search = RechercheRecipiendaire::default();
    account.rechercher_recipiendaire(&search).await.unwrap();
    account.rechercher_recipiendaire(&search).await.unwrap();
    // A token of one second is used for 800 ms.
    tokio::time::sleep(Duration::from_millis(850)).await;
    account.rechercher_recipiendaire(&search).await.unwrap();

    let used: Vec<_> = portal
        .calls(SEARCH)
        .await
        .iter()
        .map(|call| call.headers["authorization"].clone())
        .collect();
    assert_eq!(used, ["Bearer first", "Bearer first", "Bearer second"]);
}

#[tokio::test]
async fn a_withdrawn_token_is_replaced_once_for_all_and_the_calls_sent_again() {
    let portal = Portal::without_token().await;
    portal
        .answers(TOKEN, [token("withdrawn", 3600), token("good", 3600)])
        .await;
    let client = portal.client();
    let search = RechercheRecipiendaire::default();

    // Get the first token into the cache.
    portal.answers(SEARCH, [no_result()]).await;
    account(&client)
        .rechercher_recipiendaire(&search)
        .await
        .unwrap();
    portal.server.reset().await;
    portal
        .answers(
            TOKEN,
            [token("good", 3600).set_delay(Duration::from_millis(50))],
        )
        .await;
    wiremock::Mock::given(wiremock::matchers::header(
        "authorization",
        "Bearer withdrawn",
    ))
    .respond_with(status(401).insert_header("WWW-Authenticate", "Bearer realm=\"PISTE\""))
    .mount(&portal.server)
    .await;
    wiremock::Mock::given(wiremock::matchers::header("authorization", "Bearer good"))
        .respond_with(no_result())
        .mount(&portal.server)
        .await;

    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let account = account(&client);
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
    assert_eq!(portal.calls(TOKEN).await.len(), 1);
}

#[tokio::test]
async fn a_401_with_a_token_just_obtained_is_the_accounts_fault_and_not_asked_again() {
    let portal = Portal::start().await;
    let challenge = "Bearer realm=\"PISTE\", error=\"invalid_account\"";
    portal
        .answers(
            SEARCH,
            [status(401).insert_header("WWW-Authenticate", challenge)],
        )
        .await;
    let error = portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert_eq!(portal.calls(SEARCH).await.len(), 1);
    assert_eq!(error.decision(), Decision::CallSomeone);
    assert!(
        matches!(error.kind(), ErrorKind::Unauthorised { challenge: Some(text) } if text == challenge)
    );
    assert!(error.to_string().contains("invalid_account"), "{error}");
}

#[tokio::test]
async fn a_401_with_a_cached_token_is_tried_once_more_and_only_once() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result(), status(401)]).await;
    let account = portal.account();
    account
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    let error = account
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unauthorised { .. }));
    assert_eq!(portal.calls(SEARCH).await.len(), 3);
    assert_eq!(portal.calls(TOKEN).await.len(), 2);
}

#[tokio::test]
async fn an_empty_token_with_http_200_is_asked_for_again() {
    let portal = Portal::without_token().await;
    portal
        .answers(
            TOKEN,
            [
                ok(json!({"access_token": "", "token_type": "Bearer", "expires_in": 3600})),
                ok(json!({})),
                ResponseTemplate::new(200),
                token("good", 3600),
            ],
        )
        .await;
    portal.answers(SEARCH, [no_result()]).await;
    portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    assert_eq!(portal.calls(TOKEN).await.len(), 4);
}

#[tokio::test]
async fn a_piste_that_is_not_well_is_a_reason_to_try_later_and_nothing_was_sent() {
    let portal = Portal::without_token().await;
    portal.answers(TOKEN, [html(503)]).await;
    let error = portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Jeton { .. }), "{error}");
    assert!(error.is_transient());
    assert_eq!(error.effect(), Effect::NotSent);
    assert_eq!(error.attempts(), 4);
}

#[tokio::test]
async fn refused_credentials_call_someone_at_once() {
    let portal = Portal::without_token().await;
    portal
        .answers(
            TOKEN,
            [status(400).set_body_json(
                json!({"error": "invalid_client", "error_description": "unknown client"}),
            )],
        )
        .await;
    let error = portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::CallSomeone);
    assert_eq!(error.effect(), Effect::NotSent);
    assert_eq!(portal.calls(TOKEN).await.len(), 1);
    assert!(
        error.to_string().contains("invalid_client") && error.to_string().contains("client_secret"),
        "{error}"
    );
}

#[tokio::test]
async fn tasks_that_wait_while_the_token_fails_share_the_failure() {
    let portal = Portal::without_token().await;
    portal
        .answers(
            TOKEN,
            [status(400)
                .set_body_json(json!({"error": "invalid_client"}))
                .set_delay(Duration::from_millis(100))],
        )
        .await;
    let client = portal.client();
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let account = account(&client);
            tokio::spawn(async move {
                account
                    .rechercher_recipiendaire(&RechercheRecipiendaire::default())
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_err());
    }
    assert_eq!(portal.calls(TOKEN).await.len(), 1);
}

#[tokio::test]
async fn no_debug_text_and_no_error_shows_a_secret() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [status(401)]).await;
    let config = portal.config();
    let mut seen = format!("{config:?}");
    let client = Client::new(config).unwrap();
    let account = account(&client);
    let error = account
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    seen += &format!("{client:?} {account:?} {error:?} {error}");
    let header = portal.calls(SEARCH).await[0].headers["cpro-account"]
        .to_str()
        .unwrap()
        .to_owned();
    for secret in [SECRET, crate::portal::PASSWORD, "token-1", header.as_str()] {
        assert!(!seen.contains(secret), "{secret} is in {seen}");
    }
}
