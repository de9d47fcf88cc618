//! A pivot answer of any size, taken apart while it arrives.
//!
//! `telecharger/groupe` answers one `CPPFacturePivot` with up to ten invoices, each with its attachments as base64 of a ZIP of one
//! file: 120 MB in all. Nothing of that size is held here. Two machines, both without I/O:
//!
//! - [`PivotSplitter`]: XML bytes in, [`Piece`]s out. Each invoice becomes its own well-formed pivot document, verbatim; the characters
//!   of each `Contenu` are handed out beside it; what identifies the invoice is known before its first attachment begins.
//! - [`MemberDecoder`]: the characters of one `Contenu` in, the bytes of the one file in its ZIP out, checked against size and CRC-32.
//!
//! # Why one pass serves, and where it does not
//!
//! The schema puts an invoice's identity (`Fournisseur/Identifiant`, `DonneesFacture/Id`, `IdCPRO`) before its attachments, so the
//! place of an attachment is known when its first byte arrives. Its name and type (`NomPJ`, `TypePJ`) come after its content;
//! the ZIP's member has the same name in every sample known, and stands before it.
//!
//! One pass does not serve for an attachment that turns out broken: that a CRC-32 is wrong or a second member follows is known only
//! when all bytes have gone by, and keeping them just in case would take the memory this module exists to save. So the
//! invoice's own pivot, which holds every `Contenu` verbatim, is read a second time for the attachments that need it.
//!
//! # What it does not know
//!
//! Amounts, lines, parties: the readers of `invoice` have those, from the skeleton (the pivot without its contents).
//! It is a lexical scanner and no XML parser: attribute syntax and character validity are left to the parser of the skeleton.

mod error;
mod identity;
mod markup;
mod member;
mod piece;
mod place;
mod splitter;

#[cfg(test)]
mod tests;

pub use error::PivotError;
pub use identity::{Identity, PieceJointe};
pub use member::{Container, Member, MemberDecoder, MemberError, MemberLimits, MemberName};
pub use piece::{Ended, Limits, Piece};
pub use splitter::PivotSplitter;
