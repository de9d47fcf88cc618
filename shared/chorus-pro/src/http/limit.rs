use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The rate of calls of this process, shared by every clone of the client: a leaky bucket that lets one second's worth through at once.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// Between two calls, by the configuration.
    configured: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Between two calls, now.
    interval: Duration,
    /// When the bucket is empty again ("theoretical arrival time").
    drained: Option<Instant>,
    /// No call before this: the gateway answered 429.
    paused_until: Option<Instant>,
}

impl RateLimit {
    pub(crate) fn new(calls_per_second: f64) -> Self {
        let configured = Duration::from_secs(1).div_f64(calls_per_second);
        Self {
            configured,
            state: Mutex::new(State {
                interval: configured,
                drained: None,
                paused_until: None,
            }),
        }
    }

    /// One call in each `interval` from now on, where that is slower than the configured rate; `None`: the configured rate.
    pub(crate) fn slow_down(&self, interval: Option<Duration>) {
        self.lock().interval =
            interval.map_or(self.configured, |interval| interval.max(self.configured));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place and says from when on the call may be made.
    fn reserve(&self, now: Instant) -> Instant {
        let mut state = self.lock();
        let start = state.paused_until.map_or(now, |until| until.max(now));
        let drained = state.drained.map_or(start, |drained| drained.max(start));
        state.drained = Some(drained + state.interval);
        drained
            .checked_sub(Duration::from_secs(1).saturating_sub(state.interval))
            .map_or(start, |slot| slot.max(start))
    }

    /// Gives back a place that will not be used.
    fn give_back(&self) {
        let mut state = self.lock();
        state.drained = state
            .drained
            .and_then(|drained| drained.checked_sub(state.interval));
    }

    /// Waits for a place; `Err` when it comes after the deadline.
    pub(crate) async fn wait(&self, deadline: Option<Instant>) -> Result<(), DeadlineFirst> {
        let now = Instant::now();
        let slot = self.reserve(now);
        if deadline.is_some_and(|deadline| slot >= deadline) {
            self.give_back();
            return Err(DeadlineFirst);
        }
        if slot > now {
            tokio::time::sleep_until(slot).await;
        }
        Ok(())
    }

    /// No call of this process before `pause` is over.
    pub(crate) fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |other| other.max(until)));
    }
}

/// The caller's deadline comes before the next free place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeadlineFirst;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_seconds_worth_goes_at_once_and_the_rest_at_the_rate() {
        let limit = RateLimit::new(4.0);
        let start = Instant::now();
        for _ in 0..4 {
            limit.wait(None).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..4 {
            limit.wait(None).await.unwrap();
        }
        assert_eq!(start.elapsed().as_millis(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn less_than_one_call_a_second_is_possible() {
        let limit = RateLimit::new(0.5);
        let start = Instant::now();
        for _ in 0..3 {
            limit.wait(None).await.unwrap();
        }
        assert_eq!(start.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_429_nobody_calls_until_the_pause_is_over() {
        let limit = RateLimit::new(100.0);
        limit.pause(Duration::from_secs(7));
        let start = Instant::now();
        limit.wait(None).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_after_the_deadline_is_given_back() {
        let limit = RateLimit::new(1.0);
        limit.wait(None).await.unwrap();
        let soon = Instant::now() + Duration::from_millis(100);
        assert_eq!(limit.wait(Some(soon)).await, Err(DeadlineFirst));
        let start = Instant::now();
        limit.wait(None).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_can_be_lowered_and_never_raised_above_the_configured_one() {
        let limit = RateLimit::new(4.0);
        limit.slow_down(Some(Duration::from_secs(2)));
        let start = Instant::now();
        for _ in 0..3 {
            limit.wait(None).await.unwrap();
        }
        assert_eq!(start.elapsed().as_secs(), 4);
        tokio::time::sleep(Duration::from_secs(2)).await;
        for faster in [None, Some(Duration::from_millis(1))] {
            limit.slow_down(faster);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let start = Instant::now();
            for _ in 0..8 {
                limit.wait(None).await.unwrap();
            }
            assert_eq!(start.elapsed().as_millis(), 1000);
        }
    }
}
