use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use proptest::prelude::*;

use super::*;

/// The file's bytes and the rest of the JSON, fed `piece` bytes at a time.
fn take(json: &[u8], piece: usize) -> Result<(Vec<u8>, String), FieldError> {
    let mut field = Base64Field::new("fichierResultat");
    let mut file = Vec::new();
    for piece in json.chunks(piece) {
        field.push(piece, &mut file)?;
    }
    let rest = String::from_utf8_lossy(&field.finish()?).into_owned();
    Ok((file, rest))
}

fn mime_lines(base64: &str) -> String {
    base64
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line) + "\\r\\n")
        .collect()
}

proptest! {
    #[test]
    fn every_split_of_every_spelling_gives_the_same_file(
        bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1_usize..100
    ) {
        let padded = STANDARD.encode(&bytes);
        let spellings = [
            padded.clone(),
            STANDARD_NO_PAD.encode(&bytes),
            padded.replace('/', "\\/").replace('=', "\\u003d"),
            mime_lines(&padded),
        ];
        for spelling in spellings {
            let json = format!(r#"{{"libelle":"dit \"oui\"","fichierResultat":"{spelling}","codeRetour":0}}"#);
            let (file, rest) = take(json.as_bytes(), piece).unwrap();
            prop_assert_eq!(&file, &bytes);
            prop_assert_eq!(rest, r#"{"libelle":"dit \"oui\"","fichierResultat":null,"codeRetour":0}"#);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(json in proptest::collection::vec(any::<u8>(), 0..200), piece in 1_usize..20) {
        let _ = take(&json, piece);
    }

    #[test]
    fn json_like_bytes_do_not_make_it_panic(json in r#"[\{\}\[\]":,\\u0-9a-f n]{0,80}"#, piece in 1_usize..20) {
        let _ = take(format!("{{\"fichierResultat\"{json}").as_bytes(), piece);
    }

    #[test]
    fn an_answer_cut_off_anywhere_is_an_error(cut in 0_usize..60, piece in 1_usize..20) {
        let json = br#"{"a":{"b":[1,"}"]},"fichierResultat":"SGVsbG8=","codeRetour":0}"#;
        prop_assert!(take(&json[..cut], piece).is_err());
    }
}

#[test]
fn only_the_outermost_object_counts() {
    let json = br#"{"a":{"fichierResultat":"nested"},"b":["fichierResultat","x"],"c":"fichierResultat","fichierResultat":"SGk="}"#;
    let (file, rest) = take(json, 7).unwrap();
    assert_eq!(file, b"Hi");
    assert_eq!(
        rest,
        r#"{"a":{"fichierResultat":"nested"},"b":["fichierResultat","x"],"c":"fichierResultat","fichierResultat":null}"#
    );
}

#[test]
fn a_key_written_with_escapes_is_the_same_key() {
    assert_eq!(
        take(br#"{"fichierR\u0065sultat":"SGk="}"#, 3).unwrap().0,
        b"Hi"
    );
}

#[test]
fn null_and_absent_give_no_bytes_and_are_told_apart_from_an_empty_file() {
    for json in [
        r#"{"codeRetour":20001,"fichierResultat":null}"#,
        r#"{"codeRetour":20001}"#,
    ] {
        let mut field = Base64Field::new("fichierResultat");
        let mut file = Vec::new();
        field.push(json.as_bytes(), &mut file).unwrap();
        assert!(!field.found());
        assert_eq!(field.finish().unwrap(), json.as_bytes());
        assert!(file.is_empty());
    }
    let mut field = Base64Field::new("fichierResultat");
    field
        .push(br#"{"fichierResultat":""}"#, &mut Vec::new())
        .unwrap();
    assert!(field.found());
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    let twice = br#"{"fichierResultat":null,"fichierResultat":"SGk="}"#;
    assert_eq!(
        take(twice, 9),
        Err(FieldError::Duplicate {
            field: "fichierResultat"
        })
    );
}

#[test]
fn a_value_that_is_no_string_is_refused() {
    for value in [
        "1",
        "true",
        "[\"SGk=\"]",
        "{\"fichierResultat\":\"SGk=\"}",
        "-1",
    ] {
        let json = format!(r#"{{"fichierResultat": {value}}}"#);
        assert_eq!(
            take(json.as_bytes(), 5),
            Err(FieldError::NotText {
                field: "fichierResultat"
            })
        );
    }
}

#[test]
fn junk_in_the_value_is_named_with_its_place() {
    let error = take(br#"{"fichierResultat":"SGVs*G8="}"#, 64).unwrap_err();
    assert_eq!(
        error,
        FieldError::Base64 {
            field: "fichierResultat",
            source: Base64Error::Junk {
                position: 4,
                byte: b'*'
            }
        }
    );
    for escape in [r"\u0123", r"\x", r"\u00zz"] {
        let json = format!(r#"{{"fichierResultat":"SGVs{escape}G8="}}"#);
        assert_eq!(
            take(json.as_bytes(), 4),
            Err(FieldError::Escape {
                field: "fichierResultat"
            })
        );
    }
}

#[test]
fn what_is_no_object_is_refused_at_its_first_byte() {
    for (answer, first) in [
        ("<html>", b'<'),
        (" [1]", b'['),
        ("\"text\"", b'"'),
        ("\u{feff}<", 0xef),
    ] {
        assert_eq!(
            take(answer.as_bytes(), 2),
            Err(FieldError::NotAnObject { first }),
            "{answer}"
        );
    }
}

#[test]
fn a_byte_order_mark_and_blanks_may_come_first() {
    let (file, rest) = take(
        "\u{feff} \r\n{\"fichierResultat\" : \"SGk=\"} ".as_bytes(),
        1,
    )
    .unwrap();
    assert_eq!(
        (file.as_slice(), rest.as_str()),
        (b"Hi".as_slice(), "{\"fichierResultat\" : null} ")
    );
}

#[test]
fn the_rest_is_bounded() {
    let json = format!(r#"{{"libelle":"{}"}}"#, "x".repeat(REST_LIMIT));
    assert_eq!(
        take(json.as_bytes(), 4096),
        Err(FieldError::RestTooLarge {
            field: "fichierResultat"
        })
    );
}
