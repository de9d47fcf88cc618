//! The characters that SQS takes: those of XML 1.0.

/// Whether SQS takes this character in a body or an attribute.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// The text with each character that SQS refuses replaced by U+FFFD.
pub(super) fn allowed(text: &str) -> String {
    text.chars()
        .map(|c| if is_allowed(c) { c } else { '\u{fffd}' })
        .collect()
}

/// The text, at most `bytes` long, cut between two characters; a cut text ends with `…`.
pub(super) fn cut(text: &str, bytes: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= bytes {
        return text.to_owned();
    }
    let Some(room) = bytes.checked_sub(ELLIPSIS.len()) else {
        return String::new();
    };
    let end = text.floor_char_boundary(room);
    format!("{}{ELLIPSIS}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_sqs_refuses_are_replaced_and_the_others_stay() {
        assert_eq!(
            allowed("a\0b\u{1b}[31m\tc\r\né€😀\u{fffe}\u{ffff}"),
            "a\u{fffd}b\u{fffd}[31m\tc\r\né€😀\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_text_is_cut_between_two_characters_and_shows_it() {
        assert_eq!(cut("été", 5), "été");
        assert_eq!(cut("étéé", 6), "ét…");
        assert_eq!(cut("😀😀😀", 11), "😀😀…");
        assert_eq!(cut("😀😀😀", 10), "😀…");
        assert_eq!(cut("abcdef", 2), "");
        for bytes in 0..40 {
            assert!(cut("é😀aé😀aé😀aé😀a", bytes).len() <= bytes);
        }
    }
}
