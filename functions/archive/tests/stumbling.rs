//! The portal answers 500: for one invoice, or for all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::{sync::Arc, time::Duration};

use archive::{keys::EpisodeFolder, memory_s3::MemoryS3};
use chorus_pro::Retries;
use lambda_kit::{Clock, Deadline, config::Document};
use messages::InvoiceJob;
use portal::{Gate, Portal, Use};
use relais_archive::fetch::{FetchError, Fetcher, Wanted};
use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

const SIRET: &str = "00000000013456";
const EPISODE: &str = "20261123T091500Z-MISE_A_DISPOSITION";

fn job(id: u64) -> InvoiceJob {
    serde_json::from_value(json!({
        "siret": SIRET, "idFacture": id, "episode": EPISODE, "statut": "MISE_A_DISPOSITION",
        "dateHeureEtatCourant": "2026-11-23T09:15:00Z", "cause": "POLL", "typeDemandePaiement": "FACTURE",
        "numeroFacture": format!("F-{id}")
    }))
    .unwrap()
}

/// A portal that stumbles over some invoices, and has an answer for all other groups: a refusal, which is the shortest.
async fn portal(stumbles: impl Fn(&str) -> bool + Send + Sync + 'static) -> MockServer {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        if request.url.path() == "/token" {
            return ResponseTemplate::new(200).set_body_json(
                json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600}),
            );
        }
        match stumbles(&String::from_utf8_lossy(&request.body)) {
            true => ResponseTemplate::new(500),
            false => ResponseTemplate::new(200)
                .set_body_json(json!({"codeRetour": 20, "libelle": "GDP_MSG_02.015"})),
        }
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// How the download of each of ten invoices ended, and how many calls it took.
async fn fetch(server: &MockServer) -> (Vec<(u64, &'static str)>, u64) {
    let uri = server.uri();
    let document = json!({
        "piste": {"client_id": "c", "client_secret": "s", "token_url": format!("{uri}/token"), "api_url": uri},
        "establishments": [{
            "name": "Lycée", "siret": SIRET, "technical_account": {"login": "l", "password": "p"},
            "payment_delay_days": 30, "collect_since": "2026-09-01"
        }]
    });
    let document = Document::parse(&document.to_string()).unwrap().document;
    let establishment = document.establishment(SIRET).unwrap();
    let s3 = MemoryS3::default();
    let now = "2026-11-23T09:15:00Z".parse().unwrap();
    let gate = Gate::new(s3.store(), Clock::by(move || now));
    let once = Retries {
        attempts: 1,
        ..Retries::default()
    };
    let portal = Portal::new(100)
        .with_retries(once)
        .with_gate(Arc::new(gate));
    let deadline = Deadline::after(Duration::from_secs(60));
    let account = portal
        .admitted(&document, establishment, Use::Fetch, deadline)
        .await
        .unwrap();
    let fetcher = Fetcher {
        portal: &portal,
        establishment,
        account: &account,
        archive: &s3.store(),
    };
    let jobs: Vec<InvoiceJob> = (1..=10).map(job).collect();
    let wanted: Vec<Wanted<'_>> = jobs
        .iter()
        .map(|job| Wanted {
            job,
            folder: EpisodeFolder::new(SIRET, job.id_facture, EPISODE.parse().unwrap()).unwrap(),
        })
        .collect();
    let mut ends = Vec::new();
    let calls = fetcher
        .all(&wanted, async |one, result| {
            let end = match result {
                Ok(_) => "fetched",
                Err(error) if error.refusal().is_some() => "answered",
                Err(FetchError::NotAsked(_)) => "not asked",
                Err(FetchError::Portal(_)) => "not answered",
                Err(FetchError::Store(_)) => "not stored",
            };
            ends.push((one.job.id_facture, end));
        })
        .await;
    ends.sort_unstable();
    (ends, calls)
}

#[tokio::test]
async fn one_invoice_that_the_portal_stumbles_over_costs_no_other() {
    for poison in [1, 7, 10] {
        let named = format!(r#""idFacture":{poison}}}"#);
        let server = portal(move |body| body.contains(&named)).await;
        let (ends, _) = fetch(&server).await;
        let others = ends.iter().filter(|(_, end)| *end == "answered").count();
        assert_eq!(others, 9, "{ends:?}");
        assert!(ends.contains(&(poison, "not answered")), "{ends:?}");
    }
}

#[tokio::test]
async fn an_outage_ends_a_batch_after_three_calls() {
    let server = portal(|_| true).await;
    let (ends, calls) = fetch(&server).await;
    assert_eq!(calls, 3, "all ten, and each half");
    let of = |wanted: &str| ends.iter().filter(|(_, end)| *end == wanted).count();
    assert_eq!((of("not answered"), of("not asked")), (5, 5), "{ends:?}");
}
