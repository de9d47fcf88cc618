//! The gate as the functions use it: several processes, one state bucket, a portal that misbehaves, and a clock that the test moves.

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
mod rate;
mod stand;
mod switches;
