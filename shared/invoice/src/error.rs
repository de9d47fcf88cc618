//! Why a file is not read as an invoice.

use crate::document::Kind;

/// Why a file was not read. None of them is a reason to lose the file: it stays what it is, an opaque document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing to read.
    #[error("an empty file")]
    Empty,
    /// A format that is not an invoice, or not one that holds data.
    #[error("{what}")]
    NotAnInvoice {
        /// What the file is.
        kind: Kind,
        /// The same in words: "a ZIP archive".
        what: String,
    },
    /// The root is an invoice's, the namespace is not: nothing says that the elements mean what they seem to.
    #[error("an XML document whose root {root} is in the unknown namespace {namespace:?}")]
    UnknownNamespace {
        /// The root's local name.
        root: String,
        /// The namespace it is in.
        namespace: String,
    },
    /// ZUGFeRD 1.0 of 2014, before EN 16931: other elements, no longer issued.
    #[error("a ZUGFeRD 1.0 invoice (2014, before EN 16931), which is not read")]
    Zugferd1,
    /// The XML is broken.
    #[error("XML that is not well-formed: {reason}")]
    NotWellFormed {
        /// The parser's words.
        reason: String,
    },
    /// The XML has a document type declaration: no invoice format has one, attacks do.
    #[error("XML with a document type declaration, which no invoice format allows")]
    DtdRefused,
    /// The XML nests deeper than any invoice.
    #[error("XML that nests deeper than {limit} elements")]
    TooDeep {
        /// The deepest level accepted.
        limit: usize,
    },
    /// Something is larger than the limits allow.
    #[error("{what} of more than {limit} bytes")]
    TooLarge {
        /// What is too large: "an XML document", "a file inside a PDF".
        what: &'static str,
        /// The most accepted, in bytes.
        limit: usize,
    },
    /// An invoice with more lines than any.
    #[error("an invoice of more than {limit} lines")]
    TooManyLines {
        /// The most accepted.
        limit: usize,
    },
    /// The text is in an encoding that is not known, or not in the one it declares.
    #[error("XML that cannot be decoded: {reason}")]
    Encoding {
        /// What is wrong.
        reason: String,
    },
    /// The PDF asks for a password.
    #[error("a PDF protected by a password")]
    EncryptedPdf,
    /// The PDF is damaged.
    #[error("a damaged PDF: {reason}")]
    UnreadablePdf {
        /// The parser's words.
        reason: String,
    },
    /// The PDF is a picture of an invoice at best.
    #[error("a PDF without an invoice in XML inside")]
    NoXmlInPdf,
    /// A pivot without one invoice.
    #[error("a pivot of Chorus Pro that holds no invoice")]
    EmptyPivot,
}

impl ReadError {
    /// A short, stable name of the variant, for metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAnInvoice { .. } => "not-an-invoice",
            Self::UnknownNamespace { .. } => "unknown-namespace",
            Self::Zugferd1 => "zugferd-1",
            Self::NotWellFormed { .. } => "not-well-formed",
            Self::DtdRefused => "dtd-refused",
            Self::TooDeep { .. } => "too-deep",
            Self::TooLarge { .. } => "too-large",
            Self::TooManyLines { .. } => "too-many-lines",
            Self::Encoding { .. } => "encoding",
            Self::EncryptedPdf => "encrypted-pdf",
            Self::UnreadablePdf { .. } => "unreadable-pdf",
            Self::NoXmlInPdf => "no-xml-in-pdf",
            Self::EmptyPivot => "empty-pivot",
        }
    }
}
