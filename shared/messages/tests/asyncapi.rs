//! `asyncapi.yaml` names every message and every schema file, and nothing that is not there.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use messages::schema;

fn document() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("asyncapi.yaml");
    fs::read_to_string(path).expect("asyncapi.yaml is there")
}

/// Every word of the document that starts with `start`, without quotes.
fn words_with(document: &str, start: &str) -> BTreeSet<String> {
    document
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`' | '(' | ')'))
        .filter(|word| word.starts_with(start))
        .map(|word| word.trim_end_matches(['.', ':', ';']).to_owned())
        .collect()
}

#[test]
fn every_message_has_its_name_its_schema_and_its_example() {
    let document = document();
    assert!(document.starts_with("asyncapi: 3.0.0"));
    for schema in schema::all() {
        let name = format!("name: {}", schema.event_type);
        assert!(document.lines().any(|line| line.trim() == name), "{name}");
        let reference = format!("$ref: ./schemas/{}", schema.file_name());
        assert!(
            document.lines().any(|line| line.trim() == reference),
            "{reference}"
        );
    }
}

#[test]
fn it_names_no_schema_and_no_example_that_is_not_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let files = words_with(&document(), "./");
    assert!(files.len() >= schema::all().len());
    for file in files {
        assert!(root.join(&file).is_file(), "{file} is not there");
    }
}

#[test]
fn each_reference_inside_it_leads_somewhere() {
    let document = document();
    for reference in words_with(&document, "#/") {
        let name = reference.rsplit('/').next().expect("a last part");
        assert!(
            document
                .lines()
                .any(|line| line.trim() == format!("{name}:")),
            "{reference} leads nowhere"
        );
    }
}
