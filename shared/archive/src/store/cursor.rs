//! Cursors: small objects that only the reader of their latest version may replace.

use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::facts::to_json;
use super::{BucketStore, StoreError, StoreErrorKind};

/// Bytes of the largest cursor read; the episodes seen inside an overlap are some hundred bytes each.
const CURSOR_LIMIT: u64 = 16 * 1024 * 1024;

/// The version of a cursor's content, as S3 gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

/// A value with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Its version, to be named when it is replaced.
    pub etag: ETag,
}

/// A tag of an object: a name and a value of letters, digits and hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
}

/// The outcome of replacing a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorWrite {
    /// It was replaced; this is its version from here on.
    Written(ETag),
    /// Somebody else replaced it since it was read. Read it again; the work done meanwhile is safe to repeat.
    Lost,
}

impl BucketStore {
    /// Reads a cursor with its version. None: there is none yet.
    ///
    /// # Errors
    /// See [`StoreError::decision`]. A cursor that cannot be parsed is an error, never an absent one: starting over would be silent.
    pub async fn read_cursor<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<Versioned<T>>, StoreError> {
        let Some((bytes, etag)) = self.get_with_etag(key, CURSOR_LIMIT).await? else {
            return Ok(None);
        };
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::json("reading the cursor", key, error))?;
        Ok(Some(Versioned {
            value,
            etag: ETag(etag),
        }))
    }

    /// Replaces a cursor whose version is `expected`; None: only if there is none yet.
    ///
    /// # Errors
    /// See [`StoreError::decision`]; a lost race is no error. After one of the kind "retry" the cursor may be written all the same:
    /// the next attempt then loses, reads it, and finds its own.
    pub async fn write_cursor<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Option<&ETag>,
    ) -> Result<CursorWrite, StoreError> {
        self.replace(key, value, expected, None).await
    }

    /// The same, and gives the object this tag with the same write, for a rule of the bucket to find. Needs `s3:PutObjectTagging`.
    ///
    /// # Errors
    /// As [`BucketStore::write_cursor`].
    pub async fn write_tagged_cursor<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Option<&ETag>,
        tag: Tag,
    ) -> Result<CursorWrite, StoreError> {
        self.replace(key, value, expected, Some(tag)).await
    }

    async fn replace<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Option<&ETag>,
        tag: Option<Tag>,
    ) -> Result<CursorWrite, StoreError> {
        let operation = "moving the cursor";
        let json = to_json(operation, key, value)?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type("application/json")
            .set_tagging(tag.map(|Tag { name, value }| format!("{name}={value}")));
        let put = match expected {
            Some(ETag(etag)) => put.if_match(etag),
            None => put.if_none_match("*"),
        };
        match put.body(ByteStream::from(json)).send().await {
            Ok(output) => Ok(CursorWrite::Written(ETag(output.e_tag.unwrap_or_default()))),
            Err(error) => {
                let error = StoreError::sdk(operation, key, error);
                match error.kind() {
                    // 404: the object that If-Match names is gone.
                    StoreErrorKind::PreconditionFailed
                    | StoreErrorKind::Conflict
                    | StoreErrorKind::NoObject => Ok(CursorWrite::Lost),
                    _ => Err(error),
                }
            }
        }
    }
}
