//! Amounts of the document as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decimal;

/// BG-22, totals, in the currency of the invoice (BT-5) but for BT-111.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// BT-106, sum of the lines' net amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Decimal>,
    /// BT-107, sum of allowances on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowances: Option<Decimal>,
    /// BT-108, sum of charges on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charges: Option<Decimal>,
    /// BT-109, total without VAT (montant HT).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_vat: Option<Decimal>,
    /// BT-110, total of VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Decimal>,
    /// BT-111, total of VAT in the accounting currency (BT-6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_in_vat_currency: Option<Decimal>,
    /// BT-112, total with VAT (montant TTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_vat: Option<Decimal>,
    /// BT-113, already paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<Decimal>,
    /// BT-114, rounding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Decimal>,
    /// BT-115, amount due (net à payer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Decimal>,
}

/// BG-23, VAT of one category and rate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VatBreakdown {
    /// BT-116, taxable amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxable: Option<Decimal>,
    /// BT-117, VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<Decimal>,
    /// BT-118, category in UNTDID 5305 (S, Z, E, AE, K, G, O, L, M). Absent when the document gives none: it is not guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// BT-119, rate in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// BT-120, reason of exemption in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption_reason: Option<String>,
    /// BT-121, reason of exemption as a VATEX code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption_code: Option<String>,
}

/// An allowance (BG-20, BG-27) or a charge (BG-21, BG-28).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowanceOrCharge {
    /// BT-92, BT-99, BT-136, BT-141: amount without VAT, positive in both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// BT-93, BT-100, BT-137, BT-142: what the percentage applies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Decimal>,
    /// BT-94, BT-101, BT-138, BT-143: percentage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// BT-95, BT-102: VAT category. Lines have none of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_category: Option<String>,
    /// BT-96, BT-103: VAT rate in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_rate: Option<Decimal>,
    /// BT-97, BT-104, BT-139, BT-144: reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// BT-98 and BT-140 (UNTDID 5189), BT-105 and BT-145 (UNTDID 7161): reason as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
}
