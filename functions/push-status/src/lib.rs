//! The function that carries the ERP's decisions to Chorus Pro: each command is checked, sent in order, never sent twice blindly, and
//! answered with exactly one outcome.
//!
//! - [`config`]: the settings;
//! - [`handler`]: one command from the queue to its outcome;
//! - [`known`]: what the archive knows of the invoice;
//! - [`push`]: the calls to the portal, and what an unclear end means;
//! - [`fact`]: what is kept of a command.

pub mod config;
pub mod fact;
pub mod handler;
pub mod known;
pub mod push;
