//! What stops work on dead letters.

use archive::{StoreError, keys::KeyError};
use messages::sqs::SqsError;

/// Work on a dead letter stopped. Everything is safe to repeat.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// The state bucket.
    #[error("the fact beside the dead letter was not read or written")]
    Store(#[from] StoreError),
    /// A queue.
    #[error("the queue did not do what it was asked")]
    Queue(#[from] SqsError),
    /// The message's id cannot stand in a key.
    #[error("the dead letter has no place in the state bucket")]
    Key(#[from] KeyError),
    /// Several operators at work on the same letter, again and again.
    #[error("the fact {0} is being changed by somebody else: try again")]
    Contended(String),
    /// There is no fact of that message any more.
    #[error("the fact {0} is not there any more: was the state bucket changed by hand?")]
    Vanished(String),
}
