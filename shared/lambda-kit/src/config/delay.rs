//! What an establishment has to pay in time by, and the rates that a late payment costs.
//!
//! Nothing is counted here: that is the legal clock's work. This is what a person may say of it, and whether it can be meant.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::reader::{Field, Reader};

/// The highest rate that can be meant, in percent: the main refinancing rate has never reached 5.
const HIGHEST_RATE: Decimal = Decimal::from_parts(20, 0, 0, false, 0);

/// The legal payment delay (Code de la commande publique, R2192-10 and R2192-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentDelay {
    /// 30 days: the State, local authorities, their establishments.
    Days30,
    /// 50 days: public health establishments.
    Days50,
    /// 60 days: public undertakings.
    Days60,
}

impl PaymentDelay {
    /// The number of days.
    #[must_use]
    pub fn days(self) -> u16 {
        match self {
            Self::Days30 => 30,
            Self::Days50 => 50,
            Self::Days60 => 60,
        }
    }
}

/// How the days are shared by a convention between ordonnateur and accountant (décret n° 2013-269, art. 12).
///
/// Together they are no more than the delay; they may be less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelaySplit {
    /// Days to issue the mandate.
    pub ordonnateur: u16,
    /// Days to pay it.
    pub comptable: u16,
}

/// The European Central Bank's rate for its main refinancing operations, from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcbRate {
    /// The first day.
    pub from: Date,
    /// In percent: `2.40`.
    pub rate: Decimal,
}

pub(super) fn read_payment_delay(
    reader: &mut Reader,
    establishment: &Field<'_>,
) -> Option<PaymentDelay> {
    let field = establishment.child("payment_delay_days");
    match field.value() {
        None => reader.missing(&field),
        Some(value) => match value.as_u64() {
            Some(30) => return Some(PaymentDelay::Days30),
            Some(50) => return Some(PaymentDelay::Days50),
            Some(60) => return Some(PaymentDelay::Days60),
            _ => reader.wrong(&field, format!("{value} is not 30, 50 or 60")),
        },
    }
    None
}

pub(super) fn read_split(
    reader: &mut Reader,
    establishment: &Field<'_>,
    delay: Option<PaymentDelay>,
) -> Option<DelaySplit> {
    let field = establishment.child("payment_delay_split");
    field.value()?;
    reader.known(&field, &["ordonnateur", "comptable"]);
    let ordonnateur = reader.days(&field, "ordonnateur");
    let comptable = reader.days(&field, "comptable");
    let split = DelaySplit {
        ordonnateur: ordonnateur?,
        comptable: comptable?,
    };
    let sum = u32::from(split.ordonnateur) + u32::from(split.comptable);
    if let Some(days) = delay.map(PaymentDelay::days).filter(|d| sum > (*d).into()) {
        let DelaySplit {
            ordonnateur,
            comptable,
        } = split;
        reader.wrong(
            &field,
            format!("{ordonnateur} + {comptable} days are more than payment_delay_days, {days}"),
        );
    }
    Some(split)
}

pub(super) fn read_ecb_rates(reader: &mut Reader, root: &Field<'_>) -> Vec<EcbRate> {
    let mut days = BTreeSet::new();
    let mut rates = Vec::new();
    for field in reader.optional_list(root, "ecb_rates") {
        reader.known(&field, &["from", "rate"]);
        let from = reader.date(&field, "from");
        if from != Date::ZERO && !days.insert(from) {
            reader.wrong(
                &field.child("from"),
                format!("{from} has a rate already, further up"),
            );
        }
        let rate = read_rate(reader, &field);
        rates.extend(rate.map(|rate| EcbRate { from, rate }));
    }
    rates
}

/// A rate is a text, so that it is never a float, and in percent with two decimals, so that 0.024 is not taken for 2.40.
fn read_rate(reader: &mut Reader, entry: &Field<'_>) -> Option<Decimal> {
    let field = entry.child("rate");
    if matches!(field.value(), Some(Value::Number(_))) {
        reader.wrong(&field, "is a number: write it as a text, like \"2.40\"");
        return None;
    }
    let text = reader.text(entry, "rate");
    if text.is_empty() {
        return None;
    }
    let rate: Option<Decimal> = text.parse().ok().filter(|rate: &Decimal| {
        rate.scale() <= 2 && *rate >= Decimal::ZERO && *rate <= HIGHEST_RATE
    });
    if rate.is_none() {
        reader.wrong(
            &field,
            format!("{text:?} is not a rate in percent like \"2.40\", from 0 to {HIGHEST_RATE}"),
        );
    }
    rate
}
