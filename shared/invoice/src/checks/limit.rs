//! How long some texts of an invoice may be.

use super::RefusalCode;
use super::amounts::missing;
use super::verdict::Verdict;
use crate::model::Invoice;

/// The most characters of some texts of an invoice.
pub(super) struct Limit {
    /// In characters, not bytes.
    pub(super) max: usize,
    /// What is measured, with its article.
    pub(super) what: &'static str,
    pub(super) texts: fn(&Invoice) -> Vec<&str>,
    /// What a refusal would be founded on, for the references that the recipient cannot process when they are cut.
    pub(super) refusal: Option<RefusalCode>,
    /// Whether every invoice must have one.
    pub(super) mandatory: bool,
    /// Whether the text may be shown: a name or an account is not.
    pub(super) shown: bool,
    /// Whether white space only sets groups of characters apart, as in `FR76 3000 …`.
    pub(super) grouped: bool,
}

impl Limit {
    /// Texts that may be absent, and are not shown: a name may be in them.
    pub(super) const fn of(
        max: usize,
        what: &'static str,
        texts: fn(&Invoice) -> Vec<&str>,
    ) -> Self {
        Self {
            max,
            what,
            texts,
            refusal: None,
            mandatory: false,
            shown: false,
            grouped: false,
        }
    }

    fn length(&self, text: &str) -> usize {
        let spaces = if self.grouped {
            text.chars().filter(|c| c.is_whitespace()).count()
        } else {
            0
        };
        text.chars().count() - spaces
    }

    pub(super) fn judge(&self, invoice: &Invoice) -> Verdict {
        let texts = (self.texts)(invoice);
        let Some((longest, text)) = texts.iter().map(|text| (self.length(text), text)).max() else {
            let absent = format!("{} ne figure pas dans la facture", self.what);
            return if self.mandatory {
                missing(&absent, invoice)
            } else {
                Verdict::no_object(&absent)
            };
        };
        let (what, max) = (self.what, self.max);
        if longest <= max {
            return Verdict::ok(format!(
                "Longueur acceptée : {what} a {longest} caractères, {max} au plus."
            ));
        }
        let quoted = if self.shown {
            let beginning: String = text.chars().take(80).collect();
            format!(" (« {beginning} »)")
        } else {
            String::new()
        };
        let message = format!(
            "Texte trop long pour Chorus Pro : {what}{quoted} a {longest} caractères, {max} au plus ; le portail a pu le \
             couper, se fier au document d'origine."
        );
        match self.refusal {
            Some(refusal) => Verdict::failed(refusal, message),
            None => Verdict::remark(message),
        }
    }
}
