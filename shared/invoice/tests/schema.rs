//! The published JSON Schema is that of the code, and says of each value what it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

use std::path::Path;

use invoice::Invoice;

#[test]
fn the_published_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/invoice-v1.schema.json");
    let made = Invoice::json_schema();
    if std::env::var_os("RELAIS_UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, format!("{made:#}\n")).unwrap();
    }
    // As JSON and not as text: another crate's features decide whether serde_json keeps the order of keys.
    let published: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap_or_default()).unwrap_or_default();
    assert!(
        published == made,
        "run the tests once with RELAIS_UPDATE_SCHEMAS=1 and look at what changed"
    );
}

/// Each business term of EN 16931-1 stands in the description of the field that carries it.
#[test]
fn every_term_of_the_standard_is_in_the_schema() {
    let schema = Invoice::json_schema().to_string();
    let missing: Vec<String> = (1..=163)
        // The standard skips it.
        .filter(|term| *term != 4)
        .map(|term| format!("BT-{term}"))
        .filter(|term| {
            !schema.match_indices(term.as_str()).any(|(at, found)| {
                !schema[at + found.len()..].starts_with(|c: char| c.is_ascii_digit())
            })
        })
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
