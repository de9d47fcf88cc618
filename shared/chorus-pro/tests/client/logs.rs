//! What a call leaves in the log: what support needs, and nothing that is secret.

use std::{
    io,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chorus_pro::factures::{ConsulterRecipiendaire, RechercheRecipiendaire};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::portal::{CONSULT, PASSWORD, Portal, SEARCH, SECRET, ok, status};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_call_is_one_event_without_bodies_and_secrets() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let portal = Portal::start().await;
    let iban = "30006000011234567890189";
    let invoice = json!({"codeRetour": 0, "facture": {"fournisseur": {"coordBancairesFournisseurCompteBancaire": iban}}});
    portal
        .answers(
            CONSULT,
            [ok(invoice).insert_header("x-correlationid", "Id-1 0")],
        )
        .await;
    portal.answers(SEARCH, [status(500), status(401)]).await;
    let account = portal.account();
    account
        .consulter_recipiendaire(&ConsulterRecipiendaire::new(1, 10))
        .await
        .unwrap();
    account
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    drop(guard);

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let account_header = BASE64_STANDARD.encode(format!("TECH_1_1@cpro.fr:{PASSWORD}"));
    for secret in [
        SECRET,
        PASSWORD,
        account_header.as_str(),
        "token-1",
        "token-2",
        iban,
    ] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let calls: Vec<&Value> = events
        .iter()
        .filter(|event| {
            event["target"].as_str().unwrap().starts_with("chorus_pro")
                && event["message"] == "Chorus Pro call"
        })
        .collect();
    let consulted: Vec<_> = calls
        .iter()
        .filter(|event| event["operation"] == "factures/consulter/recipiendaire")
        .collect();
    assert_eq!(consulted.len(), 1);
    assert_eq!(
        (&consulted[0]["status"], &consulted[0]["correlation_id"]),
        (&json!(200), &json!("Id-1 0"))
    );
    assert!(consulted[0]["ms"].is_u64());
    let searched = calls
        .iter()
        .filter(|event| event["operation"] == "factures/rechercher/recipiendaire")
        .count();
    assert_eq!(searched, portal.calls(SEARCH).await.len());
}
