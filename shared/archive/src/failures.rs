//! How often a message failed: SQS counts every receive, also those that merely waited.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    BucketStore, CursorWrite, StoreError,
    keys::{self, KeyError},
};

const VERSION: u32 = 1;

/// The object `failures/{queue}/{message id}.json` of the state bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageFailures {
    /// The version of this shape: 1.
    pub version: u32,
    /// How often it failed.
    pub count: u32,
    /// Those of them that may not have been its own fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclear: Option<Unclear>,
    /// When it failed first.
    pub first_at: Timestamp,
    /// When it failed last.
    pub last_at: Timestamp,
    /// The last error, with its causes.
    pub last_error: String,
}

/// Failures that may have been the message's own fault, or that of whatever it was to be done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unclear {
    /// How many.
    pub count: u32,
    /// When the first of them was.
    pub since: Timestamp,
}

/// One more failure.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// The error, with its causes.
    pub error: &'a str,
    /// Whether it may not have been the message's own fault.
    pub unclear: bool,
}

/// A failure was not counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// The queue or the message cannot stand in a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The count was not read or written.
    #[error("the message's failures could not be counted")]
    Store(#[from] StoreError),
}

impl MessageFailures {
    /// How often it failed by its own fault.
    #[must_use]
    pub fn own(&self) -> u32 {
        let unclear = self.unclear.map_or(0, |unclear| unclear.count);
        self.count.saturating_sub(unclear)
    }

    /// Counts one more failure of a message, and returns all there are.
    ///
    /// A message is in one pair of hands at a time; when it is not (its visibility ran out), the two failures may count as one.
    ///
    /// # Errors
    /// See [`CountError`]; the failure is not counted, or it is and the answer was lost.
    pub async fn count(
        state: &BucketStore,
        queue: &str,
        message_id: &str,
        failed: Failed<'_>,
        now: Timestamp,
    ) -> Result<Self, CountError> {
        let key = keys::failures(queue, message_id)?;
        let held = state.read_cursor::<Self>(&key).await?;
        let (before, etag) = held.map_or((None, None), |held| (Some(held.value), Some(held.etag)));
        let unclear = before.as_ref().and_then(|before| before.unclear);
        let after = Self {
            version: VERSION,
            count: before.as_ref().map_or(0, |b| b.count).saturating_add(1),
            unclear: match failed.unclear {
                true => Some(Unclear {
                    count: unclear.map_or(0, |u| u.count).saturating_add(1),
                    since: unclear.map_or(now, |u| u.since),
                }),
                false => unclear,
            },
            first_at: before.map_or(now, |before| before.first_at),
            last_at: now,
            last_error: failed.error.to_owned(),
        };
        match state.write_cursor(&key, &after, etag.as_ref()).await? {
            CursorWrite::Written(_) | CursorWrite::Lost => Ok(after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_s3::MemoryS3;

    #[tokio::test]
    async fn failures_are_counted_for_each_message_with_the_last_error() {
        let s3 = MemoryS3::default();
        let store = s3.store();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let count = async |id: &str, error: &str, now: &str| {
            let unclear = error == "unclear";
            let failed = Failed { error, unclear };
            let counted = MessageFailures::count(&store, "jobs", id, failed, at(now)).await;
            counted.map(|failures| failures.count)
        };
        assert_eq!(
            count("a", "first", "2026-11-23T09:00:00Z").await.unwrap(),
            1
        );
        assert_eq!(
            count("a", "second", "2026-11-23T10:00:00Z").await.unwrap(),
            2
        );
        assert_eq!(
            count("b", "other", "2026-11-23T10:00:00Z").await.unwrap(),
            1
        );
        for hour in [11, 12] {
            let now = format!("2026-11-23T{hour}:00:00Z");
            count("b", "unclear", &now).await.unwrap();
        }
        let kept: MessageFailures =
            serde_json::from_slice(&s3.bytes("failures/jobs/b.json")).unwrap();
        let since = at("2026-11-23T11:00:00Z");
        assert_eq!(kept.unclear, Some(Unclear { count: 2, since }));
        assert_eq!((kept.count, kept.own()), (3, 1));
        let kept: MessageFailures =
            serde_json::from_slice(&s3.bytes("failures/jobs/a.json")).unwrap();
        assert_eq!(
            (kept.first_at, kept.last_error.as_str()),
            (at("2026-11-23T09:00:00Z"), "second")
        );
        assert!(matches!(
            count("a/b", "x", "2026-11-23T10:00:00Z").await,
            Err(CountError::Key(_))
        ));
    }
}
