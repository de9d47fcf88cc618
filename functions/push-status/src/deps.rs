//! What the function works with, built once per process.

use std::sync::{Arc, Mutex, PoisonError};

use archive::BucketStore;
use aws_config::SdkConfig;
use dead_letters::{Caretaker, Queue};
use invoice::statut::{Statut, Transitions};
use lambda_kit::{BoxError, Clock, Pace, config::ConfigStore};
use messages::sqs::{DeadLetterQueue, ErpQueue, SourceQueue};
use portal::{Gate, Portal};

use crate::config::Settings;

/// The configuration, the portal and its gate, the buckets, the queues, and which transitions are possible.
#[derive(Debug)]
pub struct Deps {
    pub(crate) config: ConfigStore,
    pub(crate) portal: Portal,
    pub(crate) gate: Arc<Gate>,
    pub(crate) archive: BucketStore,
    pub(crate) pace: Pace,
    pub(crate) erp: ErpQueue,
    pub(crate) caretaker: Caretaker,
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
        let objects = aws_sdk_s3::Client::new(sdk);
        let clock = Clock::of(sdk);
        let state = BucketStore::new(objects.clone(), settings.state_bucket);
        let gate = Arc::new(Gate::new(state.clone(), clock.clone()).with_pace(settings.pace));
        let caretaker = Caretaker {
            queue: Queue::Statuses,
            source: SourceQueue::new(queues.clone(), settings.statuses_queue_url),
            dead_letters: DeadLetterQueue::new(queues.clone(), settings.dead_letter_queue_url),
            state,
            clock: clock.clone(),
        };
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second).with_gate(gate.clone()),
            gate,
            archive: BucketStore::new(objects, settings.archive_bucket),
            pace: settings.pace,
            erp: ErpQueue::new(queues.clone(), settings.erp_queue_url),
            caretaker,
            clock,
            transitions: Mutex::new(Transitions::table()),
        })
    }

    /// The same, with another way to the portal, behind the same gate.
    #[must_use]
    pub fn with_portal(self, portal: Portal) -> Self {
        let portal = portal.with_gate(self.gate.clone());
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
