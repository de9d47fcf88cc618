//! What an establishment knows and an invoice does not say.

use std::fmt;

use super::identity;
use crate::model::Invoice;

/// What only the establishment that receives an invoice knows. All of it is optional: what is not known is not checked.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The SIRET the invoice was collected for, 14 digits.
    pub recipient_siret: Option<&'a str>,
    /// Whether this structure asks for a code service on each invoice: `codeServiceDoitEtreRenseigne` of
    /// `consulter/structures`.
    pub service_required: Option<bool>,
    /// Whether it asks for the number of an engagement: `numeroEJDoitEtreRenseigne`.
    pub engagement_required: Option<bool>,
    /// Whether it asks for one or the other: `gestionNumeroEJOuCodeService`.
    pub service_or_engagement_required: Option<bool>,
    /// Whether *another* invoice with this key has been received: the caller leaves the invoice itself out (a
    /// re-delivery has the same `idFacture`).
    pub already_received: Option<&'a dyn Fn(&DuplicateKey) -> bool>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("recipient_siret", &self.recipient_siret)
            .field("service_required", &self.service_required)
            .field("engagement_required", &self.engagement_required)
            .field(
                "service_or_engagement_required",
                &self.service_or_engagement_required,
            )
            .field("already_received", &self.already_received.is_some())
            .finish()
    }
}

/// What makes two invoices the same one: their supplier, their number, and the year they were issued in. This is the
/// triple of annexe 7 (reasons `DOUBLON` and `DOUBLE_FACT`); a number may come back in another year.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DuplicateKey {
    /// The supplier's SIREN; for a supplier without one its VAT number or first identifier, without white space and in
    /// upper case.
    pub supplier: String,
    /// BT-1, without the white space around it.
    pub number: String,
    /// The year of BT-2.
    pub year: i16,
}

impl DuplicateKey {
    /// The key of an invoice; `None` when the invoice lacks its number, its date, or all of its supplier's identifiers.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Option<Self> {
        Some(Self {
            supplier: identity::supplier(&invoice.seller)?,
            number: invoice.number.as_deref()?.trim().to_owned(),
            year: invoice.issue_date?.0.year(),
        })
    }
}

impl fmt::Display for DuplicateKey {
    /// `123456789/2026/F-1`: fit for an object key once its parts are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.supplier, self.year, self.number)
    }
}
