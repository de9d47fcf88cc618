//! What a poll did: for the person who invoked it, in the logs and in the metrics.

use lambda_kit::{Metrics, chain, config::Establishment};
use listing::PortalList;
use portal::{Closed, gate::Reason};
use serde::Serialize;

use crate::collect::{CollectError, Collected};

/// What a poll did.
#[derive(Clone, Debug, Serialize)]
pub struct PollReport {
    /// One entry for each establishment and list.
    pub collections: Vec<CollectionReport>,
}

/// What became of one list of an establishment.
#[derive(Clone, Debug, Serialize)]
pub struct CollectionReport {
    /// The establishment.
    pub siret: String,
    /// FACTURE, FACTURE_TRAVAUX, or FACTURE_TRAVAUX_MOA and FACTURE_TRAVAUX_MOE for the roles in works contracts.
    pub kind: String,
    /// How it ended.
    pub state: CollectionState,
    /// What was done; absent when it was not collected.
    #[serde(flatten)]
    pub collected: Option<Collected>,
    /// Why it was not collected, or not to its end.
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

/// A collection was not made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCollected {
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

impl CollectionReport {
    /// Reports the present of a list; `waits`: a breaker is open now.
    pub(crate) fn of(
        establishment: &Establishment,
        list: PortalList,
        result: Result<Collected, NotCollected>,
        waits: bool,
        metrics: &Metrics,
    ) -> Self {
        let (siret, kind) = (establishment.siret.clone(), list.name().to_owned());
        let state = match &result {
            Ok(_) => CollectionState::Collected,
            Err(error) => error.state(waits),
        };
        let skipped = matches!(state, CollectionState::Waiting | CollectionState::Off);
        metrics.count("PollFailures", u64::from(state == CollectionState::Failed));
        metrics.count("PollSkipped", u64::from(skipped));
        metrics.count("PollSuccesses", u64::from(result.is_ok()));
        let (collected, error) = match result {
            Ok(collected) => {
                count(&collected, metrics);
                tracing::info!(
                    event = "poll.collected",
                    siret,
                    kind,
                    listed = collected.listed,
                    queued = collected.queued,
                    unfinished = collected.unfinished,
                    backlogDaysLeft = collected.backlog_days_left,
                    "a list of an establishment was collected"
                );
                (Some(collected), None)
            }
            Err(error) if skipped => {
                let error = chain(&error);
                tracing::info!(
                    event = "poll.skipped",
                    siret,
                    kind,
                    error,
                    "a list of an establishment waits; its cursor stays where it is"
                );
                (None, Some(error))
            }
            Err(error) => {
                let error = chain(&error);
                tracing::error!(
                    event = "poll.failed",
                    siret,
                    kind,
                    error,
                    "a list of an establishment was not collected; the next poll tries again"
                );
                (None, Some(error))
            }
        };
        Self {
            siret,
            kind,
            state,
            collected,
            error,
        }
    }

    /// Adds what a slice of the backlog did to what the present did; `waits`: a breaker is open now.
    pub(crate) fn add_slice(
        &mut self,
        result: &Result<Collected, NotCollected>,
        waits: bool,
        metrics: &Metrics,
    ) {
        match result {
            Ok(slice) => {
                count(slice, metrics);
                tracing::info!(
                    event = "poll.backlog",
                    siret = self.siret,
                    kind = self.kind,
                    listed = slice.listed,
                    queued = slice.queued,
                    backlogDaysLeft = slice.backlog_days_left.unwrap_or(0),
                    "a slice of the backlog was collected"
                );
                if let Some(collected) = &mut self.collected {
                    collected.add_slice(slice);
                }
            }
            Err(error) => {
                let failed = error.state(waits) == CollectionState::Failed;
                let error = chain(error);
                metrics.count("PollFailures", u64::from(failed));
                tracing::warn!(
                    event = "poll.backlog_failed",
                    siret = self.siret,
                    kind = self.kind,
                    error,
                    "a slice of the backlog was not collected; the next poll tries again"
                );
                self.error = Some(error);
            }
        }
    }
}

fn count(collected: &Collected, metrics: &Metrics) {
    metrics.count("InvoicesListed", collected.listed);
    metrics.count("JobsQueued", collected.queued);
    metrics.count("Drift", collected.drifted);
    metrics.count("SearchCalls", u64::from(collected.calls));
}
