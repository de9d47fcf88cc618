//! When each month was last proven, and so which months are due tonight.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::month::{Days, Month};

/// Months before the current one that are proven each night: what moves.
const EACH_NIGHT: u32 = 3;

/// Nights in which the older months all come round once. Half of the 60 days that are promised, so that a month of failed nights breaks no promise.
const NIGHTS_OF_A_ROUND: usize = 30;

/// Days after which an older month is due whatever the round says.
const OLDEST_PROOF: i32 = 45;

/// How far the proofs of an establishment have come (`reconcile/{siret}.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The format of this object.
    pub version: u32,
    /// The last proof of each month.
    #[serde(default)]
    pub months: BTreeMap<Month, Proven>,
}

/// The last proof of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// When.
    pub at: Timestamp,
    /// In which night: the day in France.
    pub night: Date,
    /// Whether both sides agreed.
    pub green: bool,
    /// The night in which all that was lacking was queued again. It is not queued twice in one night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<Date>,
    /// The invoices that were on the portal no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
}

/// Invoices that are held and listed no more. A night in which they are news is not green; after that they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// SHA-256 over their identifiers.
    pub sha256: String,
    /// The night in which they were first told.
    pub told: Date,
}

impl Gone {
    /// These, of which some night may have told already.
    #[must_use]
    pub fn of(sha256: String, before: Option<Self>, night: Date) -> Self {
        match before {
            Some(before) if before.sha256 == sha256 => before,
            _ => Self {
                sha256,
                told: night,
            },
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            version: 1,
            months: BTreeMap::new(),
        }
    }
}

impl Progress {
    /// The months to be proven in this night, the most urgent first: the current one and the three before it, those never proven, and of the older
    /// ones those whose proof is oldest. A month that was proven tonight is due again only if something was lacking.
    #[must_use]
    pub fn due(&self, span: Days, night: Date) -> Vec<Month> {
        let months = span.months();
        let moving = Month::of(night).before(EACH_NIGHT);
        let (recent, older): (Vec<Month>, Vec<Month>) =
            months.into_iter().partition(|month| *month >= moving);
        let mut due: Vec<Month> = recent
            .into_iter()
            .filter(|month| !self.is_done(*month, night))
            .collect();
        due.extend(self.due_of_the_older(older, night));
        due
    }

    fn due_of_the_older(&self, mut older: Vec<Month>, night: Date) -> Vec<Month> {
        let each_night = older.len().div_ceil(NIGHTS_OF_A_ROUND);
        let done_tonight = older
            .iter()
            .filter(|month| self.proven(**month, night).is_some())
            .count();
        let mut of_the_round = each_night.saturating_sub(done_tonight);
        // Never proven goes first, and of these the latest; then the oldest proof.
        older.sort_by_key(|month| {
            (
                self.months.get(month).map(|p| p.at),
                std::cmp::Reverse(*month),
            )
        });
        older.retain(|month| {
            let Some(proven) = self.months.get(month) else {
                return true;
            };
            if proven.night == night {
                return !proven.green;
            }
            let overdue = night.since(proven.night).map_or(0, |age| age.get_days()) >= OLDEST_PROOF;
            let in_turn = of_the_round > 0;
            of_the_round = of_the_round.saturating_sub(1);
            overdue || in_turn
        });
        older
    }

    fn proven(&self, month: Month, night: Date) -> Option<&Proven> {
        self.months.get(&month).filter(|p| p.night == night)
    }

    fn is_done(&self, month: Month, night: Date) -> bool {
        self.proven(month, night).is_some_and(|p| p.green)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};

    use super::*;

    fn proven(night: Date, green: bool) -> Proven {
        Proven {
            at: night.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(),
            night,
            green,
            queued: None,
            gone: None,
        }
    }

    fn span(from: Date, night: Date) -> Days {
        Days { from, to: night }
    }

    fn shown(months: &[Month]) -> Vec<String> {
        months.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_night_proves_everything_the_latest_first() {
        let night = date(2026, 11, 23);
        let due = Progress::default().due(span(date(2026, 5, 1), night), night);
        assert_eq!(
            shown(&due),
            [
                "2026-11", "2026-10", "2026-09", "2026-08", "2026-07", "2026-06", "2026-05"
            ]
        );
    }

    #[test]
    fn what_was_proven_tonight_is_not_due_unless_something_was_lacking() {
        let night = date(2026, 11, 23);
        let span = span(date(2026, 10, 5), night);
        let mut progress = Progress::default();
        for month in span.months() {
            progress.months.insert(month, proven(night, true));
        }
        assert!(progress.due(span, night).is_empty());
        let october: Month = "2026-10".parse().unwrap();
        progress.months.insert(october, proven(night, false));
        assert_eq!(progress.due(span, night), [october]);
    }

    #[test]
    fn each_night_the_older_months_with_the_oldest_proof_come_in_turn_and_no_more_than_their_share()
    {
        let night = date(2026, 11, 23);
        let span = span(date(2021, 11, 1), night);
        let mut progress = Progress::default();
        for (age, month) in span.months().into_iter().enumerate() {
            let age = i64::try_from(age % 40).unwrap();
            let before = night.checked_sub((age + 1).days()).unwrap();
            progress.months.insert(month, proven(before, true));
        }
        // 57 older months: two a night.
        let due = progress.due(span, night);
        assert_eq!(due.len(), 4 + 2, "{:?}", shown(&due));
        for month in &due {
            progress.months.insert(*month, proven(night, true));
        }
        assert!(progress.due(span, night).is_empty());
    }

    /// Ten years of months, and every third night fails: still no proof is older than 60 days.
    #[test]
    fn all_of_the_retention_is_proven_again_within_sixty_days() {
        let start = date(2026, 11, 1);
        let mut progress = Progress::default();
        for days in 0_i64..200 {
            let night = start.checked_add(days.days()).unwrap();
            let span = span(date(2016, 11, 1), night);
            if days % 3 != 2 {
                for month in progress.due(span, night) {
                    progress.months.insert(month, proven(night, true));
                }
            }
            if days == 0 {
                continue;
            }
            for month in span.months() {
                let last = progress.months.get(&month).map(|p| p.night);
                let age = last.map_or(0, |last| night.since(last).unwrap().get_days());
                assert!(
                    age <= 60,
                    "{month} was last proven {age} days before {night}"
                );
            }
        }
    }
}
