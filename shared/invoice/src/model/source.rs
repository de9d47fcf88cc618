//! Where the values of an invoice come from, and how far they can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Kind;

/// The document an invoice was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// What the file is.
    pub kind: Kind,
    /// The syntax the values were read from: that of the XML, also when it was inside a PDF.
    pub syntax: Syntax,
    /// The dialect spoken in that syntax.
    pub dialect: Dialect,
    /// BT-24, the specification the document declares (`urn:cen.eu:en16931:2017`…), as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<String>,
    /// Why this document was chosen among those that came with the invoice. Absent when a file was read alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SourceRole>,
    /// The attachment's name in the pivot, when the values were read from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<String>,
    /// The name of the XML inside the PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded_name: Option<String>,
    /// Values that are not what their place calls for: an amount such as `2400,00`, a date such as `31/12/2026`. Their
    /// fields are absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub malformed: Vec<Malformed>,
    /// Elements with text for which the model has no place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmapped: Vec<Unmapped>,
}

impl Source {
    /// A source of which only the nature is known.
    #[must_use]
    pub fn new(kind: Kind, syntax: Syntax, dialect: Dialect) -> Self {
        Self {
            kind,
            syntax,
            dialect,
            specification: None,
            role: None,
            attachment: None,
            embedded_name: None,
            malformed: Vec::new(),
            unmapped: Vec::new(),
        }
    }
}

/// The syntax of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// OASIS UBL 2.1.
    Ubl,
    /// UN/CEFACT Cross Industry Invoice, D16B or D22B.
    Cii,
    /// The pivot of Chorus Pro, or its `CPPFactureMixte`.
    Pivot,
}

/// The dialect, told from what the document declares and how it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// EN 16931 as such.
    En16931,
    /// The French profiles of the 2026 reform (FR-CTC).
    FrCtc,
    /// A Factur-X profile other than EN 16931: MINIMUM, BASIC WL, BASIC, EXTENDED.
    FacturX,
    /// The German XRechnung.
    Xrechnung,
    /// Peppol BIS Billing 3.
    Peppol,
    /// The historic UBL of Chorus Pro, which is not EN 16931.
    ChorusUbl,
    /// The pivot of Chorus Pro.
    ChorusPivot,
    /// `CPPFactureMixte` of Chorus Pro.
    ChorusMixte,
    /// None that is known.
    Unknown,
}

/// Why a document was chosen: the order of trust, most trusted first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SourceRole {
    /// The supplier's own document in an AFNOR format, attached to the pivot.
    AfnorOriginal,
    /// A structured main attachment: Factur-X, CII, or UBL.
    StructuredAttachment,
    /// The pivot itself: no attachment says it better.
    PivotBody,
}

/// A value that was computed and not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Derived {
    /// Where it is: a JSON pointer into this invoice (`/totals/vat`).
    pub pointer: String,
    /// How it was computed, in words.
    pub how: String,
}

/// A value that is not what its place calls for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Malformed {
    /// Where it is in the document: element names, numbered where they repeat.
    pub path: String,
    /// What is written there.
    pub text: String,
    /// What was called for, and what is wrong.
    pub problem: String,
}

/// An element that has no place in the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unmapped {
    /// Where it is in the document: element names, numbered where they repeat.
    pub path: String,
    /// Its text, cut after 1024 characters.
    pub text: String,
}

/// What is compared between the documents of one invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DifferenceField {
    /// BT-1.
    Number,
    /// BT-2.
    IssueDate,
    /// BT-5.
    Currency,
    /// BT-109, montant HT.
    WithoutVat,
    /// BT-112, montant TTC.
    WithVat,
    /// BT-115, net à payer.
    Due,
    /// The supplier's SIRET, SIREN, or other identifier.
    Supplier,
    /// Whether there is an account to pay into: `true` or `false`, never the account itself.
    AccountPresent,
    /// BT-10, code service.
    ServiceCode,
    /// BT-13, engagement.
    PurchaseOrder,
    /// BT-12, marché.
    Contract,
}

/// A field on which the documents of one invoice disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The field.
    pub field: DifferenceField,
    /// What each document says; a document that says nothing is not listed.
    pub values: Vec<Reported>,
}

/// What one document says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    /// Who says it: `pivot`, `chorus-pro` (the portal's own fields), or `attachment:` and the attachment's name.
    pub by: String,
    /// The value as written.
    pub value: String,
}
