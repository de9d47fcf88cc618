//! Who is on an invoice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An identifier with the scheme it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    /// The identifier as written.
    pub id: String,
    /// Its scheme: an ISO/IEC 6523 code (0002 SIREN, 0009 SIRET, 0223 EU VAT number…) or whatever the document puts
    /// there. Trust the length of the identifier before the scheme: a SIRET under 0002 is common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
}

/// A seller (BG-4), a buyer (BG-7), a payee (BG-10), or a tax representative (BG-11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// BT-27 (seller), BT-44 (buyer), BT-59 (payee), BT-62 (tax representative): the legal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-28 (seller), BT-45 (buyer): the trading name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading_name: Option<String>,
    /// BT-29 (seller), BT-46 (buyer), BT-60 (payee): identifiers; those with a scheme first, each group in the document's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// BT-30 (seller), BT-47 (buyer), BT-61 (payee): the legal registration, in France the SIREN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_registration: Option<Identifier>,
    /// BT-31 (seller), BT-48 (buyer), BT-63 (tax representative): the VAT number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
    /// BT-32 (seller): the local tax registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_registration: Option<String>,
    /// BT-33 (seller): legal form, capital, and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_information: Option<String>,
    /// BT-34 (seller), BT-49 (buyer): the electronic address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electronic_address: Option<Identifier>,
    /// BG-5 (seller), BG-8 (buyer), BG-12 (tax representative): the postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// BG-6 (seller), BG-9 (buyer): whom to contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

impl Party {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A postal address: BG-5, BG-8, BG-12, BG-15.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// BT-35, BT-50, BT-64, BT-75: first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// BT-36, BT-51, BT-65, BT-76: second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// BT-162, BT-163, BT-164, BT-165: third line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line3: Option<String>,
    /// BT-37, BT-52, BT-66, BT-77: city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// BT-38, BT-53, BT-67, BT-78: post code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    /// BT-39, BT-54, BT-68, BT-79: subdivision of the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
    /// BT-40, BT-55, BT-69, BT-80: country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A contact: BG-6, BG-9.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// BT-41, BT-56: the contact point. CII writes person and department apart; both are given as `person(department)`,
    /// which is how the French UBL examples write them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-42, BT-57: telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    /// BT-43, BT-58: e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}
