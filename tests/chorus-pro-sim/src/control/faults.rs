//! `/_sim/faults`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Serialize;

use super::failure::Failure;
use crate::faults::{self, FaultRule};
use crate::simulator::Simulator;

#[derive(Serialize)]
pub(super) struct InForce {
    faults: Vec<FaultRule>,
}

fn in_force(simulator: &Simulator) -> Json<InForce> {
    // What a scenario has brought about by this instant.
    simulator.catch_up();
    Json(InForce {
        faults: simulator.faults().rules().to_vec(),
    })
}

fn read(body: &[u8]) -> Result<Vec<FaultRule>, Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::new(
            StatusCode::BAD_REQUEST,
            format!("the faults are not as expected: {error}"),
        )
    };
    let text = std::str::from_utf8(body).map_err(|error| refused(&error))?;
    faults::read(text).map_err(|error| refused(&error))
}

/// `GET`: what is in force, with what is left of each `next`.
pub(super) async fn list(State(simulator): State<Arc<Simulator>>) -> Json<InForce> {
    in_force(&simulator)
}

/// `PUT`: these and no others.
pub(super) async fn set(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<InForce>, Failure> {
    simulator.catch_up();
    simulator.faults().set(read(&body)?)?;
    Ok(in_force(&simulator))
}

/// `POST`: these as well.
pub(super) async fn add(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<InForce>, Failure> {
    simulator.catch_up();
    simulator.faults().add(read(&body)?)?;
    Ok(in_force(&simulator))
}

/// `DELETE`: none.
pub(super) async fn clear(
    State(simulator): State<Arc<Simulator>>,
) -> Result<Json<InForce>, Failure> {
    simulator.catch_up();
    simulator.faults().set(Vec::new())?;
    Ok(in_force(&simulator))
}
