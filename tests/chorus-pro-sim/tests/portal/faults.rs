//! Each fault, as a client meets it.

use std::time::{Duration, Instant};

use chorus_pro_sim::{FaultKind, FaultRule, Shape};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Caller, RECHERCHER, TELECHARGER, TRAITER, token};

async fn with_fault(rule: FaultRule) -> Caller {
    let caller = Caller::with(10).await;
    caller.running.simulator().set_faults(vec![rule]).unwrap();
    caller
}

fn always(kind: FaultKind) -> FaultRule {
    FaultRule::always(kind)
}

#[tokio::test]
async fn gateway_errors_have_their_status_and_a_body_that_is_not_chorus_json() {
    for (rule, status) in [
        (always(FaultKind::ServerError), 500),
        (
            FaultRule {
                status: Some(504),
                ..always(FaultKind::ServerError)
            },
            504,
        ),
        (always(FaultKind::Maintenance), 503),
        (always(FaultKind::NotJson), 200),
    ] {
        let caller = with_fault(rule.next(1)).await;
        let answer = caller.send(RECHERCHER, &json!({})).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        assert!(answer.text().await.unwrap().contains("<html>"));
        assert_eq!(caller.call(RECHERCHER, json!({})).await["codeRetour"], 0);
    }
}

#[tokio::test]
async fn a_429_says_when_to_come_back_only_when_told_to() {
    let silent = with_fault(always(FaultKind::TooManyRequests))
        .await
        .send(RECHERCHER, &json!({}))
        .await
        .unwrap();
    assert_eq!(silent.status(), 429);
    assert!(silent.headers().get("retry-after").is_none());
    let rule: FaultRule =
        serde_json::from_value(json!({"kind": "too_many_requests", "retry_after": 3})).unwrap();
    let told = with_fault(rule)
        .await
        .send(RECHERCHER, &json!({}))
        .await
        .unwrap();
    assert_eq!(told.headers()["retry-after"], "3");
}

#[tokio::test]
async fn the_three_shapes_of_a_403() {
    let request = json!({"numeroFacture": "écho"});
    for (shape, body) in [
        (Shape::EmptyObject, "{}".to_owned()),
        (Shape::Echo, request.to_string()),
        (Shape::Empty, String::new()),
    ] {
        let caller = with_fault(FaultRule {
            shape: Some(shape),
            ..always(FaultKind::Forbidden)
        })
        .await;
        let answer = caller.send(RECHERCHER, &request).await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn a_cut_answer_is_half_a_json_or_a_broken_connection() {
    let caller = with_fault(always(FaultKind::CutJson)).await;
    let text = caller
        .send(RECHERCHER, &json!({}))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(text.starts_with("{\"codeRetour\":0") && serde_json::from_str::<Value>(&text).is_err());
    let caller = with_fault(always(FaultKind::Truncated)).await;
    let answer = caller.send(RECHERCHER, &json!({})).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    let id = caller
        .deposit(json!({"documents": [{"taille": 3_000_000}]}))
        .await;
    let download = json!({"format": "PIVOT", "listeFacture": [{"idFacture": id}]});
    assert!(
        caller
            .send(TELECHARGER, &download)
            .await
            .unwrap()
            .bytes()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_dropped_connection_has_its_effect_before_or_after() {
    for (after, expected) in [(false, "MISE_A_DISPOSITION"), (true, "SERVICE_FAIT")] {
        let rule = always(FaultKind::Dropped).on(TRAITER).next(1);
        let caller = with_fault(if after { rule.after_effect() } else { rule }).await;
        let id = caller.deposit(json!({})).await;
        let lost = caller
            .send(
                TRAITER,
                &json!({"idFacture": id, "nouveauStatut": "SERVICE_FAIT"}),
            )
            .await;
        assert!(lost.is_err());
        assert_eq!(
            caller.running.simulator().invoice(id).unwrap().statut,
            expected
        );
        assert_eq!(caller.call(RECHERCHER, json!({})).await["codeRetour"], 0);
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_undo_the_effect() {
    let late = FaultRule {
        min_ms: Some(400),
        ..always(FaultKind::Latency).on(TRAITER)
    };
    let caller = with_fault(late).await;
    let id = caller.deposit(json!({})).await;
    let body = json!({"idFacture": id, "nouveauStatut": "SERVICE_FAIT"});
    assert!(
        tokio::time::timeout(Duration::from_millis(100), caller.send(TRAITER, &body))
            .await
            .is_err()
    );
    assert_eq!(
        caller.running.simulator().invoice(id).unwrap().statut,
        "MISE_A_DISPOSITION"
    );
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(
        caller.running.simulator().invoice(id).unwrap().statut,
        "SERVICE_FAIT"
    );
}

#[tokio::test]
async fn latency_holds_an_answer_back() {
    let caller = with_fault(
        FaultRule {
            min_ms: Some(120),
            max_ms: Some(150),
            ..always(FaultKind::Latency)
        }
        .next(1),
    )
    .await;
    let start = Instant::now();
    caller.call(RECHERCHER, json!({})).await;
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn the_token_can_be_empty_with_a_200() {
    let caller = with_fault(always(FaultKind::EmptyToken).next(1)).await;
    let url = caller.running.url();
    assert_eq!(token(&caller.http, &url).await, "");
    assert_ne!(token(&caller.http, &url).await, "");
}

#[tokio::test]
async fn refused_credentials_are_a_401_that_says_why_in_its_header() {
    for (kind, why) in [
        (FaultKind::ExpiredPassword, "invalid_account"),
        (FaultKind::Unauthorized, "invalid_token"),
    ] {
        let answer = with_fault(always(kind))
            .await
            .send(RECHERCHER, &json!({}))
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        assert!(
            String::from_utf8_lossy(answer.headers()["www-authenticate"].as_bytes()).contains(why)
        );
    }
}

#[tokio::test]
async fn faults_are_set_added_and_cleared_over_http_and_refused_by_name() {
    let caller = Caller::with(0).await;
    let (status, _) = caller
        .control(
            Method::PUT,
            "/faults",
            json!({"faults": [{"kind": "dropped", "operation": "factures/*", "next": 2}]}),
        )
        .await;
    assert_eq!(status, 200);
    let (_, in_force) = caller
        .control(
            Method::POST,
            "/faults",
            json!([{"kind": "latency", "min_ms": 1}]),
        )
        .await;
    assert_eq!(in_force["faults"].as_array().unwrap().len(), 2);
    for (wrong, named) in [
        (json!([{"kind": "explosion"}]), "explosion"),
        (
            json!([{"kind": "dropped", "operation": "factures/v1/x"}]),
            "factures/v1/x",
        ),
        (json!([{"kind": "dropped", "retes": 1}]), "retes"),
    ] {
        let (status, refusal) = caller.control(Method::PUT, "/faults", wrong).await;
        assert_eq!(status, 400);
        assert!(
            refusal["error"].as_str().unwrap().contains(named),
            "{refusal}"
        );
    }
    let (_, in_force) = caller.control(Method::DELETE, "/faults", json!({})).await;
    assert_eq!(in_force["faults"], json!([]));
}
