//! An AWS in memory, behind the real SDK clients: S3 and SQS with a clock of their own, and faults on demand.
//!
//! The functions under test build their clients from [`Cloud::sdk`] as they build them from what Lambda gives them. Requests are
//! signed, sent, retried and parsed by the SDK; only the wire is not there.

mod clock;
mod faults;
mod request;
mod s3;
mod sqs;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use jiff::Timestamp;

pub use clock::{SkewedClock, VirtualClock};
pub use faults::CloudFaults;
pub use s3::{Buckets, Object};
pub use sqs::{Delivery, Letter, Queue, QueueSettings, Queues};

use faults::{Dice, Fate};
use request::Call;

use crate::trace::{Trace, show};

/// Where the clients believe the cloud to be. An address and not a name: S3 then puts the bucket in the path.
const ENDPOINT: &str = "http://127.0.0.1";

/// What a call takes, by the cloud's clock.
const CALL_MS: i64 = 9;

/// The cloud. Clones are the same cloud.
#[derive(Clone, Debug)]
pub struct Cloud(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: VirtualClock,
    state: Mutex<State>,
    trace: Trace,
    calls: AtomicU64,
    /// Calls after this one are never answered: whoever makes them has been killed.
    last_call: AtomicU64,
}

#[derive(Debug)]
struct State {
    buckets: Buckets,
    queues: Queues,
    faults: CloudFaults,
    dice: Dice,
    met: BTreeMap<&'static str, u64>,
}

impl Cloud {
    /// An empty cloud, whose calls are noted in `trace`.
    #[must_use]
    pub fn new(clock: &VirtualClock, trace: &Trace, seed: u64) -> Self {
        Self(Arc::new(Inner {
            clock: clock.clone(),
            state: Mutex::new(State::new(seed)),
            trace: trace.clone(),
            calls: AtomicU64::new(0),
            last_call: AtomicU64::new(u64::MAX),
        }))
    }

    /// Empties it.
    pub fn reset(&self, seed: u64) {
        *self.state() = State::new(seed);
        self.0.last_call.store(u64::MAX, Ordering::Relaxed);
    }

    /// The clients' settings: this cloud, its clock as `machine` shows it, and sleeps that do not take time.
    #[must_use]
    pub fn sdk(&self, machine: &SkewedClock) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("AKIASOAK", "soak", None, None, "soak");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-3"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(ENDPOINT)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .time_source(machine.clone())
            .sleep_impl(self.0.clock.clone())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &VirtualClock {
        &self.0.clock
    }

    /// Puts these faults in force.
    pub fn set_faults(&self, faults: CloudFaults) {
        self.state().faults = faults;
    }

    /// How often each kind of fault has struck since the last reset.
    #[must_use]
    pub fn faults_met(&self) -> BTreeMap<&'static str, u64> {
        self.state().met.clone()
    }

    /// The buckets, to look into.
    pub fn buckets<T>(&self, look: impl FnOnce(&mut Buckets) -> T) -> T {
        look(&mut self.state().buckets)
    }

    /// The queues, to receive from and send to without a client.
    pub fn queues<T>(&self, work: impl FnOnce(&mut Queues, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        work(&mut self.state().queues, now)
    }

    /// Receives as a consumer does, with what the faults make of it: out of order, and the same message to another consumer too.
    #[must_use]
    pub fn receive(&self, queue: &str, at_most: usize) -> Vec<Delivery> {
        let now = self.0.clock.now();
        let state = &mut *self.state();
        let shuffled = state.faults.out_of_order;
        let twice = state.faults.delivered_twice;
        let deliveries =
            state
                .queues
                .receive(queue, at_most, now, shuffled.then_some(&mut state.dice));
        for delivery in &deliveries {
            if state.dice.strikes(twice) && state.queues.reveal(queue, delivery, now) {
                *state.met.entry("SQS delivers twice").or_default() += 1;
            }
        }
        deliveries
    }

    /// How many calls there have been.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Lets `calls` more calls have their effect; the answer to the last of them, and whatever comes after, never arrives.
    pub fn silence_after(&self, calls: u64) {
        let last = self.calls().saturating_add(calls);
        self.0.last_call.store(last, Ordering::Relaxed);
    }

    /// Answers everybody again.
    pub fn speak_again(&self) {
        self.0.last_call.store(u64::MAX, Ordering::Relaxed);
    }

    /// Whether somebody is waiting for an answer that never comes.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.calls() >= self.0.last_call.load(Ordering::Relaxed)
    }

    fn answer(&self, call: &Call<'_>, now: Timestamp) -> HttpResponse {
        let what = [
            call.method(),
            call.target(),
            call.sqs_operation().unwrap_or_default(),
        ];
        let followed = self.0.trace.note(&what, call.body());
        let answer = self.state().answer(call, now);
        if followed {
            let (status, body) = (answer.status().as_u16(), answer.body().bytes());
            show(
                now,
                &what.join(" "),
                call.body(),
                status,
                body.unwrap_or_default(),
            );
        }
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(seed: u64) -> Self {
        Self {
            buckets: Buckets::default(),
            queues: Queues::default(),
            faults: CloudFaults::default(),
            dice: Dice::new(seed),
            met: BTreeMap::new(),
        }
    }

    fn answer(&mut self, call: &Call<'_>, now: Timestamp) -> HttpResponse {
        let (service, fate) = if call.is_sqs() {
            ("SQS", self.dice.sqs(&self.faults))
        } else {
            ("S3", self.dice.s3(&self.faults))
        };
        match (service, fate) {
            ("S3", Fate::Busy) => self.note("S3 503"),
            ("S3", Fate::AnswerLost) => self.note("S3 answer lost"),
            (_, Fate::Busy) => self.note("SQS 503"),
            (_, Fate::AnswerLost) => self.note("SQS answer lost"),
            (_, Fate::Answered) => {}
        }
        if fate == Fate::Busy {
            return call.busy();
        }
        let answer = if call.is_sqs() {
            let refused = self.faults.entry_refused;
            let mut struck = 0;
            let dice = &mut self.dice;
            let answer = sqs::answer(&mut self.queues, call, now, &mut || {
                let strikes = dice.strikes(refused);
                struck += u64::from(strikes);
                strikes
            });
            if struck > 0 {
                *self.met.entry("SQS batch in part").or_default() += struck;
            }
            answer
        } else {
            self.buckets.answer(call)
        };
        if fate == Fate::AnswerLost {
            return call.busy();
        }
        answer
    }

    fn note(&mut self, fault: &'static str) {
        *self.met.entry(fault).or_default() += 1;
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let now = self.0.clock.tick(CALL_MS);
        let silent = self.is_silent();
        let answer = (!silent).then(|| self.answer(&Call::read(&request), now));
        let calls = self.0.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match answer {
            Some(answer) if calls < self.0.last_call.load(Ordering::Relaxed) => {
                let on_its_way = self.state().dice.time_under_way();
                HttpConnectorFuture::new(async move {
                    tokio::time::sleep(on_its_way).await;
                    Ok(answer)
                })
            }
            _ => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}
