//! `/_sim/scenario`: how far it is, and what comes next.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::failure::Failure;
use crate::scenario::{Done, Next, Progress};
use crate::simulator::Simulator;

/// What a push to the next thing has brought.
#[derive(Serialize)]
pub(super) struct Stepped {
    now: jiff::Timestamp,
    day: String,
    did: Vec<Done>,
    next: Option<Next>,
}

fn none() -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "no scenario is being played; start with --scenario FILE",
    )
}

/// `GET /_sim/scenario`: steps done and to come, and what each did.
pub(super) async fn progress(
    State(simulator): State<Arc<Simulator>>,
) -> Result<Json<Progress>, Failure> {
    simulator.scenario().map(Json).ok_or_else(none)
}

/// `POST /_sim/scenario/next`: the clock is pushed to the next thing due, and that happens. Nothing left: `did` is empty.
pub(super) async fn next(
    State(simulator): State<Arc<Simulator>>,
) -> Result<Json<Stepped>, Failure> {
    let did = simulator.play_next().ok_or_else(none)?;
    let progress = simulator.scenario().ok_or_else(none)?;
    Ok(Json(Stepped {
        now: progress.now,
        day: progress.day,
        did,
        next: progress.next,
    }))
}
