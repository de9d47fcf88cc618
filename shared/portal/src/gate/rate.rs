//! The rate of calls that the gateway's 429 has lowered, for every process.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lambda_kit::Pace;
use serde::{Deserialize, Serialize};

/// However often the gateway says 429, so many calls a minute are made: 0.2 a second.
const LOWEST: u32 = 12;

/// The rate doubles after each of so many first delays without a 429: 10 minutes.
const STEP: u32 = 20;

/// The longest `Retry-After` that holds everybody up, in first delays: one hour.
const LONGEST_PAUSE: u32 = 120;

/// A lowered rate, as it stands in `breakers/portal.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Calls a minute of each process.
    pub calls_per_minute: u32,
    /// It holds until then; it doubles then, and again after each step.
    pub until: Timestamp,
    /// When it was lowered last.
    pub at: Timestamp,
}

fn after(now: Timestamp, delay: Duration) -> Timestamp {
    now.saturating_add(SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

impl Rate {
    /// The rate after a 429: half of what it was. Several 429 in one breath (of other processes, of repetitions) halve it once.
    pub(super) fn lowered(
        before: Option<&Self>,
        configured: u32,
        retry_after: Option<Duration>,
        now: Timestamp,
        pace: Pace,
    ) -> Self {
        let step = pace.first().saturating_mul(STEP);
        let pause = retry_after
            .unwrap_or_default()
            .min(pace.first().saturating_mul(LONGEST_PAUSE));
        let until = after(now, step.max(pause));
        let one_breath = |rate: &&Self| (rate.at..=after(rate.at, pace.first())).contains(&now);
        if let Some(rate) = before.filter(one_breath) {
            return Self {
                until: rate.until.max(until),
                ..rate.clone()
            };
        }
        let current = before
            .and_then(|rate| rate.at(now, configured, pace))
            .unwrap_or(configured);
        Self {
            calls_per_minute: (current / 2).max(LOWEST.min(configured)),
            until,
            at: now,
        }
    }

    /// Calls a minute, now; `None` when the configured rate is reached again.
    pub(super) fn at(&self, now: Timestamp, configured: u32, pace: Pace) -> Option<u32> {
        let step = pace.first().saturating_mul(STEP);
        let longest = step + pace.first().saturating_mul(LONGEST_PAUSE);
        // Set by a clock that has been put back since.
        if self.until > after(now, longest) {
            return None;
        }
        let doublings = match Duration::try_from(now.duration_since(self.until)) {
            Ok(since) if now >= self.until => {
                1 + u32::try_from(since.as_millis() / step.as_millis().max(1))
                    .unwrap_or(u32::MAX - 1)
            }
            _ => 0,
        };
        let rate = self
            .calls_per_minute
            .saturating_mul(2_u32.saturating_pow(doublings));
        (rate < configured).then_some(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURED: u32 = 300;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn lowered(before: Option<&Rate>, minute: i64) -> Rate {
        Rate::lowered(before, CONFIGURED, None, at(minute), Pace::default())
    }

    fn now(rate: &Rate, minute: i64) -> Option<u32> {
        rate.at(at(minute), CONFIGURED, Pace::default())
    }

    #[test]
    fn each_429_halves_the_rate_and_it_comes_back_in_steps() {
        let first = lowered(None, 0);
        assert_eq!(first.calls_per_minute, 150);
        let second = lowered(Some(&first), 1);
        assert_eq!(second.calls_per_minute, 75);
        let steps: Vec<_> = [1, 10, 11, 20, 21].map(|m| now(&second, m)).into();
        assert_eq!(steps, [Some(75), Some(75), Some(150), Some(150), None]);
    }

    #[test]
    fn a_burst_of_429_counts_once_and_the_rate_never_falls_to_nothing() {
        let mut rate = lowered(None, 0);
        rate = Rate::lowered(
            Some(&rate),
            CONFIGURED,
            Some(Duration::from_secs(1_800)),
            at(0) + SignedDuration::from_secs(5),
            Pace::default(),
        );
        assert_eq!(rate.calls_per_minute, 150);
        assert!(rate.until > at(29), "a Retry-After is respected");
        for minute in 1..20 {
            rate = lowered(Some(&rate), minute);
        }
        assert_eq!(rate.calls_per_minute, 12);
    }

    #[test]
    fn a_rate_set_by_a_clock_that_was_put_back_does_not_hold_for_days() {
        assert_eq!(now(&lowered(None, 60 * 24 * 9), 0), None);
    }
}
