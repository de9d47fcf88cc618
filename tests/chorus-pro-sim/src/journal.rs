//! Every call, in memory and as one JSON line each. Secrets are replaced; documents are replaced by their length.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::Operation;

/// How many calls memory keeps.
const KEPT: usize = 20_000;
/// A body above this size is left out of memory; the file has it.
const KEPT_BODY: usize = 32 * 1024;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counts up from 1.
    pub seq: u64,
    /// The portal's time.
    pub at: Timestamp,
    /// Operation, `unknown` for a path that is not routed.
    pub operation: Operation,
    /// HTTP method.
    pub method: String,
    /// Path.
    pub path: String,
    /// Login of the technical account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was asked.
    pub request: Message,
    /// What was answered; status 0 when the connection was dropped.
    pub response: Reply,
    /// From the first byte of the request to the last of the answer, in milliseconds.
    pub ms: u64,
    /// Names of the faults that struck.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// Headers and body.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Headers, secrets replaced.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as it was, anything else as a text.
    pub body: Option<Box<RawValue>>,
}

/// Status, headers and body.
#[derive(Debug, Clone, Serialize)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as it was, anything else as a text.
    pub body: Option<Box<RawValue>>,
    /// Length of the body on the wire.
    pub bytes: u64,
}

/// Counts for one operation.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct Count {
    /// Calls.
    pub calls: u64,
    /// By HTTP status; 0 is a dropped connection.
    pub statuses: BTreeMap<u16, u64>,
    /// By `codeRetour`, where the answer had one.
    #[serde(rename = "codesRetour")]
    pub codes_retour: BTreeMap<i64, u64>,
    /// Calls that a fault struck.
    pub faulty: u64,
    /// Bytes answered.
    pub bytes: u64,
    /// Time spent, in milliseconds.
    pub ms: u64,
}

/// The journal.
#[derive(Debug)]
pub struct Journal {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    entries: VecDeque<Arc<Entry>>,
    counts: BTreeMap<&'static str, Count>,
    seq: u64,
    file: Option<File>,
}

impl Journal {
    /// A journal in memory, and in `file` when there is one (appended to).
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn open(file: Option<&Path>) -> std::io::Result<Self> {
        let file = file
            .map(|path| File::options().create(true).append(true).open(path))
            .transpose()?;
        let inner = Inner {
            entries: VecDeque::new(),
            counts: BTreeMap::new(),
            seq: 0,
            file,
        };
        Ok(Self {
            inner: Mutex::new(inner),
        })
    }

    pub(crate) fn record(&self, mut entry: Entry) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.seq += 1;
        entry.seq = inner.seq;
        inner
            .counts
            .entry(entry.operation.name())
            .or_default()
            .add(&entry);
        if let Some(file) = inner.file.as_mut()
            && let Ok(mut line) = serde_json::to_vec(&entry)
        {
            line.push(b'\n');
            // A full disk must not make the portal fail: memory still has the call.
            let _ = file.write_all(&line);
        }
        for body in [&mut entry.request.body, &mut entry.response.body] {
            if let Some(length) = body
                .as_ref()
                .map(|raw| raw.get().len())
                .filter(|length| *length > KEPT_BODY)
            {
                *body = RawValue::from_string(format!("{{\"omittedBytes\":{length}}}")).ok();
            }
        }
        inner.entries.push_back(Arc::new(entry));
        if inner.entries.len() > KEPT {
            inner.entries.pop_front();
        }
    }

    /// The calls that memory holds, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .iter()
            .cloned()
            .collect()
    }

    /// The calls that memory holds from number `seq` on, oldest first.
    #[must_use]
    pub fn since(&self, seq: u64) -> Vec<Arc<Entry>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let first = inner.entries.partition_point(|entry| entry.seq < seq);
        inner.entries.iter().skip(first).cloned().collect()
    }

    /// How many calls there have been since the start.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .seq
    }

    /// Counts per operation since the start or the last [`Journal::clear`].
    #[must_use]
    pub fn summary(&self) -> BTreeMap<&'static str, Count> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts
            .clone()
    }

    /// How many calls an operation had.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        self.summary()
            .get(operation.name())
            .map_or(0, |count| count.calls)
    }

    /// Forgets all calls; the file keeps them.
    pub fn clear(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.clear();
        inner.counts.clear();
    }
}

impl Count {
    fn add(&mut self, entry: &Entry) {
        self.calls += 1;
        *self.statuses.entry(entry.response.status).or_default() += 1;
        self.faulty += u64::from(!entry.faults.is_empty());
        self.bytes += entry.response.bytes;
        self.ms += entry.ms;
        if let Some(code) = entry
            .response
            .body
            .as_ref()
            .and_then(|body| code_retour(body.get()))
        {
            *self.codes_retour.entry(code).or_default() += 1;
        }
    }
}

/// `codeRetour` stands first in every answer.
fn code_retour(body: &str) -> Option<i64> {
    let rest = body.strip_prefix("{\"codeRetour\":")?;
    rest.split([',', '}']).next()?.trim().parse().ok()
}

/// A body as one line of JSON: as it is when it is JSON, as a text otherwise.
pub(crate) fn body_of(bytes: &[u8]) -> Option<Box<RawValue>> {
    if bytes.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    // Line ends stand between tokens only: inside a JSON text they are escaped.
    let one_line = text.replace(['\n', '\r'], " ");
    RawValue::from_string(one_line).ok().or_else(|| {
        RawValue::from_string(serde_json::Value::String(text.into_owned()).to_string()).ok()
    })
}
