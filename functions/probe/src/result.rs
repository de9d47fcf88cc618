//! What is kept of a probe in the state bucket: `probes/{siret}.json`, the last one of each establishment.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    advice::advice,
    examination::{Examination, Step, Verdict},
};

/// Version of [`ProbeResult`].
const VERSION: u32 = 1;

/// What the last probe said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeResult {
    /// The format of this object.
    pub version: u32,
    /// The establishment.
    pub siret: String,
    /// When it was probed.
    pub at: Timestamp,
    /// Where the way to Chorus Pro ends.
    pub verdict: Verdict,
    /// What to do, in French; absent when there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The day the technical account's password ends, when the portal says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_expires: Option<Date>,
    /// Days to that day at the moment of the probe; negative once it has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i32>,
    /// The steps that were made.
    pub steps: Vec<Step>,
}

impl ProbeResult {
    /// The result of an examination.
    #[must_use]
    pub fn of(siret: &str, examination: Examination, at: Timestamp) -> Self {
        Self {
            version: VERSION,
            siret: siret.to_owned(),
            at,
            verdict: examination.verdict(),
            action: advice(&examination),
            password_expires: examination.password_expires,
            days_left: examination.days_left,
            steps: examination.steps,
        }
    }
}
