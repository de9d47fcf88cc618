//! The functions of Relais as this process runs them: their settings, and what Lambda would do with a crash.

use std::{path::Path, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::SignedDuration;
use lambda_kit::{BoxError, Deadline, Failure, Invocation, Pace, config::ConfigSource};
use portal::Portal;
use relais_poll::handler::{PollReport, PollRequest};
use relais_reconcile::{
    handler::{ReconcileAnswer, ReconcileRequest},
    verdict::Patience,
};

use super::{
    infrastructure::{ARCHIVE, ERP, JOBS, JOBS_DEAD, STATE, STATUSES, STATUSES_DEAD},
    way::Way,
};
use crate::cloud::Queues;

/// `OverlapMinutes` of the template.
const OVERLAP: SignedDuration = SignedDuration::from_mins(60);

/// No rehearsal waits for the rate limit.
const CALLS_PER_SECOND: u32 = 10_000;

/// The functions, with their clients.
#[derive(Debug)]
pub struct Relais {
    poll: relais_poll::handler::Deps,
    archive: relais_archive::deps::Deps,
    push: relais_push_status::deps::Deps,
    reconcile: relais_reconcile::deps::Deps,
}

impl Relais {
    /// Starts the functions, as a cold start does.
    ///
    /// # Errors
    /// The configuration is not there, or wrong.
    pub(super) async fn start(
        config: &Path,
        sdk: &SdkConfig,
        way: &Arc<Way>,
    ) -> Result<Self, BoxError> {
        let portal = Portal::new(CALLS_PER_SECOND).over(way.clone());
        let source = || ConfigSource::File(config.to_owned());
        let poll = relais_poll::config::Settings {
            config: source(),
            state_bucket: STATE.to_owned(),
            jobs_queue_url: Queues::url(JOBS),
            overlap: OVERLAP,
            calls_per_second: CALLS_PER_SECOND,
            pace: Pace::default(),
        };
        let archive = relais_archive::config::Settings {
            config: source(),
            archive_bucket: ARCHIVE.to_owned(),
            state_bucket: STATE.to_owned(),
            jobs_queue_url: Queues::url(JOBS),
            erp_queue_url: Queues::url(ERP),
            dead_letter_queue_url: Queues::url(JOBS_DEAD),
            calls_per_second: CALLS_PER_SECOND,
            pace: Pace::default(),
        };
        let push = relais_push_status::config::Settings {
            config: source(),
            archive_bucket: ARCHIVE.to_owned(),
            state_bucket: STATE.to_owned(),
            statuses_queue_url: Queues::url(STATUSES),
            erp_queue_url: Queues::url(ERP),
            dead_letter_queue_url: Queues::url(STATUSES_DEAD),
            calls_per_second: CALLS_PER_SECOND,
            pace: Pace::default(),
        };
        let reconcile = relais_reconcile::config::Settings {
            config: source(),
            archive_bucket: ARCHIVE.to_owned(),
            state_bucket: STATE.to_owned(),
            jobs_queue_url: Queues::url(JOBS),
            patience: Patience {
                grace: SignedDuration::from_mins(60),
                overlap: OVERLAP,
            },
            retention_months: 4,
            max_queued: 1_000,
            calls_per_second: CALLS_PER_SECOND,
            pace: Pace::default(),
        };
        Ok(Self {
            poll: relais_poll::handler::Deps::new(poll, sdk)
                .await?
                .with_portal(portal.clone()),
            archive: relais_archive::deps::Deps::new(archive, sdk)
                .await?
                .with_portal(portal.clone()),
            push: relais_push_status::deps::Deps::new(push, sdk)
                .await?
                .with_portal(portal.clone()),
            reconcile: relais_reconcile::deps::Deps::new(reconcile, sdk)
                .await?
                .with_portal(portal.clone()),
        })
    }

    /// One invocation of `poll`.
    ///
    /// # Errors
    /// As the function's.
    pub async fn poll(&self) -> Result<PollReport, Failure> {
        let request = Invocation::new(PollRequest::default(), "poll", deadline());
        Box::pin(relais_poll::handler::handle(&self.poll, request)).await
    }

    /// One invocation of `archive`.
    ///
    /// # Errors
    /// As the function's.
    pub async fn archive(&self, event: SqsEvent) -> Result<SqsBatchResponse, Failure> {
        let request = Invocation::new(event, "archive", deadline());
        Box::pin(relais_archive::handler::handle(&self.archive, request)).await
    }

    /// One invocation of `push-status`.
    ///
    /// # Errors
    /// As the function's.
    pub async fn push(&self, event: SqsEvent) -> Result<SqsBatchResponse, Failure> {
        let request = Invocation::new(event, "push-status", deadline());
        Box::pin(relais_push_status::handler::handle(&self.push, request)).await
    }

    /// One invocation of `reconcile`, as at night.
    ///
    /// # Errors
    /// As the function's.
    pub async fn reconcile(&self) -> Result<ReconcileAnswer, Failure> {
        let request = Invocation::new(ReconcileRequest::default(), "reconcile", deadline());
        Box::pin(relais_reconcile::handler::handle(&self.reconcile, request)).await
    }
}

/// Far away: what a rehearsal cuts off, it cuts off at a call that it has chosen.
fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(600))
}
