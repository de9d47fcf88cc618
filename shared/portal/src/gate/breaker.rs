//! A circuit breaker, as it is shared through the state bucket.

use std::{collections::BTreeMap, time::Duration};

use chorus_pro::Operation;
use jiff::{SignedDuration, Timestamp};
use lambda_kit::Pace;
use serde::{Deserialize, Serialize};

use super::rate::Rate;

/// The delays before a trial, in first delays: 15 minutes at most in an outage, 60 while credentials are refused.
const LONGEST_OUTAGE: u32 = 30;
const LONGEST_CREDENTIALS: u32 = 120;

/// What stands still when a breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Everything: of the portal, or of one establishment.
    All,
    /// Searches, histories, the directory.
    Reads,
    /// Downloads: they may be down while all else works.
    Downloads,
    /// Statuses that are set.
    Statuses,
}

impl Scope {
    /// The part of the portal that an operation shows to be up or down.
    pub(super) fn of(operation: Operation) -> Self {
        match operation {
            Operation::TelechargerGroupe => Self::Downloads,
            Operation::TraiterRecue => Self::Statuses,
            _ => Self::Reads,
        }
    }
}

/// The object `breakers/{name}.json` of the state bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breaker {
    /// The version of this shape: 1.
    pub version: u32,
    /// What is open; empty when all is well.
    #[serde(default)]
    pub open: BTreeMap<Scope, Open>,
    /// The rate that the gateway's 429 has lowered; in `portal.json` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// An open breaker: calls wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// What opened it.
    pub cause: Cause,
    /// The last error, for a person.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// How many trials have failed.
    pub failed_trials: u32,
    /// When one call may try again.
    pub next_trial: Timestamp,
}

/// What opened a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// The portal, its gateway or the way to it.
    Outage,
    /// PISTE or Chorus Pro refuses who we are, or lacks a right: a person must act.
    Credentials,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            version: 1,
            open: BTreeMap::new(),
            rate: None,
        }
    }
}

impl Cause {
    fn longest(self) -> u32 {
        match self {
            Self::Outage => LONGEST_OUTAGE,
            Self::Credentials => LONGEST_CREDENTIALS,
        }
    }
}

/// Whether a call may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    /// One call may try: whoever claims it.
    Due,
    Open(Open),
}

/// What happened, to be noted in the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Enough failed.
    Trip(Scope, Failure),
    /// The trial failed.
    TrialFailed(Scope, Failure),
    /// Somebody makes the trial.
    Claim(Scope, Timestamp),
    /// The trial said nothing: the next one may come at once.
    GiveBack(Scope, Timestamp),
    /// A call succeeded.
    Close(Scope),
    /// The gateway said 429.
    SlowDown {
        configured: u32,
        retry_after: Option<Duration>,
        at: Timestamp,
    },
}

/// Why calls are to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) cause: Cause,
    pub(super) why: String,
    pub(super) at: Timestamp,
}

impl Breaker {
    /// Whether a call may be made now.
    pub(super) fn state(&self, scope: Scope, now: Timestamp, pace: Pace) -> State {
        let Some(open) = self.open.get(&scope) else {
            return State::Closed;
        };
        // A trial that is further away than any delay was set by a clock that has been put back since.
        let longest = later(now, pace.doubled(u32::MAX, open.cause.longest()));
        if open.next_trial <= now || open.next_trial > longest {
            State::Due
        } else {
            State::Open(open.clone())
        }
    }

    /// Notes what happened. Somebody else may have noted something before: an open breaker is not opened again, a closed one knows of no
    /// trial.
    pub(super) fn apply(&mut self, change: &Change, pace: Pace) {
        match change {
            Change::Trip(scope, Failure { cause, why, at }) => {
                self.open.entry(*scope).or_insert_with(|| {
                    let open = Open {
                        cause: *cause,
                        why: why.clone(),
                        since: *at,
                        failed_trials: 0,
                        next_trial: *at,
                    };
                    open.delayed(*at, pace)
                });
            }
            Change::TrialFailed(scope, Failure { cause, why, at }) => {
                if let Some(open) = self.open.get_mut(scope) {
                    let after = Open {
                        cause: *cause,
                        why: why.clone(),
                        failed_trials: open.failed_trials.saturating_add(1),
                        ..open.clone()
                    };
                    *open = after.delayed(*at, pace);
                }
            }
            Change::Claim(scope, at) => {
                if let Some(open) = self.open.get_mut(scope) {
                    *open = open.clone().delayed(*at, pace);
                }
            }
            Change::GiveBack(scope, at) => {
                if let Some(open) = self.open.get_mut(scope) {
                    open.next_trial = *at;
                }
            }
            Change::Close(scope) => {
                self.open.remove(scope);
            }
            Change::SlowDown {
                configured,
                retry_after,
                at,
            } => {
                let before = self.rate.as_ref();
                self.rate = Some(Rate::lowered(before, *configured, *retry_after, *at, pace));
            }
        }
    }
}

impl Open {
    /// 1, 2, 4, 8 … minutes from `now`.
    fn delayed(self, now: Timestamp, pace: Pace) -> Self {
        let times = self.failed_trials.saturating_add(1);
        Self {
            next_trial: later(now, pace.doubled(times, self.cause.longest())),
            ..self
        }
    }
}

fn later(now: Timestamp, delay: Duration) -> Timestamp {
    now.saturating_add(SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    const SCOPE: Scope = Scope::Reads;

    fn failure(cause: Cause, at: Timestamp) -> Failure {
        let why = "HTTP 503".to_owned();
        Failure { cause, why, at }
    }

    fn opened(cause: Cause) -> Breaker {
        let mut breaker = Breaker::default();
        let trip = Change::Trip(SCOPE, failure(cause, at(0)));
        breaker.apply(&trip, Pace::default());
        breaker
    }

    fn delays(cause: Cause) -> Vec<i64> {
        let mut breaker = opened(cause);
        let mut delays = Vec::new();
        for _ in 0..8 {
            let now = breaker.open[&SCOPE].next_trial;
            let since = delays.iter().sum::<i64>();
            delays.push(now.duration_since(at(since)).as_secs() / 60);
            let failed = Change::TrialFailed(SCOPE, failure(cause, now));
            breaker.apply(&failed, Pace::default());
        }
        delays
    }

    #[test]
    fn trials_come_later_each_time_up_to_a_quarter_of_an_hour_or_an_hour() {
        assert_eq!(delays(Cause::Outage), [1, 2, 4, 8, 15, 15, 15, 15]);
        assert_eq!(delays(Cause::Credentials), [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn an_open_breaker_is_due_at_its_time_and_claimed_once() {
        let mut breaker = opened(Cause::Outage);
        let state = |breaker: &Breaker, minute| breaker.state(SCOPE, at(minute), Pace::default());
        assert!(matches!(state(&breaker, 0), State::Open(_)));
        assert_eq!(state(&breaker, 1), State::Due);
        breaker.apply(&Change::Claim(SCOPE, at(1)), Pace::default());
        assert!(matches!(state(&breaker, 1), State::Open(_)));
        assert_eq!(state(&breaker, 2), State::Due, "whoever claimed it died");
        breaker.apply(&Change::Close(SCOPE), Pace::default());
        assert_eq!(state(&breaker, 2), State::Closed);
    }

    #[test]
    fn a_trial_that_is_given_back_is_due_at_once_and_has_not_failed() {
        let mut breaker = opened(Cause::Outage);
        breaker.apply(&Change::Claim(SCOPE, at(1)), Pace::default());
        breaker.apply(&Change::GiveBack(SCOPE, at(1)), Pace::default());
        assert_eq!(breaker.state(SCOPE, at(1), Pace::default()), State::Due);
        assert_eq!(breaker.open[&SCOPE].failed_trials, 0);
    }

    #[test]
    fn a_breaker_opened_by_a_clock_that_was_put_back_does_not_stay_open() {
        let breaker = opened(Cause::Outage);
        assert_eq!(
            breaker.state(SCOPE, at(-60 * 24), Pace::default()),
            State::Due
        );
    }

    #[test]
    fn what_is_open_for_downloads_is_closed_for_the_rest() {
        let state = |scope| opened(Cause::Outage).state(scope, at(0), Pace::default());
        assert!(matches!(state(SCOPE), State::Open(_)));
        assert_eq!(state(Scope::Downloads), State::Closed);
    }

    #[test]
    fn what_comes_late_changes_nothing() {
        let mut breaker = opened(Cause::Outage);
        let before = breaker.clone();
        let again = Change::Trip(SCOPE, failure(Cause::Credentials, at(9)));
        breaker.apply(&again, Pace::default());
        assert_eq!(breaker, before);
        breaker.apply(&Change::Close(SCOPE), Pace::default());
        breaker.apply(&Change::Claim(SCOPE, at(9)), Pace::default());
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn the_object_is_small_and_readable() {
        let json = serde_json::to_value(opened(Cause::Outage)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"version": 1, "open": {"READS": {
                "cause": "OUTAGE", "why": "HTTP 503", "since": "2026-11-23T09:00:00Z",
                "failedTrials": 0, "nextTrial": "2026-11-23T09:01:00Z"
            }}})
        );
        let closed = serde_json::to_value(Breaker::default()).unwrap();
        assert_eq!(closed, serde_json::json!({"version": 1, "open": {}}));
    }
}
