//! One reader per syntax. Each takes text or bytes and gives the model, or says why not; none panics, and none takes
//! more memory or time than its limits and the size of its input allow.

mod cii;
pub(crate) mod encoding;
pub(crate) mod pdf;
pub mod pivot;
mod ubl;
mod ubl_chorus;
pub(crate) mod xml;

pub(crate) use cii::read as read_cii;
pub(crate) use ubl::read as read_ubl;

use crate::model::Invoice;

/// What the label of an amount of VAT makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VatCurrency {
    /// The invoice's currency (BT-5), or no label: BT-110.
    Invoice,
    /// The currency of accounting (BT-6): BT-111.
    Accounting,
    /// Neither: no field of the model is in that currency, so the amount stays unmapped.
    Foreign,
}

impl VatCurrency {
    fn of(label: Option<&str>, invoice: &Invoice) -> Self {
        let is = |currency: &Option<String>| {
            label.is_some_and(|label| {
                currency
                    .as_deref()
                    .is_some_and(|currency| currency.eq_ignore_ascii_case(label))
            })
        };
        if label.is_none() || is(&invoice.currency) {
            Self::Invoice
        } else if is(&invoice.vat_currency) {
            Self::Accounting
        } else if invoice.currency.is_none() {
            Self::Invoice
        } else {
            Self::Foreign
        }
    }
}
