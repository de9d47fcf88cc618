//! The client against a portal of canned answers: the odd shapes that the real one has been seen to give.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod download;
mod logs;
mod lookups;
mod portal;
mod refusals;
mod retries;
mod search;
mod status;
mod token;
mod wire;
