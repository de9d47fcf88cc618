//! S3 behind one door: facts, cursors, bounded reads, listings.

mod cursor;
mod error;
mod facts;
mod listing;
mod reads;

use aws_sdk_s3::Client;

pub use cursor::{CursorWrite, ETag, Tag, Versioned};
pub use error::{Decision, StoreError, StoreErrorKind};
pub use facts::Fact;
pub use listing::{KeyListing, ListedKey};

/// A bucket. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct BucketStore {
    pub(crate) client: Client,
    pub(crate) bucket: String,
}

impl BucketStore {
    /// A bucket, by a client that is set up (region, endpoint, timeouts, retries).
    #[must_use]
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self {
            client,
            bucket: bucket.into(),
        }
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }
}

#[cfg(test)]
mod tests;
