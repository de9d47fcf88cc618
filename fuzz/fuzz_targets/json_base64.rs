//! The scanner that lifts a base64 field out of a JSON answer, held against a JSON parser.
#![no_main]

// The scanner alone: its crate brings an HTTP client and a TLS stack, which have nothing to do with it.
#[allow(
    unreachable_pub,
    dead_code,
    reason = "a module of another crate, which uses all of it"
)]
#[path = "../../shared/chorus-pro/src/streaming/mod.rs"]
mod streaming;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use streaming::{Base64Field, FieldError};

const FIELD: &str = "f";
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The JSON beside the field, and the field's bytes if it was there.
type Answer = Result<(Vec<u8>, Option<Vec<u8>>), FieldError>;

fn scan(json: &[u8], piece: usize) -> Answer {
    let mut scanner = Base64Field::new(FIELD);
    let mut file = Vec::new();
    for piece in json.chunks(piece) {
        scanner.push(piece, &mut file)?;
    }
    let found = scanner.found();
    assert!(found || file.is_empty(), "bytes out of nowhere");
    Ok((scanner.finish()?, found.then_some(file)))
}

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let whole = scan(json, json.len().max(1));
    for piece in [1, 5] {
        assert_eq!(scan(json, piece), whole, "in pieces of {piece}");
    }
    if let Ok(expected) = serde_json::from_slice::<Map<String, Value>>(json) {
        agrees(expected, whole);
    }
});

/// A real parser read the answer: it says what the field is.
fn agrees(mut expected: Map<String, Value>, answer: Answer) {
    let value = expected.insert(FIELD.to_owned(), Value::Null);
    let (rest, file) = match (answer, &value) {
        (Ok(answer), _) => answer,
        // The parser takes the last of several; so do not we.
        (Err(FieldError::Duplicate { .. }), Some(_)) => return,
        (Err(FieldError::NotText { .. } | FieldError::RestTooLarge { .. }), _) => return,
        (Err(FieldError::Base64 { .. } | FieldError::Escape { .. }), Some(Value::String(text))) => {
            assert_eq!(decode(text), None, "base64 was refused");
            return;
        }
        (Err(FieldError::Base64 { .. } | FieldError::Escape { .. }), Some(_)) => return,
        (Err(error), _) => panic!("{error}, but it is JSON"),
    };
    let mut rest: Map<String, Value> = serde_json::from_slice(&rest).expect("the rest is JSON");
    assert_eq!(
        rest.insert(FIELD.to_owned(), Value::Null).is_some(),
        value.is_some()
    );
    assert_eq!(rest, expected, "the rest says something else");
    match value {
        Some(Value::String(text)) => assert_eq!(file, decode(&text), "another file"),
        Some(Value::Null) | None => assert_eq!(file, None),
        Some(other) => panic!("{other} was taken for a file"),
    }
}

/// White space may stand anywhere, padding may be missing.
fn decode(text: &str) -> Option<Vec<u8>> {
    let dense: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .collect();
    LENIENT.decode(dense).ok()
}
