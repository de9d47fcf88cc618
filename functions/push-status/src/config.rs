//! The function's settings. Each variable is set by the template and described in the README.

use std::time::Duration;

use lambda_kit::{Environment, Pace, config::ConfigSource, environment::EnvironmentError};

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the configuration document is.
    pub config: ConfigSource,
    /// The bucket of the invoices, where each command leaves its fact.
    pub archive_bucket: String,
    /// The bucket of the switches, the breakers, the facts beside dead letters, and how often a command failed.
    pub state_bucket: String,
    /// The queue that the commands come from.
    pub statuses_queue_url: String,
    /// The queue that the outcomes go to.
    pub erp_queue_url: String,
    /// Where a command that nobody can be answered about is put, with the reason.
    pub dead_letter_queue_url: String,
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
        let settings = Self {
            config: env.config_source(),
            archive_bucket: env.required("RELAIS_ARCHIVE_BUCKET"),
            state_bucket: env.required("RELAIS_STATE_BUCKET"),
            statuses_queue_url: env.url("RELAIS_STATUS_QUEUE_URL"),
            erp_queue_url: env.url("RELAIS_ERP_QUEUE_URL"),
            dead_letter_queue_url: env.url("RELAIS_STATUS_DLQ_URL"),
            calls_per_second: env.number("RELAIS_CALLS_PER_SECOND", 5, 1..=100),
            pace: Pace::beginning_with(Duration::from_secs(
                env.number("RELAIS_BACKOFF_SECONDS", 30, 1..=300).into(),
            )),
        };
        env.finish().map(|()| settings)
    }
}
