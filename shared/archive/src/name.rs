//! Names of documents, made safe.

use std::fmt;

const LIMIT: usize = 100;
const EXTENSION_LIMIT: usize = 10;

/// A file name that can stand in a key, in a URL and on any disk: ASCII letters, digits, `.`, `-` and `_`, 1 to 100 bytes.
///
/// Accents are taken off (`Facture été.pdf` becomes `Facture_ete.pdf`), so that a person still recognises the name. A path is reduced to
/// its last component. The original stays in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeName(String);

impl SafeName {
    /// Makes a name safe. `extension` (without its dot) is appended when given: what the content is, where the name says otherwise.
    #[must_use]
    pub fn new(original: &str, extension: Option<&str>) -> Self {
        let component = original
            .rsplit(['/', '\\'])
            .find(|part| !part.trim().is_empty())
            .unwrap_or_default();
        let safe = safe_characters(component.trim());
        let (stem, own) = match split_extension(&safe) {
            Some((stem, own)) => (stem, Some(own)),
            None => (safe.as_str(), None),
        };
        let endings = own
            .into_iter()
            .map(str::to_owned)
            .chain(extension.map(safe_characters))
            .filter(|ending| !ending.is_empty());
        let ending: String = endings.map(|ending| format!(".{ending}")).collect();
        let room = LIMIT.saturating_sub(ending.len());
        let stem: String = stem.chars().take(room).collect();
        let stem = stem.trim_matches(['.', '-', '_']);
        let stem = if stem.is_empty() { "document" } else { stem };
        Self(format!("{stem}{ending}"))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The extension of a name, in lower case: short, of letters and digits.
pub(crate) fn extension(name: &str) -> Option<String> {
    split_extension(name.trim()).map(|(_, extension)| extension.to_ascii_lowercase())
}

fn split_extension(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let short = (1..=EXTENSION_LIMIT).contains(&extension.len());
    let plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (short && plain && !stem.is_empty()).then_some((stem, extension))
}

/// Each character folded or replaced; never two dots or two underscores in a row.
fn safe_characters(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(2 * LIMIT));
    for character in text.chars() {
        match character {
            '.' if safe.ends_with('.') => {}
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => safe.push(character),
            _ => match without_accent(character) {
                Some(letters) => safe.push_str(letters),
                None if safe.ends_with('_') => {}
                None => safe.push('_'),
            },
        }
    }
    safe
}

/// A letter without its accent; nothing for an accent that follows its letter. None for any other character.
fn without_accent(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{300}'..='\u{36f}' => "",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "A",
        'Ç' => "C",
        'È' | 'É' | 'Ê' | 'Ë' => "E",
        'Ì' | 'Í' | 'Î' | 'Ï' => "I",
        'Ñ' => "N",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "O",
        'Ù' | 'Ú' | 'Û' | 'Ü' => "U",
        'Ý' | 'Ÿ' => "Y",
        'Œ' => "OE",
        'Æ' => "AE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(name: &str) -> String {
        SafeName::new(name, None).to_string()
    }

    #[test]
    fn a_plain_name_stays_as_it_is() {
        assert_eq!(
            safe("FAC00000000000727FAC26-2512.pdf"),
            "FAC00000000000727FAC26-2512.pdf"
        );
    }

    #[test]
    fn blanks_accents_and_signs_are_folded() {
        assert_eq!(safe("Facture d'été n° 12 .pdf "), "Facture_d_ete_n_12.pdf");
        assert_eq!(safe("Facture e\u{301}te\u{301}.PDF"), "Facture_ete.PDF");
        assert_eq!(safe("œuvre.pdf"), "oeuvre.pdf");
    }

    #[test]
    fn a_path_is_reduced_to_its_last_component() {
        assert_eq!(safe("../../etc/passwd"), "passwd");
        assert_eq!(safe("C:\\factures\\f.pdf"), "f.pdf");
        assert_eq!(safe("a/b/"), "b");
        assert_eq!(safe(".."), "document");
        assert_eq!(safe(""), "document");
        assert_eq!(safe("..\\..\\"), "document");
        assert_eq!(safe("\u{202e}fdp.exe"), "fdp.exe");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe(&format!("{}.pdf", "x".repeat(300)));
        assert_eq!((name.len(), name.ends_with("xxx.pdf")), (100, true));
    }

    #[test]
    fn the_extension_of_the_content_is_appended() {
        assert_eq!(
            SafeName::new("facture.pdf", Some("xml")).as_str(),
            "facture.pdf.xml"
        );
        assert_eq!(
            SafeName::new(&"x".repeat(300), Some("pdf")).as_str().len(),
            100
        );
    }

    proptest! {
        #[test]
        fn every_name_becomes_safe(name in any::<String>(), extension in proptest::option::of("[a-z0-9]{1,5}")) {
            let safe = SafeName::new(&name, extension.as_deref()).to_string();
            prop_assert!((1..=LIMIT).contains(&safe.len()), "{}", safe);
            prop_assert!(safe.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')), "{}", safe);
            prop_assert!(!safe.starts_with('.') && !safe.contains(".."), "{}", safe);
        }
    }
}
