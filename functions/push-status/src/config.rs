//! The function's settings. Each variable is set by the template and described in the README.

use lambda_kit::{Environment, config::ConfigSource, environment::EnvironmentError};

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the configuration document is.
    pub config: ConfigSource,
    /// The bucket of the invoices, where each command leaves its fact.
    pub archive_bucket: String,
    /// The queue that the outcomes go to.
    pub erp_queue_url: String,
    /// Where a command that nobody can be answered about is put, with the reason.
    pub dead_letter_queue_url: String,
    /// Calls to Chorus Pro a second, at most, of this process.
    pub calls_per_second: u32,
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
            erp_queue_url: env.url("RELAIS_ERP_QUEUE_URL"),
            dead_letter_queue_url: env.url("RELAIS_STATUS_DLQ_URL"),
            calls_per_second: env.number("RELAIS_CALLS_PER_SECOND", 5, 1..=100),
        };
        env.finish().map(|()| settings)
    }
}
