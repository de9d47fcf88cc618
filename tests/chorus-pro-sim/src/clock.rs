//! The portal's clock: it runs like the real one, from an instant that may be chosen, and may be pushed forward.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A clock that runs at the speed of the machine's own, with an offset.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Timestamp,
    started: Instant,
    advanced: SignedDuration,
    frozen: Option<Timestamp>,
}

impl Clock {
    /// A clock that shows `now`, or the machine's own time.
    #[must_use]
    pub fn starting_at(now: Option<Timestamp>) -> Self {
        Self {
            origin: now.unwrap_or_else(Timestamp::now),
            started: Instant::now(),
            advanced: SignedDuration::ZERO,
            frozen: None,
        }
    }

    /// What the portal takes for the present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        if let Some(frozen) = self.frozen {
            return frozen;
        }
        let elapsed =
            SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::ZERO);
        self.origin
            .checked_add(elapsed)
            .and_then(|at| at.checked_add(self.advanced))
            .unwrap_or(Timestamp::MAX)
    }

    /// Pushes the clock forward, or back when negative. Past the calendar's ends it stays at the end.
    pub fn advance(&mut self, by: SignedDuration) {
        if let Some(frozen) = self.frozen.as_mut() {
            *frozen = frozen.checked_add(by).unwrap_or(Timestamp::MAX);
        }
        self.advanced = self.advanced.checked_add(by).unwrap_or(SignedDuration::MAX);
    }

    /// Sets the clock to `at`; it goes on from there unless it is frozen.
    pub fn set(&mut self, at: Timestamp) {
        let frozen = self.frozen.map(|_| at);
        *self = Self {
            frozen,
            ..Self::starting_at(Some(at))
        };
    }

    /// Stops the clock at the present, or lets it run on from where it stood.
    pub fn freeze(&mut self, freeze: bool) {
        match (freeze, self.frozen) {
            (true, None) => self.frozen = Some(self.now()),
            (false, Some(at)) => *self = Self::starting_at(Some(at)),
            _ => {}
        }
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
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
}
