//! The claim on an invoice's number: the same supplier, number and year under another `idFacture` is a duplicate, most likely.
//!
//! The first invoice with a key writes a fact under it; whoever comes later finds that fact. No index is kept beside.

use archive::{BucketStore, StoreError, keys};
use invoice::{checks::DuplicateKey, model::Invoice};
use messages::InvoiceJob;
use serde::{Deserialize, Serialize};

/// Who has a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The format of this object.
    pub version: u32,
    /// The supplier's SIREN, or what stands for it.
    pub fournisseur: String,
    /// The year of the invoice.
    pub annee: i16,
    /// The supplier's number.
    pub numero: String,
    /// The first invoice that came with it.
    pub id_facture: u64,
}

/// The claim was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The archive.
    #[error("the archive could not be read or written")]
    Store(#[from] StoreError),
    /// The establishment's SIRET is none.
    #[error("the claim has no place in the archive")]
    Key(#[from] keys::KeyError),
}

/// Whether another invoice of the establishment came first with the same supplier, number and year.
///
/// # Errors
/// The archive does not answer.
pub async fn is_claimed_by_another(
    archive: &BucketStore,
    job: &InvoiceJob,
    invoice: &Invoice,
) -> Result<bool, ClaimError> {
    let Some(DuplicateKey {
        supplier,
        number,
        year,
    }) = DuplicateKey::of(invoice)
    else {
        return Ok(false);
    };
    let hash = messages::event_id("numero", &[&supplier, &year.to_string(), &number]);
    let claim = Claim {
        version: 1,
        fournisseur: supplier,
        annee: year,
        numero: number,
        id_facture: job.id_facture,
    };
    let first = archive
        .put_fact(&keys::number_claim(&job.siret, &hash)?, claim)
        .await?;
    Ok(first.into_inner().id_facture != job.id_facture)
}
