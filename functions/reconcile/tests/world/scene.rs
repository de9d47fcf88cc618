//! What a reconciliation works with, pointed at a world.

use std::sync::Arc;

use archive::BucketStore;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::StaticTimeSource;
use chorus_pro::Account;
use jiff::{SignedDuration, Timestamp, civil::Date};
use lambda_kit::{Clock, Deadline, config::Document};
use messages::sqs::JobsQueue;
use portal::Portal;
use relais_reconcile::{night::Reconciliation, verdict::Patience};

use super::{ARCHIVE, SIRET, STATE};

pub(crate) struct Scene {
    document: Arc<Document>,
    account: Account,
    archive: BucketStore,
    pub(crate) state: BucketStore,
    jobs: JobsQueue,
    pub(crate) clock: Clock,
    pub(crate) max_queued: usize,
    pub(crate) deadline: Deadline,
}

impl Scene {
    /// An establishment whose invoices are wanted since a day, at a moment.
    pub(crate) fn new(
        url: &str,
        since: Date,
        now: Timestamp,
        calls_per_second: u32,
        deadline: Deadline,
    ) -> Self {
        let document = document(&configuration(url, since, &[]));
        Self::of(document, url, now, calls_per_second, deadline)
    }

    /// One that is maître d'ouvrage or maître d'œuvre of works contracts too.
    pub(crate) fn in_roles(
        url: &str,
        since: Date,
        now: Timestamp,
        roles: &[&str],
        deadline: Deadline,
    ) -> Self {
        let document = document(&configuration(url, since, roles));
        Self::of(document, url, now, 100, deadline)
    }

    fn of(
        document: Document,
        url: &str,
        now: Timestamp,
        calls_per_second: u32,
        deadline: Deadline,
    ) -> Self {
        let document = Arc::new(document);
        let sdk = sdk(url, now);
        let s3 = aws_sdk_s3::Client::new(&sdk);
        let account = Portal::new(calls_per_second)
            .account(&document, &document.establishments[0], deadline)
            .expect("an account");
        Self {
            document,
            account,
            archive: BucketStore::new(s3.clone(), ARCHIVE),
            state: BucketStore::new(s3, STATE),
            jobs: JobsQueue::new(aws_sdk_sqs::Client::new(&sdk), format!("{url}/jobs")),
            clock: Clock::by(move || now),
            max_queued: 1_000,
            deadline,
        }
    }

    pub(crate) fn reconciliation(&self) -> Reconciliation<'_> {
        Reconciliation {
            establishment: &self.document.establishments[0],
            account: &self.account,
            archive: &self.archive,
            state: &self.state,
            jobs: &self.jobs,
            patience: Patience {
                grace: SignedDuration::from_mins(60),
                overlap: SignedDuration::from_mins(60),
            },
            retention_months: 120,
            max_queued: self.max_queued,
            deadline: self.deadline,
            clock: &self.clock,
        }
    }
}

/// The configuration document, as a person writes it.
pub(crate) fn configuration(url: &str, since: Date, roles: &[&str]) -> String {
    format!(
        r#"{{"piste": {{"client_id": "c", "client_secret": "s", "token_url": "{url}/api/oauth/token", "api_url": "{url}"}},
            "establishments": [{{"name": "Mairie d'Exemple", "siret": "{SIRET}", "payment_delay_days": 30, "collect_since": "{since}", "works_roles": {roles:?},
                "technical_account": {{"login": "TECH_1_1@cpro.fr", "password": "p"}}}}]}}"#
    )
}

fn document(configuration: &str) -> Document {
    Document::parse(configuration)
        .expect("a configuration")
        .document
}

/// AWS clients that speak to the world.
pub(crate) fn sdk(url: &str, now: Timestamp) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-3"))
        .endpoint_url(url)
        .time_source(StaticTimeSource::new(now.into()))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "k", "s", None, None, "test",
        )))
        .retry_config(RetryConfig::standard())
        .timeout_config(TimeoutConfig::builder().build())
        .build()
}
