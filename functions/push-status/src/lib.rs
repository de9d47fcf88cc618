//! The function that carries the ERP's decisions to Chorus Pro: each command is checked, sent in order, never sent twice blindly, and
//! answered with exactly one outcome.
//!
//! - [`config`]: the settings;
//! - [`deps`]: what it works with;
//! - [`handler`]: a batch of commands, in order for each invoice;
//! - `errand`: one command, from what it asks to its one outcome;
//! - `decision`: what stands for or against it, without a call;
//! - [`known`]: what the archive knows of the invoice;
//! - `standing`: what an outcome says of the invoice besides the command;
//! - [`push`]: the calls to the portal, and what an unclear end means;
//! - [`fact`]: what is kept of a command.

pub mod config;
mod decision;
pub mod deps;
mod errand;
pub mod fact;
pub mod handler;
pub mod known;
pub mod push;
mod standing;
