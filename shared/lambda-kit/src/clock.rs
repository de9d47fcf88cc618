//! What time it is.

use std::{fmt, sync::Arc};

use aws_config::SdkConfig;
use jiff::Timestamp;

/// The wall clock: the machine's, unless the settings of the AWS clients carry another time source.
///
/// A month is rehearsed in seconds by giving both the functions and the clients the same made-up time. What must not follow a wall clock
/// that jumps ([`Deadline`](crate::Deadline)) does not use it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the AWS clients.
    #[must_use]
    pub fn of(sdk: &SdkConfig) -> Self {
        let Some(source) = sdk.time_source() else {
            return Self::by(Timestamp::now);
        };
        Self::by(move || Timestamp::try_from(source.now()).unwrap_or_else(|_| Timestamp::now()))
    }

    /// A clock that shows what `now` says.
    #[must_use]
    pub fn by(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_time_source_of_the_clients_is_the_time_of_the_functions() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let sdk = SdkConfig::builder()
            .time_source(aws_smithy_async::time::StaticTimeSource::new(then))
            .build();
        assert_eq!(Clock::of(&sdk).now().as_second(), 1_800_000_000);
    }
}
