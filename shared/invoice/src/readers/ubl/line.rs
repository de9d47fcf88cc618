//! Lines of UBL.

use super::super::{ubl_chorus, xml::El};
use super::{MAX_LINES, document};
use crate::error::ReadError;
use crate::model::{
    Classification, Dialect, Invoice, Item, ItemAttribute, Line, LineKind, LineVat, Price,
};

const LINE_NAMES: [&str; 2] = ["InvoiceLine", "CreditNoteLine"];
const SUBLINE_NAMES: [&str; 2] = ["SubInvoiceLine", "SubCreditNoteLine"];

pub(super) fn read_all(root: El<'_>, invoice: &mut Invoice) -> Result<(), ReadError> {
    let dialect = invoice.source.dialect;
    for name in LINE_NAMES {
        for el in root.all(name) {
            read_with_sublines(el, None, dialect, &mut invoice.lines)?;
        }
    }
    Ok(())
}

/// A line, then the lines inside it (an extension of XRechnung and of UBL 2.1), which detail its amount. The depth of
/// the document is limited before, so the recursion is.
fn read_with_sublines(
    el: El<'_>,
    parent: Option<&str>,
    dialect: Dialect,
    lines: &mut Vec<Line>,
) -> Result<(), ReadError> {
    if lines.len() >= MAX_LINES {
        return Err(ReadError::TooManyLines { limit: MAX_LINES });
    }
    let mut line = read(el, dialect);
    if let Some(parent) = parent {
        line.kind = LineKind::Subline;
        line.parent = Some(parent.to_owned());
    }
    let id = line.id.clone().unwrap_or_default();
    lines.push(line);
    for name in SUBLINE_NAMES {
        for sub in el.all(name) {
            read_with_sublines(sub, Some(&id), dialect, lines)?;
        }
    }
    Ok(())
}

fn read(el: El<'_>, dialect: Dialect) -> Line {
    let quantity = el
        .one("InvoicedQuantity")
        .or_else(|| el.one("CreditedQuantity"));
    let object = el.one("DocumentReference").filter(|reference| {
        matches!(
            reference.peek_at(&["DocumentTypeCode"]).as_deref(),
            None | Some("130")
        )
    });
    if let Some(object) = object {
        object.settle_at(&["DocumentTypeCode"]);
    }
    let mut line = Line {
        id: el.text_at(&["ID"]),
        notes: el.all("Note").filter_map(document::note).collect(),
        invoiced_object: object
            .and_then(|object| object.one("ID"))
            .and_then(El::identifier),
        quantity: quantity.and_then(El::decimal),
        unit: quantity.and_then(|quantity| quantity.attr("unitCode")),
        net_amount: el.decimal_at(&["LineExtensionAmount"]),
        order_line: el.text_at(&["OrderLineReference", "LineID"]),
        accounting: el.text_at(&["AccountingCost"]),
        period: el.one("InvoicePeriod").and_then(document::period),
        price: el.one("Price").map(price).unwrap_or_default(),
        ..Line::default()
    };
    for el in el.all("AllowanceCharge") {
        let (is_charge, read) = document::allowance_or_charge(el);
        if is_charge {
            line.charges.push(read);
        } else {
            line.allowances.push(read);
        }
    }
    if let Some(el) = el.one("Item") {
        line.vat = vat(el);
        if dialect == Dialect::ChorusUbl {
            line.kind = ubl_chorus::line_kind(el);
        }
        line.item = item(el);
    }
    line
}

fn vat(item: El<'_>) -> LineVat {
    let Some(category) = item.one("ClassifiedTaxCategory") else {
        return LineVat::default();
    };
    category.settle_if(&["TaxScheme", "ID"], &["VAT"]);
    LineVat {
        category: category.text_at(&["ID"]),
        rate: category.decimal_at(&["Percent"]),
    }
}

fn price(el: El<'_>) -> Price {
    let base = el.one("BaseQuantity");
    let discount = el.one("AllowanceCharge");
    if let Some(discount) = discount {
        discount.settle_if(&["ChargeIndicator"], &["false", "0"]);
    }
    Price {
        net: el.decimal_at(&["PriceAmount"]),
        discount: discount
            .and_then(|discount| discount.decimal_at(&["Amount"]))
            .filter(|amount| !amount.value().is_zero()),
        gross: discount.and_then(|discount| discount.decimal_at(&["BaseAmount"])),
        base_quantity: base.and_then(El::decimal),
        base_unit: base.and_then(|base| base.attr("unitCode")),
    }
}

fn item(el: El<'_>) -> Item {
    let classifications = el.all("CommodityClassification").filter_map(|el| {
        let code = el.one("ItemClassificationCode")?;
        Some(Classification {
            code: code.text()?,
            list: code.attr("listID"),
            list_version: code.attr("listVersionID"),
        })
    });
    let attributes = el
        .all("AdditionalItemProperty")
        .map(|el| ItemAttribute {
            name: el.text_at(&["Name"]),
            value: el.text_at(&["Value"]),
        })
        .filter(|attribute| attribute.name.is_some() || attribute.value.is_some());
    Item {
        name: el.text_at(&["Name"]),
        description: el.text_at(&["Description"]),
        seller_id: el.text_at(&["SellersItemIdentification", "ID"]),
        buyer_id: el.text_at(&["BuyersItemIdentification", "ID"]),
        standard_id: el
            .at(&["StandardItemIdentification", "ID"])
            .and_then(El::identifier),
        classifications: classifications.collect(),
        origin_country: el.text_at(&["OriginCountry", "IdentificationCode"]),
        attributes: attributes.collect(),
    }
}
