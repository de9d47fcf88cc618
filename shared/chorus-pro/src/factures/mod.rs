//! `factures/v1`: the invoices that a public recipient receives.

mod consultee;
mod consulter;
mod historique;
mod rechercher;
mod telecharger;
mod traiter;

pub use consultee::*;
pub use consulter::*;
pub use historique::*;
pub use rechercher::*;
pub use telecharger::*;
pub use traiter::*;
