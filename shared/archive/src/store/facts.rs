//! Facts: objects that are written once. The second writer finds the first one's.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{BucketStore, StoreError, StoreErrorKind};

const JSON: &str = "application/json";
/// Tries of a write that meets another one of the same key (409), and the first pause between them.
const CONFLICT_TRIES: u32 = 4;
const CONFLICT_PAUSE: Duration = Duration::from_millis(50);

/// The outcome of writing a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was written now.
    Written(T),
    /// It was there already, and this is what it says. It may be one's own write, whose answer was lost.
    AlreadyThere(T),
}

impl<T> Fact<T> {
    /// What the fact says, whoever wrote it.
    pub fn into_inner(self) -> T {
        match self {
            Self::Written(value) | Self::AlreadyThere(value) => value,
        }
    }

    /// Whether it was written now.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self, Self::Written(_))
    }
}

/// JSON as a person likes to open it.
pub(super) fn to_json<T: Serialize>(
    operation: &'static str,
    key: &str,
    value: &T,
) -> Result<Bytes, StoreError> {
    let mut json = serde_json::to_vec_pretty(value)
        .map_err(|error| StoreError::json(operation, key, error))?;
    json.push(b'\n');
    Ok(json.into())
}

impl BucketStore {
    /// Writes a fact, unless it is there: then what is there is read and given back. Safe to repeat, and safe to race.
    ///
    /// # Errors
    /// See [`StoreError::decision`]; after an error of the kind "retry" the fact may be written all the same.
    pub async fn put_fact<T: Serialize + DeserializeOwned>(
        &self,
        key: &str,
        value: T,
    ) -> Result<Fact<T>, StoreError> {
        let json = to_json("writing the fact", key, &value)?;
        let mut pause = CONFLICT_PAUSE;
        for left in (0..CONFLICT_TRIES).rev() {
            let error = match self.put_if_absent(key, json.clone()).await {
                Ok(()) => return Ok(Fact::Written(value)),
                Err(error) => error,
            };
            match error.kind() {
                StoreErrorKind::PreconditionFailed => {
                    if let Some(there) = self.read_json(key).await? {
                        return Ok(Fact::AlreadyThere(there));
                    }
                    // Deleted by hand in between: write again.
                }
                StoreErrorKind::Conflict if left > 0 => {}
                _ => return Err(error),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(StoreError::new(
            "writing the fact",
            key,
            StoreErrorKind::Conflict,
        ))
    }

    /// Writes JSON, whether or not something is there. For what is rewritten by a repeated run until a fact seals it.
    ///
    /// # Errors
    /// See [`StoreError::decision`].
    pub async fn put_json<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        let json = to_json("writing", key, value)?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(JSON)
            .body(ByteStream::from(json));
        put.send()
            .await
            .map_err(|error| StoreError::sdk("writing", key, error))?;
        Ok(())
    }

    /// Writes an object without content, whose key is all that it says. That it is there already, or is being written, is as good.
    ///
    /// # Errors
    /// See [`StoreError::decision`].
    pub async fn put_marker(&self, key: &str) -> Result<(), StoreError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .if_none_match("*")
            .body(ByteStream::from_static(b""));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = StoreError::sdk("marking", key, error);
                match error.kind() {
                    StoreErrorKind::PreconditionFailed | StoreErrorKind::Conflict => Ok(()),
                    _ => Err(error),
                }
            }
        }
    }

    async fn put_if_absent(&self, key: &str, json: Bytes) -> Result<(), StoreError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(JSON);
        let put = put.if_none_match("*").body(ByteStream::from(json));
        put.send()
            .await
            .map_err(|error| StoreError::sdk("writing the fact", key, error))?;
        Ok(())
    }
}
