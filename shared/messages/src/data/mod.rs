//! The `data` of each message.

mod amount;
mod invoice_job;
mod invoice_received;
mod outcome;
mod parts;
mod set_status;
mod status_changed;

pub use amount::{Amount, NotAnAmount};
pub use invoice_job::InvoiceJob;
pub use invoice_received::InvoiceReceived;
pub use outcome::{Etape, Reason, Resultat, Settlement, StatusApplied, StatusRefused};
pub use parts::{
    ArchivePointers, Document, Etablissement, Exigences, Finding, Fournisseur, Montants,
    References, Service, Travaux,
};
pub use set_status::{SetStatus, Steps};
pub use status_changed::StatusChanged;

use crate::envelope::Message;

/// A message about one invoice of one establishment: what keeps its order on a FIFO queue.
pub trait AboutInvoice: Message {
    /// The establishment.
    fn siret(&self) -> &str;
    /// The invoice.
    fn id_facture(&self) -> u64;
}
