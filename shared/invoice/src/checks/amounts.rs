//! Sums that cannot overflow, the comparison of two amounts, and how a French accountant reads them.

use rust_decimal::{Decimal, RoundingStrategy};

use super::verdict::Verdict;
use super::{RefusalCode, Status};
use crate::model::{Dialect, Invoice};

/// One cent: what the portal tolerates between two totals (rule G1.53 of the external specifications).
pub(super) const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

const NO_BREAK_SPACE: char = '\u{a0}';

/// The sum, or `None` when it has more digits than any real amount.
pub(super) fn sum(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    values
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// Rounds to cents as XPath's `round` does, on which the official rules are built: half goes up, also below zero.
pub(super) fn to_cents(value: Decimal) -> Decimal {
    let half = if value.is_sign_negative() {
        RoundingStrategy::MidpointTowardZero
    } else {
        RoundingStrategy::MidpointAwayFromZero
    };
    value.round_dp_with_strategy(2, half)
}

/// An amount in words: `1 234,50 EUR`. At least two decimals, more when there are more.
pub(super) fn amount(value: Decimal, invoice: &Invoice) -> String {
    let mut text = number(value, 2);
    if let Some(currency) = &invoice.currency {
        text.push(NO_BREAK_SPACE);
        text.push_str(currency);
    }
    text
}

/// A rate in words: `5,5 %`.
pub(super) fn rate(value: Decimal) -> String {
    format!("{}{NO_BREAK_SPACE}%", number(value, 0))
}

fn number(value: Decimal, decimals: u32) -> String {
    let mut value = value.normalize();
    if value.scale() < decimals {
        value.rescale(decimals);
    }
    let text = value.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::with_capacity(text.len() + 8);
    if value.is_sign_negative() && !value.is_zero() {
        shown.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push(NO_BREAK_SPACE);
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push(',');
        shown.push_str(fraction);
    }
    shown
}

/// Whether the amounts follow Chorus Pro's own habits (six decimals in a pivot, none of EN 16931's rounding rules).
pub(super) fn is_chorus(invoice: &Invoice) -> bool {
    is_pivot(invoice) || invoice.source.dialect == Dialect::ChorusUbl
}

/// Whether the values were read from the body of a pivot, which says much less than an invoice.
pub(super) fn is_pivot(invoice: &Invoice) -> bool {
    matches!(
        invoice.source.dialect,
        Dialect::ChorusPivot | Dialect::ChorusMixte
    )
}

/// An amount that the document announces, and what the others make it.
pub(super) struct Equation<'a> {
    /// What is announced, with its article: « Le total TTC (BT-112) ».
    pub(super) announced: &'a str,
    pub(super) written: Decimal,
    /// How it is computed, with its article: « le total HT plus la TVA ».
    pub(super) computed: &'a str,
    /// The result, not rounded.
    pub(super) expected: Decimal,
    /// What a refusal would be founded on.
    pub(super) refusal: RefusalCode,
}

impl Equation<'_> {
    /// The amount must be the computed one, to the cent. What Chorus Pro writes itself may be one cent away. A gap of one
    /// cent in a supplier's document fails, as the official rule has it, but is no reason to refuse.
    pub(super) fn judge(&self, invoice: &Invoice) -> Verdict {
        let Some(gap) = self.written.checked_sub(self.expected) else {
            return out_of_reach();
        };
        let (announced, computed) = (self.announced, self.computed);
        let written = amount(self.written, invoice);
        if self.written == to_cents(self.expected) || gap.is_zero() {
            return Verdict::ok(format!("{announced} est de {written}, comme {computed}."));
        }
        let expected = amount(self.expected, invoice);
        let shown = amount(gap.abs(), invoice);
        if gap.abs() > CENT {
            return Verdict::failed(
                self.refusal,
                format!(
                    "{announced} est de {written} alors que {computed} donne {expected}, soit un écart de {shown} : \
                     demander au fournisseur une facture rectifiée."
                ),
            );
        }
        let message = format!(
            "{announced} est de {written} alors que {computed} donne {expected}, soit un écart de {shown}, dans la \
             tolérance d'un centime (règle G1.53) : "
        );
        if is_chorus(invoice) {
            Verdict::ok(message + "rien à faire.")
        } else {
            Verdict::remark(message + "à signaler au fournisseur, sans refuser la facture.")
        }
    }
}

/// The first few of several things that are wrong.
pub(super) fn listed(all: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = all
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ; ");
    if all.len() > SHOWN {
        text.push_str(" ; …");
    }
    text
}

/// The answer when a sum has too many digits.
pub(super) fn out_of_reach() -> Verdict {
    Verdict::unknown("les montants ont trop de chiffres pour être additionnés")
}

/// The answer when a value is missing, with a word on values that are there but cannot be read.
pub(super) fn missing(what: &str, invoice: &Invoice) -> Verdict {
    let mut verdict = Verdict::unknown(what);
    if verdict.status == Status::NotEvaluable && !invoice.source.malformed.is_empty() {
        verdict
            .message
            .push_str(" Des valeurs du document sont illisibles : voir RELAIS-ILLISIBLE.");
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn an_accountant_reads_amounts_as_in_a_ledger() {
        for (value, shown) in [
            ("0", "0,00"),
            ("2400", "2 400,00"),
            ("-1234567.5", "-1 234 567,50"),
            ("3245.681450", "3 245,68145"),
            ("100.000000", "100,00"),
            ("-0.00", "0,00"),
        ] {
            let shown = shown.replace(' ', "\u{a0}");
            assert_eq!(number(decimal(value), 2), shown);
        }
        assert_eq!(rate(decimal("5.50")), "5,5\u{a0}%");
    }

    #[test]
    fn half_a_cent_goes_up_on_both_sides_of_zero() {
        assert_eq!(to_cents(decimal("0.005")), decimal("0.01"));
        assert_eq!(to_cents(decimal("-0.005")), decimal("0.00"));
        assert_eq!(to_cents(decimal("-0.006")), decimal("-0.01"));
    }

    #[test]
    fn a_sum_beyond_all_measure_is_none_and_no_panic() {
        assert_eq!(sum([Decimal::MAX, Decimal::MAX]), None);
        assert_eq!(sum([Decimal::MAX, Decimal::ZERO]), Some(Decimal::MAX));
    }
}
