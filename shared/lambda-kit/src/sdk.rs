//! The settings that every AWS client of a process shares.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

/// To open a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// One attempt, with its answer. An S3 part of 8 MB at 1 MB/s still fits.
const ATTEMPT: Duration = Duration::from_secs(15);
/// A call with all its attempts: below the shortest function time-out, so that it ends as an error that is logged.
const OPERATION: Duration = Duration::from_secs(40);
/// The first attempt and two more.
const ATTEMPTS: u32 = 3;

/// Loads the region, credentials and end points as AWS defines them (environment first), with our own time-outs and retries.
///
/// Once per process, before the first invocation. It calls nothing over the network when credentials are in the environment, as
/// they are on Lambda. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` are honoured, so the same binary runs on other clouds.
///
/// The behaviour version is a date and not "latest": an upgrade of the SDK must not change retries or time-outs by itself.
pub async fn load() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}
