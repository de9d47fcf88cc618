//! A batch of SQS messages, where one bad message costs one message.
//!
//! - The event is taken as `SqsEvent`, bodies as text: were they parsed with the event, one malformed body would fail the whole batch.
//! - A panic while a record is handled fails that record; the next one is handled.
//! - What cannot be started, or ended, before the deadline (less a margin) is reported as failed, so that what was done by then is
//!   deleted from the queue. Work that is cut off must be safe to repeat, as after any crash.
//! - In a FIFO queue, after a failure, the later records of the same group are reported as failed without being handled: their order
//!   would be lost. Other groups go on.
//! - A record can be given up ([`Outcome::DeadLetter`]): it is put in the dead-letter queue by the caller's function, with the
//!   reason, and counts as done. When that fails it is retried like any other.
//!
//! The event source mapping needs `FunctionResponseTypes: [ReportBatchItemFailures]`.

mod outcome;
mod record;
mod report;
mod run;

pub use outcome::{DeadLetter, Outcome, Outcomes};
pub use record::{Record, UnidentifiedRecord};
pub use report::{AllFailed, Report};
pub use run::{Batch, DEFAULT_MARGIN};

#[cfg(test)]
mod tests;
