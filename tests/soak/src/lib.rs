//! Portal, Relais and ERP in one process, with a clock of their own and faults of every kind.
//!
//! - [`cloud`]: S3 and SQS in memory, behind the real SDK clients;
//! - [`world`]: the portal, the functions and the ERP on it, and what must hold once they have come to rest;
//! - [`life`]: the life of a few invoices, at random;
//! - [`trace`]: whether two runs were the same;
//! - [`mod@soak`]: a month of a few establishments;
//! - [`mod@catch_up`]: what comes after a long outage, or at a first installation.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a world that cannot be built ends the rehearsal, and whoever follows an invoice reads along"
)]

pub mod catch_up;
pub mod cloud;
pub mod life;
pub mod soak;
pub mod trace;
pub mod world;
