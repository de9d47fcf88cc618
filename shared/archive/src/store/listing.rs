//! Listings of any length, a page at a time.

use jiff::Timestamp;

use super::{BucketStore, StoreError};

/// A key, and when its object was last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// The key.
    pub key: String,
    /// When it was written, by S3's clock; absent when S3 does not say.
    pub modified: Option<Timestamp>,
}

/// The keys that begin with a prefix, in their order, a page of at most 1000 at a time: memory holds one page, however many there are.
#[derive(Debug)]
pub struct KeyListing {
    store: BucketStore,
    prefix: String,
    place: Place,
    calls: u64,
}

#[derive(Debug)]
enum Place {
    Start,
    Next(String),
    End,
}

impl BucketStore {
    /// Lists the keys that begin with `prefix`. Nothing is asked before the first page is.
    #[must_use]
    pub fn listing(&self, prefix: &str) -> KeyListing {
        KeyListing {
            store: self.clone(),
            prefix: prefix.to_owned(),
            place: Place::Start,
            calls: 0,
        }
    }
}

impl KeyListing {
    /// The next keys; `None` after the last. A page may be empty, and the listing still go on.
    ///
    /// # Errors
    /// See [`StoreError::decision`]. After an error the same page is asked for again.
    pub async fn next_page(&mut self) -> Result<Option<Vec<ListedKey>>, StoreError> {
        let token = match &self.place {
            Place::Start => None,
            Place::Next(token) => Some(token.clone()),
            Place::End => return Ok(None),
        };
        self.calls += 1;
        let page = self
            .store
            .client
            .list_objects_v2()
            .bucket(&self.store.bucket)
            .prefix(&self.prefix)
            .set_continuation_token(token)
            .send()
            .await
            .map_err(|error| StoreError::sdk("listing", &self.prefix, error))?;
        self.place = page
            .next_continuation_token
            .filter(|token| !token.is_empty())
            .map_or(Place::End, Place::Next);
        let listed = page.contents.unwrap_or_default().into_iter();
        Ok(Some(
            listed
                .filter_map(|object| {
                    let modified = object.last_modified.and_then(|time| {
                        Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
                    });
                    Some(ListedKey {
                        key: object.key?,
                        modified,
                    })
                })
                .collect(),
        ))
    }

    /// Calls made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }
}
