//! The function that finds invoices: every few minutes it asks Chorus Pro what changed since the cursor, and queues one job for each
//! appearance of an invoice.
//!
//! - [`config`]: the settings;
//! - [`cursor`]: how far an establishment has been collected;
//! - [`collect`]: one establishment and kind, from the cursor to the queue;
//! - [`handler`]: all establishments, each for itself.

pub mod collect;
pub mod config;
pub mod cursor;
pub mod handler;
