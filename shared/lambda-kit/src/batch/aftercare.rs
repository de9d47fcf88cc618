//! What a batch needs from outside for the messages that are not done.

use jiff::Timestamp;

use super::{Blame, DeadLetter, Failures, Record, Returned};
use crate::BoxError;

/// What a function does for the messages that are not done. A failure of it is logged, and costs no message.
pub trait Aftercare {
    /// The present, by the function's clock.
    fn now(&self) -> Timestamp;

    /// Puts a message in the dead-letter queue, with the reason.
    fn bury(
        &self,
        record: &Record,
        dead: &DeadLetter,
    ) -> impl Future<Output = Result<(), BoxError>>;

    /// Counts one more failure of a message, and returns all there are.
    fn count_failure(
        &self,
        record: &Record,
        error: &str,
        blame: Blame,
    ) -> impl Future<Output = Result<Failures, BoxError>>;

    /// Hides messages that go back to their queue for as long as each is to wait.
    fn put_back(&self, returned: &[Returned]) -> impl Future<Output = Result<(), BoxError>>;
}
