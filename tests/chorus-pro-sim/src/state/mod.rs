//! What the portal holds: structures, accounts, invoices.

mod account;
mod invoice;
mod lifecycle;
mod portal;
mod structure;

pub use account::{Account, PisteApplication};
pub use invoice::{Action, HistoStatut, Invoice, Kind, Ligne, Montants, Renvoi, Tva};
pub use lifecycle::{Actor, LifecycleError};
pub use portal::{Behaviour, LongMotif, Portal};
pub use structure::{Adresse, Personne, Service, Structure, Supplier};
