//! What can be wrong with a pivot answer.

/// Why a pivot answer cannot be split any further. Invoices that had ended before stay good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PivotError {
    /// The bytes are no XML: a PDF, a ZIP, a web page.
    #[error("the answer is not XML: it begins with byte 0x{first:02x}")]
    NotXml {
        /// The first byte.
        first: u8,
    },
    /// UTF-16 or UTF-32: the pivot is UTF-8, and the scanner reads encodings that contain ASCII only.
    #[error("the answer is XML in UTF-16 or UTF-32, which a pivot never is")]
    Encoding,
    /// A document type declaration: a pivot has none, and entities are a way to exhaust memory.
    #[error(
        "the answer has a document type declaration (at byte {at}), which a pivot never has: refused"
    )]
    Doctype {
        /// Its place in the answer.
        at: u64,
    },
    /// Elements nested deeper than any pivot.
    #[error("the answer nests more than {limit} elements (at byte {at}): refused")]
    TooDeep {
        /// The limit.
        limit: usize,
        /// Where it was passed.
        at: u64,
    },
    /// A tag longer than any real one.
    #[error("a tag is longer than {limit} bytes (at byte {at}): refused")]
    MarkupTooLong {
        /// The limit.
        limit: usize,
        /// Where it was passed.
        at: u64,
    },
    /// More than the limit before the first invoice.
    #[error("more than {limit} bytes stand before the first invoice: refused")]
    PrologueTooLong {
        /// The limit.
        limit: usize,
    },
    /// The bytes are no well-formed XML.
    #[error("the answer is not well-formed XML: {what} (at byte {at})")]
    NotWellFormed {
        /// What is wrong.
        what: &'static str,
        /// Its place in the answer.
        at: u64,
    },
    /// The answer ends before its root element does.
    #[error("the answer is cut off after {at} bytes")]
    CutOff {
        /// Bytes read.
        at: u64,
    },
}

impl PivotError {
    /// Whether downloading again may help: only for an answer that did not arrive whole.
    #[must_use]
    pub fn is_cut_off(self) -> bool {
        matches!(self, Self::CutOff { .. })
    }
}
