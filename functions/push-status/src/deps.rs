//! What the function works with, built once per process.

use std::sync::{Mutex, PoisonError};

use archive::BucketStore;
use aws_config::SdkConfig;
use invoice::statut::{Statut, Transitions};
use lambda_kit::{BoxError, Clock, config::ConfigStore};
use messages::sqs::{DeadLetterQueue, ErpQueue};
use portal::Portal;

use crate::config::Settings;

/// The configuration, the portal, the archive, the queues, and which transitions are possible.
#[derive(Debug)]
pub struct Deps {
    pub(crate) config: ConfigStore,
    pub(crate) portal: Portal,
    pub(crate) archive: BucketStore,
    pub(crate) erp: ErpQueue,
    pub(crate) dead_letters: DeadLetterQueue,
    pub(crate) clock: Clock,
    /// The table, and what the portal has said of it: asked once per process and status.
    transitions: Mutex<Transitions>,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let queues = aws_sdk_sqs::Client::new(sdk);
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            archive: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.archive_bucket),
            erp: ErpQueue::new(queues.clone(), settings.erp_queue_url),
            dead_letters: DeadLetterQueue::new(queues, settings.dead_letter_queue_url),
            clock: Clock::of(sdk),
            transitions: Mutex::new(Transitions::table()),
        })
    }

    /// The same, with another way to the portal.
    #[must_use]
    pub fn with_portal(self, portal: Portal) -> Self {
        Self { portal, ..self }
    }

    pub(crate) fn transitions(&self) -> Transitions {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn remember(&self, depuis: Statut, possibles: Vec<Statut>) {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retenir(depuis, possibles);
    }
}
