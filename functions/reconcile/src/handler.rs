//! All establishments, one after the other, each for itself: one that fails holds up no other.

use std::sync::Arc;

use jiff::civil::Date;
use lambda_kit::{
    Failure, Invocation, Metrics, chain,
    config::{Document, Establishment},
};
use portal::{Closed, Use, gate::Reason};
use serde::{Deserialize, Serialize};

use crate::{
    deps::Deps,
    findings::Findings,
    month::Days,
    night::{self, Outcome, ReconcileError, Reconciliation},
    report::{Report, Requeued},
};

/// What an invocation may ask for. The schedule sends `{}`; a person may send more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReconcileRequest {
    /// Only this establishment.
    pub siret: Option<String>,
    /// Compare what was deposited from this day on, instead of what is due tonight.
    pub from: Option<Date>,
    /// The last day of deposits to compare; today when only the first is given.
    pub to: Option<Date>,
    /// Queue nothing and store nothing. What is asked for by days is a dry run unless this says `false`.
    pub dry_run: Option<bool>,
}

/// What a run did, for the person who invoked it by hand.
#[derive(Clone, Debug, Serialize)]
pub struct ReconcileAnswer {
    /// One entry for each establishment that had something due.
    pub establishments: Vec<EstablishmentAnswer>,
}

/// What became of one establishment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EstablishmentAnswer {
    /// The establishment.
    pub siret: String,
    /// Whether both sides agree on all that was compared today.
    pub green: bool,
    /// Months that this run compared.
    pub proven: u64,
    /// What this run found.
    pub findings: Findings,
    /// What this run queued.
    pub requeued: Requeued,
    /// No call to the portal may be made now: a switch is off, or a circuit breaker is open.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// Why it failed, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The whole report, for who asked for one establishment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<Report>>,
}

/// An establishment was not compared, or not to the end.
#[derive(Debug, thiserror::Error)]
enum NotCompared {
    /// Its switch `fetch` is off, or a circuit breaker is open: it waits.
    #[error("no call may be made now")]
    Closed(#[from] Closed),
    #[error(transparent)]
    Failed(#[from] ReconcileError),
}

/// No establishment could be compared.
#[derive(Debug, thiserror::Error)]
#[error("no establishment could be compared with Chorus Pro; the first error: {first}")]
struct NothingProven {
    first: String,
}

/// The request cannot be answered as it is.
#[derive(Debug, thiserror::Error)]
enum BadRequest {
    #[error("the first day, {from}, comes after the last, {to}")]
    Backwards { from: Date, to: Date },
    #[error("no establishment with SIRET {0} is in the configuration: nothing was compared")]
    Unknown(String),
}

/// Compares every establishment whose switch `fetch` is on and whose breaker is closed.
///
/// # Errors
/// Not one of them could be compared, or the request makes no sense. A failure of some is in their reports, the logs and the metric
/// `ReconcileFailures`.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<ReconcileRequest>,
) -> Result<ReconcileAnswer, Failure> {
    deps.portal.renew();
    let document = deps.config.current().await;
    let asked = &invocation.payload;
    let days = days(deps, asked)?;
    let dry_run = asked.dry_run.unwrap_or(days.is_some());
    let wanted: Vec<&Establishment> = document
        .establishments
        .iter()
        .filter(|e| asked.siret.as_ref().is_none_or(|siret| *siret == e.siret))
        .collect();
    if let (Some(siret), true) = (&asked.siret, wanted.is_empty()) {
        return Err(Failure::new(
            "BadRequest",
            BadRequest::Unknown(siret.clone()),
        ));
    }
    let metrics = &invocation.metrics;
    // An alarm on silence has to see the metric before anything is proven.
    metrics.count("ReconcileProven", 0);
    let mut room = deps.settings.max_queued;
    let mut establishments = Vec::new();
    for establishment in wanted {
        let result = reconcile(
            deps,
            &document,
            establishment,
            days,
            dry_run,
            room,
            &invocation,
        )
        .await;
        let of_the_night = days.is_none() && !dry_run;
        let answer = match result {
            Ok(None) => continue,
            Ok(Some(outcome)) => {
                room =
                    room.saturating_sub(usize::try_from(outcome.requeued.total()).unwrap_or(room));
                if of_the_night {
                    count(metrics, &outcome);
                }
                told(establishment, outcome, asked.siret.is_some())
            }
            // Neither a success nor a failure: what is not proven tonight is due tomorrow, and an alarm counts the silence.
            Err(NotCompared::Closed(closed)) => waits(establishment, &closed),
            Err(NotCompared::Failed(error)) => {
                failed(deps, metrics, establishment, &error, of_the_night).await
            }
        };
        establishments.push(answer);
    }
    deps.portal.settle(metrics).await;
    let failed = |e: &EstablishmentAnswer| e.error.is_some() && !e.waits;
    let first = establishments.iter().find(|e| failed(e));
    match first.and_then(|e| e.error.clone()) {
        Some(first) if establishments.iter().all(failed) => {
            Err(Failure::new("NothingProven", NothingProven { first }))
        }
        _ => Ok(ReconcileAnswer { establishments }),
    }
}

fn days(deps: &Deps, asked: &ReconcileRequest) -> Result<Option<Days>, Failure> {
    if asked.from.is_none() && asked.to.is_none() {
        return Ok(None);
    }
    let to = asked
        .to
        .unwrap_or_else(|| night::night_of(deps.clock.now()));
    let from = asked.from.unwrap_or(to);
    if from > to {
        let error = BadRequest::Backwards { from, to };
        return Err(Failure::new("BadRequest", error));
    }
    Ok(Some(Days { from, to }))
}

async fn reconcile(
    deps: &Deps,
    document: &Arc<Document>,
    establishment: &Establishment,
    days: Option<Days>,
    dry_run: bool,
    room: usize,
    invocation: &Invocation<ReconcileRequest>,
) -> Result<Option<Outcome>, NotCompared> {
    let account = deps
        .portal
        .account(document, establishment, invocation.deadline)
        .map_err(ReconcileError::from)?;
    deps.portal.admit(establishment, Use::Fetch).await?;
    let reconciliation = Reconciliation {
        establishment,
        account: &account,
        archive: &deps.archive,
        state: &deps.state,
        jobs: &deps.jobs,
        patience: deps.settings.patience,
        retention_months: deps.settings.retention_months,
        max_queued: room,
        deadline: invocation.deadline,
        clock: &deps.clock,
    };
    // Boxed: the compiler follows a chain of futures only so deep.
    Ok(match days {
        None => Box::pin(reconciliation.night(dry_run)).await?,
        Some(days) => Some(Box::pin(reconciliation.days(days, dry_run)).await?),
    })
}

fn count(metrics: &Metrics, outcome: &Outcome) {
    let Findings {
        missing,
        behind,
        unannounced,
        without_documents,
        on_portal_no_more,
        ..
    } = outcome.findings;
    metrics.count("ReconcileProven", outcome.proven);
    metrics.count("ReconcileMissing", missing);
    metrics.count("ReconcileBehind", behind);
    metrics.count("ReconcileUnannounced", unannounced);
    metrics.count("ReconcileWithoutDocuments", without_documents);
    metrics.count("ReconcileOnPortalNoMore", on_portal_no_more);
    metrics.count("ReconcileRequeued", outcome.requeued.total());
    metrics.count("ReconcileNotGreen", u64::from(outcome.newly_not_green));
    metrics.count("ReconcileFailures", 0);
}

fn told(establishment: &Establishment, outcome: Outcome, whole: bool) -> EstablishmentAnswer {
    let Outcome {
        report,
        proven,
        findings,
        requeued,
        ..
    } = outcome;
    tracing::info!(
        event = "reconcile.compared",
        siret = establishment.siret,
        green = report.green,
        dryRun = report.dry_run,
        proven,
        due = report.due.len(),
        missing = findings.missing,
        behind = findings.behind,
        unannounced = findings.unannounced,
        withoutDocuments = findings.without_documents,
        onPortalNoMore = findings.on_portal_no_more,
        requeued = requeued.total(),
        "an establishment was compared with Chorus Pro"
    );
    EstablishmentAnswer {
        siret: establishment.siret.clone(),
        green: report.green,
        proven,
        findings,
        requeued,
        waits: false,
        error: None,
        report: whole.then(|| Box::new(report)),
    }
}

async fn failed(
    deps: &Deps,
    metrics: &Metrics,
    establishment: &Establishment,
    error: &ReconcileError,
    of_the_night: bool,
) -> EstablishmentAnswer {
    let siret = &establishment.siret;
    let error = chain(error);
    tracing::error!(
        event = "reconcile.failed",
        siret,
        error,
        "an establishment was not compared with Chorus Pro; the next run tries again"
    );
    if of_the_night {
        metrics.count("ReconcileFailures", 1);
        match night::note_failure(&deps.state, siret, &error, deps.clock.now()).await {
            Ok(newly) => metrics.count("ReconcileNotGreen", u64::from(newly)),
            Err(not_noted) => tracing::error!(
                event = "reconcile.failure_not_noted",
                siret,
                error = chain(&not_noted),
                "the report of the day does not tell of the failure"
            ),
        }
    }
    not_compared(establishment, error, false)
}

fn waits(establishment: &Establishment, closed: &Closed) -> EstablishmentAnswer {
    let why = chain(closed);
    tracing::info!(
        event = "reconcile.skipped",
        siret = establishment.siret,
        off = matches!(closed.reason, Reason::Off { .. }),
        why,
        "an establishment waits: it is compared when calls to the portal may be made"
    );
    not_compared(establishment, why, true)
}

fn not_compared(establishment: &Establishment, why: String, waits: bool) -> EstablishmentAnswer {
    EstablishmentAnswer {
        siret: establishment.siret.clone(),
        green: false,
        proven: 0,
        findings: Findings::default(),
        requeued: Requeued::default(),
        waits,
        error: Some(why),
        report: None,
    }
}
