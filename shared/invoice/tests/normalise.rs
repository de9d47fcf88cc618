//! The order of trust, and the differences between the documents of one invoice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

mod support;

use invoice::model::{DifferenceField, SourceRole};
use invoice::normalise::{ApiRow, AttachmentReading, normalise};
use invoice::readers::pivot::{self, PivotInvoice};
use invoice::{Invoice, Kind, Limits};
use support::fixture;

fn pivot_invoice() -> PivotInvoice {
    pivot::read(&fixture("pivot.xml"), &Limits::default())
        .unwrap()
        .remove(0)
}

fn reading(name: &str, type_pj: &str, bytes: &[u8]) -> AttachmentReading {
    let read = invoice::read(bytes, &Limits::default()).unwrap();
    AttachmentReading {
        name: name.to_owned(),
        type_pj: Some(type_pj.to_owned()),
        categorie: None,
        kind: read.kind,
        invoice: read.invoices.into_iter().next(),
    }
}

fn changed(name: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    assert!(text.contains(from), "{name} has no {from}");
    text.replace(from, to).into_bytes()
}

fn fields(invoice: &Invoice) -> Vec<DifferenceField> {
    invoice
        .differences
        .iter()
        .map(|difference| difference.field)
        .collect()
}

#[test]
fn without_a_structured_attachment_the_body_is_the_source() {
    let scan = AttachmentReading {
        name: "scan.pdf".into(),
        type_pj: Some("01".into()),
        categorie: None,
        kind: Kind::Pdf,
        invoice: None,
    };
    let invoice = normalise(Some(pivot_invoice()), vec![scan], None).unwrap();
    assert_eq!(invoice.source.role, Some(SourceRole::PivotBody));
    assert_eq!(invoice.source.kind, Kind::Pivot);
    assert!(invoice.differences.is_empty());
}

#[test]
fn a_structured_main_attachment_is_trusted_before_the_body_and_keeps_what_the_portal_knows() {
    let attachment = reading("facture.xml", "01", &fixture("ubl-invoice.xml"));
    let invoice = normalise(Some(pivot_invoice()), vec![attachment], None).unwrap();
    assert_eq!(invoice.source.role, Some(SourceRole::StructuredAttachment));
    assert_eq!(invoice.source.attachment.as_deref(), Some("facture.xml"));
    assert_eq!(invoice.chorus.unwrap().id_cpro.as_deref(), Some("3346947"));
    assert_eq!(
        invoice.attachments.len(),
        4,
        "one that the invoice names, three of the pivot"
    );
    assert!(
        invoice.differences.is_empty(),
        "95.00 and 95.000000 agree: {:?}",
        invoice.differences
    );
}

#[test]
fn an_afnor_original_is_trusted_before_the_copy_that_chorus_pro_made() {
    let copy = reading("copie.xml", "01", &fixture("ubl-invoice.xml"));
    let original = reading(
        "origine.xml",
        "02",
        &changed("cii.xml", "<ram:ID>A1</ram:ID>", "<ram:ID>B1</ram:ID>"),
    );
    let invoice = normalise(Some(pivot_invoice()), vec![copy, original], None).unwrap();
    assert_eq!(invoice.source.role, Some(SourceRole::AfnorOriginal));
    assert_eq!(invoice.source.attachment.as_deref(), Some("origine.xml"));
}

#[test]
fn a_complement_that_is_another_invoice_has_no_say() {
    let other = reading(
        "sous-traitant.xml",
        "02",
        &changed("ubl-invoice.xml", "FX-2026-001", "ST-55"),
    );
    let invoice = normalise(Some(pivot_invoice()), vec![other], None).unwrap();
    assert_eq!(invoice.source.role, Some(SourceRole::PivotBody));
    assert!(invoice.differences.is_empty());
}

#[test]
fn each_disagreement_is_listed_with_who_says_what() {
    let text = String::from_utf8(changed(
        "ubl-invoice.xml",
        "00000000100018",
        "00000000100026",
    ))
    .unwrap();
    let text = text
        .replace(">114.00<", ">114.01<")
        .replace("2026-11-02", "2026-11-01")
        .replace("ENGAGEMENT-7", "ENGAGEMENT-8");
    let attachment = reading("facture.xml", "01", text.as_bytes());
    let row = ApiRow {
        numero: Some("FX-2026-001".into()),
        devise: Some("USD".into()),
        montant_ttc: Some("114".parse().unwrap()),
        fournisseur: Some("00000000100018".into()),
        ..ApiRow::default()
    };
    let invoice = normalise(Some(pivot_invoice()), vec![attachment], Some(&row)).unwrap();
    assert_eq!(
        fields(&invoice),
        [
            DifferenceField::IssueDate,
            DifferenceField::Currency,
            DifferenceField::WithVat,
            DifferenceField::Supplier,
            DifferenceField::PurchaseOrder
        ]
    );
    let with_vat = &invoice.differences[2];
    let said: Vec<_> = with_vat
        .values
        .iter()
        .map(|said| (said.by.as_str(), said.value.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("pivot", "114.000000"),
            ("attachment:facture.xml", "114.01"),
            ("chorus-pro", "114")
        ]
    );
}

#[test]
fn a_missing_account_is_a_difference_that_shows_no_account() {
    let text = String::from_utf8(fixture("cii.xml")).unwrap();
    let (before, rest) = text
        .split_once("<ram:PayeePartyCreditorFinancialAccount>")
        .unwrap();
    let (_, after) = rest
        .split_once("</ram:PayeePartyCreditorFinancialAccount>")
        .unwrap();
    let attachment = reading("facture.xml", "01", format!("{before}{after}").as_bytes());
    let invoice = normalise(Some(pivot_invoice()), vec![attachment], None).unwrap();
    assert_eq!(fields(&invoice), [DifferenceField::AccountPresent]);
    assert!(
        !serde_json::to_string(&invoice.differences)
            .unwrap()
            .contains("FR76")
    );
}

#[test]
fn what_the_document_lacks_and_the_portal_knows_is_taken_from_the_pivot_and_said_to_be() {
    let attachment = reading(
        "facture.xml",
        "01",
        &changed(
            "ubl-invoice.xml",
            "<cbc:BuyerReference>SERVICE-1</cbc:BuyerReference>",
            "",
        ),
    );
    let invoice = normalise(Some(pivot_invoice()), vec![attachment], None).unwrap();
    assert_eq!(
        invoice.references.service_code.as_deref(),
        Some("SERVICE-1")
    );
    assert!(invoice.is_derived("/references/serviceCode"));
}

#[test]
fn without_a_pivot_the_attachment_alone_is_read_and_without_both_there_is_nothing() {
    let attachment = reading("facture.pdf", "01", &fixture("cii.xml"));
    assert!(normalise(None, vec![attachment], None).is_some());
    assert!(normalise(None, Vec::new(), Some(&ApiRow::default())).is_none());
}
