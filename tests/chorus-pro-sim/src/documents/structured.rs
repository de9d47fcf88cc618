//! What is easy to read from a structured invoice, and how its text is written.
//!
//! The reading is by local names, on purpose naive: it fills the portal's own columns for a deposited file and decides nothing.

use jiff::civil::Date;
use roxmltree::{Document as Xml, Node};
use rust_decimal::Decimal;

/// What a deposited CII or UBL file says of itself.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) numero: Option<String>,
    pub(crate) credit_note: bool,
    pub(crate) date: Option<Date>,
    pub(crate) devise: Option<String>,
    pub(crate) seller: Option<String>,
    pub(crate) seller_id: Option<String>,
    pub(crate) seller_country: Option<String>,
    pub(crate) buyer_siret: Option<String>,
    pub(crate) ht: Option<Decimal>,
    pub(crate) ttc: Option<Decimal>,
    pub(crate) a_payer: Option<Decimal>,
    pub(crate) order: Option<String>,
}

/// Reads CII or UBL; `None` when the bytes are neither.
pub(crate) fn read(bytes: &[u8]) -> Option<Facts> {
    let text = std::str::from_utf8(bytes).ok()?;
    let xml = Xml::parse(text.trim_start_matches('\u{feff}')).ok()?;
    let root = xml.root_element();
    match root.tag_name().name() {
        "CrossIndustryInvoice" => Some(read_cii(root)),
        "Invoice" | "CreditNote" => Some(read_ubl(root)),
        _ => None,
    }
}

fn read_cii(root: Node<'_, '_>) -> Facts {
    let header = find(root, &["ExchangedDocument"]);
    let seller = find(root, &["SellerTradeParty"]);
    let buyer = find(root, &["BuyerTradeParty"]);
    let totals = find(root, &["SpecifiedTradeSettlementHeaderMonetarySummation"]);
    let in_header = |path: &[&str]| header.and_then(|node| text(node, path));
    let in_seller = |path: &[&str]| seller.and_then(|node| text(node, path));
    let in_buyer = |path: &[&str]| buyer.and_then(|node| text(node, path));
    let amount = |name: &str| {
        totals
            .and_then(|node| text(node, &[name]))
            .and_then(|value| value.parse().ok())
    };
    Facts {
        numero: in_header(&["ID"]),
        credit_note: in_header(&["TypeCode"]).is_some_and(|code| code == "381"),
        date: in_header(&["IssueDateTime", "DateTimeString"])
            .and_then(|value| Date::strptime("%Y%m%d", value).ok()),
        devise: text(root, &["InvoiceCurrencyCode"]),
        seller: in_seller(&["Name"]),
        seller_id: in_seller(&["SpecifiedLegalOrganization", "ID"])
            .or_else(|| in_seller(&["SpecifiedTaxRegistration", "ID"])),
        seller_country: in_seller(&["PostalTradeAddress", "CountryID"]),
        buyer_siret: in_buyer(&["SpecifiedLegalOrganization", "ID"])
            .or_else(|| in_buyer(&["GlobalID"])),
        ht: amount("TaxBasisTotalAmount"),
        ttc: amount("GrandTotalAmount"),
        a_payer: amount("DuePayableAmount"),
        order: text(root, &["BuyerOrderReferencedDocument", "IssuerAssignedID"]),
    }
}

fn read_ubl(root: Node<'_, '_>) -> Facts {
    let seller = find(root, &["AccountingSupplierParty", "Party"]);
    let buyer = find(root, &["AccountingCustomerParty", "Party"]);
    let totals = find(root, &["LegalMonetaryTotal"]);
    let in_seller = |path: &[&str]| seller.and_then(|node| text(node, path));
    let amount = |name: &str| {
        totals
            .and_then(|node| text(node, &[name]))
            .and_then(|value| value.parse().ok())
    };
    let child = |name: &str| {
        let node = root
            .children()
            .find(|node| node.tag_name().name() == name)?;
        non_empty(node.text()?)
    };
    Facts {
        numero: child("ID"),
        credit_note: root.tag_name().name() == "CreditNote",
        date: child("IssueDate").and_then(|value| value.parse().ok()),
        devise: child("DocumentCurrencyCode"),
        seller: in_seller(&["PartyLegalEntity", "RegistrationName"])
            .or_else(|| in_seller(&["PartyName", "Name"])),
        seller_id: in_seller(&["PartyLegalEntity", "CompanyID"])
            .or_else(|| in_seller(&["PartyTaxScheme", "CompanyID"])),
        seller_country: in_seller(&["PostalAddress", "Country", "IdentificationCode"]),
        buyer_siret: buyer.and_then(|node| text(node, &["PartyLegalEntity", "CompanyID"])),
        ht: amount("TaxExclusiveAmount"),
        ttc: amount("TaxInclusiveAmount"),
        a_payer: amount("PayableAmount"),
        order: text(root, &["OrderReference", "ID"]),
    }
}

/// The first descendant by this chain of local names, each a descendant of the one before.
fn find<'a, 'input>(from: Node<'a, 'input>, path: &[&str]) -> Option<Node<'a, 'input>> {
    path.iter().try_fold(from, |node, name| {
        node.descendants()
            .skip(1)
            .find(|below| below.tag_name().name() == *name)
    })
}

fn text(from: Node<'_, '_>, path: &[&str]) -> Option<String> {
    non_empty(find(from, path)?.text()?)
}

fn non_empty(value: &str) -> Option<String> {
    let trimmed = value.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Text for an XML element or attribute; characters that XML 1.0 forbids become `?`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

/// An amount with at least two decimals, and no more than it needs.
pub(crate) fn digits(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cii_nor_ubl_is_not_an_error() {
        assert_eq!(read(b"%PDF-1.4"), None);
        assert_eq!(read(b"<catalogue/>"), None);
        assert_eq!(read(b"<Invoice"), None);
    }

    #[test]
    fn a_ubl_file_gives_its_own_number_and_not_that_of_its_order() {
        let ubl = br#"<Invoice xmlns="u"><OrderReference><ID>CMD</ID></OrderReference><ID>F-1</ID><IssueDate>2026-11-02</IssueDate>
            <LegalMonetaryTotal><PayableAmount>12.5</PayableAmount></LegalMonetaryTotal></Invoice>"#;
        let facts = read(ubl).unwrap();
        assert_eq!(facts.numero.as_deref(), Some("F-1"));
        assert_eq!(facts.order.as_deref(), Some("CMD"));
        assert_eq!(facts.a_payer, Some(Decimal::new(125, 1)));
        assert_eq!(facts.date, Some(jiff::civil::date(2026, 11, 2)));
    }
}
