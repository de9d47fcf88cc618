//! All establishments, one after the other, each for itself: one that fails holds up no other.

use std::sync::Arc;

use archive::BucketStore;
use aws_config::SdkConfig;
use chorus_pro::TypeDemandePaiement;
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Clock, Failure, Invocation, chain,
    config::{ConfigStore, Document, Establishment},
};
use messages::sqs::JobsQueue;
use portal::{Closed, Gate, Portal, Use, gate::Reason};
use serde::{Deserialize, Serialize};

use crate::{
    collect::{CollectError, Collected, Collection},
    config::Settings,
};

/// What an invocation may ask for. The schedule sends `{}`; a person may send more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PollRequest {
    /// Only this establishment.
    pub siret: Option<String>,
    /// Queue again everything that changed from here on; the cursors stay where they are.
    pub since: Option<Timestamp>,
}

/// What a poll did, for the person who invoked it by hand.
#[derive(Clone, Debug, Serialize)]
pub struct PollReport {
    /// One entry for each establishment and kind.
    pub collections: Vec<CollectionReport>,
}

/// What became of one establishment and kind.
#[derive(Clone, Debug, Serialize)]
pub struct CollectionReport {
    /// The establishment.
    pub siret: String,
    /// FACTURE or FACTURE_TRAVAUX.
    pub kind: String,
    /// How it ended.
    pub state: CollectionState,
    /// What was done; absent when it was not collected.
    #[serde(flatten)]
    pub collected: Option<Collected>,
    /// Why it was not collected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How a collection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionState {
    /// It was collected.
    Collected,
    /// It failed.
    Failed,
    /// It waits until calls to the portal are made again: a circuit breaker is open. The cursor stays.
    Waiting,
    /// Its switch `fetch` is off. The cursor stays.
    Off,
}

/// No establishment could be collected.
#[derive(Debug, thiserror::Error)]
#[error("no establishment could be collected; the first error: {first}")]
struct NothingCollected {
    first: String,
}

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    settings: Settings,
    config: ConfigStore,
    portal: Portal,
    gate: Arc<Gate>,
    state: BucketStore,
    jobs: JobsQueue,
    clock: Clock,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let clock = Clock::of(sdk);
        let objects = aws_sdk_s3::Client::new(sdk);
        let state = BucketStore::new(objects, settings.state_bucket.clone());
        let gate = Arc::new(Gate::new(state.clone(), clock.clone()).with_pace(settings.pace));
        Ok(Self {
            config: ConfigStore::load(settings.config.clone(), sdk).await?,
            portal: Portal::new(settings.calls_per_second).with_gate(gate.clone()),
            gate,
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

/// Collects every establishment whose `fetch` is on and whose breaker is closed.
///
/// # Errors
/// Not one of them could be collected, and not because the portal is down. A failure of some is in the report, the logs and the metric
/// `PollFailures`.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<PollRequest>,
) -> Result<PollReport, Failure> {
    deps.portal.renew();
    let document = deps.config.current().await;
    let wanted = |e: &&Establishment| {
        let siret = invocation.payload.siret.as_ref();
        siret.is_none_or(|siret| *siret == e.siret)
    };
    let mut collections = Vec::new();
    for establishment in document.establishments.iter().filter(wanted) {
        for kind in [
            TypeDemandePaiement::Facture,
            TypeDemandePaiement::FactureTravaux,
        ] {
            let result = collect(deps, &document, establishment, kind.clone(), &invocation).await;
            let waits = deps.portal.is_closed_for(establishment);
            collections.push(report(establishment, &kind, result, waits, &invocation));
        }
    }
    deps.portal.settle(&invocation.metrics).await;
    let open = deps.portal.open_breakers();
    invocation.metrics.gauge("BreakerOpen", open);
    let is = |state| move |c: &&CollectionReport| c.state == state;
    let failed = collections.iter().find(is(CollectionState::Failed));
    match failed.and_then(|failed| failed.error.clone()) {
        Some(first)
            if !collections
                .iter()
                .any(|c| is(CollectionState::Collected)(&c)) =>
        {
            Err(Failure::new("NothingCollected", NothingCollected { first }))
        }
        _ => Ok(PollReport { collections }),
    }
}

async fn collect(
    deps: &Deps,
    document: &Arc<Document>,
    establishment: &Establishment,
    kind: TypeDemandePaiement,
    invocation: &Invocation<PollRequest>,
) -> Result<Collected, NotCollected> {
    let account = deps
        .portal
        .account(document, establishment, invocation.deadline)
        .map_err(CollectError::from)?;
    deps.portal.admit(establishment, Use::List).await?;
    let collection = Collection {
        establishment,
        kind,
        account: &account,
        state: &deps.state,
        jobs: &deps.jobs,
        overlap: deps.settings.overlap,
        since: invocation.payload.since,
        deadline: invocation.deadline,
        now: deps.clock.now(),
    };
    Ok(collection.run().await?)
}

/// A collection was not made, or not to its end.
#[derive(Debug, thiserror::Error)]
enum NotCollected {
    #[error("no call may be made now")]
    Closed(#[from] Closed),
    #[error(transparent)]
    Failed(#[from] CollectError),
}

impl NotCollected {
    /// How the collection ended; `waits`: a breaker is open now.
    fn state(&self, waits: bool) -> CollectionState {
        match self {
            Self::Closed(closed) => match closed.reason {
                Reason::Off { .. } => CollectionState::Off,
                Reason::Open(_) => CollectionState::Waiting,
            },
            Self::Failed(CollectError::Portal(_)) if waits => CollectionState::Waiting,
            Self::Failed(_) => CollectionState::Failed,
        }
    }
}

fn report(
    establishment: &Establishment,
    kind: &TypeDemandePaiement,
    result: Result<Collected, NotCollected>,
    waits: bool,
    invocation: &Invocation<PollRequest>,
) -> CollectionReport {
    let metrics = &invocation.metrics;
    let (siret, kind) = (establishment.siret.clone(), kind.as_str().to_owned());
    let state = match &result {
        Ok(_) => CollectionState::Collected,
        Err(error) => error.state(waits),
    };
    let skipped = matches!(state, CollectionState::Waiting | CollectionState::Off);
    metrics.count("PollFailures", u64::from(state == CollectionState::Failed));
    metrics.count("PollSkipped", u64::from(skipped));
    match result {
        Ok(collected) => {
            metrics.count("PollSuccesses", 1);
            metrics.count("InvoicesListed", collected.listed);
            metrics.count("JobsQueued", collected.queued);
            metrics.count("Drift", collected.drifted);
            metrics.count("SearchCalls", u64::from(collected.calls));
            tracing::info!(
                event = "poll.collected",
                siret,
                kind,
                listed = collected.listed,
                queued = collected.queued,
                unfinished = collected.unfinished,
                "an establishment was collected"
            );
            CollectionReport {
                siret,
                kind,
                state,
                collected: Some(collected),
                error: None,
            }
        }
        Err(error) => {
            let error = chain(&error);
            if skipped {
                tracing::info!(
                    event = "poll.skipped",
                    siret,
                    kind,
                    error,
                    "an establishment waits; its cursor stays where it is"
                );
            } else {
                tracing::error!(
                    event = "poll.failed",
                    siret,
                    kind,
                    error,
                    "an establishment was not collected; the next poll tries again"
                );
            }
            CollectionReport {
                siret,
                kind,
                state,
                collected: None,
                error: Some(error),
            }
        }
    }
}
