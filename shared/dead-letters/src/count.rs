//! How often a message has failed, in the state bucket.

use archive::{BucketStore, CountError, Failed, MessageFailures};
use jiff::Timestamp;
use lambda_kit::batch::{Blame, Failures, Record};

use crate::Queue;

/// Counts one more failure of a message, and returns all there are.
///
/// # Errors
/// See [`CountError`]; the failure is not counted, or it is and the answer was lost.
pub(crate) async fn count_failure(
    state: &BucketStore,
    queue: Queue,
    record: &Record,
    error: &str,
    blame: Blame,
    now: Timestamp,
) -> Result<Failures, CountError> {
    let failed = Failed {
        error,
        unclear: blame == Blame::Unclear,
    };
    let counted =
        MessageFailures::count(state, queue.name(), &record.message_id, failed, now).await?;
    Ok(Failures {
        own: counted.own(),
        unclear: counted.unclear.map_or(0, |unclear| unclear.count),
        unclear_since: counted.unclear.map(|unclear| unclear.since),
    })
}
