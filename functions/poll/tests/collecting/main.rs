//! `poll` from the portal to the jobs queue, in process: its handler with real clients, the portal's stand-in, and a small S3 and SQS.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod backlog;
mod stand;
mod works_roles;
