//! The fact beside each dead letter.
//!
//! A queue cannot be searched, and forgets after fourteen days. So each message that is given up leaves a fact in the state bucket,
//! `dead-letters/{queue}/{message id}.json`: why, what to do about it, and the message whole. The message is in the dead-letter queue
//! too, where the alarm sees it.
//!
//! - [`Caretaker`]: what a function does for messages that it is not done with: it counts how often each has failed, which decides when it
//!   becomes a dead letter;
//! - [`Grave`]: where a message goes that can never succeed: the fact first, then the queue;
//! - [`Desk`]: where an operator looks at dead letters, sends them back or lays them aside;
//! - [`next_action`]: what to do about each class of error, in French.
//!
//! It knows the state bucket and the queues, and no invoice: what a body says of one is copied and not understood.

mod about;
mod action;
mod caretaker;
mod count;
mod desk;
mod error;
mod fact;
mod grave;
mod queue;

pub use action::next_action;
pub use caretaker::Caretaker;
use count::count_failure;
pub use desk::{Desk, Drawer, Entry, Lane, Redriven};
pub use error::DeadLetterError;
pub use fact::{Fact, How, Resolution};
pub use grave::Grave;
pub use queue::{Queue, UnknownQueue};
