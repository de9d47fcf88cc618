//! The simulator from outside, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs
)]

mod client;
mod control;
mod direct;
mod documents;
mod faults;
mod gateway;
mod invoices;
mod journal;
mod program;
mod scenario;
mod scenario_files;
mod scenario_month;
mod swagger;
