//! The function's settings. Each variable is set by the template and described in the README.

use lambda_kit::{Environment, config::ConfigSource, environment::EnvironmentError};

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the configuration document is.
    pub config: ConfigSource,
    /// The bucket of the results.
    pub state_bucket: String,
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
            state_bucket: env.required("RELAIS_STATE_BUCKET"),
            calls_per_second: env.number("RELAIS_CALLS_PER_SECOND", 5, 1..=100),
        };
        env.finish().map(|()| settings)
    }
}
