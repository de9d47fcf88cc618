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
use portal::Portal;
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
    /// What was done; absent when it failed.
    #[serde(flatten)]
    pub collected: Option<Collected>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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
        Ok(Self {
            config: ConfigStore::load(settings.config.clone(), sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            state: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.state_bucket.clone()),
            jobs: JobsQueue::new(
                aws_sdk_sqs::Client::new(sdk),
                settings.jobs_queue_url.clone(),
            ),
            clock: Clock::of(sdk),
            settings,
        })
    }

    /// The same, with another way to the portal.
    #[must_use]
    pub fn with_portal(self, portal: Portal) -> Self {
        Self { portal, ..self }
    }
}

/// Collects every establishment whose `fetch` is on.
///
/// # Errors
/// Not one of them could be collected. A failure of some is in the report, the logs and the metric `PollFailures`.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<PollRequest>,
) -> Result<PollReport, Failure> {
    let document = deps.config.current().await;
    let wanted = |e: &&Establishment| {
        e.fetch
            && invocation
                .payload
                .siret
                .as_ref()
                .is_none_or(|siret| *siret == e.siret)
    };
    let mut collections = Vec::new();
    for establishment in document.establishments.iter().filter(wanted) {
        for kind in [
            TypeDemandePaiement::Facture,
            TypeDemandePaiement::FactureTravaux,
        ] {
            let result = collect(deps, &document, establishment, kind.clone(), &invocation).await;
            collections.push(report(establishment, &kind, result, &invocation));
        }
    }
    match collections.iter().find_map(|c| c.error.as_ref()) {
        Some(first) if collections.iter().all(|c| c.error.is_some()) => Err(Failure::new(
            "NothingCollected",
            NothingCollected {
                first: first.clone(),
            },
        )),
        _ => Ok(PollReport { collections }),
    }
}

async fn collect(
    deps: &Deps,
    document: &Arc<Document>,
    establishment: &Establishment,
    kind: TypeDemandePaiement,
    invocation: &Invocation<PollRequest>,
) -> Result<Collected, CollectError> {
    let account = deps
        .portal
        .account(document, establishment, invocation.deadline)?;
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
    collection.run().await
}

fn report(
    establishment: &Establishment,
    kind: &TypeDemandePaiement,
    result: Result<Collected, CollectError>,
    invocation: &Invocation<PollRequest>,
) -> CollectionReport {
    let metrics = &invocation.metrics;
    let (siret, kind) = (establishment.siret.clone(), kind.as_str().to_owned());
    metrics.count("PollFailures", u64::from(result.is_err()));
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
                collected: Some(collected),
                error: None,
            }
        }
        Err(error) => {
            let error = chain(&error);
            tracing::error!(
                event = "poll.failed",
                siret,
                kind,
                error,
                "an establishment was not collected; the next poll tries again"
            );
            CollectionReport {
                siret,
                kind,
                collected: None,
                error: Some(error),
            }
        }
    }
}
