//! What every function of Relais needs around its handler, and nothing of what the handler is about.
//!
//! It knows the Lambda environment: how [a function starts](runtime), where its [settings](environment) and
//! [configuration document](config) come from, how it [logs](logging), [counts](metrics), goes through a
//! [batch of messages](batch) and keeps within its [deadline].
//!
//! It does not know Chorus Pro, invoices, S3 or what a message says: a record's body is a string to it. It is the one crate
//! that sees Secrets Manager.

pub mod batch;
mod clock;
pub mod config;
pub mod deadline;
pub mod environment;
mod error_chain;
pub mod logging;
pub mod metrics;
mod pace;
pub mod runtime;
pub mod sdk;

pub use clock::Clock;
pub use deadline::Deadline;
pub use environment::Environment;
pub use error_chain::{BoxError, causes, chain};
pub use metrics::Metrics;
pub use pace::Pace;
pub use runtime::{Failure, Invocation, Startup};
