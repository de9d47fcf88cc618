//! The function's settings. Each variable is set by the template and described in the README.

use std::time::Duration;

use jiff::SignedDuration;
use lambda_kit::{Environment, Pace, config::ConfigSource, environment::EnvironmentError};

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the configuration document is.
    pub config: ConfigSource,
    /// The bucket of the cursors.
    pub state_bucket: String,
    /// The queue that the jobs go to.
    pub jobs_queue_url: String,
    /// How far behind the cursor each search begins: what the portal lists late by less than this is still seen.
    pub overlap: SignedDuration,
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
            state_bucket: env.required("RELAIS_STATE_BUCKET"),
            jobs_queue_url: env.url("RELAIS_JOBS_QUEUE_URL"),
            overlap: SignedDuration::from_mins(i64::from(env.number(
                "RELAIS_OVERLAP_MINUTES",
                60,
                1..=10_080,
            ))),
            calls_per_second: env.number("RELAIS_CALLS_PER_SECOND", 5, 1..=100),
            pace: Pace::beginning_with(Duration::from_secs(
                env.number("RELAIS_BACKOFF_SECONDS", 30, 1..=300).into(),
            )),
        };
        env.finish().map(|()| settings)
    }
}
