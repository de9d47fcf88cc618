//! Which of the documents of one invoice to trust, and where they disagree.
//!
//! Chorus Pro hands out an invoice as a pivot with attachments. The pivot's body is what the portal made of the
//! supplier's document, and says less; the document itself is among the attachments. The order of trust:
//!
//! 1. the supplier's original in an AFNOR format (the reform of 2026): UBL, CII, or Factur-X;
//! 2. a structured main attachment: Factur-X, CII, UBL;
//! 3. the pivot's body.
//!
//! Whatever is chosen, all of them are compared, with the portal's own fields too: [`Invoice::differences`].

mod differences;
mod supplier;

use crate::document::{Kind, ReadInvoice};
use crate::model::{Date, Decimal, Derived, Dialect, Invoice, SourceRole};
use crate::readers::pivot::{PivotAttachment, PivotInvoice};

/// What was found in one attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentReading {
    /// Its name: `NomPJ`, or the name it was stored under.
    pub name: String,
    /// `TypePJ`: `01` the invoice, `02` a complement.
    pub type_pj: Option<String>,
    /// `CategoriePJ`.
    pub categorie: Option<String>,
    /// What the file is, by its content.
    pub kind: Kind,
    /// The invoice in it, when there is one.
    pub invoice: Option<Invoice>,
}

impl AttachmentReading {
    /// The reading of an attachment. `read` is what [`crate::read`] gave for its content; an attachment that is itself a
    /// pivot counts as no invoice.
    #[must_use]
    pub fn new(attachment: &PivotAttachment, kind: Kind, read: Option<ReadInvoice>) -> Self {
        let invoice = read
            .filter(|read| !matches!(read.kind, Kind::Pivot | Kind::FactureMixte))
            .and_then(|read| read.invoices.into_iter().next());
        Self {
            name: attachment.name.clone(),
            type_pj: attachment.type_pj.clone(),
            categorie: attachment.categorie.clone(),
            kind,
            invoice,
        }
    }
}

/// What the portal itself says of an invoice, in its search: the fields worth comparing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiRow {
    /// `numeroFacture`.
    pub numero: Option<String>,
    /// `dateFacture`.
    pub date: Option<Date>,
    /// `devise`.
    pub devise: Option<String>,
    /// `montantHT`, where the answer has it.
    pub montant_ht: Option<Decimal>,
    /// `montantTTC`.
    pub montant_ttc: Option<Decimal>,
    /// `montantAPayer`.
    pub montant_a_payer: Option<Decimal>,
    /// The supplier's identifier, a SIRET most of the time.
    pub fournisseur: Option<String>,
}

/// Chooses among a pivot's body and the readings of its attachments, and compares them all. `None` when there is neither
/// a pivot nor an invoice in an attachment (a PDF downloaded alone).
#[must_use]
pub fn normalise(
    pivot: Option<PivotInvoice>,
    attachments: Vec<AttachmentReading>,
    api: Option<&ApiRow>,
) -> Option<Invoice> {
    let body = pivot.map(|pivot| pivot.invoice);
    let number = body.as_ref().and_then(|invoice| invoice.number.clone());
    let speaks: Vec<bool> = attachments
        .iter()
        .map(|reading| is_the_invoice(reading, number.as_deref()))
        .collect();
    let differences = differences::between(
        body.as_ref(),
        attachments
            .iter()
            .zip(&speaks)
            .filter(|(_, speaks)| **speaks)
            .map(|(reading, _)| reading),
        api,
    );
    let chosen = attachments
        .into_iter()
        .zip(speaks)
        .filter(|(_, speaks)| *speaks)
        .filter_map(|(reading, _)| rank(&reading).zip(Some(reading)))
        // The first of the best: min_by_key keeps the order of the pivot among equals.
        .min_by_key(|(rank, _)| *rank);
    let mut invoice = match chosen {
        Some(((role, _, _), reading)) => from_attachment(role, reading, body)?,
        None => {
            let mut invoice = body?;
            invoice.source.role = Some(SourceRole::PivotBody);
            invoice
        }
    };
    invoice.differences = differences;
    Some(invoice)
}

/// Whether an attachment speaks of this invoice: a main attachment does; a complement does when it bears the same number
/// (the structured copy of a PDF), but not when it bears another (a subcontractor's invoice).
fn is_the_invoice(reading: &AttachmentReading, number: Option<&str>) -> bool {
    let Some(invoice) = &reading.invoice else {
        return false;
    };
    if reading.type_pj.as_deref() == Some("02") {
        number.is_some() && invoice.number.as_deref() == number
    } else {
        true
    }
}

/// How far a reading is trusted: its role, then main attachments before complements, then plain XML before a PDF.
fn rank(reading: &AttachmentReading) -> Option<(SourceRole, bool, bool)> {
    let invoice = reading.invoice.as_ref()?;
    let role = if is_afnor(invoice) {
        SourceRole::AfnorOriginal
    } else {
        SourceRole::StructuredAttachment
    };
    Some((
        role,
        reading.type_pj.as_deref() == Some("02"),
        reading.kind == Kind::FacturX,
    ))
}

/// Whether a document follows the French profiles of 2026: it declares one (BT-24), or its business process (BT-23) is
/// one of AFNOR's, a letter and a digit (`B1`, `S1`, `M4`), where Chorus Pro's own are `A1` to `A25`.
fn is_afnor(invoice: &Invoice) -> bool {
    if invoice.source.dialect == Dialect::FrCtc {
        return true;
    }
    match invoice
        .process
        .business_process
        .as_deref()
        .map(str::as_bytes)
    {
        Some([letter, digit]) => matches!(letter, b'B' | b'S' | b'M') && digit.is_ascii_digit(),
        _ => false,
    }
}

/// The invoice of an attachment, with what only the pivot knows.
fn from_attachment(
    role: SourceRole,
    reading: AttachmentReading,
    body: Option<Invoice>,
) -> Option<Invoice> {
    let mut invoice = reading.invoice?;
    invoice.source.role = Some(role);
    invoice.source.attachment = Some(reading.name);
    let Some(body) = body else {
        return Some(invoice);
    };
    invoice.attachments.extend(body.attachments);
    invoice.chorus = body.chorus;
    // The portal lets a supplier complete these after the deposit, so the pivot may know what the document does not.
    let known = body.references;
    let places = [
        (
            &mut invoice.references.service_code,
            known.service_code,
            "/references/serviceCode",
        ),
        (
            &mut invoice.references.purchase_order,
            known.purchase_order,
            "/references/purchaseOrder",
        ),
        (
            &mut invoice.references.contract,
            known.contract,
            "/references/contract",
        ),
    ];
    for (place, value, pointer) in places {
        if place.is_none() && value.is_some() {
            *place = value;
            let how = "from the pivot: the document read does not give it".to_owned();
            invoice.derived.push(Derived {
                pointer: pointer.to_owned(),
                how,
            });
        }
    }
    Some(invoice)
}
