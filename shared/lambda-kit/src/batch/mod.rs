//! A batch of SQS messages, where one bad message costs one message.
//!
//! - The event is taken as `SqsEvent`, bodies as text: were they parsed with the event, one malformed body would fail the whole batch.
//! - A panic while a record is handled fails that record; the next one is handled.
//! - What cannot be started, or ended, before the deadline (less a margin) goes back to the queue, so that what was done by then is
//!   deleted from it. Work that is cut off must be safe to repeat, as after any crash.
//! - In a FIFO queue, after a record that goes back, the later records of the same group go back without being handled: their order
//!   would be lost. Other groups go on.
//! - A record can be given up ([`Outcome::DeadLetter`]): it is put in the dead-letter queue by the caller's function, with the
//!   reason, and counts as done. When that fails it goes back like any other.
//!
//! # What goes back, and what becomes of it
//!
//! SQS counts every receive and buries a message after so many, whatever the cause: an outage of an evening would bury everything. So that
//! number is set high (it is for processes that die), and the ends of a failed message are told apart here:
//!
//! - [`Outcome::Retry`]: its own fault. It is tried again with growing delays, counted through [`Aftercare::count_failure`],
//!   and buried with its last error after [`MOST_FAILURES`].
//! - [`Outcome::Unclear`]: its own fault, or that of whatever it was to be done with. A message that is alone in its queue cannot show
//!   whether others fail too, so time must: it is tried again for longer than any outage lasts ([`Pace::longest_outage`]), once an hour
//!   in the end, and buried only then.
//! - [`Outcome::Wait`]: not its fault (the portal is down, a switch is off, there was no time left). It is looked at again with growing
//!   delays and never counted. After [`LONGEST_WAIT`] it is buried with the reason, because SQS forgets a message after 14 days.
//!
//! The delays are set on the messages themselves ([`Aftercare::put_back`]). When that fails the queue's own visibility holds.
//!
//! [`Pace::longest_outage`]: crate::Pace::longest_outage
//!
//! The event source mapping needs `FunctionResponseTypes: [ReportBatchItemFailures]`.

mod aftercare;
mod failures;
mod outcome;
mod record;
mod report;
mod run;
mod settling;

pub use aftercare::Aftercare;
pub use failures::{Blame, Failures};
pub use outcome::{DeadLetter, Outcome, Outcomes};
pub use record::{Record, UnidentifiedRecord};
pub use report::{AllFailed, Back, Report, Returned};
pub use run::{Batch, DEFAULT_MARGIN};
pub use settling::{FAILED_TOO_OFTEN, LONGEST_WAIT, MOST_FAILURES, WAITED_TOO_LONG};

#[cfg(test)]
mod tests;
