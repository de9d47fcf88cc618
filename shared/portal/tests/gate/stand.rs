//! A portal behind HTTP, an S3 in memory, and processes that share them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use archive::memory_s3::MemoryS3;
use chorus_pro::{
    Account, Error, Retries,
    factures::{ConsulterHistorique, TelechargerGroupe},
};
use jiff::Timestamp;
use lambda_kit::{
    Clock, Deadline,
    config::{Document, Establishment},
};
use portal::{Closed, Gate, NotAdmitted, Portal, Use, gate::Breaker};
use serde_json::json;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

pub(crate) const LYCEE: &str = "00000000013456";
pub(crate) const HOSPITAL: &str = "00000000022226";

type Answer = dyn Fn(&Request) -> ResponseTemplate + Send + Sync;

/// What the portal does, and how often it was asked.
struct Behaviour {
    token: Mutex<ResponseTemplate>,
    answer: Mutex<Box<Answer>>,
    calls: AtomicUsize,
}

struct Answers(Arc<Behaviour>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if request.url.path() == "/token" {
            return self.0.token.lock().unwrap().clone();
        }
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        (self.0.answer.lock().unwrap())(request)
    }
}

pub(crate) struct Stand {
    server: MockServer,
    behaviour: Arc<Behaviour>,
    pub(crate) s3: MemoryS3,
    now: Arc<AtomicI64>,
}

/// Why a call was not made, or failed.
#[derive(Debug)]
pub(crate) enum Ended {
    Closed(Closed),
    Failed(Error),
}

/// One process of a function, with its own client and its own memory.
pub(crate) struct Process {
    pub(crate) portal: Portal,
    pub(crate) document: Document,
}

pub(crate) fn works(_: &Request) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "codeRetour": 0, "libelle": "TRA_MSG_00.000", "listeStructures": [], "fichierResultat": "UEs="
    }))
}

pub(crate) fn status(status: u16) -> impl Fn(&Request) -> ResponseTemplate + Send + Sync {
    move |_| ResponseTemplate::new(status)
}

/// A body that is the request's own: how the gateway refuses an account's rights.
pub(crate) fn refused(request: &Request) -> ResponseTemplate {
    ResponseTemplate::new(403).set_body_raw(request.body.clone(), "application/json")
}

impl Stand {
    pub(crate) async fn new() -> Self {
        let token = ResponseTemplate::new(200).set_body_json(
            json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600}),
        );
        let behaviour = Arc::new(Behaviour {
            token: Mutex::new(token),
            answer: Mutex::new(Box::new(works)),
            calls: AtomicUsize::new(0),
        });
        let server = MockServer::start().await;
        let mock = Mock::given(any()).respond_with(Answers(behaviour.clone()));
        mock.mount(&server).await;
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        Self {
            server,
            behaviour,
            s3: MemoryS3::default(),
            now: Arc::new(AtomicI64::new(start.as_second())),
        }
    }

    pub(crate) fn portal(
        &self,
        answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) {
        *self.behaviour.answer.lock().unwrap() = Box::new(answer);
    }

    pub(crate) fn piste_refuses(&self) {
        let refused = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client"}));
        *self.behaviour.token.lock().unwrap() = refused;
    }

    /// Calls of the API so far, without the tokens.
    pub(crate) fn calls(&self) -> usize {
        self.behaviour.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now.load(Ordering::Relaxed)).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = self.now.clone();
        Clock::by(move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap())
    }

    pub(crate) fn process(&self) -> Process {
        let uri = self.server.uri();
        let establishment = |siret: &str, login: &str| {
            json!({
                "name": login, "siret": siret, "technical_account": {"login": login, "password": "secret"},
                "payment_delay_days": 30, "collect_since": "2026-09-01"
            })
        };
        let document = json!({
            "piste": {"client_id": "c", "client_secret": "s", "token_url": format!("{uri}/token"), "api_url": uri},
            "establishments": [establishment(LYCEE, "lycee"), establishment(HOSPITAL, "hospital")]
        });
        let gate = Gate::new(self.s3.store(), self.clock());
        let once = Retries {
            attempts: 1,
            ..Retries::default()
        };
        Process {
            portal: Portal::new(100)
                .with_retries(once)
                .with_gate(Arc::new(gate)),
            document: Document::parse(&document.to_string()).unwrap().document,
        }
    }

    pub(crate) fn breaker(&self, name: &str) -> Option<Breaker> {
        let key = format!("breakers/{name}.json");
        let there = self.s3.keys().contains(&key);
        there.then(|| serde_json::from_slice(&self.s3.bytes(&key)).unwrap())
    }

    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.breaker(name).is_some_and(|b| !b.open.is_empty())
    }
}

impl Process {
    pub(crate) fn establishment(&self, siret: &str) -> &Establishment {
        self.document.establishment(siret).unwrap()
    }

    /// Asks for something that is about no invoice, in an invocation of its own.
    pub(crate) async fn search(&self, siret: &str) -> Result<(), Ended> {
        self.portal.renew();
        self.ask(siret, None).await
    }

    /// Asks for one invoice, in an invocation of its own.
    pub(crate) async fn history(&self, siret: &str, id_facture: i64) -> Result<(), Ended> {
        self.portal.renew();
        self.ask(siret, Some(id_facture)).await
    }

    async fn admitted(&self, siret: &str, what: Use) -> Result<Account, Ended> {
        let establishment = self.establishment(siret);
        let deadline = Deadline::after(Duration::from_secs(60));
        let admitted = self
            .portal
            .admitted(&self.document, establishment, what, deadline)
            .await;
        admitted.map_err(|error| match error {
            NotAdmitted::Closed(closed) => Ended::Closed(closed),
            NotAdmitted::Client(error) => Ended::Failed(error),
        })
    }

    /// Downloads an invoice to its end, in an invocation of its own.
    pub(crate) async fn download(&self, siret: &str, id_facture: i64) -> Result<(), Ended> {
        self.portal.renew();
        let result = self.fetch(siret, &[id_facture]).await;
        self.portal.settle(&lambda_kit::Metrics::new("test")).await;
        result
    }

    /// Downloads some invoices to the end with one call.
    pub(crate) async fn fetch(&self, siret: &str, invoices: &[i64]) -> Result<(), Ended> {
        let account = self.admitted(siret, Use::Fetch).await?;
        let what = TelechargerGroupe::pivot(invoices);
        let download = account.telecharger_groupe(&what).await;
        match download {
            Ok(mut download) => loop {
                match download.chunk().await {
                    Ok(Some(_)) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(Ended::Failed(error)),
                }
            },
            Err(error) => Err(Ended::Failed(error)),
        }
    }

    pub(crate) async fn ask(&self, siret: &str, id_facture: Option<i64>) -> Result<(), Ended> {
        let account = self.admitted(siret, Use::List).await?;
        let result = match id_facture {
            Some(id) => {
                let what = ConsulterHistorique::new(id);
                account.consulter_historique(&what).await.map(|_| ())
            }
            None => account.structures_actives_destinataire().await.map(|_| ()),
        };
        self.portal.settle(&lambda_kit::Metrics::new("test")).await;
        result.map_err(Ended::Failed)
    }
}

pub(crate) fn closed(result: &Result<(), Ended>) -> bool {
    matches!(result, Err(Ended::Closed(_)))
}

pub(crate) fn failed(result: &Result<(), Ended>) -> bool {
    matches!(result, Err(Ended::Failed(_)))
}
