//! What Chorus Pro's historic UBL does otherwise than EN 16931.
//!
//! Its authority is AIFE's samples: identifiers with `schemeName` and not `schemeID`, the service in
//! `AccountingContact`, the due date in `PaymentMeans`, VAT by `TaxTypeCode` without categories, and lines that are not
//! amounts but headings and remarks.

use super::xml::El;
use crate::model::{Address, Identifier, Invoice, LineKind};

/// Whether the document speaks this dialect: it declares no profile of EN 16931 and shows one of the marks.
pub(super) fn is_spoken(root: El<'_>, specification: Option<&str>) -> bool {
    let lower = specification.unwrap_or_default().to_lowercase();
    if lower.starts_with("urn:") || lower.contains("en16931") {
        return false;
    }
    root.anywhere("TaxTypeCode").is_some()
        || root
            .at(&["AccountingCustomerParty", "AccountingContact"])
            .is_some()
        || root.at(&["OrderReference", "OrderTypeCode"]).is_some()
        || [
            ["AccountingSupplierParty", "Party"],
            ["AccountingCustomerParty", "Party"],
        ]
        .iter()
        .any(|path| {
            root.at(path)
                .and_then(|party| party.at(&["PartyIdentification", "ID"]))
                .is_some_and(|id| id.attr("schemeName").is_some() && id.attr("schemeID").is_none())
        })
}

/// The document-level peculiarities, after everything that both dialects share.
pub(super) fn read(root: El<'_>, invoice: &mut Invoice) {
    root.settle_at(&["OrderReference", "OrderTypeCode"]);
    root.settle_at(&["ContractDocumentReference", "DocumentType"]);
    root.settle_at(&["ContractDocumentReference", "DocumentTypeCode"]);
    root.settle_if(&["CopyIndicator"], &["false"]);
    root.settle_at(&["LineCountNumeric"]);
    if invoice.references.service_code.is_none() {
        invoice.references.service_code =
            root.text_at(&["AccountingCustomerParty", "AccountingContact", "ID"]);
    }
    if invoice.vat_point_date_code.is_none() {
        invoice.vat_point_date_code = vat_point(root);
    }
    for party in [&mut invoice.seller, &mut invoice.buyer] {
        if party.name.is_none() {
            party.name = party.trading_name.take();
        }
    }
    for el in root.all("PaymentMeans") {
        settle_account_kind(el, invoice);
    }
    settle_vat_words(root);
}

/// BT-8 in words: VAT on debits is due with the invoice (3), VAT on receipts with the payment (432).
fn vat_point(root: El<'_>) -> Option<String> {
    let word = root.text_at(&[
        "AccountingSupplierParty",
        "Party",
        "PartyTaxScheme",
        "TaxScheme",
        "TaxTypeCode",
    ])?;
    match word.to_uppercase().as_str() {
        "TVA DEBIT" | "TVA_DEBIT" | "TVA DÉBIT" => Some("3".to_owned()),
        "TVA ENCAISSEMENT" | "TVA_ENCAISSEMENT" => Some("432".to_owned()),
        _ => None,
    }
}

/// `PaymentChannelCode` says whether the account is an IBAN or a RIB.
fn settle_account_kind(el: El<'_>, invoice: &mut Invoice) {
    let Some(kind) = el
        .peek_at(&["PaymentChannelCode"])
        .filter(|kind| matches!(kind.as_str(), "IBAN" | "RIB"))
    else {
        return;
    };
    let id = el.peek_at(&["PayeeFinancialAccount", "ID"]);
    for account in invoice
        .payment
        .means
        .iter_mut()
        .filter_map(|means| means.account.as_mut())
    {
        if account.id == id && account.kind.is_none() {
            account.kind = Some(kind.clone());
            el.settle_at(&["PaymentChannelCode"]);
        }
    }
}

/// `TVA` in every `TaxTypeCode` says that the tax is VAT, which is the only tax there is.
fn settle_vat_words(root: El<'_>) {
    let subtotals = root
        .all("TaxTotal")
        .flat_map(|total| total.all("TaxSubtotal"))
        .filter_map(|el| el.one("TaxCategory"));
    let lines = ["InvoiceLine", "CreditNoteLine"]
        .into_iter()
        .flat_map(|name| root.all(name))
        .filter_map(|line| line.at(&["Item", "ClassifiedTaxCategory"]));
    for category in subtotals.chain(lines) {
        category.settle_if(&["TaxScheme", "TaxTypeCode"], &["TVA"]);
    }
}

/// An identifier whose scheme stands in `schemeName`, as a number of Chorus Pro or as a word. AIFE's own sample calls a
/// SIRET a SIREN, so the scheme of either is told by the length.
pub(super) fn identifier(el: El<'_>) -> Option<Identifier> {
    let id = el.text()?;
    let digits = id.bytes().all(|b| b.is_ascii_digit());
    let name = el.attr("schemeID").or_else(|| el.attr("schemeName"));
    let scheme = match name.as_deref().map(str::to_uppercase).as_deref() {
        Some("1" | "SIRET" | "SIREN") if digits && id.len() == 14 => Some("0009".to_owned()),
        Some("1" | "SIRET" | "SIREN") if digits && id.len() == 9 => Some("0002".to_owned()),
        Some("2" | "UE_HORS_FRANCE") => Some("0223".to_owned()),
        Some("3" | "HORS_UE") => Some("0227".to_owned()),
        Some("4" | "RIDET") => Some("0228".to_owned()),
        Some("5" | "TAHITI") => Some("0229".to_owned()),
        Some("7" | "PARTICULIER") => Some("0226".to_owned()),
        _ => name,
    };
    Some(Identifier { id, scheme })
}

/// Up to three `AddressLine` in place of a street.
pub(super) fn address_lines(el: El<'_>, address: &mut Address) {
    let mut lines = el
        .all("AddressLine")
        .filter_map(|line| line.text_at(&["Line"]));
    address.line1 = lines.next();
    if address.line2.is_none() {
        address.line2 = lines.next();
    }
    address.line3 = lines.next();
}

/// `TYPE_LIGNE` among an item's properties: headings and remarks are not amounts to pay. The property stays among the
/// item's attributes, as written.
pub(super) fn line_kind(item: El<'_>) -> LineKind {
    let kind = item
        .all("AdditionalItemProperty")
        .find(|property| property.peek_at(&["Name"]).as_deref() == Some("TYPE_LIGNE"))
        .and_then(|property| property.peek_at(&["Value"]));
    match kind.as_deref() {
        Some("REGROUPEMENT") => LineKind::Group,
        Some("INFORMATION") => LineKind::Information,
        _ => LineKind::Detail,
    }
}
