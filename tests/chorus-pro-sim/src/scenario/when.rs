//! Lengths, instants and speeds as a scenario writes them.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan};

use crate::clock::Speed;
use crate::dates::{self, End};

/// `2d`, `1d 12h`, `90 minutes`: longer than nothing.
pub(super) fn length(text: &str) -> Result<Span, String> {
    let wrong = || format!("\"{text}\" is no length of time; write \"2d\", \"36h\" or \"1d 12h\"");
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    if span.signum() < 1 {
        return Err(format!(
            "\"{text}\" is not longer than nothing; write \"2d\", \"36h\" or \"1d 12h\""
        ));
    }
    Ok(span)
}

/// `1d per 2s`: so much of the portal's time in so much of the machine's.
pub(super) fn speed(text: &str) -> Result<Speed, String> {
    let wrong = || {
        format!(
            "\"{text}\" is no speed; write \"1d per 2s\", or null for a clock that runs like yours"
        )
    };
    let (portal, machine) = text.split_once(" per ").ok_or_else(wrong)?;
    let exact = |text: &str| -> Option<SignedDuration> {
        let exact = length(text)
            .ok()?
            .to_duration(SpanRelativeTo::days_are_24_hours());
        exact.ok()
    };
    match (exact(portal), exact(machine)) {
        (Some(portal), Some(machine)) => Ok(Speed {
            portal,
            machine,
            until: None,
        }),
        _ => Err(wrong()),
    }
}

/// `day 3 09:00`, counted from the first day, in French time; or a date and time.
pub(super) fn instant(text: &str, first_day: Date) -> Result<Timestamp, String> {
    let wrong = || {
        format!(
            "\"{text}\" is no instant; write \"day 3 09:00\" (day 1 is {first_day}) or \"2026-11-23 09:00\", French time"
        )
    };
    let Some(rest) = text.trim().strip_prefix("day ") else {
        // A day without its time would be midnight: more likely forgotten than meant.
        let timed = text.contains(':');
        return dates::read_instant(text.trim(), End::From)
            .filter(|_| timed)
            .ok_or_else(wrong);
    };
    let (number, time) = rest.trim().split_once(' ').ok_or_else(wrong)?;
    let number: i32 = number.parse().map_err(|_| wrong())?;
    let time: Time = time.trim().parse().map_err(|_| wrong())?;
    if number < 1 {
        return Err(format!("\"{text}\": the first day is day 1"));
    }
    first_day
        .checked_add((number - 1).days())
        .ok()
        .and_then(|day| dates::local(day, time))
        .ok_or_else(wrong)
}

/// `day 3 09:00`, with the day counted from the first.
pub(super) fn as_day(at: Timestamp, first_day: Date) -> String {
    let readable = dates::minute(at);
    let time = readable.split(' ').next_back().unwrap_or_default();
    format!("day {} {time}", day_number(at, first_day))
}

/// Which day of the scenario it is.
pub(super) fn day_number(at: Timestamp, first_day: Date) -> i32 {
    dates::day_of(at)
        .since(first_day)
        .map_or(1, |span| span.get_days() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Date = jiff::civil::date(2026, 10, 5);

    #[test]
    fn days_are_counted_from_one_in_french_time_also_across_the_change_of_clocks() {
        for (text, expected) in [
            ("day 1 09:00", "2026-10-05T07:00:00Z"),
            ("day 3 23:30", "2026-10-07T21:30:00Z"),
            ("day 22 09:00", "2026-10-26T08:00:00Z"),
            ("2026-11-02 08:15", "2026-11-02T07:15:00Z"),
            ("2026-11-02T08:15:00Z", "2026-11-02T08:15:00Z"),
        ] {
            let at = instant(text, MONDAY).unwrap();
            assert_eq!(at.to_string(), expected, "{text}");
            if text.starts_with("day") {
                assert_eq!(as_day(at, MONDAY), text);
            }
        }
    }

    #[test]
    fn what_is_no_instant_length_or_speed_is_said_so() {
        for text in [
            "",
            "day",
            "day 3",
            "day x 09:00",
            "day 3 25:00",
            "day 0 09:00",
            "day -2 09:00",
            "tomorrow",
            "2026-11-02",
        ] {
            let said = instant(text, MONDAY).unwrap_err();
            assert!(said.contains(&format!("\"{text}\"")), "{said}");
        }
        for text in ["", "2 fortnights", "0d", "-2d", "soon", "2"] {
            assert!(length(text).unwrap_err().contains("36h"), "{text}");
        }
        for text in [
            "",
            "1d",
            "1d per",
            "fast",
            "1d per 0s",
            "-1d per 2s",
            "2 per 2s",
        ] {
            assert!(speed(text).unwrap_err().contains("1d per 2s"), "{text}");
        }
    }

    #[test]
    fn a_speed_is_read_exactly() {
        let read = speed("1d per 2s").unwrap();
        assert_eq!(read.portal, SignedDuration::from_hours(24));
        assert_eq!(read.machine, SignedDuration::from_secs(2));
    }
}
