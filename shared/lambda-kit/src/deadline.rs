//! The moment by which an invocation must have answered.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;

/// The longest that Lambda lets a function run.
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

/// What is assumed when the platform says nothing of a deadline (a context made by hand).
const UNSAID: Duration = Duration::from_secs(60);

/// Milliseconds since 1970 below which a deadline cannot be a date (it would be before March 1973).
const RELATIVE_BELOW_MS: u64 = 100_000_000_000;

/// The moment by which an invocation must have answered, on the monotonic clock: a jump of the wall clock does not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline that comes with an invocation.
    ///
    /// Lambda gives milliseconds since 1970. `cargo lambda watch` gives milliseconds from the present: a date before 1973 is
    /// read so. Zero means that nothing was said: one minute. Nothing is further away than a function may run, 15 minutes.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::after(time_left(context.deadline, since_1970))
    }

    /// The deadline that is `duration` away.
    #[must_use]
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration.min(LONGEST_INVOCATION))
    }

    /// The same deadline, `margin` earlier: what must be over by then, so that something is left for the answer.
    #[must_use]
    pub fn less(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or_else(Instant::now))
    }

    /// The time that is left, zero once the deadline has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the deadline has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    /// The deadline on the monotonic clock.
    #[must_use]
    pub fn instant(self) -> std::time::Instant {
        self.0.into_std()
    }

    /// The deadline on tokio's clock, which a test can hold still.
    pub(crate) fn tokio_instant(self) -> Instant {
        self.0
    }
}

fn time_left(deadline_ms: u64, since_1970: Duration) -> Duration {
    let stated = Duration::from_millis(deadline_ms);
    let left = if deadline_ms == 0 {
        UNSAID
    } else if deadline_ms < RELATIVE_BELOW_MS {
        stated
    } else {
        stated.saturating_sub(since_1970)
    };
    left.min(LONGEST_INVOCATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_000_000);

    fn left(deadline_ms: u64) -> Duration {
        time_left(deadline_ms, NOW)
    }

    #[test]
    fn an_absolute_deadline_is_counted_from_the_present() {
        assert_eq!(left(1_795_000_030_000), Duration::from_secs(30));
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_nothing() {
        assert_eq!(left(1_794_999_999_000), Duration::ZERO);
    }

    #[test]
    fn a_relative_deadline_is_taken_as_the_time_left() {
        assert_eq!(left(600_000), Duration::from_secs(600));
    }

    #[test]
    fn no_deadline_leaves_one_minute() {
        assert_eq!(left(0), Duration::from_secs(60));
    }

    #[test]
    fn nothing_is_further_than_a_function_may_run() {
        assert_eq!(left(9_999_999_999_999), LONGEST_INVOCATION);
        assert_eq!(left(u64::MAX), LONGEST_INVOCATION);
    }

    #[test]
    fn a_margin_larger_than_the_time_left_means_that_it_has_passed() {
        let deadline = Deadline::after(Duration::from_secs(5));
        assert!(!deadline.has_passed());
        assert!(deadline.less(Duration::from_secs(6)).has_passed());
    }
}
