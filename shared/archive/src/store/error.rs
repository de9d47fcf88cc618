//! What S3 may answer instead of what was asked, and what to do then.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::primitives::ByteStreamError;

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Later, the same may work.
    Retry,
    /// A person must change something: rights, a bucket, a configuration.
    CallSomeone,
    /// The same will fail again, for good.
    GiveUp,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// S3 could not be reached, or did not answer in time. It may have done what was asked.
    #[error("S3 did not answer")]
    Unreachable,
    /// S3 is overloaded or has an internal error (5xx, SlowDown, throttling).
    #[error("S3 asks to try later ({0})")]
    Busy(String),
    /// Another write of the same key was under way (409), several times in a row.
    #[error("another write of the same object is under way")]
    Conflict,
    /// A condition of the request does not hold (412).
    #[error("the object is not in the expected state")]
    PreconditionFailed,
    /// The function's rights do not suffice.
    #[error("access is denied: check the function's policy and the bucket's ({0})")]
    Denied(String),
    /// The bucket does not exist.
    #[error("the bucket does not exist: check the configuration")]
    NoBucket,
    /// The object does not exist.
    #[error("the object does not exist")]
    NoObject,
    /// Any other refusal.
    #[error("S3 refused ({0})")]
    Refused(String),
    /// The object is larger than what was asked for at most.
    #[error("the object has {size} bytes, more than {max}")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// The bound.
        max: u64,
    },
    /// The object is no JSON of the expected shape, or the value cannot be written as JSON.
    #[error("its JSON is not of the expected shape")]
    Json,
    /// A document outgrew one part before it was given a key. A fault of the caller.
    #[error("the document has no key yet")]
    Unplaced,
}

/// An operation on S3 that failed, with the operation and the key. Its `source` says more.
#[derive(Debug, thiserror::Error)]
#[error("{operation} of {key:?}: {kind}")]
pub struct StoreError {
    operation: &'static str,
    key: String,
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    pub(crate) fn new(operation: &'static str, key: &str, kind: StoreErrorKind) -> Self {
        Self {
            operation,
            key: key.to_owned(),
            kind,
            source: None,
        }
    }

    pub(crate) fn sdk<E>(operation: &'static str, key: &str, error: SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let kind = kind_of(&error);
        Self {
            operation,
            key: key.to_owned(),
            kind,
            source: Some(Box::new(error)),
        }
    }

    pub(crate) fn body(operation: &'static str, key: &str, error: ByteStreamError) -> Self {
        Self {
            operation,
            key: key.to_owned(),
            kind: StoreErrorKind::Unreachable,
            source: Some(Box::new(error)),
        }
    }

    pub(crate) fn json(operation: &'static str, key: &str, error: serde_json::Error) -> Self {
        Self {
            operation,
            key: key.to_owned(),
            kind: StoreErrorKind::Json,
            source: Some(Box::new(error)),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &StoreErrorKind {
        &self.kind
    }

    /// The key it is about; a prefix, for a listing.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What to do about it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.kind {
            StoreErrorKind::Unreachable
            | StoreErrorKind::Busy(_)
            | StoreErrorKind::Conflict
            | StoreErrorKind::PreconditionFailed => Decision::Retry,
            StoreErrorKind::Denied(_) | StoreErrorKind::NoBucket | StoreErrorKind::Refused(_) => {
                Decision::CallSomeone
            }
            _ => Decision::GiveUp,
        }
    }
}

fn kind_of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> StoreErrorKind {
    let SdkError::ServiceError(service) = error else {
        return match error {
            SdkError::ConstructionFailure(_) => {
                StoreErrorKind::Refused("the request could not be built".to_owned())
            }
            _ => StoreErrorKind::Unreachable,
        };
    };
    let status = service.raw().status().as_u16();
    let code = service.err().code().unwrap_or_default();
    let request = service.raw().request_id().unwrap_or("none");
    let said = || format!("{status} {code}, request {request}");
    match (status, code) {
        (_, "NoSuchBucket") => StoreErrorKind::NoBucket,
        (404, _) => StoreErrorKind::NoObject,
        (412, _) => StoreErrorKind::PreconditionFailed,
        (409, "ConditionalRequestConflict" | "OperationAborted") => StoreErrorKind::Conflict,
        (429 | 500.., _) | (_, "SlowDown" | "RequestTimeout" | "ThrottlingException") => {
            StoreErrorKind::Busy(said())
        }
        (401 | 403, _) => StoreErrorKind::Denied(said()),
        _ => StoreErrorKind::Refused(said()),
    }
}
