//! Each answer that is not a success, and what it asks for.

use chorus_pro::{
    Decision, Effect, Error, ErrorKind, Forbidden,
    factures::{ConsulterHistorique, ConsulterRecipiendaire},
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::portal::{CONSULT, HISTORY, Portal, html, ok, status};

/// The error of a history that is answered with `answer` to the last attempt.
async fn refused(answer: ResponseTemplate) -> Error {
    let portal = Portal::start().await;
    let answer = answer.insert_header("x-correlationid", "Id-8c6d0b6ae93135bc54114f08 0");
    portal.answers(HISTORY, [answer]).await;
    portal
        .account()
        .consulter_historique(&ConsulterHistorique::new(1))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn the_correlation_id_is_kept_for_piste_s_support() {
    let error = refused(status(403)).await;
    assert_eq!(
        error.correlation_id(),
        Some("Id-8c6d0b6ae93135bc54114f08 0")
    );
    assert!(
        error.to_string().contains("Id-8c6d0b6ae93135bc54114f08 0"),
        "{error}"
    );
    let error = refused(ok(json!({"codeRetour": 20001, "libelle": "non"}))).await;
    assert_eq!(
        error.correlation_id(),
        Some("Id-8c6d0b6ae93135bc54114f08 0")
    );
}

#[tokio::test]
async fn the_three_shapes_of_a_403_name_three_causes() {
    let shape = |error: Error| match error.kind() {
        ErrorKind::Forbidden { shape } => (*shape, error.decision(), error.to_string()),
        other => panic!("{other:?}"),
    };
    let (kind, decision, text) = shape(refused(status(403).set_body_json(json!({}))).await);
    assert_eq!(
        (kind, decision),
        (Forbidden::NotRouted, Decision::CallSomeone)
    );
    assert!(text.contains("CGU"), "{text}");
    let echo = json!({"idFacture": 1, "nbResultatsMaximum": 50});
    let (kind, decision, text) = shape(refused(status(403).set_body_json(echo)).await);
    assert_eq!(
        (kind, decision),
        (Forbidden::Refused, Decision::CallSomeone)
    );
    assert!(text.contains("raccordement"), "{text}");
    let (kind, decision, text) = shape(refused(status(403)).await);
    assert_eq!(
        (kind, decision),
        (Forbidden::Unexplained, Decision::CallSomeone)
    );
    assert!(text.contains("technical account"), "{text}");
}

#[tokio::test]
async fn a_400_of_chorus_pro_is_a_refusal_and_a_gateways_page_is_a_reason_to_try_again() {
    let own = refused(
        status(400).set_body_json(json!({"codeRetour": 400, "libelle": "Requête mal formulée"})),
    )
    .await;
    assert_eq!(own.refusal(), Some((400, "Requête mal formulée")));
    assert_eq!(
        (own.decision(), own.effect(), own.attempts()),
        (Decision::Refusal, Effect::NotApplied, 1)
    );
    for answer in [
        html(400),
        html(404),
        status(404),
        status(400).set_body_json(json!({})),
    ] {
        let error = refused(answer).await;
        assert!(
            matches!(error.kind(), ErrorKind::NotChorus { .. }),
            "{error}"
        );
        assert_eq!(
            (error.decision(), error.attempts()),
            (Decision::Retry { after: None }, 4)
        );
    }
}

#[tokio::test]
async fn a_page_of_html_with_http_200_is_a_reason_to_try_again() {
    for answer in [html(200), status(200), status(200).set_body_string("OK")] {
        let error = refused(answer).await;
        assert!(
            matches!(error.kind(), ErrorKind::NotChorus { status: 200, .. }),
            "{error}"
        );
        assert_eq!((error.is_transient(), error.attempts()), (true, 4));
    }
}

#[tokio::test]
async fn json_that_stops_in_the_middle_is_cut_off_and_asked_for_again() {
    let error =
        refused(status(200).set_body_string(r#"{"codeRetour":0,"libelle":"GCU_MSG_01_0"#)).await;
    assert!(
        matches!(error.kind(), ErrorKind::Truncated { .. }),
        "{error}"
    );
    assert_eq!(error.attempts(), 4);
}

#[tokio::test]
async fn an_answer_without_code_retour_is_not_taken_for_a_success() {
    let error = refused(ok(json!({"idFacture": 1}))).await;
    assert!(
        matches!(error.kind(), ErrorKind::Content { path, .. } if path == "codeRetour"),
        "{error}"
    );
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn unexpected_content_says_where_and_does_not_repeat_what() {
    let portal = Portal::start().await;
    let body = json!({"codeRetour": 0, "facture": {"fournisseur": {"idFournisseur": "FR7630006000011234567890189"}}});
    portal.answers_json(CONSULT, body).await;
    let error = portal
        .account()
        .consulter_recipiendaire(&ConsulterRecipiendaire::new(1, 10))
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::Content);
    let text = error.to_string();
    assert!(
        text.contains("facture.fournisseur.idFournisseur") && !text.contains("FR76"),
        "{text}"
    );
}

#[tokio::test]
async fn statuses_that_no_repetition_changes_call_someone() {
    for code in [405, 415] {
        let error = refused(status(code)).await;
        assert_eq!(
            (error.decision(), error.attempts()),
            (Decision::CallSomeone, 1)
        );
    }
}

#[tokio::test]
async fn a_server_error_is_tried_again_and_keeps_the_portals_words() {
    let error =
        refused(status(500).set_body_json(json!({"codeRetour": 500, "libelle": "Erreur interne"})))
            .await;
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { status: 500, libelle: Some(text), .. } if text == "Erreur interne")
    );
    assert_eq!(
        (error.decision(), error.effect()),
        (Decision::Retry { after: None }, Effect::Unclear)
    );
    let error = refused(status(503).insert_header("Retry-After", "0")).await;
    assert_eq!(
        error.decision(),
        Decision::Retry {
            after: Some(std::time::Duration::ZERO)
        }
    );
}

#[tokio::test]
async fn the_source_of_an_error_is_kept() {
    let portal = Portal::start().await;
    let mut config = portal.config();
    config.api_url = "http://127.0.0.1:1".into();
    config.retries.attempts = 1;
    let account = crate::portal::account(&chorus_pro::Client::new(config).unwrap());
    let error = account
        .consulter_historique(&ConsulterHistorique::new(1))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{error}");
    assert_eq!(error.effect(), Effect::NotSent);
    let chain =
        std::iter::successors(std::error::Error::source(&error), |cause| cause.source()).count();
    assert!(
        chain >= 2,
        "the operating system's reason is at the end of the chain"
    );
}
