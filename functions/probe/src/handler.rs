//! All establishments, one after the other: one whose credentials fail keeps no other from being looked at.

use std::sync::Arc;

use archive::{BucketStore, keys};
use aws_config::SdkConfig;
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Clock, Deadline, Failure, Invocation, Metrics, chain,
    config::{ConfigStore, Document, Establishment},
};
use portal::Portal;
use serde::{Deserialize, Serialize};

use crate::{
    config::Settings,
    examination::{Examination, Verdict, examine},
    result::ProbeResult,
};

/// What an invocation may ask for. The schedule sends `{}`; a person may send more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProbeRequest {
    /// Only this establishment.
    pub siret: Option<String>,
}

/// What was found, for the person who invoked it by hand.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeReport {
    /// One entry for each establishment.
    pub probes: Vec<ProbeResult>,
}

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    config: ConfigStore,
    portal: Portal,
    state: BucketStore,
    clock: Clock,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            state: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.state_bucket),
            clock: Clock::of(sdk),
        })
    }
}

/// Looks at every establishment that fetches or pushes, keeps each result, and counts.
///
/// # Errors
/// A result could not be kept: what is shown of an establishment would be of another day.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<ProbeRequest>,
) -> Result<ProbeReport, Failure> {
    let document = deps.config.current().await;
    let metrics = &invocation.metrics;
    metrics.count("ProbeFailures", 0);
    metrics.count("ProbeUnreachable", 0);
    let wanted = |e: &&Establishment| match &invocation.payload.siret {
        Some(siret) => *siret == e.siret,
        None => e.fetch || e.push,
    };
    let mut probes = Vec::new();
    let mut least: Option<u64> = None;
    for establishment in document.establishments.iter().filter(wanted) {
        let now = deps.clock.now();
        let examination = look(deps, &document, establishment, invocation.deadline, now).await;
        let result = ProbeResult::of(&establishment.siret, examination, now);
        count(metrics, &result);
        if let Some(days) = result.days_left {
            let days = u64::try_from(days).unwrap_or(0);
            least = Some(least.map_or(days, |least| least.min(days)));
        }
        keep(&deps.state, &result)
            .await
            .map_err(|error| Failure::new("ResultNotKept", error))?;
        probes.push(result);
    }
    if let Some(days) = least {
        metrics.gauge("PasswordDaysLeft", days);
    }
    Ok(ProbeReport { probes })
}

async fn look(
    deps: &Deps,
    document: &Arc<Document>,
    establishment: &Establishment,
    deadline: Deadline,
    now: Timestamp,
) -> Examination {
    match deps.portal.account(document, establishment, deadline) {
        // Boxed: the compiler follows a chain of futures only so deep.
        Ok(account) => Box::pin(examine(&account, establishment, now)).await,
        Err(error) => Examination::impossible(&error),
    }
}

/// An outage of the portal is no fault of the credentials: it is counted apart, and `poll` raises its own alarm.
fn count(metrics: &Metrics, result: &ProbeResult) {
    let ProbeResult {
        siret,
        verdict,
        days_left,
        ..
    } = result;
    let end = result.steps.last().map(|step| step.detail.as_str());
    match verdict {
        Verdict::Well => {
            tracing::info!(
                event = "probe.well",
                siret,
                daysLeft = days_left,
                "the way to Chorus Pro is open"
            );
        }
        Verdict::Unreachable => {
            metrics.count("ProbeUnreachable", 1);
            tracing::warn!(
                event = "probe.unreachable",
                siret,
                error = end,
                "Chorus Pro does not answer: the credentials could not be looked at"
            );
        }
        _ => {
            metrics.count("ProbeFailures", 1);
            tracing::error!(
                event = "probe.failed",
                siret,
                verdict = ?verdict,
                error = end,
                action = result.action,
                "the establishment's credentials do not open the way to Chorus Pro"
            );
        }
    }
}

async fn keep(state: &BucketStore, result: &ProbeResult) -> Result<(), BoxError> {
    let key = keys::probe(&result.siret)?;
    state.put_json(&key, result).await.inspect_err(|error| {
        tracing::error!(
            event = "probe.not_kept",
            error = chain(error),
            "a result was not kept"
        );
    })?;
    Ok(())
}
