//! Whether a call to the portal may be made now: kill switches, circuit breakers, and the shared rate.
//!
//! A breaker is open for a [`Scope`]: downloads may be down while searches work, and the success of a search says nothing of them.
//!
//! Invoices that the portal stumbles over for ever are no outage. One explains its failures by being in all of them; several are told
//! apart by what works beside them: an invoice that failed, and has not worked since others did, says nothing of the portal any more. It
//! opens no breaker, and fails no trial: the trial is given back for the next one.
//!
//! What every process must know lies in the state bucket (`switches/…`, `breakers/…`), is read every 20 seconds at most, and is written
//! when something changes: nothing is written while all is well. A process decides by what it holds; it notes what its own calls say at
//! once, and tells the others at the next [`Gate::admit`] or [`Gate::publish`]. Trouble with the bucket never stops the work.

mod breaker;
mod bucket;
mod closed;
mod rate;
mod run;
mod sign;
mod stumblers;
mod switches;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use archive::{BucketStore, ETag};
use chorus_pro::{Error, Operation};
use jiff::Timestamp;
use lambda_kit::{Clock, Metrics, Pace, config::Establishment};

pub use breaker::{Breaker, Cause, Open, Scope};
pub(crate) use closed::configured_on;
pub use closed::{Closed, Reason};
pub use rate::Rate;
pub use switches::{Switches, Use};

use breaker::{Change, Failure, State};
use closed::off;
use run::{Run, Says};
pub(crate) use sign::Fault;
use sign::Sign;

/// The name of the breaker of the portal as a whole; the others bear an establishment's SIRET.
pub const PORTAL: &str = "portal";

/// The switches and breakers of this process's establishments, as they are known here.
#[derive(Debug)]
pub struct Gate {
    state: BucketStore,
    clock: Clock,
    pace: Pace,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    breakers: BTreeMap<String, Held>,
    switches: BTreeMap<String, Read<Switches>>,
    /// Failures of each part of the portal since it last answered.
    runs: BTreeMap<Scope, Run>,
    /// Unexplained refusals of each establishment's account.
    refusals: BTreeMap<String, Run>,
    /// Breakers that this process has opened since it was last asked.
    opened: u64,
}

#[derive(Debug, Default)]
struct Held {
    breaker: Breaker,
    etag: Option<ETag>,
    read_at: Option<Timestamp>,
    /// The trials that this process has claimed, and whose result is not there yet.
    ours: BTreeSet<Scope>,
    /// Those of them in which an invoice failed that always does: they have said nothing so far.
    spoilt: BTreeSet<Scope>,
    /// What the others do not know yet.
    pending: Vec<Change>,
}

#[derive(Debug, Default)]
struct Read<T> {
    value: T,
    at: Option<Timestamp>,
}

impl Held {
    /// Changes what this process believes, and remembers to tell the others.
    fn change(&mut self, change: Change, pace: Pace) {
        self.breaker.apply(&change, pace);
        self.pending.push(change);
    }
}

impl Gate {
    /// A gate on the state bucket. Nothing is read yet.
    #[must_use]
    pub fn new(state: BucketStore, clock: Clock) -> Self {
        Self {
            state,
            clock,
            pace: Pace::default(),
            inner: Mutex::default(),
        }
    }

    /// The same with another rhythm of trials.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Begins an invocation: what was read before is read again, and a trial that came to no result is given up.
    pub fn renew(&self) {
        let mut inner = self.lock();
        for held in inner.breakers.values_mut() {
            held.read_at = None;
            held.ours.clear();
            held.spoilt.clear();
        }
        for read in inner.switches.values_mut() {
            read.at = None;
        }
    }

    /// Whether the switch is on.
    ///
    /// # Errors
    /// [`Closed`] says who turned it off.
    pub async fn switched_on(
        &self,
        establishment: &Establishment,
        what: Use,
    ) -> Result<(), Closed> {
        self.read_switches(&establishment.siret).await;
        self.known_on(establishment, what)
    }

    /// Whether a call may be made now. A trial that is due is not claimed by asking.
    ///
    /// # Errors
    /// [`Closed`] says why not, and until when.
    pub async fn look(&self, establishment: &Establishment, what: Use) -> Result<(), Closed> {
        let siret = establishment.siret.as_str();
        self.publish().await;
        self.switched_on(establishment, what).await?;
        for (name, scope) in needs(siret, what) {
            self.read_breaker(name).await;
            self.passable(name, scope, siret)?;
        }
        Ok(())
    }

    /// Whether a call may be made now, for whoever makes it next: a trial that is due is claimed, by one process of all.
    ///
    /// # Errors
    /// [`Closed`] says why not, and until when.
    pub async fn admit(&self, establishment: &Establishment, what: Use) -> Result<(), Closed> {
        self.look(establishment, what).await?;
        let siret = establishment.siret.as_str();
        for (name, scope) in needs(siret, what) {
            if self.passable(name, scope, siret)? {
                self.claim(name, scope).await;
                self.passable(name, scope, siret)?;
            }
        }
        Ok(())
    }

    /// Gives back the trials that this process has claimed and spent on invoices that always fail: whoever comes next may try at once.
    /// Call it before an invocation ends, and [`Gate::publish`] after it.
    pub fn give_back(&self) {
        let at = self.clock.now();
        for held in self.lock().breakers.values_mut() {
            for scope in std::mem::take(&mut held.spoilt) {
                if held.ours.remove(&scope) {
                    held.change(Change::GiveBack(scope, at), self.pace);
                }
            }
        }
    }

    /// Whether a call about these invoices fails for the sake of some of them, so that the others may work without these.
    pub(crate) fn stumbles_over_some(&self, operation: Operation, invoices: &[i64]) -> bool {
        let inner = self.lock();
        let run = inner.runs.get(&Scope::of(operation));
        run.is_some_and(|run| run.stumblers().are_among(invoices))
    }

    /// Whether the last failure of an invoice was its own beyond doubt: others have worked since the one before.
    pub(crate) fn stumbled(&self, siret: &str, operation: Operation, invoice: i64) -> bool {
        let inner = self.lock();
        let runs = [
            inner.runs.get(&Scope::of(operation)),
            inner.refusals.get(siret),
        ];
        let mut runs = runs.into_iter().flatten();
        runs.any(|run| run.stumblers().is_proven(invoice))
    }

    /// Counts `BreakerOpened`: the breakers that this process has opened since it was last asked.
    pub fn count_on(&self, metrics: &Metrics) {
        metrics.count("BreakerOpened", std::mem::take(&mut self.lock().opened));
    }

    /// How many breakers are open, as far as this process knows.
    #[must_use]
    pub fn open_breakers(&self) -> u64 {
        let inner = self.lock();
        let open = inner.breakers.values().map(|held| held.breaker.open.len());
        open.sum::<usize>() as u64
    }

    /// What is open of the portal or of this establishment, whatever it is; of several, what is tried first.
    pub(crate) fn open_for(&self, siret: &str) -> Option<Open> {
        let inner = self.lock();
        let of = |name: &str| inner.breakers.get(name).map(|held| &held.breaker.open);
        let open = [of(PORTAL), of(siret)].into_iter().flatten();
        let open = open.flat_map(BTreeMap::values);
        open.min_by_key(|open| open.next_trial).cloned()
    }

    /// One call in so long a time, where the gateway's 429 has lowered the rate.
    pub(crate) fn interval(&self, configured_per_minute: u32) -> Option<Duration> {
        let now = self.clock.now();
        let inner = self.lock();
        let rate = inner.breakers.get(PORTAL)?.breaker.rate.as_ref()?;
        let calls = rate.at(now, configured_per_minute, self.pace)?;
        Some(Duration::from_secs(60) / calls.max(1))
    }

    /// Notes how a call ended.
    pub(crate) fn ended(
        &self,
        siret: &str,
        operation: Operation,
        invoices: &[i64],
        result: Result<(), &Error>,
    ) {
        let scope = Scope::of(operation);
        let failure = |cause| Failure {
            cause,
            why: result.err().map(ToString::to_string).unwrap_or_default(),
            at: self.clock.now(),
        };
        let inner = &mut *self.lock();
        match Sign::of(result) {
            Sign::Nothing => {}
            Sign::Works => {
                inner.runs.entry(Scope::All).or_default().worked(invoices);
                inner.runs.entry(scope).or_default().worked(invoices);
                let refusals = inner.refusals.entry(siret.to_owned()).or_default();
                refusals.worked(invoices);
                self.works(inner, PORTAL, Scope::All);
                self.works(inner, PORTAL, scope);
                self.works(inner, siret, Scope::All);
            }
            Sign::Outage => {
                let says = inner.runs.entry(scope).or_default().failed(invoices);
                let at_most = says.min(Says::NotYet);
                self.failed(inner, PORTAL, Scope::All, failure(Cause::Outage), at_most);
                self.failed(inner, PORTAL, scope, failure(Cause::Outage), says);
            }
            Sign::Unreachable => {
                let run = inner.runs.entry(Scope::All).or_default();
                // Whatever it was to be about, it did not get that far.
                let says = run.failed(&[]);
                let not_yet = Says::NotYet;
                self.failed(inner, PORTAL, Scope::All, failure(Cause::Outage), says);
                self.failed(inner, PORTAL, scope, failure(Cause::Outage), not_yet);
            }
            Sign::PisteRefused => {
                let failure = failure(Cause::Credentials);
                self.failed(inner, PORTAL, Scope::All, failure, Says::Outage);
            }
            Sign::AccountRefused => {
                let failure = failure(Cause::Credentials);
                self.failed(inner, siret, Scope::All, failure, Says::Outage);
            }
            Sign::Unexplained => {
                let run = inner.refusals.entry(siret.to_owned()).or_default();
                let says = run.failed(invoices);
                let failure = failure(Cause::Credentials);
                self.failed(inner, siret, Scope::All, failure, says);
            }
        }
    }

    /// Notes a 429.
    pub(crate) fn throttled(&self, configured_per_minute: u32, retry_after: Option<Duration>) {
        let change = Change::SlowDown {
            configured: configured_per_minute,
            retry_after,
            at: self.clock.now(),
        };
        let mut inner = self.lock();
        let held = inner.breakers.entry(PORTAL.to_owned()).or_default();
        held.change(change, self.pace);
        let calls_per_minute = held.breaker.rate.as_ref().map(|r| r.calls_per_minute);
        tracing::warn!(
            event = "gate.slowed_down",
            calls_per_minute,
            "the gateway's quota is used up: every process calls more slowly"
        );
    }

    /// What this process believes of the present.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn works(&self, inner: &mut Inner, name: &str, scope: Scope) {
        let Some(held) = inner.breakers.get_mut(name) else {
            return;
        };
        held.ours.remove(&scope);
        held.spoilt.remove(&scope);
        if held.breaker.open.contains_key(&scope) {
            held.change(Change::Close(scope), self.pace);
            tracing::info!(event = "gate.closed", breaker = name, scope = ?scope, "calls are made again");
        }
    }

    /// A call failed: a trial has failed with it, or it opens the breaker, or it says nothing.
    fn failed(&self, inner: &mut Inner, name: &str, scope: Scope, failure: Failure, says: Says) {
        let held = inner.breakers.entry(name.to_owned()).or_default();
        if says == Says::Nothing {
            if held.ours.contains(&scope) {
                held.spoilt.insert(scope);
            }
        } else if held.breaker.open.contains_key(&scope) {
            held.spoilt.remove(&scope);
            if held.ours.remove(&scope) {
                held.change(Change::TrialFailed(scope, failure), self.pace);
            }
        } else if says == Says::Outage {
            tracing::error!(
                event = "gate.opened",
                breaker = name,
                scope = ?scope,
                cause = ?failure.cause,
                why = failure.why,
                "no more calls until a trial succeeds: what is queued waits"
            );
            held.change(Change::Trip(scope, failure), self.pace);
            inner.opened += 1;
        }
    }

    fn known_on(&self, establishment: &Establishment, what: Use) -> Result<(), Closed> {
        configured_on(establishment, what)?;
        let inner = self.lock();
        match inner.switches.get(&establishment.siret) {
            Some(Read { value, .. }) if !value.is_on(what) => {
                let by = Some(value.by.as_str()).filter(|by| !by.is_empty());
                let said = format!("{}: {}", by.unwrap_or("state bucket"), value.why);
                Err(off(establishment, what, said))
            }
            _ => Ok(()),
        }
    }

    /// Whether calls may pass a breaker; `true` when a trial must be claimed first.
    fn passable(&self, name: &str, scope: Scope, siret: &str) -> Result<bool, Closed> {
        let now = self.clock.now();
        let inner = self.lock();
        let Some(held) = inner.breakers.get(name) else {
            return Ok(false);
        };
        if held.ours.contains(&scope) {
            return Ok(false);
        }
        match held.breaker.state(scope, now, self.pace) {
            State::Closed => Ok(false),
            State::Due => Ok(true),
            State::Open(open) => Err(Closed {
                siret: siret.to_owned(),
                until: Some(open.next_trial),
                reason: Reason::Open(open),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The breakers that must let a call pass.
fn needs(siret: &str, what: Use) -> impl Iterator<Item = (&str, Scope)> {
    let portal = what.scopes().iter().map(|scope| (PORTAL, *scope));
    portal.chain([(siret, Scope::All)])
}
