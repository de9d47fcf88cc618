//! Everything that was asked of anybody, in its order: as one number, which two runs that were the same have in common, and as lines, as far
//! as it is about one invoice.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

/// How much is shown of a body.
const SHOWN: usize = 600;

/// A number that every call changes. Clones are the same trace.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    hasher: DefaultHasher,
    followed: Option<String>,
}

impl Trace {
    /// Begins anew.
    pub fn restart(&self) {
        self.inner().hasher = DefaultHasher::new();
    }

    /// Shows from now on what is asked and answered about this invoice, on the standard error stream.
    pub fn follow(&self, id_facture: u64) {
        self.inner().followed = Some(id_facture.to_string());
    }

    /// Notes a call: what was asked, and with what. Whether it is about the invoice that is followed.
    pub fn note(&self, what: &[&str], body: &[u8]) -> bool {
        let mut inner = self.inner();
        (what, body).hash(&mut inner.hasher);
        let Some(id) = &inner.followed else {
            return false;
        };
        let mut texts = what.iter().map(|text| text.as_bytes()).chain([body]);
        texts.any(|text| memchr::memmem::find(text, id.as_bytes()).is_some())
    }

    /// What all calls have made of it so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.inner().hasher.finish()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prints a call that is followed.
pub(crate) fn show(at: Timestamp, what: &str, asked: &[u8], status: u16, answer: &[u8]) {
    eprintln!("{at} {what} {} → {status} {}", shown(asked), shown(answer));
}

/// A body as one line, or the beginning of it.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..SHOWN).unwrap_or(body));
    text.replace(['\n', '\r'], " ")
}
