//! How the control surface says no: a status and one sentence.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::deposit::DepositError;
use super::invoices::Refusal;
use crate::documents::FolderError;
use crate::faults::FaultError;
use crate::state::LifecycleError;

/// A refusal.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    error: String,
}

#[derive(Serialize)]
struct Body {
    error: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(Body { error: self.error })).into_response()
    }
}

impl From<LifecycleError> for Failure {
    fn from(error: LifecycleError) -> Self {
        let status = match &error {
            LifecycleError::Unknown(_) => StatusCode::NOT_FOUND,
            LifecycleError::WrongStatus { .. } => StatusCode::CONFLICT,
            LifecycleError::UnknownService { .. } => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl From<DepositError> for Failure {
    fn from(error: DepositError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Lifecycle(error) => error.into(),
            Refusal::Documents(error) => error.into(),
        }
    }
}

impl From<FaultError> for Failure {
    fn from(error: FaultError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// The body as `T`; nothing at all, or null, is an empty object. The content type does not matter here: curl sends a form's by default.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = match body.trim_ascii() {
        b"" | b"null" => b"{}",
        body => body,
    };
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(
            StatusCode::BAD_REQUEST,
            format!("the body is not as expected: {error}"),
        )
    })
}
