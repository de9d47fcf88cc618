//! A row of the portal's list of received invoices, as every function that lists them understands it.
//!
//! - [`Seen`] and [`appearance`]: which appearance of an invoice a row is;
//! - [`job`](job()): the job that it makes for `archive`;
//! - [`Structure`] and [`structure_id`]: the establishment in the portal's directory, which a search is made for.
//!
//! What it does not know: queues, cursors, and what becomes of a job.

mod job;
mod seen;
mod structure;

pub use job::{appearance, job};
pub use seen::Seen;
pub use structure::{Structure, StructureError, structure_id};
