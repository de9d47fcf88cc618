//! A stand-in for Chorus Pro, as a public recipient sees it through PISTE: faithful, and faulty on demand.
//!
//! It knows the token endpoint, the recipient's operations of `factures/v1`, `facturesTravaux/v1`, `structures/v1` and
//! `transverses/v1`, the pivot V2\_02 and its documents, the life cycle of an invoice, and the ways in which the gateway and the
//! portal fail. It knows nothing of Relais: it shares no type with the client, so that a misreading of the API cannot hide
//! behind the same misreading here. Nor does it play the supplier's or the validator's API: both act through `/_sim/`.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use chorus_pro_sim::{Options, start};
//!
//! let running = start(Options { invoices: 20, ..Options::default() }).await?;
//! println!("{}/api/oauth/token", running.url());
//! for invoice in running.simulator().invoices() {
//!     println!("{} {}", invoice.id, invoice.statut);
//! }
//! # Ok(())
//! # } // the server stops here
//! ```
//!
//! What sources leave open is marked as an invention where it is decided, and listed in the README.

#![cfg_attr(test, allow(clippy::indexing_slicing))]

mod api;
mod clock;
mod control;
mod dates;
pub mod direct;
pub mod documents;
pub mod faults;
mod gateway;
mod head;
pub mod journal;
mod options;
mod pivot;
mod quirks;
pub mod scenario;
pub mod seed;
mod server;
mod simulator;
pub mod state;
pub mod statuts;

pub use api::Operation;
pub use clock::Clock;
pub use control::{Deposit, DepositDocument, DepositError, DepositSupplier, Generated};
pub use documents::{Defect, TypePj};
pub use faults::{FaultKind, FaultRule, Faults, Shape, When};
pub use options::{Options, StartError};
pub use scenario::{Scenario, ScenarioError};
pub use server::{Running, start};
pub use simulator::Simulator;
