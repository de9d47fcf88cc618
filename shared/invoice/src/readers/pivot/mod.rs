//! The pivot of Chorus Pro, V1_20 to V2_02, and its `CPPFactureMixte`.
//!
//! A pivot holds the attachments of its invoices, base64 of a ZIP each: they are set aside before a tree is built
//! ([`skeleton`]), so that the tree is as small as the invoices themselves.

pub mod skeleton;

mod unitaire;

use super::{encoding, xml};
use crate::document::{Kind, Limits, kind_of_root};
use crate::error::ReadError;
use crate::model::Invoice;

pub use skeleton::Contenu;

/// One invoice of a pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotInvoice {
    /// The invoice as the pivot's body has it.
    pub invoice: Invoice,
    /// Its attachments, in order.
    pub attachments: Vec<PivotAttachment>,
}

/// An attachment of a pivot, without its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PivotAttachment {
    /// `NomPJ`, trimmed. Two attachments of one invoice may have the same.
    pub name: String,
    /// `TypePJ`: `01` the invoice, `02` a complement.
    pub type_pj: Option<String>,
    /// `CategoriePJ`, free text.
    pub categorie: Option<String>,
    /// `MimeTypePJ` as declared: not to be trusted.
    pub mime_type: Option<String>,
    /// The place of its `Contenu` among all of the pivot's: an index into what [`skeleton::split`] gives. `None` when
    /// the attachment has no `Contenu`.
    pub contenu: Option<usize>,
}

/// Reads a pivot, whole or as a skeleton (its `Contenu` emptied).
///
/// # Errors
///
/// [`ReadError`] as for any document, [`ReadError::NotAnInvoice`] when it is no pivot, [`ReadError::EmptyPivot`] when
/// there is no invoice in it.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<PivotInvoice>, ReadError> {
    let text = encoding::decode_unbounded(bytes)?;
    let root = xml::root_of(&text);
    let kind = root
        .as_ref()
        .and_then(kind_of_root)
        .filter(|kind| matches!(kind, Kind::Pivot | Kind::FactureMixte));
    let Some(kind) = kind else {
        return Err(ReadError::NotAnInvoice {
            kind: crate::document::sniff_head(bytes),
            what: "not a pivot of Chorus Pro".to_owned(),
        });
    };
    read_text(&text, kind, limits)
}

pub(crate) fn read_text(
    text: &str,
    kind: Kind,
    limits: &Limits,
) -> Result<Vec<PivotInvoice>, ReadError> {
    let split = skeleton::split(text, limits)?;
    xml::with_tree(&split.skeleton, limits, |root, tracker| {
        let mut invoices = Vec::new();
        for el in unitaire::all(root) {
            let mut read = unitaire::read(el, kind)?;
            let left = tracker.left_aside(el.node);
            read.invoice.source.unmapped = left.unmapped;
            read.invoice.source.malformed = left.malformed;
            invoices.push(read);
        }
        if invoices.is_empty() {
            Err(ReadError::EmptyPivot)
        } else {
            Ok(invoices)
        }
    })
}
