//! The S3 side: where everything of an invoice is kept, and how it gets there in constant memory.
//!
//! What it knows:
//! - [`keys`]: the key of every object, built and parsed by type;
//! - [`BucketStore`]: S3 as facts (written once), cursors (written by whoever read the latest) and bounded reads;
//! - [`DocumentWriter`]: a document of any size on its way to S3, hashed while it goes;
//! - [`MessageFailures`]: how often a message failed, and how often that may not have been its own fault;
//! - [`dossier`]: a whole download (a pivot with its attachments, or a PDF) into the folders of its invoices;
//! - [`Manifest`], [`Published`] and [`Past`]: the facts that say what is archived, what was announced, and what came before;
//! - [`AmountMarker`]: what a listing of keys has to tell of an invoice without reading it.
//!
//! What it does not know: Chorus Pro's API, queues, and what is written in an invoice. It is the only crate that sees the S3 SDK.

mod amount_marker;
pub mod dossier;
mod failures;
pub mod keys;
mod manifest;
mod media;
#[cfg(any(test, feature = "test-support"))]
pub mod memory_s3;
mod name;
mod store;
mod writer;

pub use amount_marker::AmountMarker;
pub use failures::{CountError, Failed, MessageFailures, Unclear};
pub use manifest::{
    Finding, FindingCode, MANIFEST_VERSION, Manifest, PUBLISHED_VERSION, Past, Published, Role,
    Source, StoredDocument, StoredObject,
};
pub use media::Media;
pub use name::SafeName;
pub use store::{
    BucketStore, CursorWrite, Decision, ETag, Fact, KeyListing, ListedKey, StoreError,
    StoreErrorKind, Tag, Versioned,
};
pub use writer::{DocumentWriter, PART_SIZE, Uploads};
