//! A portal, an S3 bucket and an SQS queue on this machine, and `poll` between them: its real handler, with real clients.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use archive::keys;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chorus_pro_sim::{Deposit, Options, Running};
use jiff::Timestamp;
use lambda_kit::{Deadline, Environment, Invocation};
use messages::InvoiceJob;
use relais_poll::{
    config::Settings,
    cursor::Cursor,
    handler::{self, Deps, PollReport, PollRequest},
};
use serde_json::{Value, json};

pub(crate) const MAIRIE: &str = "00000000013456";
pub(crate) const NOW: &str = "2026-11-23T09:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What AWS holds.
#[derive(Debug, Default)]
pub(crate) struct Aws {
    objects: Mutex<BTreeMap<String, (Bytes, String)>>,
    jobs: Mutex<Vec<InvoiceJob>>,
    /// What the queue says of its depth.
    pub(crate) depth: AtomicU64,
    writes: AtomicU64,
}

impl Aws {
    /// The jobs queued since the last look.
    pub(crate) fn take_jobs(&self) -> Vec<InvoiceJob> {
        std::mem::take(&mut self.jobs.lock().unwrap())
    }

    pub(crate) fn cursor(&self, list: &str) -> Option<Cursor> {
        let key = format!("state/{}", keys::cursor(MAIRIE, list).unwrap());
        let held = self.objects().get(&key).cloned();
        held.map(|(bytes, _)| serde_json::from_slice(&bytes).unwrap())
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, (Bytes, String)>> {
        self.objects.lock().unwrap()
    }
}

async fn read(State(aws): State<Arc<Aws>>, Path(key): Path<String>) -> Response {
    match aws.objects().get(&key) {
        Some((bytes, etag)) => ([(header::ETAG, etag.clone())], bytes.clone()).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>",
        )
            .into_response(),
    }
}

async fn write(
    State(aws): State<Arc<Aws>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut objects = aws.objects();
    let held = objects.get(&key).map(|(_, etag)| etag.as_str());
    let expected = headers.get(header::IF_MATCH).map(|v| v.to_str().unwrap());
    let only_new = headers.contains_key(header::IF_NONE_MATCH);
    if (only_new && held.is_some()) || (expected.is_some() && expected != held) {
        let error = "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>";
        return (StatusCode::PRECONDITION_FAILED, error).into_response();
    }
    let etag = format!("\"{}\"", aws.writes.fetch_add(1, Ordering::Relaxed));
    objects.insert(key, (body, etag.clone()));
    [(header::ETAG, etag)].into_response()
}

async fn sqs(State(aws): State<Arc<Aws>>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let answer = match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSQS.SendMessageBatch" => {
            let mut taken = Vec::new();
            for entry in request["Entries"].as_array().unwrap() {
                let event: Value =
                    serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
                let job = serde_json::from_value(event["data"].clone()).unwrap();
                aws.jobs.lock().unwrap().push(job);
                taken.push(json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""}));
            }
            json!({"Successful": taken, "Failed": []})
        }
        "AmazonSQS.GetQueueAttributes" => {
            let depth = aws.depth.load(Ordering::Relaxed).to_string();
            json!({"Attributes": {"ApproximateNumberOfMessages": depth, "ApproximateNumberOfMessagesNotVisible": "0"}})
        }
        other => panic!("poll asks SQS for {other}"),
    };
    axum::Json(answer).into_response()
}

/// Our clock: it stands, unless a test moves it on.
#[derive(Clone, Debug, Default)]
struct OurClock {
    minutes_since: Arc<AtomicU64>,
}

impl TimeSource for OurClock {
    fn now(&self) -> SystemTime {
        let minutes = self.minutes_since.load(Ordering::Relaxed);
        SystemTime::from(at(NOW)) + Duration::from_secs(60 * minutes)
    }
}

/// All of it, with `poll` as its process keeps it between invocations.
pub(crate) struct Stand {
    pub(crate) portal: Running,
    pub(crate) aws: Arc<Aws>,
    clock: OurClock,
    deps: Deps,
}

impl Stand {
    /// One establishment, the mairie; `more` goes into its configuration.
    pub(crate) async fn with(more: Value) -> Self {
        let portal = chorus_pro_sim::start(Options {
            now: Some(at(NOW)),
            ..Options::default()
        })
        .await
        .unwrap();
        let aws = Arc::new(Aws::default());
        let app = Router::new()
            .route("/{*key}", get(read).put(write))
            .route("/", post(sqs))
            .with_state(aws.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let clock = OurClock::default();
        let deps = deps(&portal, &endpoint, &clock, more).await;
        Self {
            portal,
            aws,
            clock,
            deps,
        }
    }

    pub(crate) fn minutes_pass(&self, minutes: u64) {
        self.clock
            .minutes_since
            .fetch_add(minutes, Ordering::Relaxed);
    }

    pub(crate) fn deposit(&self, deposit: &Value) -> u64 {
        let mut given = json!({"siret": MAIRIE, "documents": [{}]});
        for (name, value) in deposit.as_object().unwrap() {
            given[name] = value.clone();
        }
        let deposit: Deposit = serde_json::from_value(given).unwrap();
        let invoice = self.portal.simulator().deposit(deposit).unwrap();
        u64::try_from(invoice.id).unwrap()
    }

    /// As many invoices a day as said, on each of so many days before the present, at the hours of the morning.
    pub(crate) fn deposit_daily(&self, days: i64, a_day: i64) {
        for day in 1..=days {
            for one in 0..a_day {
                let hours = 24 * day - 2;
                let when = at(NOW) - jiff::SignedDuration::from_hours(hours)
                    + jiff::SignedDuration::from_secs(one * 60);
                self.deposit(&json!({"typeFacture": "FACTURE", "dateHeureEtatCourant": when}));
            }
        }
    }

    pub(crate) async fn poll(&self) -> PollReport {
        self.poll_within(Duration::from_secs(300)).await
    }

    pub(crate) async fn poll_within(&self, time: Duration) -> PollReport {
        let invocation = Invocation::new(PollRequest::default(), "poll", Deadline::after(time));
        Box::pin(handler::handle(&self.deps, invocation))
            .await
            .unwrap()
    }
}

async fn deps(portal: &Running, endpoint: &str, clock: &OurClock, more: Value) -> Deps {
    let mut document = portal.config();
    let mairie = &mut document["establishments"][0];
    for (name, value) in more.as_object().unwrap() {
        mairie[name] = value.clone();
    }
    document["establishments"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), document.to_string()).unwrap();
    let settings = Settings::read(Environment::of([
        ("RELAIS_CONFIG_FILE", file.path().to_str().unwrap()),
        ("RELAIS_STATE_BUCKET", "state"),
        ("RELAIS_JOBS_QUEUE_URL", &format!("{endpoint}/jobs")),
        ("RELAIS_CALLS_PER_SECOND", "100"),
    ]))
    .unwrap();
    Deps::new(settings, &sdk(endpoint, clock)).await.unwrap()
}

fn sdk(endpoint: &str, clock: &OurClock) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-3"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .time_source(SharedTimeSource::new(clock.clone()))
        .build()
}
