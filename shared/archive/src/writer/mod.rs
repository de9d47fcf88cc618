//! A document of any size on its way to S3.

mod multipart;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use tokio::sync::Semaphore;

use crate::manifest::StoredObject;
use crate::store::{BucketStore, StoreError, StoreErrorKind};
use multipart::Multipart;

/// Bytes of a part: the smallest that S3 takes (but for the last one), so that memory stays small. 10 000 of them are 52 GB.
pub const PART_SIZE: usize = 5 * 1024 * 1024;
/// What a buffer that was not filled yet starts with: most documents are small.
const FIRST_BUFFER: usize = 64 * 1024;

/// What the writers of one download share: the bucket, and the right to have one part under way.
///
/// A pivot and one of its attachments are written at the same time. Each fills its own part; only one part is on its way to S3 at any
/// moment, for both. So at most three parts are in memory: 15 MiB, whatever the size of the documents.
#[derive(Debug, Clone)]
pub struct Uploads {
    store: BucketStore,
    one_part: Arc<Semaphore>,
    /// The memory of a part that arrived, for the next one: fresh pages cost more than the copy into them.
    spare: Arc<Mutex<Option<BytesMut>>>,
}

impl Uploads {
    /// Uploads to this bucket.
    #[must_use]
    pub fn new(store: &BucketStore) -> Self {
        Self {
            store: store.clone(),
            one_part: Arc::new(Semaphore::new(1)),
            spare: Arc::default(),
        }
    }

    fn take_spare(&self) -> Option<BytesMut> {
        self.spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Keeps the memory of a part for the next one, unless somebody still holds it.
    fn keep_spare(&self, part: Bytes) {
        if let Ok(mut part) = part.try_into_mut() {
            part.clear();
            *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(part);
        }
    }

    /// A document to be written.
    #[must_use]
    pub fn document(&self) -> DocumentWriter {
        DocumentWriter {
            uploads: self.clone(),
            place: None,
            buffer: BytesMut::new(),
            hash: Context::new(&SHA256),
            size: 0,
            multipart: None,
        }
    }
}

/// Writes one document: a single put when it fits one part, a multipart upload when it does not; SHA-256 while it goes by.
///
/// Its key may be chosen late: a document that fits one part needs none before [`finish`](Self::finish). A larger one needs it
/// when [`needs_place`](Self::needs_place) says so.
///
/// What is in S3 under its key stays: where two runs write the same document, the first one's bytes count for both, and so whichever
/// seals the episode first tells their hash.
///
/// Nothing is visible in S3 before `finish`. On any error, [`abort`](Self::abort) takes back what was uploaded; a writer that is dropped
/// does the same in the background, as far as the runtime lives on (the bucket's rule for incomplete uploads is the last resort).
pub struct DocumentWriter {
    uploads: Uploads,
    place: Option<Place>,
    buffer: BytesMut,
    hash: Context,
    size: u64,
    multipart: Option<Multipart>,
}

impl fmt::Debug for DocumentWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the bytes.
        formatter
            .debug_struct("DocumentWriter")
            .field("place", &self.place)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) key: String,
    pub(crate) content_type: String,
}

impl DocumentWriter {
    /// Says where the document goes, and what it is.
    pub fn place(&mut self, key: String, content_type: &str) {
        self.place = Some(Place {
            key,
            content_type: content_type.to_owned(),
        });
    }

    /// Whether it has a place.
    #[must_use]
    pub fn is_placed(&self) -> bool {
        self.place.is_some()
    }

    /// Whether `more` bytes cannot be written before the document has a place.
    #[must_use]
    pub fn needs_place(&self, more: usize) -> bool {
        self.place.is_none() && self.buffer.len() + more > PART_SIZE
    }

    /// The document's first bytes, as long as nothing was uploaded; always there when a place is needed.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        if self.multipart.is_some() {
            &[]
        } else {
            &self.buffer
        }
    }

    /// Bytes written so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Writes the next bytes.
    ///
    /// # Errors
    /// S3 failed, or the document needs a place. The writer must then be aborted.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        let mut rest = bytes;
        loop {
            let room = PART_SIZE - self.buffer.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.reserve(now.len());
            self.buffer.extend_from_slice(now);
            if later.is_empty() {
                return Ok(());
            }
            self.send_part().await?;
            rest = later;
        }
    }

    /// Grows by doubling, but to a whole part at once when it is clear that one is needed, and never beyond.
    fn reserve(&mut self, more: usize) {
        let needed = self.buffer.len() + more;
        if needed <= self.buffer.capacity() {
            return;
        }
        let large = self.multipart.is_some() || needed > PART_SIZE / 4;
        let capacity = if large {
            PART_SIZE
        } else {
            needed.next_power_of_two().max(FIRST_BUFFER)
        };
        let spare = if large {
            self.uploads.take_spare()
        } else {
            None
        };
        let mut grown = spare.unwrap_or_else(|| BytesMut::with_capacity(capacity));
        grown.extend_from_slice(&self.buffer);
        self.buffer = grown;
    }

    async fn send_part(&mut self) -> Result<(), StoreError> {
        let Some(place) = &self.place else {
            return Err(StoreError::new("writing", "", StoreErrorKind::Unplaced));
        };
        if self.multipart.is_none() {
            self.multipart = Some(Multipart::create(self.uploads.store.clone(), place).await?);
        }
        let Some(multipart) = &mut self.multipart else {
            return Ok(());
        };
        multipart.settle().await?;
        // Never closed, so the error cannot be; were it, the part would go without waiting.
        let turn = self.uploads.one_part.clone().acquire_owned().await.ok();
        multipart.send(
            std::mem::take(&mut self.buffer).freeze(),
            turn,
            self.uploads.clone(),
        );
        Ok(())
    }

    /// Ends the document: from here on it is in S3, whole. What is told is what is there, which another run may have written before.
    ///
    /// # Errors
    /// S3 failed, or the document has no place. Nothing is left behind.
    pub async fn finish(mut self) -> Result<StoredObject, StoreError> {
        match self.try_finish().await {
            Ok(stored) => Ok(stored),
            Err(error) => {
                self.abort().await;
                Err(error)
            }
        }
    }

    async fn try_finish(&mut self) -> Result<StoredObject, StoreError> {
        let Some(place) = self.place.clone() else {
            return Err(StoreError::new("writing", "", StoreErrorKind::Unplaced));
        };
        let digest = std::mem::replace(&mut self.hash, Context::new(&SHA256)).finish();
        let written = if self.multipart.is_some() {
            self.send_part().await?;
            match &mut self.multipart {
                Some(multipart) => multipart.complete(self.size).await,
                None => Ok(None),
            }
        } else {
            self.put(&place, digest.as_ref()).await
        };
        let version_id = match written {
            Ok(version_id) => version_id,
            Err(error) if *error.kind() == StoreErrorKind::PreconditionFailed => {
                if let Some(multipart) = self.multipart.take() {
                    multipart.abort().await;
                }
                return self.uploads.store.what_is_there(&place.key).await;
            }
            Err(error) => return Err(error),
        };
        Ok(StoredObject {
            key: place.key,
            version_id,
            size: self.size,
            sha256: hexadecimal(digest.as_ref()),
        })
    }

    async fn put(&mut self, place: &Place, digest: &[u8]) -> Result<Option<String>, StoreError> {
        let body = std::mem::take(&mut self.buffer).freeze();
        let store = &self.uploads.store;
        let put = store
            .client
            .put_object()
            .bucket(&store.bucket)
            .key(&place.key)
            .content_type(&place.content_type);
        let put = put
            .if_none_match("*")
            .checksum_sha256(STANDARD.encode(digest))
            .body(ByteStream::from(body));
        let output = put
            .customize()
            // The checksum is sent, and signed with the other headers: hashing the body once more for the signature adds nothing.
            .disable_payload_signing()
            .send()
            .await
            .map_err(|error| StoreError::sdk("writing", &place.key, error))?;
        Ok(output.version_id)
    }

    /// Takes back what was uploaded. What S3 answers is logged, for there is nothing better to do about it.
    pub async fn abort(mut self) {
        if let Some(multipart) = self.multipart.take() {
            multipart.abort().await;
        }
    }
}

impl BucketStore {
    /// A document that is there already: read once, for its hash.
    async fn what_is_there(&self, key: &str) -> Result<StoredObject, StoreError> {
        let Some(mut output) = self.get(key).await? else {
            // Deleted by hand in between: the next attempt writes it.
            return Err(StoreError::new("writing", key, StoreErrorKind::Conflict));
        };
        let (mut hash, mut size) = (Context::new(&SHA256), 0);
        while let Some(chunk) = output.body.next().await {
            let chunk = chunk.map_err(|error| StoreError::body("reading back", key, error))?;
            hash.update(&chunk);
            size += chunk.len() as u64;
        }
        Ok(StoredObject {
            key: key.to_owned(),
            version_id: output.version_id,
            size,
            sha256: hexadecimal(hash.finish().as_ref()),
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests;
