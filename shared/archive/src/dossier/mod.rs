//! A whole download into the folders of its invoices.
//!
//! # How it goes
//!
//! The bytes of the answer's file come from a [`ChunkSource`], go through the [splitter](invoice::pivot_stream::PivotSplitter), and leave as
//! S3 uploads: each invoice's own `pivot.xml`, verbatim, and each attachment unpacked under `documents/`. Both are written at the same time,
//! so the bytes are read once. Memory is bounded by three parts of 5 MiB, whatever the dossier's size.
//!
//! # Names and numbers
//!
//! A document's key needs its number and name when its upload starts. `NomPJ` and `TypePJ` come after the content in the pivot.
//! A document that fits one part (5 MiB) waits for them. A larger one takes the name of the ZIP's member, which is
//! `NomPJ` in every sample known, and number 01 if it is the first attachment, which is the main one in every sample known.
//! What the pivot then says of it stands in the manifest ([`Role`](crate::Role), `original_name`), which is the authority.
//!
//! # What is broken
//!
//! An attachment that cannot be unpacked is kept as it came: its ZIP as `….zip`, or its characters as `….b64` when they are no base64.
//! That takes a second pass (see [`invoice::pivot_stream`] for why), over the `pivot.xml` that was just written and not over the portal: it holds the same bytes,
//! and costs nobody else anything. One broken invoice leaves its neighbours alone; a broken stream fails what was not complete.

mod attachment;
mod failure;
mod join;
mod pass;
mod pdf;
mod repair;

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use invoice::pivot_stream::{Identity, PivotSplitter};

use crate::keys::EpisodeFolder;
use crate::manifest::{Finding, StoredDocument, StoredObject};
use crate::store::BucketStore;
use crate::writer::Uploads;

pub use failure::Failure;
pub use pdf::store_pdf;

/// An error of whoever gives the bytes.
pub type DownloadError = Box<dyn Error + Send + Sync>;

/// A download: the bytes of the answer's file, as they come.
pub trait ChunkSource {
    /// Appends the next bytes to `out`, some ten to some hundred kilobytes. False: the answer has ended, and ended well.
    ///
    /// # Errors
    /// The answer is cut off, or says in its end that it is none.
    fn fill(
        &mut self,
        out: &mut Vec<u8>,
    ) -> impl Future<Output = Result<bool, DownloadError>> + Send;
}

/// An invoice that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Where it goes; its `idFacture` is the one to look for.
    pub folder: EpisodeFolder,
    /// The supplier's number: joins pivots that have no `IdCPRO`.
    pub numero: Option<String>,
    /// The supplier's identifier, likewise.
    pub fournisseur: Option<String>,
}

/// An invoice whose pivot and documents are in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// `pivot.xml`.
    pub pivot: StoredObject,
    /// Its documents, main one first.
    pub documents: Vec<StoredDocument>,
    /// Its pivot with every `Contenu` emptied, to be read. None when it is too large for that (there is a finding).
    pub skeleton: Option<Vec<u8>>,
    /// What the pivot says it is.
    pub identity: Identity,
    /// What is wrong with it as a whole.
    pub findings: Vec<Finding>,
}

/// What became of a download.
#[derive(Debug)]
pub struct Outcome {
    /// For each invoice that was asked for, in the same order.
    pub invoices: Vec<Result<Stored, Failure>>,
    /// Invoices in the answer that nobody asked for, or that came twice. They were not stored.
    pub unexpected: Vec<Identity>,
    /// Why the download did not end well, if it did not. What was complete before is stored all the same.
    pub interruption: Option<Arc<DownloadError>>,
}

/// Stores a pivot answer.
///
/// It never fails as a whole: each invoice has its own result. Nothing half-written stays visible, and no upload stays open.
/// Safe to repeat: the same keys are written again, and nothing is announced by it.
pub async fn store<S: ChunkSource>(
    store: &BucketStore,
    download: &mut S,
    expected: &[Expected],
) -> Outcome {
    let mut pass = pass::Pass::new(Uploads::new(store), expected);
    let end = drive(download, &mut pass).await;
    let (results, unexpected) = pass.end(end.as_ref()).await;
    let mut invoices = Vec::with_capacity(results.len());
    for (result, expected) in results.into_iter().zip(expected) {
        invoices.push(match result {
            Ok((stored, broken)) if broken.is_empty() => Ok(stored),
            Ok((stored, broken)) => {
                repair::keep_as_they_came(store, &expected.folder, stored, broken).await
            }
            Err(failure) => Err(failure),
        });
    }
    let interruption = match end {
        Err(pass::Break::Download(error)) => Some(error),
        _ => None,
    };
    Outcome {
        invoices,
        unexpected,
        interruption,
    }
}

/// Bytes from the source to the splitter, pieces from the splitter to the pass.
async fn drive<S: ChunkSource>(
    download: &mut S,
    pass: &mut pass::Pass<'_>,
) -> Result<(), pass::Break> {
    let mut splitter = PivotSplitter::default();
    let mut chunk = Vec::new();
    loop {
        chunk.clear();
        let more = download
            .fill(&mut chunk)
            .await
            .map_err(|error| pass::Break::Download(Arc::new(error)))?;
        let mut input = chunk.as_slice();
        while let Some(piece) = splitter.next(&mut input).map_err(pass::Break::Pivot)? {
            pass.take(piece).await;
        }
        if !more {
            return splitter.finish().map_err(pass::Break::Pivot);
        }
    }
}

#[cfg(test)]
mod tests;
