//! Everything that was asked of anybody, in its order, as one number: two runs that were the same have the same.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A number that every call changes. Clones are the same trace.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<DefaultHasher>>);

impl Trace {
    /// Begins anew.
    pub fn restart(&self) {
        *self.hasher() = DefaultHasher::new();
    }

    /// Notes a call: what was asked, and with what.
    pub fn note(&self, what: &[&str], body: &[u8]) {
        (what, body).hash(&mut *self.hasher());
    }

    /// What all calls have made of it so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.hasher().finish()
    }

    fn hasher(&self) -> MutexGuard<'_, DefaultHasher> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
