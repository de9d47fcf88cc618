//! How far a list of an establishment's invoices has been collected.
//!
//! The cursor lives on the portal's clock, not on ours: it only ever moves to a date that the portal itself has shown. And it never
//! moves past our own present, so that one invoice dated 2099 does not end all collecting. A clock that is wrong on either side makes a window longer, and loses nothing.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use listing::{Seen, Structure};
use serde::{Deserialize, Serialize};

/// What an invocation has queued of the works lists: a document may be in more than one of them, and is one job.
///
/// One that another invocation has queued is queued again, and recognised downstream.
#[derive(Debug, Default)]
pub struct AlsoListed(Mutex<BTreeSet<(String, Seen)>>);

impl AlsoListed {
    pub(crate) fn has(&self, siret: &str, appearance: &Seen) -> bool {
        self.queued()
            .contains(&(siret.to_owned(), appearance.clone()))
    }

    pub(crate) fn add(&self, siret: &str, appearances: impl IntoIterator<Item = Seen>) {
        let named = appearances.into_iter().map(|one| (siret.to_owned(), one));
        self.queued().extend(named);
    }

    fn queued(&self) -> MutexGuard<'_, BTreeSet<(String, Seen)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What lies before the present and is collected little by little: the years before an installation, or a long outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backlog {
    /// The first state date.
    pub from: Timestamp,
    /// The last state date: a date that the portal has shown.
    pub to: Timestamp,
    /// Everything before this has been queued.
    pub reached: Timestamp,
}

impl Backlog {
    /// Days still to be collected, a day that has begun included.
    #[must_use]
    pub fn days_left(&self) -> u64 {
        let seconds = self.to.duration_since(self.reached).as_secs();
        u64::try_from(seconds).unwrap_or(0).div_ceil(24 * 60 * 60)
    }
}

/// The cursor of one establishment and list, as kept in the state bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The format of this object.
    pub version: u32,
    /// The establishment in the portal's directory, once the portal was asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<Structure>,
    /// Everything that the portal shows with a state date before this has been queued, but for the backlog and what it shows late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Timestamp>,
    /// What was queued of the overlap, and of dates after the watermark: searched again each time, queued once.
    #[serde(default)]
    pub seen: BTreeSet<Seen>,
    /// What was left for later, so that the present need not wait for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<Backlog>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            version: 1,
            structure: None,
            watermark: None,
            seen: BTreeSet::new(),
            backlog: None,
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

    /// The cursor after the present was searched to its end and its new appearances were queued: the watermark follows what the portal
    /// has shown.
    #[must_use]
    pub fn after(
        &self,
        listed: impl IntoIterator<Item = Seen>,
        now: Timestamp,
        overlap: SignedDuration,
    ) -> Self {
        let mut seen = self.seen.clone();
        seen.extend(listed);
        let latest_shown = seen.last().map(|s| s.date_heure_etat_courant.min(now));
        let watermark = self.watermark.max(latest_shown);
        if let Some(watermark) = watermark {
            let forgotten = watermark.saturating_sub(overlap).unwrap_or(Timestamp::MIN);
            seen.retain(|s| s.date_heure_etat_courant >= forgotten);
        }
        Self {
            version: self.version,
            structure: self.structure,
            watermark,
            seen,
            backlog: self.backlog,
        }
    }

    /// The cursor when everything between two dates is left for later. The second is one that the portal has shown.
    ///
    /// A backlog that is there already becomes longer and stays where it is: the days between the two are listed once more, and what was
    /// queued of them is recognised downstream.
    #[must_use]
    pub fn with_backlog(self, from: Timestamp, to: Timestamp) -> Self {
        let backlog = match self.backlog {
            Some(open) => Backlog {
                from: open.from.min(from),
                to: open.to.max(to),
                reached: open.reached.min(from),
            },
            None => Backlog {
                from,
                to,
                reached: from,
            },
        };
        Self {
            watermark: self.watermark.max(Some(to)),
            backlog: Some(backlog),
            ..self
        }
    }

    /// The cursor when the backlog was queued up to a date; at its end there is none any more.
    #[must_use]
    pub fn with_backlog_reached(self, reached: Timestamp) -> Self {
        let backlog = self
            .backlog
            .filter(|open| reached < open.to)
            .map(|open| Backlog { reached, ..open });
        Self { backlog, ..self }
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
            at("2026-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(cursor.seen.len(), 1);
        assert!(cursor.search_from(HOUR, since()) > at("2026-11-23T07:00:00Z"));
    }

    #[test]
    fn an_invoice_dated_2099_does_not_end_all_collecting() {
        let now = at("2026-11-23T09:30:00Z");
        let cursor = Cursor::default().after([seen(1, "2099-01-01T00:00:00Z")], now, HOUR);
        assert_eq!(cursor.watermark, Some(now));
        assert!(!cursor.is_new(&seen(1, "2099-01-01T00:00:00Z")));
    }

    #[test]
    fn our_clock_a_year_ahead_does_not_move_the_cursor_past_what_the_portal_has_shown() {
        let cursor = Cursor::default().after(
            [seen(1, "2026-11-23T09:00:00Z")],
            at("2027-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(cursor.watermark, Some(at("2026-11-23T09:00:00Z")));
    }

    #[test]
    fn the_cursor_never_moves_back() {
        let now = at("2026-11-23T09:30:00Z");
        let cursor = Cursor::default().after([seen(1, "2026-11-23T09:00:00Z")], now, HOUR);
        let later = cursor.after(
            [seen(2, "2026-11-23T08:10:00Z")],
            at("2020-01-01T00:00:00Z"),
            HOUR,
        );
        assert_eq!(later.watermark, cursor.watermark);
    }

    fn behind() -> Cursor {
        Cursor::default().with_backlog(at("2026-08-01T00:00:00Z"), at("2026-11-22T00:00:00Z"))
    }

    #[test]
    fn what_is_left_for_later_is_not_searched_with_the_present() {
        let cursor = behind();
        assert_eq!(
            cursor.search_from(HOUR, since()),
            at("2026-11-21T23:00:00Z")
        );
        assert_eq!(cursor.backlog.unwrap().days_left(), 113);
    }

    #[test]
    fn the_present_moves_on_and_the_backlog_stays() {
        let cursor = behind().after(
            [seen(1, "2026-11-23T09:00:00Z")],
            at("2026-11-23T09:30:00Z"),
            HOUR,
        );
        assert_eq!(cursor.watermark, Some(at("2026-11-23T09:00:00Z")));
        assert_eq!(cursor.backlog, behind().backlog);
    }

    #[test]
    fn the_backlog_goes_on_from_where_it_stopped_and_ends() {
        let half = behind().with_backlog_reached(at("2026-10-31T12:00:00Z"));
        assert_eq!(half.backlog.unwrap().days_left(), 22);
        let done = half.with_backlog_reached(at("2026-11-22T00:00:00Z"));
        assert_eq!(done.backlog, None);
        assert_eq!(done.watermark, Some(at("2026-11-22T00:00:00Z")));
    }

    #[test]
    fn an_outage_while_there_is_a_backlog_makes_it_longer_and_loses_no_place() {
        let reached = at("2026-09-15T00:00:00Z");
        let cursor = behind()
            .with_backlog_reached(reached)
            .with_backlog(at("2026-11-30T00:00:00Z"), at("2026-12-20T00:00:00Z"));
        let backlog = cursor.backlog.unwrap();
        assert_eq!(
            (backlog.reached, backlog.to),
            (reached, at("2026-12-20T00:00:00Z"))
        );
    }

    #[test]
    fn a_cursor_of_an_earlier_version_is_read() {
        let cursor: Cursor = serde_json::from_str(
            r#"{"version": 1, "watermark": "2026-11-23T09:00:00Z", "seen": []}"#,
        )
        .unwrap();
        assert_eq!(cursor.backlog, None);
    }
}
