//! How long to wait before something is tried again: the one place where back-off is decided.

use std::time::Duration;

/// The first delay, unless said otherwise.
const FIRST: Duration = Duration::from_secs(30);
/// What failed by its own fault waits no longer than this many first delays: 15 minutes.
const LONGEST_AFTER_FAILURE: u32 = 30;
/// What waits for something else waits no longer than this many first delays before it looks again: one hour. A message that waits for
/// ten days is so received some 250 times, well under the queue's limit.
const LONGEST_WAIT: u32 = 120;

/// No outage and no maintenance of the portal lasts as many first delays: 72 hours. A maintenance may take a weekend.
const LONGEST_OUTAGE: u32 = 72 * 120;

/// The rhythm of everything that is tried again: delays begin with the first one and double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    first: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self::beginning_with(FIRST)
    }
}

impl Pace {
    /// A rhythm with this first delay; all others are multiples of it. On AWS it is 30 seconds.
    #[must_use]
    pub const fn beginning_with(first: Duration) -> Self {
        Self { first }
    }

    /// The first delay.
    #[must_use]
    pub const fn first(self) -> Duration {
        self.first
    }

    /// The first delay, doubled `times` times, and `longest` first delays at most.
    #[must_use]
    pub fn doubled(self, times: u32, longest: u32) -> Duration {
        let factor = 2_u32.saturating_pow(times).min(longest);
        self.first.saturating_mul(factor)
    }

    /// Before a message that failed by its own fault is tried again: 30 s, 1, 2, 4, 8, 15 minutes, each jittered by a quarter.
    #[must_use]
    pub fn after_failure(self, failures: u32) -> Duration {
        jittered(self.doubled(failures.saturating_sub(1), LONGEST_AFTER_FAILURE))
    }

    /// Before a message is tried again that failed, nobody knows by whose fault: 30 s, 1, 2 … 60 minutes, each jittered by a quarter.
    #[must_use]
    pub fn after_unclear(self, failures: u32) -> Duration {
        self.waiting(failures, None)
    }

    /// What fails for longer than this does not fail for the sake of an outage.
    #[must_use]
    pub fn longest_outage(self) -> Duration {
        self.first.saturating_mul(LONGEST_OUTAGE)
    }

    /// Before a message that waits for something else is looked at again: 30 s, 1, 2 … 60 minutes by how often it was received, jittered
    /// by a quarter, and not before `at_least`.
    #[must_use]
    pub fn waiting(self, receives: u32, at_least: Option<Duration>) -> Duration {
        let longest = self.first.saturating_mul(LONGEST_WAIT);
        let grown = self.doubled(receives.saturating_sub(1), LONGEST_WAIT);
        match at_least {
            Some(least) if least > grown - grown / 4 => {
                // Messages that wait for the same moment do not all come at once.
                let least = least.min(longest);
                least + up_to(least.max(self.first) / 4)
            }
            _ => jittered(grown),
        }
    }
}

/// A quarter less to a quarter more.
fn jittered(delay: Duration) -> Duration {
    let quarter = delay / 4;
    delay - quarter + up_to(quarter * 2)
}

fn up_to(most: Duration) -> Duration {
    Duration::from_millis(fastrand::u64(
        ..=u64::try_from(most.as_millis()).unwrap_or(u64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(delay: Duration, seconds: u64) -> bool {
        let nominal = Duration::from_secs(seconds);
        (nominal - nominal / 4..=nominal + nominal / 4).contains(&delay)
    }

    #[test]
    fn delays_double_up_to_a_quarter_of_an_hour_for_what_failed() {
        let pace = Pace::default();
        for (failures, seconds) in [(1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (60, 900)] {
            let delay = pace.after_failure(failures);
            assert!(near(delay, seconds), "{failures}: {delay:?}");
        }
    }

    #[test]
    fn delays_double_up_to_an_hour_for_what_waits() {
        let pace = Pace::default();
        for (receives, seconds) in [
            (0, 30),
            (1, 30),
            (2, 60),
            (7, 1_920),
            (8, 3_600),
            (200, 3_600),
        ] {
            let delay = pace.waiting(receives, None);
            assert!(near(delay, seconds), "{receives}: {delay:?}");
        }
    }

    #[test]
    fn an_outage_of_a_weekend_is_outlasted_in_fewer_tries_than_the_queue_allows() {
        let pace = Pace::default();
        assert_eq!(pace.longest_outage(), Duration::from_secs(72 * 3_600));
        let mut passed = Duration::ZERO;
        let tries = (1..).take_while(|failures| {
            passed += pace.after_unclear(*failures);
            passed < pace.longest_outage()
        });
        assert!((60..120).contains(&tries.count()));
    }

    #[test]
    fn what_waits_for_a_moment_does_not_come_before_it_and_not_all_at_once() {
        let moment = Duration::from_secs(240);
        let delays: Vec<Duration> = (0..50)
            .map(|_| Pace::default().waiting(1, Some(moment)))
            .collect();
        assert!(
            delays
                .iter()
                .all(|d| (moment..=moment + moment / 4).contains(d))
        );
        assert!(delays.iter().any(|d| *d != delays[0]));
        let grown = Pace::default().waiting(8, Some(Duration::from_secs(5)));
        assert!(
            near(grown, 3_600),
            "a moment that is near does not shorten what has grown"
        );
        let next_week = Duration::from_secs(7 * 86_400);
        assert!(Pace::default().waiting(1, Some(next_week)) <= Duration::from_secs(4_500));
    }

    #[test]
    fn jitter_spreads_what_failed_together() {
        let delays: Vec<Duration> = (0..50).map(|_| Pace::default().after_failure(1)).collect();
        assert!(delays.iter().any(|d| *d != delays[0]));
    }

    #[test]
    fn another_first_delay_scales_all_of_them() {
        let pace = Pace::beginning_with(Duration::from_secs(1));
        assert!(pace.after_failure(60) <= Duration::from_millis(37_500));
        assert!(pace.waiting(60, None) <= Duration::from_secs(150));
    }
}
