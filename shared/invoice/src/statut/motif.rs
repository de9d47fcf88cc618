//! The reason given with a status, made fit for the wire without losing a word of it.

use unicode_segmentation::UnicodeSegmentation;

/// The most that `motif` may hold on the wire, in UTF-16 code units.
///
/// The portal takes 255 characters and does not say what it counts as one. For all text of the basic plane, French
/// included, the count is that of the characters; an emoji counts for two or more, so that the text is short enough
/// whichever way the portal counts.
pub const MOTIF_MAX: usize = 255;

/// A reason with something to read in it: never empty, never blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motif {
    integral: String,
    coupe: usize,
}

impl Motif {
    /// Takes a reason as the ERP gave it; `None` when there is nothing to read: empty, spaces of any kind, control
    /// characters, or invisible ones (zero-width space, byte-order mark, soft hyphen).
    ///
    /// Blanks around the text go; a control character inside becomes a space, line breaks and tabs stay.
    #[must_use]
    pub fn lire(texte: &str) -> Option<Self> {
        let nettoye: String = texte
            .chars()
            .map(|c| {
                if c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        if nettoye.chars().all(est_invisible) {
            return None;
        }
        let integral = nettoye.trim_matches(est_invisible).to_owned();
        let coupe = fin_de_coupe(&integral);
        Some(Self { integral, coupe })
    }

    /// The whole reason, for the fact that is kept.
    #[must_use]
    pub fn integral(&self) -> &str {
        &self.integral
    }

    /// What goes to the portal: the beginning of the reason, at most [`MOTIF_MAX`] long, no character cut in two.
    #[must_use]
    pub fn pour_le_portail(&self) -> &str {
        self.integral
            .get(..self.coupe)
            .unwrap_or(&self.integral)
            .trim_end()
    }

    /// Whether the portal gets less than the whole.
    #[must_use]
    pub fn est_coupe(&self) -> bool {
        self.coupe < self.integral.len()
    }
}

fn est_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// The byte where the part for the wire ends: on a whole user-perceived character, or, when a single one of those is
/// longer than the wire takes (a letter under hundreds of accents), on a whole code point.
fn fin_de_coupe(texte: &str) -> usize {
    let entiers = prefixe(texte, texte.graphemes(true));
    if entiers > 0 {
        entiers
    } else {
        prefixe(texte, texte.split_inclusive(|_| true))
    }
}

fn prefixe<'a>(texte: &'a str, morceaux: impl Iterator<Item = &'a str>) -> usize {
    let (mut octets, mut unites) = (0, 0);
    for morceau in morceaux {
        unites += morceau.encode_utf16().count();
        if unites > MOTIF_MAX {
            return octets;
        }
        octets += morceau.len();
    }
    texte.len()
}
