//! What an invoice refers to, and what comes with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Date, Identifier};

/// BT-10 to BT-19, what the invoice refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct References {
    /// BT-10, the buyer's reference; for Chorus Pro the service code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// BT-11, the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// BT-12, the contract; for a public buyer the marché.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// BT-13, the purchase order; for a public buyer the engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// BT-14, the seller's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_order: Option<String>,
    /// BT-15, the receiving advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiving_advice: Option<String>,
    /// BT-16, the despatch advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despatch_advice: Option<String>,
    /// BT-17, the tender or lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender_or_lot: Option<String>,
    /// BT-18, the object invoiced: a meter, a subscription, a vehicle…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoiced_object: Option<Identifier>,
    /// BT-19, the buyer's accounting reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting: Option<String>,
}

impl References {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// BG-2, process control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessControl {
    /// BT-23, the business process: a cadre de facturation (`A1`…), an AFNOR code (`B1`, `S1`, `M1`…), or a URN (Peppol).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_process: Option<String>,
}

impl ProcessControl {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// BG-1, a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// BT-21, the subject in UNTDID 4451: `PMT` recovery costs, `PMD` late payment, `AAB` discount… UBL writes it as
    /// `#PMT#` before the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// BT-22, the text.
    pub text: String,
}

/// BG-3, a preceding invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrecedingInvoice {
    /// BT-25, its number.
    pub number: String,
    /// BT-26, its date of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<Date>,
    /// EXT-FR-FE-02, its type in UNTDID 1001.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
}

/// BG-14 for the document, BG-26 for a line: a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// BT-73, BT-134: first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// BT-74, BT-135: last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
}

/// BG-13, delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// BT-70, to whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-71, the place's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Identifier>,
    /// BT-72, the day. In a pivot Chorus Pro puts the date of issue there when the supplier gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// BG-15, the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// BG-24, a supporting document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// BT-122, its reference; for an attachment of a pivot its name (`NomPJ`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// BT-123, what it is; for an attachment of a pivot its category (`CategoriePJ`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// BT-124, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// BT-125, the file embedded in the invoice, without its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedFile>,
    /// `TypePJ` of the pivot: `01` the invoice itself, `02` a complement. Absent for what the invoice itself names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_pj: Option<String>,
}

/// BT-125, a file embedded in the invoice. The content stays in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmbeddedFile {
    /// BT-125-1, the MIME type as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// BT-125-2, the file name as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The size of the content as the document carries it, in characters of base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64_length: Option<u64>,
}
