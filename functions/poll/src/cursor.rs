//! How far an establishment's invoices have been collected.
//!
//! The cursor lives on the portal's clock, not on ours: it only ever moves to a date that the portal itself has shown. And it never
//! moves past our own present, so that one invoice dated 2099 does not end all collecting. A clock that is wrong on either side makes a window longer, and loses nothing.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use listing::{Seen, Structure};
use serde::{Deserialize, Serialize};

/// The cursor of one establishment and kind, as kept in the state bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The format of this object.
    pub version: u32,
    /// The establishment in the portal's directory, once the portal was asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<Structure>,
    /// Everything that the portal shows with a state date before this has been queued, but for what it shows late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Timestamp>,
    /// What was queued of the overlap, and of dates after the watermark: searched again each time, queued once.
    #[serde(default)]
    pub seen: BTreeSet<Seen>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            version: 1,
            structure: None,
            watermark: None,
            seen: BTreeSet::new(),
        }
    }
}

impl Cursor {
    /// Where the next search begins: the overlap before the watermark, or the first day that the configuration wants.
    #[must_use]
    pub fn search_from(&self, overlap: SignedDuration, collect_since: Date) -> Timestamp {
        match self.watermark {
            Some(watermark) => watermark.saturating_sub(overlap).unwrap_or(Timestamp::MIN),
            None => start_of_day_in_france(collect_since),
        }
    }

    /// Whether this appearance was not queued yet, as far as the cursor remembers.
    #[must_use]
    pub fn is_new(&self, appearance: &Seen) -> bool {
        !self.seen.contains(appearance)
    }

    /// The cursor after a window was searched to its end and its new appearances were queued.
    ///
    /// `window_end` is `None` for the last window, which is open: then the watermark follows what the portal has shown.
    #[must_use]
    pub fn after(
        &self,
        listed: impl IntoIterator<Item = Seen>,
        window_end: Option<Timestamp>,
        now: Timestamp,
        overlap: SignedDuration,
    ) -> Self {
        let mut seen = self.seen.clone();
        seen.extend(listed);
        let latest_shown = seen.last().map(|s| s.date_heure_etat_courant);
        let reached = window_end.or(latest_shown).map(|date| date.min(now));
        let watermark = self.watermark.max(reached);
        if let Some(watermark) = watermark {
            let forgotten = watermark.saturating_sub(overlap).unwrap_or(Timestamp::MIN);
            seen.retain(|s| s.date_heure_etat_courant >= forgotten);
        }
        Self {
            version: self.version,
            structure: self.structure,
            watermark,
            seen,
        }
    }
}

fn start_of_day_in_france(day: Date) -> Timestamp {
    const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    day.to_zoned(PARIS)
        .map_or(Timestamp::MIN, |start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn seen(id_facture: u64, date: &str) -> Seen {
        Seen {
            date_heure_etat_courant: at(date),
            id_facture,
            statut: "MISE_A_DISPOSITION".to_owned(),
        }
    }

    fn since() -> Date {
        "2026-09-01".parse().unwrap()
    }

    #[test]
    fn the_first_search_begins_with_the_first_day_wanted_at_midnight_in_france() {
        assert_eq!(
            Cursor::default().search_from(HOUR, since()),
            at("2026-08-31T22:00:00Z")
        );
    }

    #[test]
    fn the_next_search_begins_an_overlap_before_the_last_change_shown() {
        let cursor = Cursor::default().after(
            [seen(1, "2026-11-23T09:00:00Z")],
            None,
            at("2026-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(
            cursor.search_from(HOUR, since()),
            at("2026-11-23T08:00:00Z")
        );
        assert!(!cursor.is_new(&seen(1, "2026-11-23T09:00:00Z")));
    }

    #[test]
    fn the_same_invoice_in_another_state_is_new() {
        let cursor = Cursor::default().after(
            [seen(1, "2026-11-23T09:00:00Z")],
            None,
            at("2026-11-23T09:30:00Z"),
            HOUR,
        );
        let completed = Seen {
            statut: "COMPLETEE".to_owned(),
            ..seen(1, "2026-11-23T09:00:00Z")
        };
        assert!(cursor.is_new(&completed));
    }

    #[test]
    fn what_is_older_than_the_overlap_is_forgotten_and_never_searched_again() {
        let cursor = Cursor::default().after(
            [
                seen(1, "2026-11-23T07:00:00Z"),
                seen(2, "2026-11-23T09:00:00Z"),
            ],
            None,
            at("2026-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(cursor.seen.len(), 1);
        assert!(cursor.search_from(HOUR, since()) > at("2026-11-23T07:00:00Z"));
    }

    #[test]
    fn an_invoice_dated_2099_does_not_end_all_collecting() {
        let now = at("2026-11-23T09:30:00Z");
        let cursor = Cursor::default().after([seen(1, "2099-01-01T00:00:00Z")], None, now, HOUR);
        assert_eq!(cursor.watermark, Some(now));
        assert!(!cursor.is_new(&seen(1, "2099-01-01T00:00:00Z")));
    }

    #[test]
    fn our_clock_a_year_ahead_does_not_move_the_cursor_past_what_the_portal_has_shown() {
        let cursor = Cursor::default().after(
            [seen(1, "2026-11-23T09:00:00Z")],
            None,
            at("2027-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(cursor.watermark, Some(at("2026-11-23T09:00:00Z")));
    }

    #[test]
    fn the_cursor_never_moves_back() {
        let now = at("2026-11-23T09:30:00Z");
        let cursor = Cursor::default().after([seen(1, "2026-11-23T09:00:00Z")], None, now, HOUR);
        let later = cursor.after(
            [seen(2, "2026-11-23T08:10:00Z")],
            None,
            at("2020-01-01T00:00:00Z"),
            HOUR,
        );
        assert_eq!(later.watermark, cursor.watermark);
    }

    #[test]
    fn a_closed_window_without_invoices_moves_the_cursor_to_its_end() {
        let end = at("2026-10-01T00:00:00Z");
        let cursor = Cursor::default().after([], Some(end), at("2026-11-23T09:30:00Z"), HOUR);
        assert_eq!(cursor.watermark, Some(end));
    }
}
