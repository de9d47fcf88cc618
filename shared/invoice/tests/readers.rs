//! The readers, on the small files of `fixtures` and on PDFs built here.

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

use invoice::model::{Dialect, LineKind};
use invoice::readers::pivot;
use invoice::{Invoice, Kind, Limits, ReadError};
use support::{NamedIn, fixture, pdf_with};

fn read(bytes: &[u8]) -> Invoice {
    let mut read = invoice::read(bytes, &Limits::default()).unwrap();
    assert_eq!(read.invoices.len(), 1);
    read.invoices.remove(0)
}

fn json_but_for_the_source(invoice: &Invoice) -> serde_json::Value {
    let mut json = serde_json::to_value(invoice).unwrap();
    json.as_object_mut().unwrap().remove("source");
    json
}

fn assert_schema(invoice: &Invoice) {
    let validator = jsonschema::validator_for(&Invoice::json_schema()).unwrap();
    let json = serde_json::to_value(invoice).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn one_invoice_is_the_same_json_in_ubl_in_cii_and_in_a_pdf() {
    let ubl = read(&fixture("ubl-invoice.xml"));
    let cii = read(&fixture("cii.xml"));
    let pdf = read(&pdf_with(
        "factur-x.xml",
        fixture("cii.xml"),
        NamedIn::Names,
    ));
    assert_eq!(json_but_for_the_source(&ubl), json_but_for_the_source(&cii));
    assert_eq!(json_but_for_the_source(&cii), json_but_for_the_source(&pdf));
    for invoice in [&ubl, &cii, &pdf] {
        assert_eq!(invoice.source.unmapped, [], "everything has its place");
        assert_eq!(invoice.source.malformed, []);
        assert_schema(invoice);
    }
    assert_eq!(
        (ubl.source.kind, cii.source.kind, pdf.source.kind),
        (Kind::UblInvoice, Kind::Cii, Kind::FacturX)
    );
    assert_eq!(pdf.source.embedded_name.as_deref(), Some("factur-x.xml"));
}

#[test]
fn every_group_is_read() {
    let invoice = read(&fixture("ubl-invoice.xml"));
    assert_eq!(invoice.number.as_deref(), Some("FX-2026-001"));
    assert_eq!(invoice.issue_date.unwrap().to_string(), "2026-11-02");
    assert_eq!(invoice.vat_point_date_code.as_deref(), Some("432"));
    assert_eq!(
        invoice.references.service_code.as_deref(),
        Some("SERVICE-1")
    );
    assert_eq!(
        invoice.references.purchase_order.as_deref(),
        Some("ENGAGEMENT-7")
    );
    assert_eq!(
        invoice.references.contract.as_deref(),
        Some("MARCHE-2026-04")
    );
    assert_eq!(invoice.notes[0].subject.as_deref(), Some("PMT"));
    assert_eq!(invoice.notes[1].subject, None);
    assert_eq!(
        invoice.seller.identifiers[0].scheme.as_deref(),
        Some("0009")
    );
    assert_eq!(invoice.seller.tax_registration.as_deref(), Some("FISC-1"));
    assert_eq!(
        invoice
            .totals
            .vat_in_vat_currency
            .as_ref()
            .unwrap()
            .written(),
        "18.00"
    );
    assert_eq!(invoice.totals.vat.as_ref().unwrap().written(), "19.00");
    assert_eq!(
        invoice.lines[0].quantity.as_ref().unwrap().written(),
        "3.0000",
        "as written"
    );
    assert_eq!(
        invoice.lines[0].price.gross.as_ref().unwrap().written(),
        "45.0000"
    );
    assert_eq!(
        invoice.attachments[0]
            .embedded
            .as_ref()
            .unwrap()
            .file_name
            .as_deref(),
        Some("bl.txt")
    );
}

#[test]
fn an_iban_a_card_and_a_mandate_stand_side_by_side() {
    let payment = read(&fixture("cii.xml")).payment;
    assert_eq!(payment.means.len(), 2);
    assert_eq!(
        payment.means[0].account.as_ref().unwrap().id.as_deref(),
        Some("FR7600000000000000000000101")
    );
    assert_eq!(
        payment.means[1].card.as_ref().unwrap().number.as_deref(),
        Some("1234")
    );
    let debit = payment.direct_debit.unwrap();
    assert_eq!(debit.mandate.as_deref(), Some("MANDAT-1"));
    assert_eq!(debit.creditor.as_deref(), Some("FR00ZZZ000001"));
    assert_eq!(
        debit.debited_account.as_deref(),
        Some("FR7600000000000000000000202")
    );
}

#[test]
fn a_credit_note_has_its_own_names() {
    let credit = read(&fixture("ubl-credit-note.xml"));
    assert_eq!(credit.source.kind, Kind::UblCreditNote);
    assert_eq!(credit.source.dialect, Dialect::FrCtc);
    assert_eq!(credit.type_code.as_deref(), Some("381"));
    assert_eq!(credit.references.project.as_deref(), Some("PROJET-1"));
    assert_eq!(credit.due_date.unwrap().to_string(), "2026-12-10");
    assert_eq!(credit.preceding_invoices[0].number, "FX-2026-001");
    assert_eq!(credit.lines[0].quantity.as_ref().unwrap().written(), "1");
    assert_eq!(credit.source.unmapped, []);
}

#[test]
fn the_ubl_of_chorus_pro_is_read_with_its_traps() {
    let invoice = read(&fixture("ubl-chorus.xml"));
    assert_eq!(invoice.source.dialect, Dialect::ChorusUbl);
    assert_eq!(
        invoice.references.service_code.as_deref(),
        Some("SERVICE-1")
    );
    assert_eq!(
        invoice.references.purchase_order.as_deref(),
        Some("ENGAGEMENT-7")
    );
    assert_eq!(
        invoice.references.contract.as_deref(),
        Some("MARCHE-2026-04")
    );
    assert_eq!(invoice.due_date.unwrap().to_string(), "2026-12-02");
    assert_eq!(
        invoice.vat_point_date_code.as_deref(),
        Some("432"),
        "TVA ENCAISSEMENT"
    );
    assert_eq!(invoice.seller.name.as_deref(), Some("Exemple SARL"));
    assert_eq!(
        invoice.seller.address.as_ref().unwrap().line1.as_deref(),
        Some("1 rue de l'Essai")
    );
    assert_eq!(
        invoice.buyer.identifiers[0].scheme.as_deref(),
        Some("0009"),
        "fourteen digits are a SIRET"
    );
    assert_eq!(
        invoice.vat_breakdown[0].rate.as_ref().unwrap().written(),
        "20.00"
    );
    assert_eq!(
        invoice.vat_breakdown[0].category, None,
        "no category is written, none is guessed"
    );
    assert_eq!(invoice.totals.lines, None);
    let kinds: Vec<_> = invoice.lines.iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [LineKind::Group, LineKind::Detail, LineKind::Information]
    );
    assert_eq!(
        invoice.payment.means[0]
            .account
            .as_ref()
            .unwrap()
            .kind
            .as_deref(),
        Some("IBAN")
    );
    assert_eq!(invoice.source.unmapped, []);
    assert_schema(&invoice);
}

#[test]
fn a_pivot_holds_several_invoices_with_what_the_portal_knows() {
    let invoices = pivot::read(&fixture("pivot.xml"), &Limits::default()).unwrap();
    assert_eq!(invoices.len(), 2);
    let first = &invoices[0].invoice;
    let chorus = first.chorus.as_ref().unwrap();
    assert_eq!(chorus.id_cpro.as_deref(), Some("3346947"));
    assert_eq!(chorus.cadre.as_deref(), Some("A1"));
    assert_eq!(
        chorus.cycle_de_validation[0].complement.as_deref(),
        Some("Déposée")
    );
    assert_eq!(
        first.totals.without_vat.as_ref().unwrap().written(),
        "95.000000",
        "six decimals stay"
    );
    assert_eq!(first.totals.vat, Some("19".parse().unwrap()));
    assert!(first.is_derived("/totals/vat") && first.is_derived("/delivery/date"));
    assert_eq!(
        first.seller.legal_registration.as_ref().unwrap().id,
        "000000001"
    );
    assert!(first.is_derived("/seller/legalRegistration"));
    assert!(
        first.preceding_invoices.is_empty(),
        "IdFactureOrigine on an invoice is its own number"
    );
    assert_eq!(first.vat_breakdown[0].category, None);
    assert!(first.payment.has_account());
    assert_eq!(first.source.unmapped, []);
    assert_schema(first);
    let attachments = &invoices[0].attachments;
    assert_eq!(
        attachments[0].name, "FAC00000000100018FX-2026-001.pdf",
        "without the space at its end"
    );
    assert_eq!(
        attachments.iter().map(|a| a.contenu).collect::<Vec<_>>(),
        [Some(0), Some(1), Some(2)]
    );
    let second = &invoices[1];
    assert_eq!(second.attachments[0].contenu, Some(3));
    assert_eq!(second.invoice.preceding_invoices[0].number, "FX-2026-001");
    assert_eq!(
        second.invoice.lines[0]
            .price
            .net
            .as_ref()
            .unwrap()
            .written(),
        "40.000000"
    );
}

#[test]
fn a_mixed_flow_is_read_like_a_pivot() {
    let read = invoice::read(&fixture("facture-mixte.xml"), &Limits::default()).unwrap();
    assert_eq!(read.kind, Kind::FactureMixte);
    assert_eq!(read.invoices[0].number.as_deref(), Some("FX-2026-001"));
    assert_eq!(read.invoices[0].source.dialect, Dialect::ChorusMixte);
}

#[test]
fn a_pivot_larger_than_any_xml_limit_is_read_when_its_attachments_make_it_so() {
    let text = String::from_utf8(fixture("pivot.xml"))
        .unwrap()
        .replace("@1@", &"A".repeat(20 * 1024 * 1024));
    assert_eq!(
        invoice::read(text.as_bytes(), &Limits::default())
            .unwrap()
            .invoices
            .len(),
        2
    );
}

#[test]
fn the_xml_in_a_pdf_is_found_wherever_and_under_whatever_name() {
    for named_in in [NamedIn::Associated, NamedIn::Names, NamedIn::Nowhere] {
        for name in [
            "factur-x.xml",
            "ZUGFeRD-invoice.xml",
            "xrechnung.xml",
            "facture.xml",
            "Ma facture",
        ] {
            let pdf = pdf_with(name, fixture("cii.xml"), named_in);
            assert_eq!(invoice::sniff(&pdf), Kind::FacturX, "{name}");
            assert_eq!(read(&pdf).number.as_deref(), Some("FX-2026-001"), "{name}");
        }
    }
}

#[test]
fn what_is_no_invoice_says_what_it_is() {
    let plain = support::saved(support::pdf());
    let with_text = pdf_with("notes.txt", b"just text".to_vec(), NamedIn::Names);
    let order = b"<o:SCRDMCCBDACIOMessageStructure xmlns:o='urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100'/>";
    let zugferd_1 =
        b"<r:CrossIndustryDocument xmlns:r='urn:ferd:CrossIndustryDocument:invoice:1p0'/>";
    let order_pdf = pdf_with("order-x.xml", order.to_vec(), NamedIn::Associated);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    let zip = support::zip_of("f.pdf", &plain);
    let cases: [(&[u8], Kind, &str); 12] = [
        (b"", Kind::Empty, "empty"),
        (&plain, Kind::Pdf, "no-xml-in-pdf"),
        (&with_text, Kind::Pdf, "no-xml-in-pdf"),
        (&zip, Kind::Zip, "not-an-invoice"),
        (order, Kind::OrderX, "not-an-invoice"),
        (&order_pdf, Kind::OrderX, "not-an-invoice"),
        (zugferd_1, Kind::Zugferd1, "zugferd-1"),
        (b"<html/>", Kind::Xml, "not-an-invoice"),
        (b"<CPPStatut/>", Kind::CppStatut, "not-an-invoice"),
        (
            b"<Invoice xmlns='urn:other'/>",
            Kind::Xml,
            "unknown-namespace",
        ),
        (b"<CPPFacturePivot/>", Kind::Pivot, "empty-pivot"),
        (&png, Kind::Image, "not-an-invoice"),
    ];
    for (bytes, kind, code) in cases {
        assert_eq!(invoice::sniff(bytes), kind);
        assert_eq!(
            invoice::read(bytes, &Limits::default()).unwrap_err().code(),
            code
        );
    }
    let said = invoice::read(&plain, &Limits::default())
        .unwrap_err()
        .to_string();
    assert_eq!(said, "a PDF without an invoice in XML inside");
}

#[test]
fn an_amount_that_is_none_is_absent_and_noted() {
    for wrong in ["2400,00", "1E100", "1169387E-2", "NaN", "1 000"] {
        let text = String::from_utf8(fixture("cii.xml"))
            .unwrap()
            .replace(">114.00<", &format!(">{wrong}<"));
        let invoice = read(text.as_bytes());
        assert_eq!(invoice.totals.with_vat, None);
        assert_eq!(invoice.source.malformed.len(), 1);
        assert_eq!(invoice.source.malformed[0].text, wrong);
        assert!(
            invoice.source.malformed[0]
                .path
                .ends_with("/GrandTotalAmount")
        );
    }
}

#[test]
fn byte_order_marks_and_odd_declarations_do_no_harm() {
    let text = String::from_utf8(fixture("cii.xml")).unwrap();
    let utf16: Vec<u8> = format!("\u{FEFF}{}", text.replace("UTF-8", "UTF-16"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin_text = text.replace("UTF-8", "ISO-8859-1");
    let latin: Vec<u8> = latin_text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let with_mark = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    let ascii = text
        .replace("encoding=\"UTF-8\"", "encoding=\"US-ASCII\"")
        .into_bytes();
    let expected = json_but_for_the_source(&read(text.as_bytes()));
    for bytes in [utf16, latin, with_mark, ascii] {
        assert_eq!(json_but_for_the_source(&read(&bytes)), expected);
    }
    let invented = text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-8_W/O_BOM\"");
    // Not a legal name for an encoding: read, or refused in words; the parser decides.
    if let Err(error) = invoice::read(invented.as_bytes(), &Limits::default()) {
        assert!(matches!(error, ReadError::NotWellFormed { .. }));
    }
}

fn ubl_with(totals: &str) -> invoice::Invoice {
    let text = format!(
        "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID>\
         <DocumentCurrencyCode>EUR</DocumentCurrencyCode>{totals}</Invoice>"
    );
    let mut read = invoice::read(text.as_bytes(), &Limits::default()).unwrap();
    read.invoices.remove(0)
}

#[test]
fn a_total_of_vat_in_a_currency_of_nobody_is_not_the_invoices() {
    let subtotal = |currency: &str| {
        format!("<TaxSubtotal><TaxAmount currencyID='{currency}'>20.00</TaxAmount></TaxSubtotal>")
    };
    let read = ubl_with(&format!(
        "<TaxTotal><TaxAmount currencyID='SEK'>230.00</TaxAmount>{}</TaxTotal>",
        subtotal("SEK")
    ));
    assert_eq!(read.totals.vat, None);
    assert_eq!(read.totals.vat_in_vat_currency, None);
    assert!(read.vat_breakdown.is_empty());
    let unmapped: Vec<_> = read
        .source
        .unmapped
        .iter()
        .map(|u| u.text.as_str())
        .collect();
    assert_eq!(unmapped, ["230.00", "20.00"]);
    // A label in another case, and one that is missing, are the invoice's currency.
    for label in ["currencyID='eur'", ""] {
        let read = ubl_with(&format!(
            "<TaxTotal><TaxAmount {label}>20.00</TaxAmount></TaxTotal>"
        ));
        assert_eq!(read.totals.vat.unwrap().to_string(), "20.00", "{label}");
    }
}

#[test]
fn the_breakdown_of_a_tax_total_without_amount_is_read() {
    let read = ubl_with(
        "<TaxTotal><TaxSubtotal><TaxableAmount currencyID='EUR'>100.00</TaxableAmount>\
         <TaxAmount currencyID='EUR'>20.00</TaxAmount></TaxSubtotal></TaxTotal>",
    );
    assert_eq!(read.totals.vat, None);
    assert_eq!(read.vat_breakdown.len(), 1);
    assert_eq!(
        read.vat_breakdown[0].taxable.as_ref().unwrap().to_string(),
        "100.00"
    );
    assert!(read.source.unmapped.is_empty());
}
