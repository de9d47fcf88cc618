//! The normalised invoice out of what was stored.
//!
//! The documents went to S3 as a stream and were never held. Those that may have an invoice in them are read back here, one at a time
//! and up to a bound, after the download is over and its memory is free again.

use archive::{BucketStore, Role, StoreError, StoredDocument, dossier::Stored};
use invoice::{
    Limits,
    checks::{self, Context, DuplicateKey, Status},
    model::{Decimal, Invoice},
    normalise::{self, ApiRow, AttachmentReading},
    readers::pivot::{self, PivotInvoice},
};
use messages::{Finding, InvoiceJob};

use crate::event::Read;

/// The portal takes attachments up to 10 MB: anything larger is a scan, not a structured invoice.
const LARGEST_READ: u64 = 10 * 1024 * 1024;

/// Reads the pivot and the structured attachments of an invoice, and chooses by the order of trust.
///
/// # Errors
/// A document cannot be read back from the archive. What a document holds is never an error here: what is no invoice is passed over.
pub async fn normalised(
    archive: &BucketStore,
    stored: &Stored,
    job: &InvoiceJob,
) -> Result<Option<Invoice>, StoreError> {
    let limits = Limits::default();
    let body = stored
        .skeleton
        .as_deref()
        .and_then(|xml| body(xml, &limits, job));
    let mut readings = Vec::new();
    for document in stored.documents.iter().filter(|d| may_hold_an_invoice(d)) {
        readings.extend(reading(archive, document, &limits).await?);
    }
    Ok(normalise::normalise(body, readings, Some(&row(job))))
}

/// The same for an invoice of which there is the PDF alone.
///
/// # Errors
/// The PDF cannot be read back from the archive.
pub async fn normalised_pdf(
    archive: &BucketStore,
    document: &StoredDocument,
    job: &InvoiceJob,
) -> Result<Option<Invoice>, StoreError> {
    let readings = reading(archive, document, &Limits::default()).await?;
    Ok(normalise::normalise(
        None,
        readings.into_iter().collect(),
        Some(&row(job)),
    ))
}

fn body(skeleton: &[u8], limits: &Limits, job: &InvoiceJob) -> Option<PivotInvoice> {
    match pivot::read(skeleton, limits) {
        Ok(invoices) => invoices.into_iter().next(),
        Err(error) => {
            tracing::warn!(
                event = "archive.pivot_not_read",
                idFacture = job.id_facture,
                code = error.code(),
                "the pivot's body cannot be read as an invoice"
            );
            None
        }
    }
}

fn may_hold_an_invoice(document: &StoredDocument) -> bool {
    let structured =
        document.media_type.contains("xml") || document.media_type == "application/pdf";
    structured && document.object.size <= LARGEST_READ
}

async fn reading(
    archive: &BucketStore,
    document: &StoredDocument,
    limits: &Limits,
) -> Result<Option<AttachmentReading>, StoreError> {
    if !may_hold_an_invoice(document) {
        return Ok(None);
    }
    let Some(bytes) = archive
        .get_bounded(&document.object.key, LARGEST_READ)
        .await?
    else {
        return Ok(None);
    };
    let kind = invoice::sniff(&bytes);
    Ok(Some(AttachmentReading {
        name: document
            .original_name
            .clone()
            .unwrap_or_else(|| document.name.clone()),
        type_pj: document
            .type_pj
            .clone()
            .or_else(|| (document.role == Role::Principale).then(|| "01".to_owned())),
        categorie: document.categorie.clone(),
        kind,
        invoice: invoice::read(&bytes, limits)
            .ok()
            .and_then(|read| read.invoices.into_iter().next()),
    }))
}

/// What the accountant should know of the invoice. None of it keeps the invoice from going through.
#[must_use]
pub fn read(invoice: Option<&Invoice>, job: &InvoiceJob, duplicate: bool) -> Read {
    let exigences = job.exigences.unwrap_or_default();
    let already_received = |_: &DuplicateKey| duplicate;
    let Some(invoice) = invoice else {
        return Read::default();
    };
    let context = Context {
        recipient_siret: Some(&job.siret),
        already_received: Some(&already_received),
        service_required: exigences.service,
        engagement_required: exigences.engagement,
        service_or_engagement_required: exigences.service_ou_engagement,
    };
    let failed = checks::run_with(invoice, &context)
        .into_iter()
        .filter(|finding| finding.status == Status::Failed);
    Read {
        cadre: invoice
            .chorus
            .as_ref()
            .and_then(|chorus| chorus.cadre.clone()),
        findings: failed
            .map(|f| Finding {
                code_refus: f.refusal_code,
                code: f.rule,
                message: f.message,
            })
            .collect(),
    }
}

fn row(job: &InvoiceJob) -> ApiRow {
    let decimal = |amount: Option<messages::Amount>| amount.map(|a| Decimal::from(a.value()));
    ApiRow {
        numero: Some(job.numero_facture.clone()).filter(|n| !n.is_empty()),
        date: job.date_facture.map(invoice::model::Date),
        devise: job.montants.devise.clone(),
        montant_ht: decimal(job.montants.ht),
        montant_ttc: decimal(job.montants.ttc),
        montant_a_payer: decimal(job.montants.a_payer),
        fournisseur: job.fournisseur.identifiant.clone(),
    }
}
