//! How things are shown to a person: French days and hours, sizes, and where the text goes.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// Prints a text on standard output. Whoever reads us may stop early (`| head`): that is no error.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a value as JSON on standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), serde_json::Error> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?));
    Ok(())
}

/// A line on standard error: how far a long command has come, or why it stopped.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// An instant as a person in France reads it: `2026-11-23 10:15`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_zoned(PARIS).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The same with seconds.
pub(crate) fn second(at: Timestamp) -> String {
    at.to_zoned(PARIS).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago, in the largest unit that says enough: `3 min`, `5 h`, `12 j`.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} j", seconds / 86_400),
    }
}

/// A size: `812 o`, `14,2 ko`, `118,0 Mo`.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{},{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes} o"),
        1_000..1_000_000 => format!("{} ko", tenths(1_000)),
        _ => format!("{} Mo", tenths(1_000_000)),
    }
}

/// `1 lettre`, `3 lettres`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number < 2 {
        format!("{number} {one}")
    } else {
        let many: Vec<String> = one.split(' ').map(|word| format!("{word}s")).collect();
        format!("{number} {}", many.join(" "))
    }
}

/// A text cut to so many characters, an ellipsis at its end.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    let mut kept: String = text.chars().take(characters).collect();
    if kept.len() < text.len() {
        kept.pop();
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_the_time_of_paris() {
        let at = "2026-07-01T22:30:05Z".parse().unwrap();
        assert_eq!(instant(at), "2026-07-02 00:30");
        assert_eq!(second(at), "2026-07-02 00:30:05");
    }

    #[test]
    fn ages_and_sizes_take_the_unit_that_says_enough() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let before = |text: &str| ago(text.parse().unwrap(), now);
        assert_eq!(before("2026-11-23T09:59:30Z"), "30 s");
        assert_eq!(before("2026-11-23T09:00:00Z"), "60 min");
        assert_eq!(before("2026-11-22T10:00:00Z"), "24 h");
        assert_eq!(before("2026-11-01T10:00:00Z"), "22 j");
        assert_eq!(before("2027-01-01T00:00:00Z"), "0 s");
        assert_eq!(
            (size(812), size(14_250), size(118_000_000)),
            ("812 o".into(), "14,2 ko".into(), "118,0 Mo".into())
        );
    }

    #[test]
    fn a_count_agrees_with_its_noun() {
        assert_eq!(count(1, "lettre morte"), "1 lettre morte");
        assert_eq!(count(0, "lettre"), "0 lettre");
        assert_eq!(count(12, "lettre morte"), "12 lettres mortes");
    }
}
