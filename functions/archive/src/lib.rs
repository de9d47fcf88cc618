//! The function that keeps and announces: it downloads invoices, stores every document and tells the ERP.
//!
//! - [`config`]: the settings;
//! - [`deps`]: what it works with;
//! - [`handler`]: a batch of jobs, and what becomes of each; `shift`: those of one establishment, in waves; `renewal`: those that an
//!   outage keeps waiting for longer than the queue remembers;
//! - [`folder`]: what the archive already holds of an invoice, and so what is to be done;
//! - [`fetch`]: few downloads for many invoices, split when they are too large, a PDF when nothing else is to be had;
//! - [`reading`]: the normalised invoice out of what was stored;
//! - [`past`]: what happened to an invoice between two polls; [`twin`]: one change, seen in the list and in the history;
//! - [`number`]: has another invoice the same supplier, number and year;
//! - [`marker`]: the amount, in the name of an empty object;
//! - [`episode`]: one episode, from what the portal gave to what the ERP is told;
//! - [`seal`]: the manifest and the event, written once as a fact, and announced;
//! - [`event`]: what the event says;
//! - [`cause`]: the ERP's command that a change of status came from.

pub mod cause;
pub mod config;
pub mod deps;
pub mod episode;
pub mod event;
pub mod fetch;
pub mod folder;
pub mod handler;
pub mod marker;
pub mod number;
pub mod past;
pub mod reading;
mod renewal;
pub mod seal;
mod shift;
pub mod twin;
