//! The function that finds invoices: every few minutes it asks Chorus Pro what changed since the cursor, and queues one job for each
//! appearance of an invoice.
//!
//! - [`config`]: the settings;
//! - [`cursor`]: how far one of the portal's lists has been collected;
//! - [`collect`]: one list, from the cursor to the queue; `window`: which span of it at a time; `directory`: whose it is on the portal;
//! - [`backlog`]: what is left for the time that polls have left;
//! - [`report`]: what a poll did;
//! - [`handler`]: all establishments and lists, each for itself.

pub mod backlog;
pub mod collect;
pub mod config;
pub mod cursor;
mod directory;
pub mod handler;
pub mod report;
mod window;
