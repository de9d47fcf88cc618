//! The gate as the functions use it: several processes, one state bucket, a portal that misbehaves, and a clock that the test moves.

// A whole batch through the gate is a deep chain of futures.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod backlog;
mod breaker;
mod fault;
mod queue;
mod rate;
mod stand;
mod stumblers;
mod switches;
