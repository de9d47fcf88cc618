//! The amount of an invoice as the name of an empty object beside its documents, so that the nightly proof of completeness adds up sums from a
//! listing of keys.

use archive::{AmountMarker, BucketStore, StoreError, keys::EpisodeFolder};
use messages::{Amount, InvoiceJob};

/// What the portal's list said, and so what the ERP is told.
#[must_use]
pub fn of(job: &InvoiceJob) -> AmountMarker {
    AmountMarker::new(
        job.montants.ttc.map(Amount::value),
        job.montants.devise.as_deref(),
        job.date_depot,
        &job.type_demande_paiement,
    )
}

/// Writes it, unless it is there.
///
/// # Errors
/// The archive did not take it.
pub async fn write(
    archive: &BucketStore,
    folder: &EpisodeFolder,
    job: &InvoiceJob,
) -> Result<(), StoreError> {
    archive.put_marker(&folder.amount_marker(&of(job))).await
}
