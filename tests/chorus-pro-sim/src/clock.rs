//! The portal's clock: it runs like the real one, or faster, from an instant that may be chosen, and may be pushed forward.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A clock that runs at the speed of the machine's own unless it is given another.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Timestamp,
    started: Instant,
    frozen: Option<Timestamp>,
    pinned: Option<Timestamp>,
    speed: Option<Speed>,
    leader: Option<Leader>,
}

/// Another clock, whose time this one shows.
#[derive(Clone)]
struct Leader(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl fmt::Debug for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leader")
    }
}

/// How much faster than the machine's a clock runs, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    /// So much of the portal's time…
    pub(crate) portal: SignedDuration,
    /// …passes in so much of the machine's. More than zero.
    pub(crate) machine: SignedDuration,
    /// From this instant of the portal on, the clock runs like the machine's.
    pub(crate) until: Option<Timestamp>,
}

impl Speed {
    fn portal_time(&self, machine: SignedDuration) -> SignedDuration {
        scale(machine, self.portal, self.machine)
    }

    fn machine_time(&self, portal: SignedDuration) -> SignedDuration {
        scale(portal, self.machine, self.portal)
    }
}

/// `length × multiplied / divided`, at the ends of what a duration holds when it is more.
fn scale(
    length: SignedDuration,
    multiplied: SignedDuration,
    divided: SignedDuration,
) -> SignedDuration {
    let nanoseconds = length
        .as_nanos()
        .checked_mul(multiplied.as_nanos())
        .and_then(|product| product.checked_div(divided.as_nanos()))
        .and_then(|scaled| i64::try_from(scaled).ok());
    nanoseconds.map_or(SignedDuration::MAX, SignedDuration::from_nanos)
}

impl Clock {
    /// A clock that shows `now`, or the machine's own time.
    #[must_use]
    pub fn starting_at(now: Option<Timestamp>) -> Self {
        Self {
            origin: now.unwrap_or_else(Timestamp::now),
            started: Instant::now(),
            frozen: None,
            pinned: None,
            speed: None,
            leader: None,
        }
    }

    /// Shows what `leader` says, until it is set or pushed: for a test that drives several clocks as one.
    pub fn follow(&mut self, leader: impl Fn() -> Timestamp + Send + Sync + 'static) {
        self.leader = Some(Leader(Arc::new(leader)));
    }

    /// What the portal takes for the present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        if let Some(standing) = self.pinned.or(self.frozen) {
            return standing;
        }
        if let Some(Leader(time)) = &self.leader {
            return time();
        }
        let elapsed =
            SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::ZERO);
        self.origin
            .checked_add(self.passed(elapsed))
            .unwrap_or(Timestamp::MAX)
    }

    /// What passes on the portal while `elapsed` passes on the machine.
    fn passed(&self, elapsed: SignedDuration) -> SignedDuration {
        let Some(speed) = self.speed else {
            return elapsed;
        };
        let fast = speed.portal_time(elapsed);
        let Some(until) = speed.until else {
            return fast;
        };
        let left = until.duration_since(self.origin).max(SignedDuration::ZERO);
        if fast <= left {
            return fast;
        }
        let slow = elapsed.saturating_sub(speed.machine_time(left));
        left.saturating_add(slow)
    }

    /// Pushes the clock forward, or back when negative. Past the calendar's ends it stays at the end.
    pub fn advance(&mut self, by: SignedDuration) {
        let end = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        self.set(self.now().checked_add(by).unwrap_or(end));
    }

    /// Sets the clock to `at`; it goes on from there unless it is frozen.
    pub fn set(&mut self, at: Timestamp) {
        *self = Self {
            frozen: self.frozen.map(|_| at),
            speed: self.speed,
            ..Self::starting_at(Some(at))
        };
    }

    /// Stops the clock at the present, or lets it run on from where it stood.
    pub fn freeze(&mut self, freeze: bool) {
        let present = self.now();
        match (freeze, self.frozen) {
            (true, None) => self.frozen = Some(present),
            (false, Some(_)) => {
                self.frozen = None;
                self.set(present);
            }
            _ => {}
        }
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Goes on at this speed from the present.
    pub(crate) fn run_at(&mut self, speed: Option<Speed>) {
        let present = self.now();
        self.speed = speed;
        self.set(present);
    }

    /// Shows `at` until it is unpinned: what happens meanwhile happens at that instant.
    pub(crate) fn pin(&mut self, at: Timestamp) {
        self.pinned = Some(at);
    }

    /// Shows the running time again, as if it had never been pinned.
    pub(crate) fn unpin(&mut self) {
        self.pinned = None;
    }

    /// How long `machine` is on this clock: a token that lives an hour for its caller lives 1800 days here at a day in two seconds.
    pub(crate) fn stretched(&self, machine: SignedDuration) -> SignedDuration {
        match self.speed {
            Some(speed) if self.frozen.is_none() => {
                self.passed_from(self.now(), speed, machine).max(machine)
            }
            _ => machine,
        }
    }

    fn passed_from(
        &self,
        origin: Timestamp,
        speed: Speed,
        elapsed: SignedDuration,
    ) -> SignedDuration {
        Self {
            origin,
            speed: Some(speed),
            ..self.clone()
        }
        .passed(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_pushed() {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut clock = Clock::starting_at(Some(start));
        clock.freeze(true);
        let frozen = clock.now();
        assert_eq!(clock.now(), frozen);
        clock.advance(SignedDuration::from_hours(48));
        assert_eq!(clock.now(), frozen + SignedDuration::from_hours(48));
    }

    #[test]
    fn a_running_clock_starts_where_it_was_told() {
        let start: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let now = Clock::starting_at(Some(start)).now();
        assert!(
            now >= start && now < start + SignedDuration::from_secs(5),
            "{now}"
        );
    }

    #[test]
    fn a_fast_clock_shows_a_day_after_two_seconds_and_slows_down_where_it_was_told() {
        let start: Timestamp = "2026-10-05T06:00:00Z".parse().unwrap();
        let day = SignedDuration::from_hours(24);
        let clock = Clock {
            speed: Some(Speed {
                portal: day,
                machine: SignedDuration::from_secs(2),
                until: Some(start + day * 3),
            }),
            ..Clock::starting_at(Some(start))
        };
        let passed = |seconds| clock.passed(SignedDuration::from_secs(seconds));
        assert_eq!(passed(2), day);
        assert_eq!(passed(6), day * 3);
        assert_eq!(passed(16), day * 3 + SignedDuration::from_secs(10));
        assert_eq!(passed(i64::MAX), SignedDuration::MAX);
    }

    #[test]
    fn a_pinned_clock_stands_still_and_is_pushed_from_where_it_stands() {
        let start: Timestamp = "2026-10-05T06:00:00Z".parse().unwrap();
        let later = start + SignedDuration::from_hours(5);
        let mut clock = Clock::starting_at(Some(start));
        clock.pin(later);
        assert_eq!(clock.now(), later);
        clock.advance(SignedDuration::from_hours(1));
        assert!(clock.now() >= later + SignedDuration::from_hours(1));
        clock.pin(start);
        clock.unpin();
        assert!(clock.now() >= later, "{}", clock.now());
    }
}
