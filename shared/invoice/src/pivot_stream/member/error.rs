//! What can be wrong with an attachment.

use base64_stream::Base64Error;

/// Why the file inside a `Contenu` could not be had. The `Contenu` itself is in the pivot, so nothing is lost; asking again
/// brings the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// The characters are no base64.
    #[error("the content is not base64: {0}")]
    Base64(#[from] Base64Error),
    /// There is nothing in it.
    #[error("the content is empty")]
    Empty,
    /// The ZIP ends too early.
    #[error("the ZIP is cut off: {0}")]
    CutOff(&'static str),
    /// The ZIP's file is encrypted.
    #[error("the file in the ZIP is encrypted")]
    Encrypted,
    /// The ZIP's file is compressed with a method other than "stored" and "deflate".
    #[error(
        "the file in the ZIP is compressed with method {0}; only 0 (stored) and 8 (deflate) are read"
    )]
    Method(u16),
    /// The file is stored without its size before it: where it ends cannot be known.
    #[error("the file in the ZIP is stored with its size after it: where it ends cannot be told")]
    StoredWithDescriptor,
    /// The ZIP has more than one entry.
    #[error("the ZIP holds more than one entry")]
    SeveralMembers,
    /// The ZIP has no entry.
    #[error("the ZIP holds no file")]
    NoMember,
    /// The entry is a folder.
    #[error("the entry of the ZIP is a folder")]
    Folder,
    /// The compressed data are broken.
    #[error("the compressed data are broken")]
    Deflate,
    /// The file's CRC-32 is not the one written in the ZIP.
    #[error("the file's checksum is {found:08x}, the ZIP says {written:08x}")]
    Checksum {
        /// As written.
        written: u32,
        /// As counted.
        found: u32,
    },
    /// A size is not the one written in the ZIP.
    #[error("the file has {found} bytes, the ZIP says {written}")]
    Size {
        /// As written.
        written: u64,
        /// As counted.
        found: u64,
    },
    /// The directory at the end of the ZIP is broken, or does not agree with the file's own header.
    #[error("the directory of the ZIP is wrong: {0}")]
    Directory(&'static str),
    /// The file unpacks to so much more than it is that it must be meant to do harm.
    #[error("the file unpacks to more than {limit} times its size: refused")]
    Ratio {
        /// The limit.
        limit: u64,
    },
    /// The file is larger than any attachment may be.
    #[error("the file is larger than {limit} bytes: refused")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
}

impl MemberError {
    /// Whether the characters themselves are broken: then not even the ZIP can be had from them.
    #[must_use]
    pub fn is_base64(&self) -> bool {
        matches!(self, Self::Base64(_))
    }
}
