//! UBL 2.1 `Invoice` and `CreditNote`: EN 16931 and its profiles, and the historic dialect of Chorus Pro, whose
//! peculiarities are in [`super::ubl_chorus`].

mod document;
mod line;
mod party;

use super::{ubl_chorus, xml::El};
use crate::document::Kind;
use crate::error::ReadError;
use crate::model::{Dialect, Invoice, Source, Syntax};

/// The lines that one document may have: far more than a document within the limit on bytes can have that says anything.
pub(crate) const MAX_LINES: usize = 30_000;

/// Reads a UBL document from its root.
pub(crate) fn read(root: &El<'_>, kind: Kind) -> Result<Invoice, ReadError> {
    let root = *root;
    let specification = root.text_at(&["CustomizationID"]);
    let dialect = if ubl_chorus::is_spoken(root, specification.as_deref()) {
        Dialect::ChorusUbl
    } else {
        dialect_of(specification.as_deref())
    };
    let mut invoice = Invoice::empty(Source::new(kind, Syntax::Ubl, dialect));
    invoice.source.specification = specification;
    document::read(root, &mut invoice);
    line::read_all(root, &mut invoice)?;
    if dialect == Dialect::ChorusUbl {
        ubl_chorus::read(root, &mut invoice);
    }
    Ok(invoice)
}

/// The dialect that a specification identifier (BT-24) names. It is written in some thirty ways; what tells them apart
/// are a few words.
pub(crate) fn dialect_of(specification: Option<&str>) -> Dialect {
    let Some(specification) = specification else {
        return Dialect::Unknown;
    };
    let lower = specification.to_lowercase();
    if lower.contains("cpro.gouv.fr") || lower.ends_with("-ctc-fr") {
        Dialect::FrCtc
    } else if lower.contains("xrechnung") {
        Dialect::Xrechnung
    } else if lower.contains("peppol") {
        Dialect::Peppol
    } else if lower.contains("factur-x.eu") {
        Dialect::FacturX
    } else if lower.contains("en16931") {
        Dialect::En16931
    } else {
        Dialect::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_told_from_the_specification() {
        for (specification, dialect) in [
            ("urn:cen.eu:en16931:2017", Dialect::En16931),
            (
                "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
                Dialect::FacturX,
            ),
            (
                "urn:cen.eu:en16931:2017:compliant:factur-x.eu:1p0:basic",
                Dialect::FacturX,
            ),
            (
                "urn:cen.eu:en16931:2017#compliant#urn.cpro.gouv.fr:1p0:en16931-ctc-fr",
                Dialect::FrCtc,
            ),
            (
                "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr",
                Dialect::FrCtc,
            ),
            (
                "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
                Dialect::Peppol,
            ),
            (
                "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
                Dialect::Xrechnung,
            ),
            ("PORTAIL_SAISIE", Dialect::Unknown),
        ] {
            assert_eq!(dialect_of(Some(specification)), dialect, "{specification}");
        }
        assert_eq!(dialect_of(None), Dialect::Unknown);
    }
}
