//! The journal, in memory and in its file.

use chorus_pro_sim::{Operation, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Caller, RECHERCHER, TELECHARGER};

#[tokio::test]
async fn the_file_has_one_line_a_call_without_secrets_or_documents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let caller = Caller::starting(Options {
        invoices: 5,
        journal: Some(path.clone()),
        ..Options::default()
    })
    .await;
    let id = caller.search(json!({})).await["listeFactures"][0]["idFacture"].clone();
    let pretty = "{\n  \"format\": \"PIVOT\",\n  \"listeFacture\": [{\"idFacture\": ID}]\n}"
        .replace("ID", &id.to_string());
    let url = format!("{}/cpro/{TELECHARGER}", caller.running.url());
    let request = caller
        .http
        .post(url)
        .bearer_auth(&caller.token)
        .header("cpro-account", &caller.account);
    request
        .header("content-type", "application/json")
        .body(pretty)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    caller
        .http
        .get(format!("{}/nulle/part", caller.running.url()))
        .send()
        .await
        .unwrap();

    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let operations: Vec<_> = lines
        .iter()
        .map(|line| line["operation"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["token", RECHERCHER, TELECHARGER, "unknown"]);
    for secret in [
        "relais-demo-secret",
        &caller.token,
        &caller.account,
        "motdepasse",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    for line in &lines {
        for key in ["at", "method", "path", "request", "response", "ms"] {
            assert!(line.get(key).is_some(), "{key} in {line}");
        }
        assert!(line["response"]["headers"]["x-correlationid"].is_string());
    }
    assert_eq!(
        lines[1]["request"]["headers"]["cpro-account"],
        "TECH_1_1@cpro.fr:***"
    );
    assert_eq!(
        lines[1]["response"]["body"]["listeFactures"][0]["idFacture"],
        id
    );
    assert_eq!(
        lines[2]["request"]["body"]["listeFacture"][0]["idFacture"],
        id
    );
    assert!(
        lines[2]["response"]["body"]["fichierResultat"]
            .as_str()
            .unwrap()
            .len()
            < 40
    );
    assert!(lines[2]["response"]["bytes"].as_u64().unwrap() > 1000);
    assert_eq!(lines[3]["response"]["status"], 401);
}

#[tokio::test]
async fn counts_say_how_many_calls_an_operation_had_and_how_they_ended() {
    let caller = Caller::with(5).await;
    caller
        .control(
            Method::PUT,
            "/faults",
            json!([{"kind": "server_error", "status": 502, "next": 1}]),
        )
        .await;
    for _ in 0..3 {
        caller
            .send(RECHERCHER, &json!({"numeroFacture": "aucune"}))
            .await
            .unwrap();
    }
    let (_, summary) = caller
        .control(Method::GET, "/journal/summary", json!({}))
        .await;
    let count = &summary["operations"][RECHERCHER];
    assert_eq!((&count["calls"], &count["faulty"]), (&json!(3), &json!(1)));
    assert_eq!(count["statuses"], json!({"200": 2, "502": 1}));
    assert_eq!(count["codesRetour"], json!({"20000": 2}));
    assert_eq!(
        caller.running.simulator().journal().calls(Operation::Token),
        1
    );
    let (_, last) = caller
        .control(
            Method::GET,
            "/journal?operation=factures/*&limit=1",
            json!({}),
        )
        .await;
    assert_eq!(last["total"], 3);
    assert_eq!(last["entries"].as_array().unwrap().len(), 1);
    caller.control(Method::DELETE, "/journal", json!({})).await;
    assert_eq!(
        caller
            .running
            .simulator()
            .journal()
            .calls(Operation::RechercherRecipiendaire),
        0
    );
}
