//! A small world on a loopback port: a Chorus Pro that lists, an S3 that keeps, an SQS that takes. Real HTTP, answered by plain threads.

// A bench and a test each use a part of it.
#![allow(dead_code)]

mod http;
mod portal;
mod s3;
pub(crate) mod scene;
mod sqs;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

pub(crate) const SIRET: &str = "00000000013456";
pub(crate) const ARCHIVE: &str = "archive";
pub(crate) const STATE: &str = "state";

/// An invoice on the portal.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
    pub(crate) statut: String,
    /// Since when it has that status.
    pub(crate) at: Timestamp,
    pub(crate) depot: Date,
    /// As text, digit for digit.
    pub(crate) ttc: String,
    /// Whether it stands in the list of what the establishment receives.
    pub(crate) received: bool,
    /// The roles in which the establishment sees it on its way through the works circuit: MOA, MOE.
    pub(crate) roles: &'static [&'static str],
}

/// An object, and when it was written.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) modified: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// By idFacture.
    pub(crate) invoices: BTreeMap<u64, Invoice>,
    /// By bucket and key.
    pub(crate) objects: BTreeMap<String, BTreeMap<String, Object>>,
    /// The jobs, as they were sent.
    pub(crate) jobs: Vec<Value>,
    /// Calls by operation.
    pub(crate) calls: BTreeMap<&'static str, u64>,
    /// How long the portal thinks.
    pub(crate) thinking: Duration,
    /// How long it thinks about the next search alone.
    pub(crate) hesitation: Duration,
    /// The portal is in maintenance.
    pub(crate) closed: bool,
}

/// The world. Cloning it gives another handle on the same.
#[derive(Clone, Debug)]
pub(crate) struct World {
    state: Arc<Mutex<State>>,
    pub(crate) url: String,
}

impl World {
    /// Serves until the process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let world = Self { state, url };
        let serving = world.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let world = serving.clone();
                // A client that goes away in the middle is its own affair.
                std::thread::spawn(move || http::serve(stream, |request| world.answer(request)));
            }
        });
        world
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked")
    }

    fn answer(&self, request: &http::Request) -> http::Response {
        let path = request.path();
        if path.starts_with("/api/oauth") {
            return http::Response::json(
                r#"{"access_token":"t","token_type":"Bearer","expires_in":3600}"#,
            );
        }
        if path.starts_with("/cpro/") {
            return portal::answer(self, request);
        }
        if request.header("x-amz-target").is_some() {
            return sqs::answer(self, request);
        }
        s3::answer(self, request)
    }

    /// Puts an invoice on the portal.
    pub(crate) fn deposit(&self, invoice: Invoice) {
        self.state().invoices.insert(invoice.id, invoice);
    }

    /// Puts into the archive what `archive` would have put there for the invoice as it is now.
    pub(crate) fn archive(&self, invoice: &Invoice, modified: Timestamp) {
        let folder = folder(invoice);
        let marker = format!(
            "montant-ttc-{}-EUR-depot-{}-{}",
            two_decimals(&invoice.ttc),
            invoice.depot,
            invoice.kind
        );
        let mut state = self.state();
        let bucket = state.objects.entry(ARCHIVE.to_owned()).or_default();
        let mut put = |rest: &str, bytes: Vec<u8>| {
            bucket.insert(format!("{folder}{rest}"), Object { bytes, modified });
        };
        put("archived.json", manifest(invoice).into_bytes());
        for rest in [
            "documents/01-F1.pdf",
            "documents/02-annexe.pdf",
            "invoice.json",
            "pivot.xml",
            "published.json",
        ] {
            put(rest, b"x".to_vec());
        }
        put(&marker, Vec::new());
    }

    /// Takes away the objects whose keys hold `part`, and says how many there were.
    pub(crate) fn remove(&self, part: &str) -> usize {
        let mut state = self.state();
        let bucket = state.objects.entry(ARCHIVE.to_owned()).or_default();
        let before = bucket.len();
        bucket.retain(|key, _| !key.contains(part));
        before - bucket.len()
    }

    pub(crate) fn read(&self, bucket: &str, key: &str) -> Option<Value> {
        let state = self.state();
        let object = state.objects.get(bucket)?.get(key)?;
        serde_json::from_slice(&object.bytes).ok()
    }

    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let state = self.state();
        state
            .objects
            .get(bucket)
            .map(|objects| objects.keys().cloned().collect())
            .unwrap_or_default()
    }

    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.state().calls.get(operation).copied().unwrap_or(0)
    }
}

/// The folder of the invoice's present episode, with the slash at its end.
pub(crate) fn folder(invoice: &Invoice) -> String {
    format!(
        "{SIRET}/{:012}/{}-{}/",
        invoice.id,
        invoice.at.strftime("%Y%m%dT%H%M%SZ"),
        invoice.statut
    )
}

fn two_decimals(ttc: &str) -> String {
    match ttc.split_once('.') {
        None => format!("{ttc}.00"),
        Some((_, decimals)) if decimals.len() < 2 => format!("{ttc}0"),
        Some(_) => ttc.to_owned(),
    }
}

fn manifest(invoice: &Invoice) -> String {
    format!(
        r#"{{"version":1,"documents":[{{"key":"a"}},{{"key":"b"}}],"announcement":{{"received":{{"montants":{{"ttc":"{}","devise":"EUR"}},"dateDepot":"{}","typeDemandePaiement":"{}"}}}}}}"#,
        invoice.ttc, invoice.depot, invoice.kind
    )
}
