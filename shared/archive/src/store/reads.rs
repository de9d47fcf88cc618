//! Reading: JSON, bounded bytes, existence, listings, and a document as a stream.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use serde::de::DeserializeOwned;

use super::{BucketStore, StoreError, StoreErrorKind};

/// Bytes of the largest JSON read: an invoice with some ten thousand lines.
const JSON_LIMIT: u64 = 64 * 1024 * 1024;

impl BucketStore {
    /// Reads JSON. None: the object does not exist.
    ///
    /// Without the right to list the bucket, S3 answers 403 where it would answer 404: the function needs `s3:ListBucket`.
    ///
    /// # Errors
    /// See [`StoreError::decision`].
    pub async fn read_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let Some(bytes) = self.get_bounded(key, JSON_LIMIT).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| StoreError::json("reading", key, error))
    }

    /// Reads an object of at most `max` bytes. None: it does not exist.
    ///
    /// # Errors
    /// [`StoreErrorKind::TooLarge`] before anything is read; else see [`StoreError::decision`].
    pub async fn get_bounded(&self, key: &str, max: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get_with_etag(key, max).await?.map(|(bytes, _)| bytes))
    }

    pub(super) async fn get_with_etag(
        &self,
        key: &str,
        max: u64,
    ) -> Result<Option<(Vec<u8>, String)>, StoreError> {
        let Some(mut output) = self.get(key).await? else {
            return Ok(None);
        };
        let size = output
            .content_length
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or_default();
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(max)).unwrap_or_default());
        let too_large = |size| {
            Err(StoreError::new(
                "reading",
                key,
                StoreErrorKind::TooLarge { size, max },
            ))
        };
        if size > max {
            return too_large(size);
        }
        while let Some(chunk) = output.body.next().await {
            let chunk = chunk.map_err(|error| StoreError::body("reading", key, error))?;
            let read = bytes.len() as u64 + chunk.len() as u64;
            if read > max {
                return too_large(read);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some((bytes, output.e_tag.unwrap_or_default())))
    }

    /// An object whose body is still to be read.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<GetObjectOutput>, StoreError> {
        match self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
        {
            Ok(output) => Ok(Some(output)),
            Err(error) => absent(StoreError::sdk("reading", key, error)),
        }
    }

    /// Whether an object exists.
    ///
    /// # Errors
    /// See [`StoreError::decision`].
    pub async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        match self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
        {
            Ok(_) => Ok(true),
            Err(error) => Ok(absent::<()>(StoreError::sdk("looking for", key, error))?.is_some()),
        }
    }

    /// All keys that begin with `prefix`, in order. Keys alone: their names tell what is held.
    ///
    /// # Errors
    /// See [`StoreError::decision`].
    pub async fn list_keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut listing = self.listing(prefix);
        while let Some(page) = listing.next_page().await? {
            keys.extend(page.into_iter().map(|listed| listed.key));
        }
        Ok(keys)
    }
}

/// An object that does not exist is an answer, not an error.
fn absent<T>(error: StoreError) -> Result<Option<T>, StoreError> {
    if *error.kind() == StoreErrorKind::NoObject {
        Ok(None)
    } else {
        Err(error)
    }
}
