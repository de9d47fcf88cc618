//! What the fuzz targets of Relais share: properties that hold for any bytes at all.
//!
//! A target fails by panicking, so these functions assert.

use invoice::pivot_stream::{MemberLimits, Piece, PivotError, PivotSplitter};
use invoice::{Kind, Limits, checks};

/// Small enough that one run takes milliseconds whatever the input unpacks to.
pub const MEMBER_LIMITS: MemberLimits = MemberLimits {
    size: 1024 * 1024,
    ratio: 100,
    ratio_floor: 64 * 1024,
};

/// Reads a file as `relais read` does. What is read has its findings, and survives the way through JSON.
pub fn read_and_check(bytes: &[u8]) {
    let kind = invoice::sniff(bytes);
    let Ok(read) = invoice::read(bytes, &Limits::default()) else {
        return;
    };
    assert!(
        read.kind.is_invoice(),
        "{:?} was read as an invoice",
        read.kind
    );
    assert!(
        kind == read.kind || kind == Kind::FacturX,
        "{kind:?} was told, {:?} was read",
        read.kind
    );
    assert!(!read.invoices.is_empty(), "nothing was read");
    for invoice in &read.invoices {
        assert_eq!(checks::run(invoice).len(), checks::rules().count());
        let json = serde_json::to_vec(invoice).expect("an invoice is JSON");
        let back: invoice::Invoice = serde_json::from_slice(&json).expect("our own JSON is read");
        assert_eq!(&back, invoice, "the JSON says something else");
    }
}

/// One invoice of a pivot, as the splitter gives it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Its own pivot document.
    pub pivot: Vec<u8>,
    /// The same with its contents emptied.
    pub skeleton: Option<Vec<u8>>,
    /// The characters of each content.
    pub contents: Vec<Vec<u8>>,
    /// It ended.
    pub whole: bool,
}

/// Splits a pivot that comes in pieces of one length; what was given before an error stays.
pub fn split(pivot: &[u8], piece: usize) -> (Vec<Split>, Result<(), PivotError>) {
    let mut splitter = PivotSplitter::default();
    let mut invoices: Vec<Split> = Vec::new();
    for mut input in pivot.chunks(piece) {
        loop {
            let piece = match splitter.next(&mut input) {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) => return (invoices, Err(error)),
            };
            if piece == Piece::InvoiceStarted {
                invoices.push(Split::default());
                continue;
            }
            let invoice = invoices.last_mut().expect("a piece outside an invoice");
            assert!(!invoice.whole, "a piece after the invoice ended");
            match piece {
                Piece::Pivot(bytes) => invoice.pivot.extend_from_slice(&bytes),
                Piece::AttachmentStarted { .. } => invoice.contents.push(Vec::new()),
                Piece::Content(characters) => invoice
                    .contents
                    .last_mut()
                    .expect("content outside an attachment")
                    .extend_from_slice(&characters),
                Piece::InvoiceEnded(ended) => {
                    invoice.whole = true;
                    invoice.skeleton = ended.skeleton;
                }
                _ => {}
            }
        }
        assert!(input.is_empty(), "input is left over");
    }
    (invoices, splitter.finish())
}
