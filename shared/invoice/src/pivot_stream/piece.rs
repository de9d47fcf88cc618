//! What the splitter gives, and what it refuses.

use std::borrow::Cow;

use super::identity::{Identity, PieceJointe};

/// What a pivot may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open elements. Real pivots have 8.
    pub depth: usize,
    /// Bytes of one tag.
    pub markup: usize,
    /// Bytes before the first invoice.
    pub prologue: usize,
    /// Bytes of one invoice's pivot without its contents; past it the skeleton is given up, and nothing else.
    pub skeleton: usize,
}

impl Default for Limits {
    /// 64 levels, tags of 64 KiB, a prologue of 1 MiB, skeletons of 8 MiB (some 30 000 invoice lines).
    fn default() -> Self {
        Self {
            depth: 64,
            markup: 64 * 1024,
            prologue: 1024 * 1024,
            skeleton: 8 * 1024 * 1024,
        }
    }
}

/// One step of a pivot. They come in document order: `InvoiceStarted`, then `Pivot`, `Identified` once, the attachments (each
/// `AttachmentStarted`, `Content`…, `AttachmentEnded`, then its `PieceJointe`), and `InvoiceEnded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'i> {
    /// A `CPPFacturePivotUnitaire` begins.
    InvoiceStarted,
    /// The next bytes of this invoice's own pivot document: the answer's opening up to its first invoice, the invoice verbatim
    /// (contents included), and the closing tags. `CPPFactures/@Compteur` stays the answer's.
    Pivot(Cow<'i, [u8]>),
    /// Which invoice it is. Given once, before its first attachment.
    Identified(Identity),
    /// A `Contenu` begins.
    AttachmentStarted {
        /// The place of its `PJ` in the invoice, from 1.
        position: u32,
    },
    /// The next characters of the `Contenu`: base64, references resolved.
    Content(Cow<'i, [u8]>),
    /// The `Contenu` ended.
    AttachmentEnded,
    /// A `PJ` ended; only here are its name and type known. Given for one without `Contenu` too.
    PieceJointe(PieceJointe),
    /// The invoice ended, all of its pivot was handed out.
    InvoiceEnded(Box<Ended>),
}

/// What is known of an invoice once it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Which invoice it was.
    pub identity: Identity,
    /// Its pivot document with every `Contenu` emptied. None when it passed [`Limits::skeleton`].
    pub skeleton: Option<Vec<u8>>,
}
