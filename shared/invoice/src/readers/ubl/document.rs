//! The document level of UBL.

use super::super::VatCurrency;
use super::super::xml::El;
use super::party::{self, Role};
use crate::document::Kind;
use crate::model::{
    Account, AllowanceOrCharge, Attachment, Card, Delivery, Dialect, DirectDebit, EmbeddedFile,
    Invoice, Note, PaymentInstructions, PaymentMeans, Period, PrecedingInvoice, Totals,
    VatBreakdown,
};

pub(super) fn read(root: El<'_>, invoice: &mut Invoice) {
    root.settle_at(&["UBLVersionID"]);
    invoice.process.business_process = root.text_at(&["ProfileID"]);
    invoice.number = root.text_at(&["ID"]);
    invoice.issue_date = root.date_at(&["IssueDate"]);
    invoice.type_code = root
        .text_at(&["InvoiceTypeCode"])
        .or_else(|| root.text_at(&["CreditNoteTypeCode"]));
    invoice.currency = root.text_at(&["DocumentCurrencyCode"]);
    invoice.vat_currency = root.text_at(&["TaxCurrencyCode"]);
    invoice.vat_point_date = root.date_at(&["TaxPointDate"]);
    invoice.vat_point_date_code = root.text_at(&["InvoicePeriod", "DescriptionCode"]);
    invoice.due_date = root
        .date_at(&["DueDate"])
        .or_else(|| root.date_at(&["PaymentMeans", "PaymentDueDate"]));
    invoice.payment_terms = root.text_at(&["PaymentTerms", "Note"]);
    invoice.period = root.one("InvoicePeriod").and_then(period);
    invoice.notes = root.all("Note").filter_map(note).collect();
    read_references(root, invoice);
    read_parties(root, invoice);
    invoice.delivery = root.one("Delivery").and_then(delivery);
    invoice.payment = payment(root);
    for el in root.all("AllowanceCharge") {
        let (is_charge, read) = allowance_or_charge(el);
        if is_charge {
            invoice.charges.push(read);
        } else {
            invoice.allowances.push(read);
        }
    }
    read_totals(root, invoice);
}

/// BT-21 stands before BT-22 between hash marks: `#PMT#Indemnité forfaitaire…`.
pub(super) fn note(el: El<'_>) -> Option<Note> {
    let text = el.text()?;
    let subject = text
        .strip_prefix('#')
        .and_then(|rest| rest.split_once('#'))
        .filter(|(subject, _)| {
            subject.len() == 3
                && subject
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
    Some(match subject {
        Some((subject, rest)) => Note {
            subject: Some(subject.to_owned()),
            text: rest.trim().to_owned(),
        },
        None => Note {
            subject: None,
            text,
        },
    })
}

pub(super) fn period(el: El<'_>) -> Option<Period> {
    let period = Period {
        start: el.date_at(&["StartDate"]),
        end: el.date_at(&["EndDate"]),
    };
    (period != Period::default()).then_some(period)
}

fn read_references(root: El<'_>, invoice: &mut Invoice) {
    let references = &mut invoice.references;
    references.service_code = root.text_at(&["BuyerReference"]);
    references.project = root.text_at(&["ProjectReference", "ID"]);
    references.contract = root.text_at(&["ContractDocumentReference", "ID"]);
    references.purchase_order = root.text_at(&["OrderReference", "ID"]);
    references.sales_order = root.text_at(&["OrderReference", "SalesOrderID"]);
    references.receiving_advice = root.text_at(&["ReceiptDocumentReference", "ID"]);
    references.despatch_advice = root.text_at(&["DespatchDocumentReference", "ID"]);
    references.tender_or_lot = root.text_at(&["OriginatorDocumentReference", "ID"]);
    references.accounting = root.text_at(&["AccountingCost"]);
    for el in root.all("AdditionalDocumentReference") {
        match el.peek_at(&["DocumentTypeCode"]).as_deref() {
            Some("130") if references.invoiced_object.is_none() => {
                el.settle_at(&["DocumentTypeCode"]);
                references.invoiced_object = el.one("ID").and_then(El::identifier);
            }
            // A credit note has no ProjectReference: the syntax binding of EN 16931 puts BT-11 here.
            Some("50")
                if invoice.source.kind == Kind::UblCreditNote && references.project.is_none() =>
            {
                el.settle_at(&["DocumentTypeCode"]);
                references.project = el.text_at(&["ID"]);
            }
            _ => invoice.attachments.push(attachment(el)),
        }
    }
    for el in root.all("BillingReference") {
        let Some(preceding) = el
            .one("InvoiceDocumentReference")
            .or_else(|| el.one("CreditNoteDocumentReference"))
        else {
            continue;
        };
        if let Some(number) = preceding.text_at(&["ID"]) {
            invoice.preceding_invoices.push(PrecedingInvoice {
                number,
                issue_date: preceding.date_at(&["IssueDate"]),
                type_code: preceding.text_at(&["DocumentTypeCode"]),
            });
        }
    }
}

fn attachment(el: El<'_>) -> Attachment {
    let embedded = el
        .at(&["Attachment", "EmbeddedDocumentBinaryObject"])
        .map(|content| EmbeddedFile {
            mime_type: content.attr("mimeCode"),
            file_name: content.attr("filename"),
            base64_length: content
                .text()
                .and_then(|text| u64::try_from(text.len()).ok()),
        });
    Attachment {
        reference: el.text_at(&["ID"]),
        description: el.text_at(&["DocumentDescription"]),
        location: el.text_at(&["Attachment", "ExternalReference", "URI"]),
        embedded,
        type_pj: None,
    }
}

fn read_parties(root: El<'_>, invoice: &mut Invoice) {
    let dialect = invoice.source.dialect;
    if let Some(el) = root.at(&["AccountingSupplierParty", "Party"]) {
        invoice.seller = party::read(el, Role::Seller, dialect);
    }
    if let Some(el) = root.at(&["AccountingCustomerParty", "Party"]) {
        invoice.buyer = party::read(el, Role::Buyer, dialect);
    }
    invoice.payee = root
        .one("PayeeParty")
        .map(|el| party::read(el, Role::Other, dialect));
    invoice.tax_representative = root
        .one("TaxRepresentativeParty")
        .map(|el| party::read(el, Role::Other, dialect));
}

fn delivery(el: El<'_>) -> Option<Delivery> {
    let location = el.one("DeliveryLocation");
    let delivery = Delivery {
        name: el.text_at(&["DeliveryParty", "PartyName", "Name"]),
        location: location
            .and_then(|location| location.one("ID"))
            .and_then(El::identifier),
        date: el.date_at(&["ActualDeliveryDate"]),
        address: location
            .and_then(|location| location.one("Address"))
            .and_then(|el| party::address(el, Dialect::En16931)),
    };
    (delivery != Delivery::default()).then_some(delivery)
}

/// BG-16. UBL repeats `PaymentMeans` for every account, with the remittance information and the mandate in each: those
/// that repeat the first are settled, those that differ stay unmapped.
fn payment(root: El<'_>) -> PaymentInstructions {
    let mut payment = PaymentInstructions::default();
    let mut debit = DirectDebit::default();
    for el in root.all("PaymentMeans") {
        payment.means.push(PaymentMeans {
            code: el.text_at(&["PaymentMeansCode"]),
            text: el
                .one("PaymentMeansCode")
                .and_then(|code| code.attr("name")),
            account: el.one("PayeeFinancialAccount").map(account),
            card: el.one("CardAccount").map(card),
        });
        first_of(&mut payment.remittance_information, el, &["PaymentID"]);
        first_of(&mut debit.mandate, el, &["PaymentMandate", "ID"]);
        first_of(
            &mut debit.debited_account,
            el,
            &["PaymentMandate", "PayerFinancialAccount", "ID"],
        );
        if let Some(date) = root.peek_at(&["PaymentMeans", "PaymentDueDate"]) {
            el.settle_if(&["PaymentDueDate"], &[&date]);
        }
    }
    // BT-90 is the payee's or the seller's identifier in the scheme SEPA.
    let parties = [
        root.one("PayeeParty"),
        root.at(&["AccountingSupplierParty", "Party"]),
    ];
    debit.creditor = parties
        .into_iter()
        .flatten()
        .find_map(party::sepa_identifier);
    payment.direct_debit = (debit != DirectDebit::default()).then_some(debit);
    payment
}

fn first_of(place: &mut Option<String>, el: El<'_>, path: &[&'static str]) {
    match place {
        None => *place = el.text_at(path),
        Some(known) => el.settle_if(path, &[known]),
    }
}

fn account(el: El<'_>) -> Account {
    Account {
        id: el.text_at(&["ID"]),
        name: el.text_at(&["Name"]),
        bic: el
            .text_at(&["FinancialInstitutionBranch", "ID"])
            .or_else(|| el.text_at(&["FinancialInstitutionBranch", "FinancialInstitution", "ID"])),
        kind: None,
        bank: None,
    }
}

fn card(el: El<'_>) -> Card {
    // UBL asks for a network, EN 16931 knows none.
    el.settle_at(&["NetworkID"]);
    Card {
        number: el.text_at(&["PrimaryAccountNumberID"]),
        holder: el.text_at(&["HolderName"]),
    }
}

/// An allowance (false) or a charge (true).
pub(super) fn allowance_or_charge(el: El<'_>) -> (bool, AllowanceOrCharge) {
    let is_charge = el
        .text_at(&["ChargeIndicator"])
        .is_some_and(|text| matches!(text.as_str(), "true" | "1"));
    let category = el.one("TaxCategory");
    if let Some(category) = category {
        category.settle_if(&["TaxScheme", "ID"], &["VAT"]);
    }
    let read = AllowanceOrCharge {
        amount: el.decimal_at(&["Amount"]),
        base: el.decimal_at(&["BaseAmount"]),
        percent: el.decimal_at(&["MultiplierFactorNumeric"]),
        vat_category: category.and_then(|category| category.text_at(&["ID"])),
        vat_rate: category.and_then(|category| category.decimal_at(&["Percent"])),
        reason: el.text_at(&["AllowanceChargeReason"]),
        reason_code: el.text_at(&["AllowanceChargeReasonCode"]),
    };
    (is_charge, read)
}

fn read_totals(root: El<'_>, invoice: &mut Invoice) {
    if let Some(el) = root.one("LegalMonetaryTotal") {
        invoice.totals = Totals {
            lines: el.decimal_at(&["LineExtensionAmount"]),
            allowances: el.decimal_at(&["AllowanceTotalAmount"]),
            charges: el.decimal_at(&["ChargeTotalAmount"]),
            without_vat: el.decimal_at(&["TaxExclusiveAmount"]),
            vat: None,
            vat_in_vat_currency: None,
            with_vat: el.decimal_at(&["TaxInclusiveAmount"]),
            prepaid: el.decimal_at(&["PrepaidAmount"]),
            rounding: el.decimal_at(&["PayableRoundingAmount"]),
            due: el.decimal_at(&["PayableAmount"]),
        };
    }
    for el in root.all("TaxTotal") {
        read_tax_total(el, invoice);
    }
}

/// UBL repeats `TaxTotal` for BT-110 and BT-111 and tells them apart by their currency alone.
fn read_tax_total(el: El<'_>, invoice: &mut Invoice) {
    if let Some(amount) = el.one("TaxAmount") {
        match VatCurrency::of(amount.attr("currencyID").as_deref(), invoice) {
            VatCurrency::Invoice if invoice.totals.vat.is_none() => {
                invoice.totals.vat = amount.decimal();
            }
            VatCurrency::Accounting if invoice.totals.vat_in_vat_currency.is_none() => {
                invoice.totals.vat_in_vat_currency = amount.decimal();
            }
            _ => {}
        }
    }
    for subtotal in el.all("TaxSubtotal") {
        let label = [subtotal.one("TaxAmount"), subtotal.one("TaxableAmount")]
            .into_iter()
            .flatten()
            .chain(el.one("TaxAmount"))
            .find_map(|amount| amount.attr("currencyID"));
        // BG-23 is in the currency of the invoice.
        if VatCurrency::of(label.as_deref(), invoice) == VatCurrency::Invoice {
            invoice.vat_breakdown.push(vat_breakdown(subtotal));
        }
    }
}

fn vat_breakdown(el: El<'_>) -> VatBreakdown {
    let category = el.one("TaxCategory");
    if let Some(category) = category {
        category.settle_if(&["TaxScheme", "ID"], &["VAT"]);
    }
    VatBreakdown {
        taxable: el.decimal_at(&["TaxableAmount"]),
        vat: el.decimal_at(&["TaxAmount"]),
        category: category.and_then(|category| category.text_at(&["ID"])),
        // EN 16931 puts the rate in the category, UBL 2.0 and Chorus Pro beside it.
        rate: category
            .and_then(|category| category.decimal_at(&["Percent"]))
            .or_else(|| el.decimal_at(&["Percent"])),
        exemption_reason: category.and_then(|category| category.text_at(&["TaxExemptionReason"])),
        exemption_code: category.and_then(|category| category.text_at(&["TaxExemptionReasonCode"])),
    }
}
