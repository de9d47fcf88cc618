//! BG-25, a line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AllowanceOrCharge, Decimal, Identifier, Note, Period};

/// What a line is for. Only a detail is an amount to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// An ordinary line.
    #[default]
    Detail,
    /// A sub-total or heading over other lines: its amount repeats theirs (Chorus Pro's UBL: `REGROUPEMENT`; CII: `GROUP`).
    Group,
    /// A remark: its amount, if any, is not to be paid (`INFORMATION`).
    Information,
    /// A line that details the line above it, whose amount holds it already (UBL: `SubInvoiceLine`).
    Subline,
}

impl LineKind {
    /// Whether the line is an ordinary one.
    #[must_use]
    pub fn is_detail(&self) -> bool {
        *self == Self::Detail
    }
}

/// BG-25, a line of the invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// BT-126, the line's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the line is for; absent for an ordinary line.
    #[serde(default, skip_serializing_if = "LineKind::is_detail")]
    pub kind: LineKind,
    /// EXT-FR-FE-162 (BT-X-304), the line this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// BT-127, notes. A subject code is an extension.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// BT-128, the object invoiced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoiced_object: Option<Identifier>,
    /// BT-129, the quantity invoiced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// BT-130, the unit, UN/ECE recommendation 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// BT-131, the net amount, without VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_amount: Option<Decimal>,
    /// BT-132, the line of the purchase order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_line: Option<String>,
    /// BT-133, the buyer's accounting reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting: Option<String>,
    /// BG-26, the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// BG-27, allowances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<AllowanceOrCharge>,
    /// BG-28, charges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<AllowanceOrCharge>,
    /// BG-29, the price. A line's amount is never recomputed from it.
    #[serde(default, skip_serializing_if = "Price::is_empty")]
    pub price: Price,
    /// BG-30, VAT.
    #[serde(default, skip_serializing_if = "LineVat::is_empty")]
    pub vat: LineVat,
    /// BG-31, what was sold.
    #[serde(default, skip_serializing_if = "Item::is_empty")]
    pub item: Item,
}

/// BG-29, a price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// BT-146, net price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Decimal>,
    /// BT-147, discount on the gross price. Absent when it is zero: UBL cannot give a gross price without writing one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
    /// BT-148, gross price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<Decimal>,
    /// BT-149, the quantity the price is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_quantity: Option<Decimal>,
    /// BT-150, its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_unit: Option<String>,
}

impl Price {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// BG-30, VAT of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineVat {
    /// BT-151, category in UNTDID 5305; absent when the document gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// BT-152, rate in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
}

impl LineVat {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// BG-31, what was sold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// BT-153, name. A pivot has only `ReferenceProduit`, which is given here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-154, description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// BT-155, the seller's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_id: Option<String>,
    /// BT-156, the buyer's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_id: Option<String>,
    /// BT-157, a standard identifier (GTIN…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_id: Option<Identifier>,
    /// BT-158, classifications (CPV…).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classifications: Vec<Classification>,
    /// BT-159, country of origin, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_country: Option<String>,
    /// BG-32, attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<ItemAttribute>,
}

impl Item {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// BT-158, a classification of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Classification {
    /// BT-158, the code.
    pub code: String,
    /// BT-158-1, the list it is from, UNTDID 7143.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// BT-158-2, the list's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_version: Option<String>,
}

/// BG-32, an attribute of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemAttribute {
    /// BT-160, its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-161, its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
