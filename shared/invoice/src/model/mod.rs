//! The semantic model of an invoice: EN 16931-1, with the few things Chorus Pro adds, under named fields.
//!
//! Every field's description names its business term (BT) or business group (BG). Nothing is guessed: what the document
//! does not write is absent. What is computed is listed in [`Invoice::derived`], what has no place here is listed in
//! [`Source::unmapped`], what could not be understood in [`Source::malformed`].

mod chorus;
mod date;
mod decimal;
mod line;
mod party;
mod payment;
mod references;
mod source;
mod totals;

pub use chorus::{Chorus, ValidationStep};
pub use date::Date;
pub use decimal::{Decimal, NotADecimal};
pub use line::{Classification, Item, ItemAttribute, Line, LineKind, LineVat, Price};
pub use party::{Address, Contact, Identifier, Party};
pub use payment::{Account, Card, DirectDebit, PaymentInstructions, PaymentMeans};
pub use references::{
    Attachment, Delivery, EmbeddedFile, Note, Period, PrecedingInvoice, ProcessControl, References,
};
pub use source::{
    Derived, Dialect, Difference, DifferenceField, Malformed, Reported, Source, SourceRole, Syntax,
    Unmapped,
};
pub use totals::{AllowanceOrCharge, Totals, VatBreakdown};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the JSON that [`Invoice`] becomes: a field may be added under the same version, never change meaning.
pub const SCHEMA_VERSION: &str = "1";

/// The address of the JSON Schema of [`Invoice`].
pub const SCHEMA_ID: &str = "urn:relais:schema:invoice:v1";

/// One invoice or credit note, normalised: the same JSON whatever the syntax it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// The version of this JSON: `1`.
    pub schema_version: String,
    /// BT-1, the invoice's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// BT-2, the date of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<Date>,
    /// BT-3, the type in UNTDID 1001: 380 invoice, 381 credit note, 384 corrected, 386 advance payment…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_code: Option<String>,
    /// BT-5, the currency of all amounts but BT-111, ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// BT-6, the currency of VAT accounting, when it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_currency: Option<String>,
    /// BT-7, the day VAT becomes due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_point_date: Option<Date>,
    /// BT-8, what fixes the day VAT becomes due, in UNTDID 2005: 3 issue of the invoice, 35 delivery, 432 payment. CII
    /// writes the same in another list (5, 29, 72), Chorus Pro's UBL in words (`TVA DEBIT`, `TVA ENCAISSEMENT`): both
    /// are given here in UNTDID 2005.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_point_date_code: Option<String>,
    /// BT-9, the date payment is due according to the supplier. The legal date is another matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    /// BT-20, the terms of payment in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_terms: Option<String>,
    /// BG-2, the process and the specification the document declares.
    #[serde(default, skip_serializing_if = "ProcessControl::is_empty")]
    pub process: ProcessControl,
    /// BT-10 to BT-19, what the invoice refers to: service, engagement, marché…
    #[serde(default, skip_serializing_if = "References::is_empty")]
    pub references: References,
    /// BG-3, the invoices this one corrects, credits, or settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preceding_invoices: Vec<PrecedingInvoice>,
    /// BG-1, notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// BG-4, the seller.
    #[serde(default, skip_serializing_if = "Party::is_empty")]
    pub seller: Party,
    /// BG-7, the buyer.
    #[serde(default, skip_serializing_if = "Party::is_empty")]
    pub buyer: Party,
    /// BG-10, who is to be paid, when it is not the seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<Party>,
    /// BG-11, the seller's tax representative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_representative: Option<Party>,
    /// BG-13, where and when it was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// BG-14, the period invoiced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// BG-16, how to pay.
    #[serde(default, skip_serializing_if = "PaymentInstructions::is_empty")]
    pub payment: PaymentInstructions,
    /// BG-20, allowances on the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<AllowanceOrCharge>,
    /// BG-21, charges on the whole document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<AllowanceOrCharge>,
    /// BG-22, totals.
    pub totals: Totals,
    /// BG-23, VAT by category and rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vat_breakdown: Vec<VatBreakdown>,
    /// BG-24, supporting documents named by the invoice, embedded or not, and the attachments of a Chorus Pro pivot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// BG-25, lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// What Chorus Pro adds to an invoice: not part of EN 16931. Present when the invoice came with a pivot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chorus: Option<Chorus>,
    /// The values of this JSON that no document writes, each with how it was computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// Where the pivot, the attachments, and the portal's own fields disagree. Empty: nothing to compare, or they agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// Which document was read, and what of it found no place here.
    pub source: Source,
}

impl Invoice {
    /// An invoice of which only the source is known.
    #[must_use]
    pub fn empty(source: Source) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            number: None,
            issue_date: None,
            type_code: None,
            currency: None,
            vat_currency: None,
            vat_point_date: None,
            vat_point_date_code: None,
            due_date: None,
            payment_terms: None,
            process: ProcessControl::default(),
            references: References::default(),
            preceding_invoices: Vec::new(),
            notes: Vec::new(),
            seller: Party::default(),
            buyer: Party::default(),
            payee: None,
            tax_representative: None,
            delivery: None,
            period: None,
            payment: PaymentInstructions::default(),
            allowances: Vec::new(),
            charges: Vec::new(),
            totals: Totals::default(),
            vat_breakdown: Vec::new(),
            attachments: Vec::new(),
            lines: Vec::new(),
            chorus: None,
            derived: Vec::new(),
            differences: Vec::new(),
            source,
        }
    }

    /// Whether a value was computed and not read: `pointer` is its place in the JSON (`/totals/vat`).
    #[must_use]
    pub fn is_derived(&self, pointer: &str) -> bool {
        self.derived
            .iter()
            .any(|derived| derived.pointer == pointer)
    }

    /// The JSON Schema (2020-12) of what this type becomes.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("$id".to_owned(), SCHEMA_ID.into());
        schema.to_value()
    }
}
