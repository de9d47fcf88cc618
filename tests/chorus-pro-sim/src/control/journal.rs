//! `/_sim/journal`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize, Serializer};

use crate::journal::{Count, Entry};
use crate::simulator::Simulator;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    /// Operation, whole or its beginning with a `*`.
    operation: Option<String>,
    /// Only entries after this `seq`.
    after: Option<u64>,
    /// The last so many.
    limit: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct Entries {
    total: usize,
    #[serde(serialize_with = "each")]
    entries: Vec<Arc<Entry>>,
}

fn each<S: Serializer>(entries: &[Arc<Entry>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.iter().map(Arc::as_ref))
}

/// `GET /_sim/journal?operation=&after=&limit=`: the last calls, oldest first; 100 unless told otherwise.
pub(super) async fn entries(
    State(simulator): State<Arc<Simulator>>,
    Query(filter): Query<Filter>,
) -> Json<Entries> {
    let wanted = |name: &str| match filter.operation.as_deref() {
        None => true,
        Some(pattern) => pattern
            .strip_suffix('*')
            .map_or(name == pattern, |prefix| name.starts_with(prefix)),
    };
    let mut found: Vec<_> = simulator
        .journal()
        .entries()
        .into_iter()
        .filter(|entry| {
            wanted(entry.operation.name()) && filter.after.is_none_or(|after| entry.seq > after)
        })
        .collect();
    let total = found.len();
    let skipped = total.saturating_sub(filter.limit.unwrap_or(100));
    Json(Entries {
        total,
        entries: found.split_off(skipped),
    })
}

#[derive(Serialize)]
pub(super) struct Summary {
    operations: BTreeMap<&'static str, Count>,
}

/// `GET /_sim/journal/summary`.
pub(super) async fn summary(State(simulator): State<Arc<Simulator>>) -> Json<Summary> {
    Json(Summary {
        operations: simulator.journal().summary(),
    })
}

/// `DELETE /_sim/journal`: counts start again; the file keeps its lines.
pub(super) async fn clear(State(simulator): State<Arc<Simulator>>) -> StatusCode {
    simulator.journal().clear();
    StatusCode::NO_CONTENT
}
