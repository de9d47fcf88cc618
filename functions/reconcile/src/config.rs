//! The function's settings. Each variable is set by the template and described in the README.

use std::time::Duration;

use jiff::SignedDuration;
use lambda_kit::{Environment, Pace, config::ConfigSource, environment::EnvironmentError};

use crate::verdict::Patience;

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the configuration document is.
    pub config: ConfigSource,
    /// The bucket of the invoices.
    pub archive_bucket: String,
    /// The bucket of the cursors and reports.
    pub state_bucket: String,
    /// The queue that the jobs go to.
    pub jobs_queue_url: String,
    /// How long something may be under way before it is lacking.
    pub patience: Patience,
    /// How far back the portal lists, in months.
    pub retention_months: u32,
    /// Jobs queued by one run, at most.
    pub max_queued: usize,
    /// Calls to Chorus Pro a second, at most, of this process.
    pub calls_per_second: u32,
    /// The rhythm of what is tried again.
    pub pace: Pace,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is missing or wrong, by name.
    pub fn read(mut env: Environment) -> Result<Self, EnvironmentError> {
        let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        let settings = Self {
            config: env.config_source(),
            archive_bucket: env.required("RELAIS_ARCHIVE_BUCKET"),
            state_bucket: env.required("RELAIS_STATE_BUCKET"),
            jobs_queue_url: env.url("RELAIS_JOBS_QUEUE_URL"),
            patience: Patience {
                grace: minutes(env.number("RELAIS_RECONCILE_GRACE_MINUTES", 60, 0..=10_080)),
                overlap: minutes(env.number("RELAIS_OVERLAP_MINUTES", 60, 1..=10_080)),
            },
            retention_months: env.number("RELAIS_RECONCILE_RETENTION_MONTHS", 120, 1..=240),
            max_queued: usize::try_from(env.number(
                "RELAIS_RECONCILE_MAX_QUEUED",
                1_000,
                1..=4_000,
            ))
            .unwrap_or(1_000),
            calls_per_second: env.number("RELAIS_CALLS_PER_SECOND", 5, 1..=100),
            pace: Pace::beginning_with(Duration::from_secs(
                env.number("RELAIS_BACKOFF_SECONDS", 30, 1..=300).into(),
            )),
        };
        env.finish().map(|()| settings)
    }
}
