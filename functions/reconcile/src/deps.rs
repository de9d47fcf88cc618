//! What the function works with, built once per process.

use std::sync::Arc;

use archive::BucketStore;
use aws_config::SdkConfig;
use lambda_kit::{BoxError, Clock, config::ConfigStore};
use messages::sqs::JobsQueue;
use portal::{Gate, Portal};

use crate::config::Settings;

/// The configuration, the portal, the buckets and the queue.
#[derive(Debug)]
pub struct Deps {
    pub(crate) settings: Settings,
    pub(crate) config: ConfigStore,
    pub(crate) portal: Portal,
    gate: Arc<Gate>,
    pub(crate) archive: BucketStore,
    pub(crate) state: BucketStore,
    pub(crate) jobs: JobsQueue,
    pub(crate) clock: Clock,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let clock = Clock::of(sdk);
        let s3 = aws_sdk_s3::Client::new(sdk);
        let state = BucketStore::new(s3.clone(), settings.state_bucket.clone());
        let gate = Arc::new(Gate::new(state.clone(), clock.clone()).with_pace(settings.pace));
        Ok(Self {
            config: ConfigStore::load(settings.config.clone(), sdk).await?,
            portal: Portal::new(settings.calls_per_second).with_gate(gate.clone()),
            gate,
            archive: BucketStore::new(s3, settings.archive_bucket.clone()),
            state,
            jobs: JobsQueue::new(
                aws_sdk_sqs::Client::new(sdk),
                settings.jobs_queue_url.clone(),
            ),
            clock,
            settings,
        })
    }

    /// The same, with another way to the portal, behind the same gate.
    #[must_use]
    pub fn with_portal(self, portal: Portal) -> Self {
        let portal = portal.with_gate(self.gate.clone());
        Self { portal, ..self }
    }
}
