//! The portal answers 500: for one invoice, or for all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::{
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use archive::{keys::EpisodeFolder, memory_s3::MemoryS3};
use chorus_pro::Retries;
use jiff::{SignedDuration, Timestamp};
use lambda_kit::{Clock, Deadline, Metrics, config::Document};
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

/// A process of the function, with a clock that the test moves.
struct Process {
    portal: Portal,
    document: Document,
    s3: MemoryS3,
    seconds: Arc<AtomicI64>,
}

impl Process {
    fn new(server: &MockServer) -> Self {
        let uri = server.uri();
        let document = json!({
            "piste": {"client_id": "c", "client_secret": "s", "token_url": format!("{uri}/token"), "api_url": uri},
            "establishments": [{
                "name": "Lycée", "siret": SIRET, "technical_account": {"login": "l", "password": "p"},
                "payment_delay_days": 30, "collect_since": "2026-09-01"
            }]
        });
        let (s3, seconds) = (MemoryS3::default(), Arc::new(AtomicI64::new(0)));
        let passed = seconds.clone();
        let start: Timestamp = "2026-11-23T09:15:00Z".parse().unwrap();
        let clock =
            Clock::by(move || start + SignedDuration::from_secs(passed.load(Ordering::Relaxed)));
        let gate = Gate::new(s3.store(), clock);
        let once = Retries {
            attempts: 1,
            ..Retries::default()
        };
        Self {
            portal: Portal::new(100)
                .with_retries(once)
                .with_gate(Arc::new(gate)),
            document: Document::parse(&document.to_string()).unwrap().document,
            s3,
            seconds,
        }
    }

    /// How the download of each of these invoices ended, and how many calls it took.
    async fn fetch(&self, ids: RangeInclusive<u64>) -> (Vec<(u64, &'static str)>, u64) {
        self.portal.renew();
        let establishment = self.document.establishment(SIRET).unwrap();
        let deadline = Deadline::after(Duration::from_secs(60));
        let account = self
            .portal
            .admitted(&self.document, establishment, Use::Fetch, deadline)
            .await
            .unwrap();
        let fetcher = Fetcher {
            portal: &self.portal,
            establishment,
            account: &account,
            archive: &self.s3.store(),
        };
        let jobs: Vec<InvoiceJob> = ids.map(job).collect();
        let wanted: Vec<Wanted<'_>> = jobs
            .iter()
            .map(|job| Wanted {
                job,
                folder: EpisodeFolder::new(SIRET, job.id_facture, EPISODE.parse().unwrap())
                    .unwrap(),
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
        self.portal.settle(&Metrics::new("archive")).await;
        ends.sort_unstable();
        (ends, calls)
    }
}

/// The same for ten invoices and a process that knows nothing yet.
async fn fetch(server: &MockServer) -> (Vec<(u64, &'static str)>, u64) {
    Process::new(server).fetch(1..=10).await
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

#[tokio::test]
async fn a_group_with_one_that_always_fails_ends_an_outage_for_the_nine_others() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = down.clone();
    let server =
        portal(move |body| is_down.load(Ordering::Relaxed) || body.contains(r#""idFacture":1}"#))
            .await;
    let process = Process::new(&server);
    process.fetch(1..=1).await;
    process.fetch(2..=2).await;
    down.store(true, Ordering::Relaxed);
    for id in 3..=5 {
        process.fetch(id..=id).await;
    }
    assert_eq!(process.portal.open_breakers(), 1);
    down.store(false, Ordering::Relaxed);
    process.seconds.fetch_add(60, Ordering::Relaxed);
    let (ends, _) = process.fetch(1..=10).await;
    let others = ends.iter().filter(|(_, end)| *end == "answered").count();
    assert_eq!(others, 9, "{ends:?}");
    assert!(ends.contains(&(1, "not answered")), "{ends:?}");
    assert_eq!(process.portal.open_breakers(), 0);
}
