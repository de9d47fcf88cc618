use super::*;
use crate::model::{Attachment, EmbeddedFile, Note, Party};

/// A rule, the most characters it allows, where to put a text, and the refusal code of one that is too long.
type Place = (
    &'static str,
    usize,
    fn(&mut Invoice, String),
    Option<&'static str>,
);

const PLACES: [Place; 14] = [
    ("BR-FR-CPRO-02", 20, |i, text| i.number = Some(text), None),
    (
        "BR-FR-CPRO-14",
        50,
        |i, text| i.references.contract = Some(text),
        Some("REF_ERR"),
    ),
    (
        "BR-FR-CPRO-15",
        50,
        |i, text| i.references.purchase_order = Some(text),
        Some("CMD_EJ_ERR"),
    ),
    (
        "BR-FR-CPRO-30",
        50,
        |i, text| {
            i.attachments = vec![Attachment {
                reference: Some(text),
                ..Attachment::default()
            }];
        },
        None,
    ),
    (
        "BR-FR-CPRO-31",
        1024,
        |i, text| i.lines[0].item.description = Some(text),
        None,
    ),
    (
        "BR-FR-CPRO-34",
        99,
        |i, text| i.buyer.trading_name = Some(text),
        None,
    ),
    (
        "BR-FR-CPRO-35",
        1024,
        |i, text| i.payment_terms = Some(text),
        None,
    ),
    (
        "BR-FR-CPRO-36",
        99,
        |i, text| i.seller.trading_name = Some(text),
        None,
    ),
    (
        "BR-FR-CPRO-37",
        99,
        |i, text| {
            i.payee = Some(Party {
                name: Some(text),
                ..Party::default()
            });
        },
        None,
    ),
    (
        "BR-FR-CPRO-39",
        27,
        |i, text| i.payment.means = vec![account(&text, None)],
        None,
    ),
    (
        "BR-FR-CPRO-41",
        50,
        |i, text| i.attachments = vec![embedded(text)],
        None,
    ),
    (
        "BR-FR-CPRO-42",
        1024,
        |i, text| {
            i.notes = vec![Note {
                subject: None,
                text,
            }];
        },
        None,
    ),
    (
        "BR-FR-CPRO-43",
        99,
        |i, text| i.seller.name = Some(text),
        None,
    ),
    (
        "BR-FR-CPRO-44",
        99,
        |i, text| i.buyer.name = Some(text),
        None,
    ),
];

fn embedded(name: String) -> Attachment {
    let file = EmbeddedFile {
        file_name: Some(name),
        ..EmbeddedFile::default()
    };
    Attachment {
        embedded: Some(file),
        ..Attachment::default()
    }
}

#[test]
fn each_text_may_be_as_long_as_chorus_pro_takes_and_not_longer() {
    for (rule, max, put, code) in PLACES {
        let with = |length: usize| changed(|i| put(i, "é".repeat(length)));
        let message = assert_ok(rule, &with(max));
        assert!(
            message.contains(&format!("{max} caractères, {max} au plus")),
            "{rule}: {message}"
        );
        let message = assert_failed(rule, &with(max + 1), code);
        assert!(
            message.contains(&format!("{} caractères", max + 1)),
            "{rule}: {message}"
        );
    }
}

#[test]
fn a_text_that_is_not_there_is_nothing_to_measure() {
    let empty = Invoice::empty(invoice().source);
    for (rule, ..) in PLACES {
        if rule == "BR-FR-CPRO-02" {
            assert_not_evaluable(rule, &empty);
        } else {
            assert!(assert_ok(rule, &empty).starts_with("Sans objet"), "{rule}");
        }
    }
}

#[test]
fn the_longest_of_several_texts_counts() {
    let notes = changed(|i| {
        i.notes = [10, 2000, 20]
            .map(|length| Note {
                subject: None,
                text: "x".repeat(length),
            })
            .into();
    });
    assert!(assert_failed("BR-FR-CPRO-42", &notes, None).contains("2000 caractères"));
}

#[test]
fn the_spaces_between_the_groups_of_an_account_are_not_counted() {
    assert_ok(
        "BR-FR-CPRO-39",
        &changed(|i| i.payment.means = vec![account("FR76 3000 6000 0112 3456 7890 189", None)]),
    );
}

#[test]
fn names_and_accounts_that_are_too_long_are_not_repeated_in_the_message() {
    for (rule, max, put, _) in PLACES {
        let message = assert_failed(
            rule,
            &changed(|i| put(i, "z".repeat(max + 1))),
            finding_code(rule),
        );
        let repeated = message.contains("zzz");
        assert_eq!(
            repeated,
            matches!(rule, "BR-FR-CPRO-02" | "BR-FR-CPRO-14" | "BR-FR-CPRO-15"),
            "{rule}: {message}"
        );
    }
}

fn finding_code(rule: &str) -> Option<&'static str> {
    PLACES
        .iter()
        .find(|place| place.0 == rule)
        .and_then(|place| place.3)
}
