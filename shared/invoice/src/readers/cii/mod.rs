//! UN/CEFACT Cross Industry Invoice, D16B and D22B, alone or inside a Factur-X: EN 16931, its profiles, and what
//! EXTENDED adds.

mod agreement;
mod document;
mod line;
mod settlement;

use super::ubl::dialect_of;
use super::xml::El;
use crate::document::Kind;
use crate::error::ReadError;
use crate::model::{Date, Invoice, Source, Syntax};

/// Reads a CII document from its root.
pub(crate) fn read(root: &El<'_>) -> Result<Invoice, ReadError> {
    let root = *root;
    let context = root.one("ExchangedDocumentContext");
    let specification =
        context.and_then(|el| el.text_at(&["GuidelineSpecifiedDocumentContextParameter", "ID"]));
    let dialect = dialect_of(specification.as_deref());
    let mut invoice = Invoice::empty(Source::new(Kind::Cii, Syntax::Cii, dialect));
    invoice.source.specification = specification;
    invoice.process.business_process = context
        .and_then(|el| el.text_at(&["BusinessProcessSpecifiedDocumentContextParameter", "ID"]));
    if let Some(el) = root.one("ExchangedDocument") {
        document::read(el, &mut invoice);
    }
    if let Some(transaction) = root.one("SupplyChainTradeTransaction") {
        if let Some(el) = transaction.one("ApplicableHeaderTradeAgreement") {
            agreement::read(el, &mut invoice);
        }
        if let Some(el) = transaction.one("ApplicableHeaderTradeDelivery") {
            agreement::read_delivery(el, &mut invoice);
        }
        if let Some(el) = transaction.one("ApplicableHeaderTradeSettlement") {
            settlement::read(el, &mut invoice);
        }
        line::read_all(transaction, &mut invoice)?;
    }
    Ok(invoice)
}

/// A date: `DateTimeString` or `DateString` (the prefix and the name vary) in the format 102, or as ISO where a
/// document writes it so.
fn date(el: El<'_>) -> Option<Date> {
    let value = el
        .elements()
        .find(|el| {
            matches!(
                el.name(),
                "DateTimeString" | "DateString" | "DateTime" | "Date"
            )
        })
        .unwrap_or(el);
    let text = value.text()?;
    let date = Date::from_102(&text).or_else(|| Date::from_iso(&text));
    if date.is_none() {
        value.refuse("a date of the form 20261123 (format 102) is called for".to_owned());
    }
    date
}

fn date_at(el: El<'_>, path: &[&'static str]) -> Option<Date> {
    el.at(path).and_then(date)
}

/// An indicator: `<ram:X><udt:Indicator>true</udt:Indicator></ram:X>`.
fn indicator_at(el: El<'_>, name: &'static str) -> bool {
    el.text_at(&[name, "Indicator"])
        .is_some_and(|text| matches!(text.as_str(), "true" | "1"))
}
