//! From bytes to text: byte order marks, UTF-16, and what XML declarations say.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::document::Limits;
use crate::error::ReadError;

/// How much of a file is looked at for its root element.
const HEAD: usize = 64 * 1024;

/// Decodes a document, without its byte order mark.
///
/// Text that is valid UTF-8 is UTF-8, unless it declares a single-byte encoding: `US-ASCII` and inventions such as
/// `UTF-8_W/O_BOM` are then right anyway.
pub(crate) fn decode<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Cow<'b, str>, ReadError> {
    if bytes.len() > limits.xml_bytes.saturating_mul(2) {
        return Err(ReadError::TooLarge {
            what: "an XML document",
            limit: limits.xml_bytes,
        });
    }
    decode_unbounded(bytes)
}

/// [`decode`] without a limit on the size: the caller has set one.
pub(crate) fn decode_unbounded(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let encoding = encoding_of(bytes)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(ReadError::Encoding {
                reason: format!("not UTF-8 at byte {}", error.valid_up_to()),
            }),
        };
    }
    let (text, had_errors) = encoding.decode_with_bom_removal(bytes);
    if had_errors {
        return Err(ReadError::Encoding {
            reason: format!("not the {} it says it is", encoding.name()),
        });
    }
    Ok(text)
}

/// Decodes the beginning of a file as well as it goes, to see what it is.
pub(crate) fn decode_head(bytes: &[u8]) -> Cow<'_, str> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let encoding = encoding_of(head).unwrap_or(UTF_8);
    encoding.decode(head).0
}

fn encoding_of(bytes: &[u8]) -> Result<&'static Encoding, ReadError> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok(encoding);
    }
    match bytes {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared(bytes) else {
        return Ok(UTF_8);
    };
    let upper = label.to_ascii_uppercase();
    // A document that was readable enough to show its declaration is not UTF-16, whatever it says.
    if upper.starts_with("UTF") || upper.ends_with("ASCII") {
        return Ok(UTF_8);
    }
    Encoding::for_label(label.as_bytes())
        .filter(|encoding| encoding.is_ascii_compatible())
        .ok_or_else(|| ReadError::Encoding {
            reason: format!("the encoding {label:?} is not known"),
        })
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<&str> {
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace())?;
    let head = bytes.get(start..)?.strip_prefix(b"<?xml")?;
    let head = head.get(..head.len().min(256))?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    quoted.get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, ReadError> {
        decode(bytes, &Limits::default()).map(Cow::into_owned)
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn marks_and_declarations_are_understood() {
        let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>";
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        assert_eq!(decoded(&latin).unwrap(), text);
        assert_eq!(decoded(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        for little in [true, false] {
            assert_eq!(decoded(&utf16("<a>é</a>", little)).unwrap(), "<a>é</a>");
            assert_eq!(
                decoded(&utf16("\u{FEFF}<a>é</a>", little)).unwrap(),
                "<a>é</a>"
            );
        }
        for label in ["US-ASCII", "UTF-8_W/O_BOM", "utf8", "UTF-16"] {
            let text = format!("<?xml version='1.0' encoding='{label}'?><a>é</a>");
            assert_eq!(decoded(text.as_bytes()).unwrap(), text, "{label}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_an_error() {
        assert!(matches!(
            decoded(b"<a>\xE9</a>"),
            Err(ReadError::Encoding { .. })
        ));
        assert!(matches!(
            decoded(b"<?xml version='1.0' encoding='KLINGON'?><a/>"),
            Err(ReadError::Encoding { .. })
        ));
        assert!(matches!(
            decoded(b"\xFF\xFE<\x00\x00\xD8"),
            Err(ReadError::Encoding { .. })
        ));
        let limits = Limits {
            xml_bytes: 10,
            ..Limits::default()
        };
        assert!(matches!(
            decode(&[b' '; 21], &limits),
            Err(ReadError::TooLarge { limit: 10, .. })
        ));
    }
}
