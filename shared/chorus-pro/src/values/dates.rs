use std::fmt;

use jiff::{
    RoundMode, Timestamp, TimestampRound, ToSpan, Unit,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Serialize, Serializer};

/// Times without a zone are French time: the history has them so, to the minute, and the search criteria are read so.
fn paris() -> TimeZone {
    const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    PARIS
}

/// Reads an instant in any of the five shapes seen: with a zone, local, to the minute, with a space, a date alone (its first instant).
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    text.parse::<DateTime>()
        .ok()?
        .to_zoned(paris())
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// The last instant that a minute of French time may mean: its end, and an hour later in the hour that autumn repeats.
pub(crate) fn au_plus_tard(minute: Timestamp) -> Timestamp {
    let local = paris().to_ambiguous_zoned(local(minute));
    let latest = local.later().map_or(minute, |zoned| zoned.timestamp());
    latest.saturating_add(1.minute()).unwrap_or(latest)
}

/// Reads a calendar date in France, from a date alone or from any shape of an instant.
pub(super) fn date(text: &str) -> Option<Date> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.to_zoned(paris()).date());
    }
    text.parse::<DateTime>().ok().map(DateTime::date)
}

/// One end of a search window, as the API takes it: French local time to the second, without a zone, or a day.
///
/// During the hour that autumn repeats, a local time names two instants. The ends are then moved outwards to a time that names one, so that
/// the window is at least the one asked for whichever reading the portal makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borne {
    /// A whole day. As an upper end the portal may read it as midnight at its start: prefer [`Borne::jusqu_a`].
    Jour(Date),
    /// A local time in France.
    Heure(DateTime),
}

impl Borne {
    /// The lower end of a window that starts at this instant (whole seconds, rounded down).
    #[must_use]
    pub fn depuis(instant: Timestamp) -> Self {
        let floor = TimestampRound::new()
            .smallest(Unit::Second)
            .mode(RoundMode::Floor);
        let local = local(instant.round(floor).unwrap_or(instant));
        match paris().to_ambiguous_zoned(local).offset() {
            AmbiguousOffset::Fold { .. } => Self::Heure(
                start_of_hour(local)
                    .checked_sub(1.second())
                    .unwrap_or(local),
            ),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => Self::Heure(local),
        }
    }

    /// The upper end of a window that ends at this instant (whole seconds, rounded up).
    #[must_use]
    pub fn jusqu_a(instant: Timestamp) -> Self {
        let ceil = TimestampRound::new()
            .smallest(Unit::Second)
            .mode(RoundMode::Ceil);
        let local = local(instant.round(ceil).unwrap_or(instant));
        match paris().to_ambiguous_zoned(local).offset() {
            AmbiguousOffset::Fold { .. } => {
                Self::Heure(start_of_hour(local).checked_add(1.hour()).unwrap_or(local))
            }
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => Self::Heure(local),
        }
    }
}

fn local(instant: Timestamp) -> DateTime {
    instant.to_zoned(paris()).datetime()
}

fn start_of_hour(local: DateTime) -> DateTime {
    local.date().at(local.hour(), 0, 0, 0)
}

impl From<Date> for Borne {
    fn from(day: Date) -> Self {
        Self::Jour(day)
    }
}

impl fmt::Display for Borne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jour(day) => write!(f, "{day}"),
            Self::Heure(local) => write!(f, "{}", local.strftime("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

impl Serialize for Borne {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_read_in_each_shape_that_was_seen() {
        let cases = [
            ("2019-07-11T15:45:39.674+02:00", "2019-07-11T13:45:39.674Z"),
            ("2019-07-11T13:45:39Z", "2019-07-11T13:45:39Z"),
            ("2019-07-11T15:45:39+0200", "2019-07-11T13:45:39Z"),
            ("2026-11-23T23:59:59", "2026-11-23T22:59:59Z"),
            ("2026-07-01T10:00:00.500", "2026-07-01T08:00:00.500Z"),
            ("2026-07-01T10:00", "2026-07-01T08:00:00Z"),
            ("2018-04-19 11:08", "2018-04-19T09:08:00Z"),
            ("2016-12-28 08:30", "2016-12-28T07:30:00Z"),
            ("2016-03-18", "2016-03-17T23:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text), Some(utc(expected)), "{text}");
        }
        assert_eq!(timestamp("18/03/2016"), None);
        assert_eq!(timestamp("2016-02-30"), None);
    }

    #[test]
    fn a_minute_ends_an_hour_later_when_it_may_be_the_second_of_its_name() {
        let last = |text: &str| au_plus_tard(timestamp(text).unwrap());
        assert_eq!(last("2026-10-25 01:59"), utc("2026-10-25T00:00:00Z"));
        assert_eq!(last("2026-10-25 02:20"), utc("2026-10-25T01:21:00Z"));
        assert_eq!(last("2026-10-25 03:00"), utc("2026-10-25T02:01:00Z"));
    }

    #[test]
    fn a_date_is_the_calendar_day_in_france() {
        let day: Date = "2019-07-12".parse().unwrap();
        assert_eq!(date("2019-07-12"), Some(day));
        assert_eq!(date("2019-07-12T00:00:00"), Some(day));
        assert_eq!(date("2019-07-11T22:30:00Z"), Some(day));
        assert_eq!(date("2019-07-12 00:10"), Some(day));
        assert_eq!(date("demain"), None);
    }

    #[test]
    fn a_window_is_written_in_french_local_time_to_the_second() {
        assert_eq!(
            Borne::depuis(utc("2026-11-23T08:15:00.900Z")).to_string(),
            "2026-11-23T09:15:00"
        );
        assert_eq!(
            Borne::jusqu_a(utc("2026-11-23T08:15:00.100Z")).to_string(),
            "2026-11-23T09:15:01"
        );
        assert_eq!(
            Borne::depuis(utc("2026-07-01T08:00:00Z")).to_string(),
            "2026-07-01T10:00:00"
        );
    }

    #[test]
    fn in_the_repeated_hour_of_autumn_the_window_is_widened_to_times_that_name_one_instant() {
        // Clocks go back on 25 October 2026 at 03:00 (01:00 UTC): 02:30 happens at 00:30 and at 01:30 UTC.
        for half_past_two in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(
                Borne::depuis(utc(half_past_two)).to_string(),
                "2026-10-25T01:59:59"
            );
            assert_eq!(
                Borne::jusqu_a(utc(half_past_two)).to_string(),
                "2026-10-25T03:00:00"
            );
        }
    }
}
