//! `IncludedSupplyChainTradeLineItem`: lines.

use super::super::{ubl, xml::El};
use super::{agreement, document, settlement};
use crate::error::ReadError;
use crate::model::{Classification, Invoice, Item, ItemAttribute, Line, LineKind, LineVat, Price};

pub(super) fn read_all(transaction: El<'_>, invoice: &mut Invoice) -> Result<(), ReadError> {
    for el in transaction.all("IncludedSupplyChainTradeLineItem") {
        if invoice.lines.len() >= ubl::MAX_LINES {
            return Err(ReadError::TooManyLines {
                limit: ubl::MAX_LINES,
            });
        }
        invoice.lines.push(read(el));
    }
    Ok(())
}

fn read(el: El<'_>) -> Line {
    let mut line = Line::default();
    if let Some(el) = el.one("AssociatedDocumentLineDocument") {
        line.id = el.text_at(&["LineID"]);
        line.parent = el.text_at(&["ParentLineID"]);
        line.notes = el.all("IncludedNote").filter_map(document::note).collect();
        line.kind = kind(el);
    }
    if let Some(el) = el.one("SpecifiedTradeProduct") {
        line.item = item(el);
    }
    if let Some(el) = el.one("SpecifiedLineTradeAgreement") {
        line.order_line = el.text_at(&["BuyerOrderReferencedDocument", "LineID"]);
        line.price = price(el);
    }
    if let Some(quantity) = el.at(&["SpecifiedLineTradeDelivery", "BilledQuantity"]) {
        line.quantity = quantity.decimal();
        line.unit = quantity.attr("unitCode");
    }
    if let Some(el) = el.one("SpecifiedLineTradeSettlement") {
        read_settlement(el, &mut line);
    }
    line
}

/// `LineStatusReasonCode` of EXTENDED: what a line is for.
fn kind(el: El<'_>) -> LineKind {
    let code = el.peek_at(&["LineStatusReasonCode"]);
    let kind = match code.as_deref() {
        Some("GROUP") => LineKind::Group,
        Some("INFORMATION") => LineKind::Information,
        Some("DETAIL") => LineKind::Detail,
        _ => return LineKind::Detail,
    };
    el.settle_at(&["LineStatusReasonCode"]);
    kind
}

fn read_settlement(el: El<'_>, line: &mut Line) {
    if let Some(tax) = el.one("ApplicableTradeTax") {
        tax.settle_if(&["TypeCode"], &["VAT"]);
        line.vat = LineVat {
            category: tax.text_at(&["CategoryCode"]),
            rate: tax.decimal_at(&["RateApplicablePercent"]),
        };
    }
    line.period = el
        .one("BillingSpecifiedPeriod")
        .and_then(settlement::period);
    for el in el.all("SpecifiedTradeAllowanceCharge") {
        let (is_charge, read) = settlement::allowance_or_charge(el);
        if is_charge {
            line.charges.push(read);
        } else {
            line.allowances.push(read);
        }
    }
    line.net_amount = el.decimal_at(&[
        "SpecifiedTradeSettlementLineMonetarySummation",
        "LineTotalAmount",
    ]);
    line.accounting = el.text_at(&["ReceivableSpecifiedTradeAccountingAccount", "ID"]);
    line.invoiced_object = el
        .all("AdditionalReferencedDocument")
        .find(|reference| reference.peek_at(&["TypeCode"]).as_deref() == Some("130"))
        .and_then(agreement::invoiced_object);
}

fn price(el: El<'_>) -> Price {
    let net = el.one("NetPriceProductTradePrice");
    let gross = el.one("GrossPriceProductTradePrice");
    let base = [net, gross]
        .into_iter()
        .flatten()
        .find_map(|price| price.one("BasisQuantity"));
    let read = Price {
        net: net.and_then(|net| net.decimal_at(&["ChargeAmount"])),
        discount: gross
            .and_then(discount)
            .filter(|amount| !amount.value().is_zero()),
        gross: gross.and_then(|gross| gross.decimal_at(&["ChargeAmount"])),
        base_quantity: base.and_then(El::decimal),
        base_unit: base.and_then(|base| base.attr("unitCode")),
    };
    // BT-149 stands in both prices; the same number twice says it once.
    if let (Some(gross), Some(quantity)) = (gross, &read.base_quantity) {
        gross.settle_if(&["BasisQuantity"], &[quantity.written()]);
    }
    read
}

fn discount(gross: El<'_>) -> Option<crate::model::Decimal> {
    let allowance = gross.one("AppliedTradeAllowanceCharge")?;
    allowance.settle_if(&["ChargeIndicator", "Indicator"], &["false", "0"]);
    allowance.decimal_at(&["ActualAmount"])
}

fn item(el: El<'_>) -> Item {
    let classifications = el.all("DesignatedProductClassification").filter_map(|el| {
        let code = el.one("ClassCode")?;
        Some(Classification {
            code: code.text()?,
            list: code.attr("listID"),
            list_version: code.attr("listVersionID"),
        })
    });
    let attributes = el
        .all("ApplicableProductCharacteristic")
        .map(|el| ItemAttribute {
            name: el.text_at(&["Description"]),
            value: el.text_at(&["Value"]),
        })
        .filter(|attribute| attribute.name.is_some() || attribute.value.is_some());
    Item {
        name: el.text_at(&["Name"]),
        description: el.text_at(&["Description"]),
        seller_id: el.text_at(&["SellerAssignedID"]),
        buyer_id: el.text_at(&["BuyerAssignedID"]),
        standard_id: el.one("GlobalID").and_then(El::identifier),
        classifications: classifications.collect(),
        origin_country: el.text_at(&["OriginTradeCountry", "ID"]),
        attributes: attributes.collect(),
    }
}
