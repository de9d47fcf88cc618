//! The same invoice in CII, in UBL, and as a Factur-X is the same JSON but for its source.

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

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use invoice::Limits;
use serde_json::Value;

/// What truly differs between the files of one invoice, each with its reason.
const RESIDUE: &str = include_str!("triples-residue.tsv");

fn json(path: &Path) -> Value {
    let read = invoice::read(&std::fs::read(path).unwrap(), &Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut json = serde_json::to_value(&read.invoices[0]).unwrap();
    json.as_object_mut().unwrap().remove("source");
    json
}

/// The pointers at which two values differ.
fn differing(left: &Value, right: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                differing(
                    &a.get(key).cloned().unwrap_or_default(),
                    &b.get(key).cloned().unwrap_or_default(),
                    &format!("{pointer}/{key}"),
                    found,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differing(a, b, &format!("{pointer}/{at}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push((pointer.to_owned(), format!("{a} ≠ {b}"))),
    }
}

fn files_under(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_under(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_three_syntaxes_of_one_invoice_give_the_same_json_but_for_the_source() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let mut files = Vec::new();
    files_under(
        &corpus.join("fnfe-xp-z12-012-annexB-v1.2/Factures"),
        &mut files,
    );
    let explained: BTreeSet<String> = RESIDUE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut fields = line.split('\t');
            let entry = format!("{}\t{}", fields.next().unwrap(), fields.next().unwrap());
            assert!(
                fields.next().is_some_and(|reason| !reason.is_empty()),
                "no reason: {line}"
            );
            entry
        })
        .collect();
    let mut met = BTreeSet::new();
    let mut unexplained = Vec::new();
    let mut compared = 0;
    for ubl in files
        .iter()
        .filter(|path| path.to_string_lossy().ends_with("_UBL.xml"))
    {
        let name = ubl.file_name().unwrap().to_string_lossy().into_owned();
        let stem = ubl.to_string_lossy().replace("_UBL.xml", "");
        let reference = json(ubl);
        for other in files
            .iter()
            .filter(|path| path.to_string_lossy().starts_with(&stem) && *path != ubl)
        {
            compared += 1;
            let mut found = Vec::new();
            differing(&reference, &json(other), "", &mut found);
            let other = other.file_name().unwrap().to_string_lossy().into_owned();
            for (pointer, values) in found {
                let entry = format!("{other}\t{pointer}");
                if explained.contains(&entry) {
                    met.insert(entry);
                } else {
                    unexplained.push(format!("{entry}\t{values}"));
                }
            }
        }
        println!("{name}: compared");
    }
    assert!(
        compared >= 12,
        "six invoices in two more syntaxes each, and not {compared}"
    );
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let stale: Vec<_> = explained.difference(&met).collect();
    assert!(stale.is_empty(), "no longer differing: {stale:?}");
}
