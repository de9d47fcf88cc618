//! A month of deposits, and the days that are looked at.

use std::{fmt, str::FromStr};

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A calendar month in France: `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: Date,
}

/// Days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Days {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Month {
    /// The month of this day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
        }
    }

    /// Its days.
    #[must_use]
    pub fn days(self) -> Days {
        Days {
            from: self.first,
            to: self.first.last_of_month(),
        }
    }

    /// The month that lies `months` before this one.
    #[must_use]
    pub fn before(self, months: u32) -> Self {
        let first = self
            .first
            .checked_sub(i64::from(months).months())
            .unwrap_or(date(1, 1, 1));
        Self { first }
    }
}

impl Days {
    /// Whether a day is one of these.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// The days that are among these and in the month.
    #[must_use]
    pub fn in_month(self, month: Month) -> Self {
        let Self { from, to } = month.days();
        Self {
            from: self.from.max(from),
            to: self.to.min(to),
        }
    }

    /// The months that have a day of these, the latest first.
    #[must_use]
    pub fn months(self) -> Vec<Month> {
        let (first, mut month) = (Month::of(self.from), Month::of(self.to));
        let mut months = Vec::new();
        while month >= first && self.from <= self.to {
            months.push(month);
            let before = month.before(1);
            if before == month {
                break;
            }
            month = before;
        }
        months
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// A text is not a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written 2026-11")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let month: Date = format!("{text}-01").parse().map_err(|_| NotAMonth)?;
        if text.len() == "2026-11".len() {
            Ok(Self { first: month })
        } else {
            Err(NotAMonth)
        }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_reads_back_and_knows_its_days() {
        let month: Month = "2028-02".parse().unwrap();
        assert_eq!(month.to_string(), "2028-02");
        assert_eq!(month.days().to, date(2028, 2, 29));
        assert_eq!(month.before(2).to_string(), "2027-12");
        for wrong in ["2026-13", "2026", "26-11", "2026-11-01", "2026-1"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_come_month_by_month_the_latest_first_and_cut_at_their_ends() {
        let days = Days {
            from: date(2026, 9, 15),
            to: date(2026, 11, 23),
        };
        let months = days.months();
        let shown: Vec<String> = months.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["2026-11", "2026-10", "2026-09"]);
        assert_eq!(days.in_month(months[0]).to, date(2026, 11, 23));
        assert_eq!(days.in_month(months[2]).from, date(2026, 9, 15));
        let none = Days {
            from: days.to,
            to: days.from,
        };
        assert!(none.months().is_empty());
    }
}
