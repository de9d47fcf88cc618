//! The order of the checks, and the token.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::client::{Caller, RECHERCHER, account};

struct Attempt<'a> {
    method: Method,
    path: &'a str,
    bearer: Option<&'a str>,
    account: Option<&'a str>,
    content_type: Option<&'a str>,
    body: &'a str,
}

async fn attempt(caller: &Caller, attempt: Attempt<'_>) -> Response {
    let mut request = caller.http.request(
        attempt.method,
        format!("{}{}", caller.running.url(), attempt.path),
    );
    if let Some(token) = attempt.bearer {
        request = request.bearer_auth(token);
    }
    if let Some(account) = attempt.account {
        request = request.header("cpro-account", account);
    }
    if let Some(content_type) = attempt.content_type {
        request = request.header("content-type", content_type);
    }
    request.body(attempt.body.to_owned()).send().await.unwrap()
}

fn realm(answer: &Response) -> String {
    String::from_utf8_lossy(answer.headers()["www-authenticate"].as_bytes()).into_owned()
}

#[tokio::test]
async fn checks_come_in_the_order_bearer_path_account_method_content_type_json() {
    let caller = Caller::with(1).await;
    let known = format!("/cpro/{RECHERCHER}");
    let good_account = account(1);
    // Everything is wrong at first; each step puts one thing right and meets the next check.
    let worst = || Attempt {
        method: Method::GET,
        path: &known,
        bearer: None,
        account: None,
        content_type: None,
        body: "{",
    };

    let answer = attempt(
        &caller,
        Attempt {
            path: "/cpro/inconnu/v1/rien",
            ..worst()
        },
    )
    .await;
    assert_eq!(
        (answer.status().as_u16(), realm(&answer).as_str()),
        (401, r#"Bearer realm="DefaultRealm""#)
    );
    let answer = attempt(&caller, worst()).await;
    assert_eq!(
        (answer.status().as_u16(), realm(&answer).as_str()),
        (401, r#"Bearer realm="PISTE""#)
    );
    let answer = attempt(
        &caller,
        Attempt {
            bearer: Some("invented"),
            ..worst()
        },
    )
    .await;
    assert_eq!(answer.status(), 401);

    let bearer = Some(caller.token.as_str());
    let answer = attempt(
        &caller,
        Attempt {
            bearer,
            path: "/cpro/factures/v1/rechercher/Recipiendaire",
            ..worst()
        },
    )
    .await;
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.text().await.unwrap(), "{}");

    for wrong in [
        None,
        Some("%%%"),
        Some("VEVDSF8xXzFAY3Byby5mcjpmYXV4"),
        Some("c2Fuc2RldXhwb2ludHM="),
    ] {
        let answer = attempt(
            &caller,
            Attempt {
                bearer,
                account: wrong,
                ..worst()
            },
        )
        .await;
        assert_eq!(answer.status(), 401, "{wrong:?}");
        assert!(realm(&answer).contains("PISTE"));
        assert_eq!(answer.text().await.unwrap(), "");
    }

    let account = Some(good_account.as_str());
    let answer = attempt(
        &caller,
        Attempt {
            bearer,
            account,
            ..worst()
        },
    )
    .await;
    assert_eq!(answer.status(), 405);
    let post = || Attempt {
        method: Method::POST,
        bearer,
        account,
        ..worst()
    };
    for wrong in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let answer = attempt(
            &caller,
            Attempt {
                content_type: wrong,
                ..post()
            },
        )
        .await;
        assert_eq!(answer.status(), 415, "{wrong:?}");
        assert_eq!(answer.json::<Value>().await.unwrap()["codeRetour"], 415);
    }
    let json = Some("application/json;charset=utf-8");
    for body in [
        "{",
        "",
        "[]",
        "\"x\"",
        r#"{"idDestinataire":{}}"#,
        r#"{"statutCourant":["INVENTE"]}"#,
        r#"{"periodeDateDepotDu":"hier"}"#,
    ] {
        let answer = attempt(
            &caller,
            Attempt {
                content_type: json,
                body,
                ..post()
            },
        )
        .await;
        assert_eq!(answer.status(), 400, "{body}");
        let refusal: Value = answer.json().await.unwrap();
        assert_eq!(refusal["codeRetour"], 400, "{refusal}");
    }
    let answer = attempt(
        &caller,
        Attempt {
            content_type: json,
            body: "{}",
            ..post()
        },
    )
    .await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn every_answer_has_a_correlation_id_of_its_own() {
    let caller = Caller::with(0).await;
    let mut seen = std::collections::BTreeSet::new();
    for path in [
        "/cpro/nulle/part",
        "/ailleurs",
        "/cpro/transverses/v1/health-check",
    ] {
        let answer = caller
            .http
            .get(format!("{}{path}", caller.running.url()))
            .send()
            .await
            .unwrap();
        let id = answer.headers()["x-correlationid"]
            .to_str()
            .unwrap()
            .to_owned();
        let hex = id.strip_prefix("Id-").unwrap().strip_suffix(" 0").unwrap();
        assert!(
            hex.len() == 24 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        assert!(seen.insert(id));
    }
}

async fn ask_token(http: &Client, url: &str, content_type: &str, body: &str) -> (u16, Value) {
    let answer = http
        .post(format!("{url}/api/oauth/token"))
        .header("content-type", content_type)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn the_token_takes_a_form_and_nothing_else() {
    let caller = Caller::with(0).await;
    let (http, url) = (&caller.http, caller.running.url());
    let form = "application/x-www-form-urlencoded";
    let good = "grant_type=client_credentials&client_id=relais-demo&client_secret=relais-demo-secret&scope=openid";
    let (status, token) = ask_token(http, &url, form, good).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&token["token_type"], &token["expires_in"], &token["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("openid"))
    );
    let (status, refusal) = ask_token(http, &url, form, &good.replace("demo-secret", "x")).await;
    assert_eq!((status, &refusal["error"]), (400, &json!("invalid_client")));
    let (status, refusal) = ask_token(
        http,
        &url,
        form,
        &good.replace("client_credentials", "password"),
    )
    .await;
    assert_eq!(
        (status, &refusal["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    let (status, _) = ask_token(
        http,
        &url,
        "application/json",
        r#"{"grant_type":"client_credentials"}"#,
    )
    .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_token_ends_with_the_portals_clock() {
    let caller = Caller::with(1).await;
    caller
        .running
        .simulator()
        .advance(jiff::SignedDuration::from_secs(3590));
    assert_eq!(
        caller.send(RECHERCHER, &json!({})).await.unwrap().status(),
        200
    );
    caller
        .running
        .simulator()
        .advance(jiff::SignedDuration::from_secs(20));
    assert_eq!(
        caller.send(RECHERCHER, &json!({})).await.unwrap().status(),
        401
    );
}

#[tokio::test]
async fn an_expired_password_is_a_401_until_it_is_renewed() {
    let caller = Caller::with(1).await;
    let change = |expired: bool| json!({"login": "TECH_1_1@cpro.fr", "expired": expired});
    caller
        .control(Method::PATCH, "/accounts", change(true))
        .await;
    assert_eq!(
        caller.send(RECHERCHER, &json!({})).await.unwrap().status(),
        401
    );
    caller
        .control(Method::PATCH, "/accounts", change(false))
        .await;
    assert_eq!(
        caller.send(RECHERCHER, &json!({})).await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn health_check_is_a_get_with_a_bearer() {
    let caller = Caller::with(0).await;
    let url = format!("{}/cpro/transverses/v1/health-check", caller.running.url());
    let answer: Value = caller
        .http
        .get(&url)
        .bearer_auth(&caller.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["statusCodeValue"], 200);
    assert_eq!(
        caller
            .http
            .post(&url)
            .bearer_auth(&caller.token)
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
}
