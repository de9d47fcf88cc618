//! Finds bank account numbers (IBAN, ISO 13616) in a text and hides them.

use std::borrow::Cow;

/// What is written in the place of an account number.
pub const MASK: &str = "[IBAN]";

/// The length of an IBAN by country: SWIFT's IBAN registry. With the length known, a serial number or a hash is not taken for one.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// The text with each valid IBAN replaced by [`MASK`].
///
/// Written together or in groups separated by one space (also a non-breaking one), in capitals or not. Valid means: a known country,
/// its length, and the check digits (ISO 7064, mod 97-10).
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut after_word = false;
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let found = (!after_word && c.is_ascii_alphabetic())
            .then(|| text.get(at..).and_then(iban_at_start))
            .flatten();
        let next = at + found.unwrap_or_else(|| c.len_utf8());
        if found.is_some() {
            masked.push_str(text.get(copied..at).unwrap_or_default());
            masked.push_str(MASK);
            copied = next;
        }
        after_word = found.is_some() || c.is_alphanumeric();
        at = next;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

/// The bytes that an IBAN at the very start of `text` takes.
fn iban_at_start(text: &str) -> Option<usize> {
    let country = text.get(..2)?.to_ascii_uppercase();
    let (_, length) = LENGTHS.iter().find(|(code, _)| *code == country)?;
    let mut characters = String::with_capacity(*length);
    let mut previous_is_space = false;
    for (at, c) in text.char_indices() {
        if characters.len() == *length {
            return (!c.is_alphanumeric() && is_valid(&characters)).then_some(at);
        }
        match c {
            ' ' | '\u{a0}' | '\u{202f}' if !previous_is_space => previous_is_space = true,
            c if c.is_ascii_alphanumeric() => {
                characters.push(c.to_ascii_uppercase());
                previous_is_space = false;
            }
            _ => return None,
        }
    }
    (characters.len() == *length && is_valid(&characters)).then_some(text.len())
}

/// The first four characters go to the end, letters count 10 to 35, and the number is 1 modulo 97.
fn is_valid(iban: &str) -> bool {
    let (Some(head), Some(tail)) = (iban.get(..4), iban.get(4..)) else {
        return false;
    };
    let check_digits = head.bytes().skip(2).all(|b| b.is_ascii_digit());
    let remainder = tail.chars().chain(head.chars()).try_fold(0, |sum, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((sum * shift + value) % 97)
    });
    check_digits && remainder == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_any_known_country_are_hidden() {
        // The examples of SWIFT's registry.
        for iban in [
            "FR1420041010050500013M02606",
            "DE89370400440532013000",
            "BE68539007547034",
            "ES9121000418450200051332",
            "MT84MALT011000012345MTLCAST001S",
            "NO9386011117947",
            "gb29nwbk60161331926819",
            "FR14 2004 1010 0505 0001 3M02 606",
            "FR14\u{a0}2004\u{a0}1010\u{a0}0505\u{a0}0001\u{a0}3M02\u{a0}606",
        ] {
            assert_eq!(mask(iban), MASK, "{iban}");
            assert_eq!(mask(&format!("(é: {iban}, {iban})")), "(é: [IBAN], [IBAN])");
        }
    }

    #[test]
    fn a_text_without_an_account_is_left_as_it_is() {
        for text in [
            "",
            "FR",
            "FR14",
            "facture FR1420041010050500013M02607",
            "FR1420041010050500013M0260",
            "xFR1420041010050500013M02606",
            "FR1420041010050500013M026067",
            "FR14  2004 1010 0505 0001 3M02 606",
            "8f14e45fceea167a5a36dedd4bea2543ab12cd34ef56ab78cd90ef12ab34cd56",
            "s3://archive/00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION",
            "BE de la ville, 30 j; été",
        ] {
            assert!(
                matches!(mask(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn an_account_in_a_json_text_is_hidden_and_the_rest_kept() {
        assert_eq!(
            mask(r#"{"iban":"DE89370400440532013000","n":1}"#),
            r#"{"iban":"[IBAN]","n":1}"#
        );
    }
}
