//! The name of an empty object that stands beside the documents of an episode, so that a listing of keys alone adds up to amounts.
//!
//! `montant-ttc-1234.50-EUR-depot-2026-11-03-FACTURE`

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;

const AMOUNT: &str = "montant-ttc-";
const DEPOSIT: &str = "-depot-";
const UNKNOWN: &str = "inconnu";
/// ISO 4217 for "no currency".
const NO_CURRENCY: &str = "XXX";
const DATE_LENGTH: usize = "2026-11-03".len();
const CODE_LIMIT: usize = 40;

/// What the portal's list said of an invoice when the episode was archived, as far as completeness has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountMarker {
    /// The amount with tax, as the ERP was told it; absent when the portal did not say.
    pub ttc: Option<Decimal>,
    /// ISO 4217; `XXX` when the portal did not say.
    pub devise: String,
    /// The day of the deposit: by it the portal is asked for the invoice again.
    pub depot: Option<Date>,
    /// `FACTURE`, `FACTURE_TRAVAUX`: in which list it was found.
    pub kind: String,
}

impl AmountMarker {
    /// A marker of these values. What cannot stand in a key is made safe: capitals, digits and `_`.
    #[must_use]
    pub fn new(
        ttc: Option<Decimal>,
        devise: Option<&str>,
        depot: Option<Date>,
        kind: &str,
    ) -> Self {
        Self {
            ttc: ttc.map(|amount| amount.normalize()),
            devise: safe(devise.unwrap_or_default(), NO_CURRENCY),
            depot,
            kind: safe(kind, "FACTURE"),
        }
    }
}

fn safe(code: &str, otherwise: &str) -> String {
    let safe = |character: char| match character.to_ascii_uppercase() {
        character if character.is_ascii_alphanumeric() => character,
        _ => '_',
    };
    let code: String = code.trim().chars().take(CODE_LIMIT).map(safe).collect();
    if code.is_empty() {
        otherwise.to_owned()
    } else {
        code
    }
}

impl fmt::Display for AmountMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(AMOUNT)?;
        match self.ttc {
            Some(mut amount) => {
                if amount.scale() < 2 {
                    amount.rescale(2);
                }
                write!(f, "{amount}")?;
            }
            None => f.write_str(UNKNOWN)?,
        }
        write!(f, "-{}", self.devise)?;
        if let Some(day) = self.depot {
            write!(f, "{DEPOSIT}{day}-{}", self.kind)?;
        }
        Ok(())
    }
}

/// A name is not that of an amount marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name is not an amount marker such as montant-ttc-1234.50-EUR-depot-2026-11-03-FACTURE"
)]
pub struct NotAMarker;

impl FromStr for AmountMarker {
    type Err = NotAMarker;

    fn from_str(name: &str) -> Result<Self, NotAMarker> {
        let name = name.strip_prefix(AMOUNT).ok_or(NotAMarker)?;
        let (amount, deposit) = match name.split_once(DEPOSIT) {
            Some((amount, deposit)) => (amount, Some(deposit)),
            None => (name, None),
        };
        let (amount, devise) = amount.rsplit_once('-').ok_or(NotAMarker)?;
        let ttc = match amount {
            UNKNOWN => None,
            amount => Some(Decimal::from_str_exact(amount).map_err(|_| NotAMarker)?),
        };
        let (depot, kind) = match deposit {
            Some(deposit) => {
                let (day, kind) = deposit.split_at_checked(DATE_LENGTH).ok_or(NotAMarker)?;
                let kind = kind.strip_prefix('-').ok_or(NotAMarker)?;
                (Some(day.parse().map_err(|_| NotAMarker)?), kind)
            }
            None => (None, ""),
        };
        Ok(Self::new(ttc, Some(devise), depot, kind))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marker(ttc: &str) -> AmountMarker {
        let day = Date::constant(2026, 11, 3);
        AmountMarker::new(ttc.parse().ok(), Some("EUR"), Some(day), "FACTURE")
    }

    #[test]
    fn the_name_says_the_amount_the_day_and_the_list() {
        assert_eq!(
            marker("1234.5").to_string(),
            "montant-ttc-1234.50-EUR-depot-2026-11-03-FACTURE"
        );
        assert_eq!(
            marker("-12").to_string(),
            "montant-ttc--12.00-EUR-depot-2026-11-03-FACTURE"
        );
        let nothing_known = AmountMarker::new(None, None, None, "");
        assert_eq!(nothing_known.to_string(), "montant-ttc-inconnu-XXX");
    }

    #[test]
    fn a_name_without_a_deposit_is_read_too() {
        let read: AmountMarker = "montant-ttc-7.20-USD".parse().unwrap();
        assert_eq!((read.ttc, read.depot), ("7.2".parse().ok(), None));
    }

    #[test]
    fn another_name_is_no_marker() {
        for name in [
            "pivot.xml",
            "montant-ttc-",
            "montant-ttc-12",
            "montant-ttc-douze-EUR",
            "montant-ttc-1.00-EUR-depot-2026-13-03-FACTURE",
            "montant-ttc-1.00-EUR-depot-2026-11-03",
        ] {
            assert_eq!(name.parse::<AmountMarker>(), Err(NotAMarker), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_marker_reads_back_and_stays_in_its_folder(
            amount in proptest::option::of((any::<i64>(), 0_u32..7)),
            devise in proptest::option::of(any::<String>()),
            day in proptest::option::of(0_i32..40_000),
            kind in any::<String>(),
        ) {
            let ttc = amount.map(|(units, scale)| Decimal::new(units, scale));
            let depot = day.and_then(|days| Date::constant(1990, 1, 1).checked_add(jiff::Span::new().days(days)).ok());
            let marker = AmountMarker::new(ttc, devise.as_deref(), depot, &kind);
            let name = marker.to_string();
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')), "{}", name);
            let read: AmountMarker = name.parse().unwrap();
            prop_assert_eq!(&read.to_string(), &name);
            prop_assert_eq!(read.ttc, marker.ttc);
        }
    }
}
