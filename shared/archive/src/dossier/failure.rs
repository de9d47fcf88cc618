//! Why an invoice of a download was not stored.

use std::sync::Arc;

use invoice::pivot_stream::PivotError;

use super::DownloadError;
use crate::store::{Decision, StoreError};

/// Why an invoice of a download was not stored. Nothing of it is announced.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The answer is whole, and the invoice is not in it.
    #[error("the invoice is not in the portal's answer; ask for it alone")]
    Missing,
    /// The pivot has no IdCPRO, and its number and supplier fit several of the invoices asked for.
    #[error(
        "the answer has no IdCPRO, and the invoice's number and supplier fit several of those asked for; ask for each alone"
    )]
    Ambiguous,
    /// The download broke off before the invoice was complete.
    #[error("the download broke off before the invoice was complete")]
    Interrupted(#[source] Arc<DownloadError>),
    /// The answer cannot be split at or before this invoice.
    #[error("the portal's answer is broken at or before this invoice")]
    Pivot(#[from] PivotError),
    /// The answer is neither a PDF nor a ZIP.
    #[error("the portal's answer is neither a PDF nor a ZIP, but {media_type}")]
    NotADocument {
        /// What it seems to be.
        media_type: &'static str,
    },
    /// The invoice's own data are past the limit before they say which invoice it is.
    #[error("the pivot does not say within 5 MiB which invoice it is")]
    Unidentified,
    /// S3 failed.
    #[error("the archive could not be written")]
    Store(#[source] Arc<StoreError>),
}

impl Failure {
    /// What to do about it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self {
            Self::Interrupted(_) | Self::Missing | Self::Ambiguous => Decision::Retry,
            Self::Pivot(error) if error.is_cut_off() => Decision::Retry,
            Self::Pivot(_) | Self::NotADocument { .. } | Self::Unidentified => Decision::GiveUp,
            Self::Store(error) => error.decision(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
