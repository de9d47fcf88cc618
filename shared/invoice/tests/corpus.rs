//! Every file of the corpus is read, or refused with a reason; none is taken for what it is not.

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

use std::collections::BTreeMap;
use std::path::Path;

use invoice::{Invoice, Kind, Limits};

struct Row {
    path: String,
    kind: String,
    inner: String,
    customization: String,
    type_code: String,
}

fn manifest(corpus: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            let mut next = || fields.next().unwrap_or_default();
            let (path, _bytes) = (next(), next());
            Row {
                path,
                kind: next(),
                inner: next(),
                customization: next(),
                type_code: next(),
            }
        })
        .collect()
}

/// What the manifest's word for a file means here. The manifest looked at the root's name only, so an invoice's root in
/// a foreign namespace is other XML to us.
fn expected_kinds(row: &Row) -> &'static [Kind] {
    match row.kind.as_str() {
        "CII" => &[Kind::Cii, Kind::Xml],
        "UBL-Invoice" => &[Kind::UblInvoice, Kind::Xml],
        "UBL-CreditNote" => &[Kind::UblCreditNote],
        "ZUGFeRD1" => &[Kind::Zugferd1],
        "other:SCRDMCCBDACIOMessageStructure" => &[Kind::OrderX],
        "XML-BROKEN" => &[Kind::Cii, Kind::Xml, Kind::Other],
        "PDF+-" => &[Kind::Pdf],
        kind if kind.starts_with("PDF+") => &[Kind::FacturX, Kind::Pdf],
        kind if kind.starts_with("testSet") => &[Kind::Xml],
        "md" | "license" | "json" => &[Kind::Other],
        _ => &[],
    }
}

fn assert_schema(validator: &jsonschema::Validator, invoice: &Invoice, path: &str) {
    let json = serde_json::to_value(invoice).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{path}: {errors:?}");
    let back: Invoice = serde_json::from_value(json).unwrap();
    assert_eq!(&back, invoice, "{path} changes when its JSON is read back");
}

#[test]
fn every_file_is_read_or_refused_with_a_reason_and_none_is_taken_for_another() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let validator = jsonschema::validator_for(&Invoice::json_schema()).unwrap();
    let limits = Limits::default();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in manifest(&corpus) {
        let Ok(bytes) = std::fs::read(corpus.join(&row.path)) else {
            continue;
        };
        let kind = invoice::sniff(&bytes);
        let expected = expected_kinds(&row);
        if !expected.is_empty() && !expected.contains(&kind) {
            wrong.push(format!(
                "{}: {kind:?}, the manifest says {}",
                row.path, row.kind
            ));
        }
        match invoice::read(&bytes, &limits) {
            Ok(read) => {
                *kinds.entry(format!("{:?}", read.kind)).or_default() += 1;
                assert_eq!(read.kind, kind, "{}", row.path);
                assert!(kind.is_invoice(), "{}", row.path);
                for invoice in &read.invoices {
                    assert_schema(&validator, invoice, &row.path);
                    if !row.type_code.is_empty() {
                        assert_eq!(
                            invoice.type_code.as_deref(),
                            Some(row.type_code.as_str()),
                            "{}",
                            row.path
                        );
                    }
                    if !row.customization.is_empty() {
                        assert_eq!(
                            invoice.source.specification.as_deref(),
                            Some(row.customization.as_str()),
                            "{}",
                            row.path
                        );
                    }
                }
            }
            Err(error) => {
                *errors.entry(error.code().to_owned()).or_default() += 1;
                if kind.is_invoice() || row.kind.contains("CII") || !row.inner.is_empty() {
                    println!("{}: {error}", row.path);
                }
            }
        }
    }
    println!("read: {kinds:#?}\nrefused: {errors:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        kinds.values().sum::<usize>() > 200,
        "the corpus holds more than two hundred invoices: {kinds:?}"
    );
}
