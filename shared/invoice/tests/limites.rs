//! The edge cases of `facturx-cas-limites`: each is treated as its manifest expects, or `cas-limites.md` says why a
//! recipient treats it otherwise.

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

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use invoice::checks::{self, Status};
use invoice::{Limits, ReadError};
use serde::Deserialize;

const TREATMENTS: &str = include_str!("cas-limites.md");

/// What fails on the invoice that the manifest calls faultless; `cas-limites.md` says why.
const FAULTLESS: [&str; 4] = [
    "BR-FR-CPRO-09",
    "BR-FR-CPRO-10",
    "RELAIS-SIREN",
    "RELAIS-TVA-CLE",
];

#[derive(Deserialize)]
struct Manifest {
    cas: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    r#ref: String,
    attendu: String,
    assertions_declenchees: String,
}

/// What becomes of one file: why it cannot be read, or the rules that fail on it.
type Treatment = Result<BTreeSet<String>, ReadError>;

fn treat(file: &Path) -> Treatment {
    let bytes = std::fs::read(file).unwrap();
    let read = invoice::read(&bytes, &Limits::default())?;
    let findings = checks::run(&read.invoices[0]);
    let failed = findings
        .into_iter()
        .filter(|finding| finding.status == Status::Failed);
    Ok(failed.map(|finding| finding.rule).collect())
}

/// In the words of `cas-limites.md`. What fails on the faultless invoice too is left out: it is not what the case is about.
fn in_words(treatment: &Treatment, faultless: &BTreeSet<String>) -> String {
    match treatment {
        Err(error) => format!("refused: {}", error.code()),
        Ok(failed) => {
            let own: Vec<&str> = failed.difference(faultless).map(String::as_str).collect();
            if own.is_empty() {
                "read".to_owned()
            } else {
                format!("read: {}", own.join(", "))
            }
        }
    }
}

/// Whether a treatment is what the manifest expects. An expected rejection is met by an unreadable document or by the
/// finding of the rule it is about: Relais never rejects, the recipient does, with the finding.
fn is_as_expected(case: &Case, treatment: &Treatment, faultless: &BTreeSet<String>) -> bool {
    let Ok(failed) = treatment else {
        return case.attendu == "rejet";
    };
    let own: BTreeSet<&str> = failed.difference(faultless).map(String::as_str).collect();
    let first = case
        .assertions_declenchees
        .split([',', '_', ' '])
        .next()
        .unwrap_or_default();
    match case.attendu.as_str() {
        "acceptation" => own.is_empty(),
        "avertissement" => !own.is_empty(),
        "rejet" => {
            !own.is_empty()
                && (own.contains(first) || !checks::rules().any(|rule| rule.id == first))
        }
        other => panic!("the manifest expects {other}"),
    }
}

struct Row {
    expected: String,
    xml: String,
    pdf: String,
    reason: String,
}

fn rows() -> BTreeMap<String, Row> {
    TREATMENTS
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| {
            let cells: Vec<String> = line
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect();
            let [reference, expected, xml, pdf, reason, ..] = &cells[..] else {
                panic!("not five cells: {line}")
            };
            let row = Row {
                expected: expected.clone(),
                xml: xml.clone(),
                pdf: pdf.clone(),
                reason: reason.clone(),
            };
            (reference.clone(), row)
        })
        .collect()
}

#[test]
fn each_edge_case_is_treated_as_expected_or_the_reason_is_written() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let folder = corpus.join("facturx-cas-limites/cas");
    let manifest: Manifest =
        serde_json::from_slice(&std::fs::read(folder.join("manifeste.json")).unwrap()).unwrap();
    let faultless = treat(&folder.join("OK-001/factur-x.xml")).unwrap();
    println!("on the faultless invoice: {faultless:?}");
    assert_eq!(
        faultless,
        FAULTLESS.map(str::to_owned).into(),
        "see the top of cas-limites.md"
    );
    let (rows, mut wrong, mut otherwise) = (rows(), Vec::new(), 0);
    for case in &manifest.cas {
        let treatments =
            ["factur-x.xml", "facture.pdf"].map(|file| treat(&folder.join(&case.r#ref).join(file)));
        let [xml, pdf] = treatments
            .each_ref()
            .map(|treatment| in_words(treatment, &faultless));
        let as_expected = is_as_expected(case, &treatments[1], &faultless);
        otherwise += usize::from(!as_expected);
        let holds = rows.get(&case.r#ref).is_some_and(|row| {
            row.expected == case.attendu
                && row.xml == xml
                && row.pdf == pdf
                && (as_expected || row.reason.len() > 40)
        });
        if !holds {
            let reason = if as_expected {
                ""
            } else {
                "TODO: otherwise than expected"
            };
            wrong.push(format!(
                "| `{}` | {} | {xml} | {pdf} | {reason} |",
                case.r#ref, case.attendu
            ));
        }
    }
    println!(
        "{} cases, {otherwise} treated otherwise than expected",
        manifest.cas.len()
    );
    assert!(
        wrong.is_empty(),
        "not as written in cas-limites.md:\n{}",
        wrong.join("\n")
    );
    assert_eq!(
        rows.len(),
        manifest.cas.len(),
        "a row for each case and no other"
    );
}

/// The one finding that the table cannot show.
#[test]
fn a_wrong_vat_key_is_named_with_the_right_one() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let bytes =
        std::fs::read(corpus.join("facturx-cas-limites/cas/IDENT-002/facture.pdf")).unwrap();
    let read = invoice::read(&bytes, &Limits::default()).unwrap();
    let findings = checks::run(&read.invoices[0]);
    let key = findings
        .iter()
        .find(|finding| finding.rule == "RELAIS-TVA-CLE")
        .unwrap();
    assert_eq!(key.status, Status::Failed);
    assert!(
        key.message
            .contains("est 00 alors que le SIREN 392809137 donne 31"),
        "{}",
        key.message
    );
}
