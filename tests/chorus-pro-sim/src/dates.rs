//! Dates as Chorus Pro writes and reads them: local French time, several shapes.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// The portal's own time zone.
static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// `2026-11-23`: the French day on which `at` falls.
pub(crate) fn day(at: Timestamp) -> String {
    day_of(at).to_string()
}

/// The French day on which `at` falls.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(PARIS.clone()).date()
}

/// `2019-07-11T15:45:39.674+02:00`: what `dateHeureEtatCourant` looks like.
pub(crate) fn milliseconds_with_offset(at: Timestamp) -> String {
    at.to_zoned(PARIS.clone())
        .strftime("%Y-%m-%dT%H:%M:%S.%3f%:z")
        .to_string()
}

/// `2018-04-19 11:08`: what the history looks like; no seconds, no zone.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_zoned(PARIS.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The instant at which French clocks show this.
pub(crate) fn local(day: Date, time: Time) -> Option<Timestamp> {
    PARIS.to_timestamp(day.to_datetime(time)).ok()
}

/// `at` and so much more by the French calendar: a day later is the same time of day, also when the clocks changed in between.
pub(crate) fn after(at: Timestamp, span: Span) -> Option<Timestamp> {
    let later = at.to_zoned(PARIS.clone()).checked_add(span).ok()?;
    Some(later.timestamp())
}

/// Drops what the portal does not keep of an instant.
pub(crate) fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Which end of a window a bare day stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The first instant of the day.
    From,
    /// The last one: a bare `Au` includes its day.
    To,
}

/// Reads a filter's date: a day, a local date and time, or an instant with a zone.
pub(crate) fn read_instant(text: &str, end: End) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let with_t = text.replacen(' ', "T", 1);
    let local = match with_t.contains('T') {
        true => with_t.parse::<DateTime>().ok()?,
        false => {
            let day = with_t.parse::<Date>().ok()?;
            match end {
                End::From => day.to_datetime(Time::midnight()),
                End::To => day
                    .to_datetime(Time::midnight())
                    .checked_add(1.day())
                    .ok()?
                    .checked_sub(1.nanosecond())
                    .ok()?,
            }
        }
    };
    PARIS.to_timestamp(local).ok()
}

/// Reads a filter's day, whatever time follows it.
pub(crate) fn read_day(text: &str) -> Option<Date> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(day_of(instant));
    }
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_written_in_french_time_winter_and_summer() {
        assert_eq!(
            milliseconds_with_offset(at("2019-07-11T13:45:39.674Z")),
            "2019-07-11T15:45:39.674+02:00"
        );
        assert_eq!(
            milliseconds_with_offset(at("2026-11-11T14:45:39.67Z")),
            "2026-11-11T15:45:39.670+01:00"
        );
        assert_eq!(minute(at("2026-11-11T23:59:59Z")), "2026-11-12 00:59");
        assert_eq!(day(at("2026-11-11T23:30:00Z")), "2026-11-12");
    }

    #[test]
    fn a_bare_day_includes_its_whole_day_at_the_end_of_a_window() {
        assert_eq!(
            read_instant("2026-11-23", End::From),
            Some(at("2026-11-22T23:00:00Z"))
        );
        assert_eq!(
            read_instant("2026-11-23", End::To),
            Some(at("2026-11-23T22:59:59.999999999Z"))
        );
        assert_eq!(
            read_instant("2026-11-23T23:59:59", End::To),
            Some(at("2026-11-23T22:59:59Z"))
        );
        assert_eq!(
            read_instant("2026-11-23T10:11:47.823Z", End::To),
            Some(at("2026-11-23T10:11:47.823Z"))
        );
        assert_eq!(
            read_instant("2026-11-23 10:11", End::To),
            Some(at("2026-11-23T09:11:00Z"))
        );
        assert_eq!(read_instant("yesterday", End::To), None);
    }
}
