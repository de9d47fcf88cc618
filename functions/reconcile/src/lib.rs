//! The function that proves: each night it compares what Chorus Pro lists with what the archive holds, says what is lacking, and queues it again.
//!
//! - [`config`]: the settings; [`deps`]: what it works with;
//! - [`handler`]: all establishments, each for itself;
//! - [`night`]: one establishment in one night: what is due, as far as time goes, and the report; or any days, by hand;
//! - [`proof`]: the months of one establishment, one after the other;
//! - [`month`], [`progress`]: which months are due;
//! - [`holdings`]: what the archive holds, folded out of its keys; [`amounts`]: what a key does not tell;
//! - [`verdict`]: one invoice on both sides; [`comparison`]: a month of them, in each of the portal's lists; `sums`: what they add up to;
//! - [`findings`]: what may be found of them;
//! - [`requeue`]: the jobs of what is lacking, few and the oldest first;
//! - [`report`]: what a person reads.

pub mod amounts;
pub mod comparison;
pub mod config;
pub mod deps;
pub mod findings;
pub mod handler;
pub mod holdings;
pub mod month;
mod names;
pub mod night;
pub mod progress;
pub mod proof;
pub mod report;
pub mod requeue;
mod sums;
pub mod verdict;
