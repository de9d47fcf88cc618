//! The domain of an invoice, pure: no I/O, no clock, no async.
//!
//! What this crate knows: the EN 16931 semantic model as Relais publishes it ([`model`]), how to tell what a file is by
//! its content ([`document`]), how to read every format Chorus Pro hands out ([`readers`]), which of several readings
//! of one invoice to trust and where they disagree ([`normalise`]), the advisory checks ([`checks`]), the statuses of
//! Chorus Pro ([`statut`]), the legal payment clock ([`delai`]), and how to take a huge pivot apart ([`pivot_stream`]).
//!
//! What it does not know: HTTP, AWS, files, and who calls it.
//!
//! ```
//! use invoice::{Limits, ReadError};
//!
//! let answer = invoice::read(b"%PDF-1.4 cut off", &Limits::default());
//! assert!(matches!(answer, Err(ReadError::UnreadablePdf { .. })));
//! ```

pub mod checks;
pub mod delai;
pub mod document;
pub mod error;
pub mod model;
pub mod normalise;
pub mod pivot_stream;
pub mod readers;
pub mod statut;

pub use document::{Kind, Limits, ReadInvoice, read, sniff};
pub use error::ReadError;
pub use model::Invoice;
