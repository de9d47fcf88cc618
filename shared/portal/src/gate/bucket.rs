//! What the processes share: read from the state bucket, and written there on condition that nobody else wrote meanwhile.

use std::time::Duration;

use archive::{CursorWrite, ETag, StoreError, keys};
use jiff::Timestamp;
use lambda_kit::chain;

use super::{
    Gate,
    breaker::{Breaker, Change, Scope},
    switches::Switches,
};

/// How long what was read of the bucket is believed.
const CACHE: Duration = Duration::from_secs(20);

/// How often a write is tried when somebody else wrote meanwhile.
const TRIES: u32 = 3;

impl Gate {
    /// Tells the other processes what this one has learned. Call it before an invocation ends.
    pub async fn publish(&self) {
        let pending: Vec<(String, Vec<Change>)> = {
            let mut inner = self.lock();
            let changed = inner.breakers.iter_mut();
            changed
                .filter(|(_, held)| !held.pending.is_empty())
                .map(|(name, held)| (name.clone(), std::mem::take(&mut held.pending)))
                .collect()
        };
        for (name, changes) in pending {
            self.write(&name, &changes).await;
        }
    }

    /// Claims the trial, unless another process was faster.
    pub(super) async fn claim(&self, name: &str, scope: Scope) {
        let claim = Change::Claim(scope, self.clock.now());
        let (mut next, etag) = {
            let inner = self.lock();
            match inner.breakers.get(name) {
                Some(held) => (held.breaker.clone(), held.etag.clone()),
                None => return,
            }
        };
        next.apply(&claim, self.pace);
        let Ok(key) = keys::breaker(name) else { return };
        match self.state.write_cursor(&key, &next, etag.as_ref()).await {
            Ok(CursorWrite::Written(etag)) => {
                self.adopt(name, next, Some(etag));
                self.ours(name, scope);
            }
            Ok(CursorWrite::Lost) => self.read_again(name).await,
            Err(error) => {
                log_trouble("gate.trial_not_claimed", &key, &error);
                self.ours(name, scope);
            }
        }
    }

    fn ours(&self, name: &str, scope: Scope) {
        if let Some(held) = self.lock().breakers.get_mut(name) {
            held.ours.insert(scope);
        }
    }

    /// Writes what happened on top of what the others wrote.
    async fn write(&self, name: &str, changes: &[Change]) {
        let Ok(key) = keys::breaker(name) else { return };
        for _ in 0..TRIES {
            let (before, etag) = match self.state.read_cursor::<Breaker>(&key).await {
                Ok(Some(read)) => (read.value, Some(read.etag)),
                Ok(None) => (Breaker::default(), None),
                Err(error) => return log_trouble("gate.not_written", &key, &error),
            };
            let mut after = before.clone();
            for change in changes {
                after.apply(change, self.pace);
            }
            if after == before {
                return self.adopt(name, after, etag);
            }
            match self.state.write_cursor(&key, &after, etag.as_ref()).await {
                Ok(CursorWrite::Written(etag)) => return self.adopt(name, after, Some(etag)),
                Ok(CursorWrite::Lost) => {}
                Err(error) => return log_trouble("gate.not_written", &key, &error),
            }
        }
    }

    pub(super) async fn read_breaker(&self, name: &str) {
        let read_at = {
            let mut inner = self.lock();
            inner.breakers.entry(name.to_owned()).or_default().read_at
        };
        if self.is_stale(read_at) {
            self.read_again(name).await;
        }
    }

    async fn read_again(&self, name: &str) {
        let Ok(key) = keys::breaker(name) else { return };
        match self.state.read_cursor::<Breaker>(&key).await {
            Ok(Some(read)) => self.adopt(name, read.value, Some(read.etag)),
            Ok(None) => self.adopt(name, Breaker::default(), None),
            Err(error) => {
                log_trouble("gate.not_read", &key, &error);
                let now = self.clock.now();
                if let Some(held) = self.lock().breakers.get_mut(name) {
                    held.read_at = Some(now);
                }
            }
        }
    }

    fn adopt(&self, name: &str, breaker: Breaker, etag: Option<ETag>) {
        let now = self.clock.now();
        let mut inner = self.lock();
        let held = inner.breakers.entry(name.to_owned()).or_default();
        held.breaker = breaker;
        held.etag = etag;
        held.read_at = Some(now);
    }

    pub(super) async fn read_switches(&self, siret: &str) {
        let at = self.lock().switches.get(siret).and_then(|read| read.at);
        if !self.is_stale(at) {
            return;
        }
        let Ok(key) = keys::switches(siret) else {
            return;
        };
        let value = match self.state.read_json::<Switches>(&key).await {
            Ok(found) => Some(found.unwrap_or_default()),
            Err(error) => {
                log_trouble("gate.not_read", &key, &error);
                None
            }
        };
        let now = self.clock.now();
        let mut inner = self.lock();
        let read = inner.switches.entry(siret.to_owned()).or_default();
        read.at = Some(now);
        if let Some(value) = value {
            read.value = value;
        }
    }

    fn is_stale(&self, read_at: Option<Timestamp>) -> bool {
        // A shorter rhythm (on a laptop) is for whoever watches.
        let cache = CACHE.min(self.pace.first() * 2 / 3);
        let now = self.clock.now();
        read_at.is_none_or(|at| {
            Duration::try_from(now.duration_since(at)).map_or(true, |age| age >= cache)
        })
    }
}

fn log_trouble(event: &'static str, key: &str, error: &StoreError) {
    tracing::warn!(
        event,
        key,
        error = chain(error),
        "the state bucket did not do it: the work goes on by what is known here"
    );
}
