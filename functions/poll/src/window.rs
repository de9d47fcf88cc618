//! Spans of state dates, and where to cut one that lists too much.
//!
//! A cut is always made at a date that the portal itself has shown, so that what lies before it is past on the portal's clock: nothing can
//! still join it, and our own clock plays no part.

use jiff::{SignedDuration, Timestamp};

/// A window is not cut below this: the portal's dates are compared by the second, and a mass import may share one minute.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);

/// A span of state dates to be searched, both ends included. Without an end it reaches the portal's present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
}

impl Window {
    /// Where the present begins: the overlap before the latest date shown, for the next poll looks back as far; or else at that date.
    /// `None`: too short to be cut.
    pub(crate) fn present(self, shown: &[Timestamp], overlap: SignedDuration) -> Option<Timestamp> {
        let latest = shown.iter().copied().max()?;
        [latest.saturating_sub(overlap).ok(), Some(latest)]
            .into_iter()
            .flatten()
            .find(|date| *date >= self.shortest_end())
    }

    /// The earlier part of the window that lists about `rows` of its `total`, going by the dates of some of them. `None`: too short
    /// to be cut.
    pub(crate) fn first_part(self, shown: &[Timestamp], rows: u64, total: u64) -> Option<Window> {
        let mut dates = shown.to_vec();
        dates.sort_unstable();
        // A tenth less than the share: some of the rows are a sample, and not the best one.
        let place = (dates.len() as u64)
            .saturating_mul(rows)
            .saturating_mul(9)
            .checked_div(total.saturating_mul(10))?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let least = self.shortest_end();
        let at_or_after = dates.get(place..).unwrap_or_default();
        let cut = at_or_after.iter().copied().find(|date| *date >= least);
        // A window that has an end lies in the portal's past as a whole: any cut of it is safe.
        let cut = match self.to {
            Some(end) => Some(cut.unwrap_or(least)).filter(|cut| *cut < end),
            None => cut,
        }?;
        Some(Window {
            from: self.from,
            to: Some(cut),
        })
    }

    fn shortest_end(self) -> Timestamp {
        self.from.saturating_add(SHORTEST).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Noon of each of these days of October 2026.
    fn october(days: std::ops::RangeInclusive<i8>) -> Vec<Timestamp> {
        days.map(|day| at(&format!("2026-10-{day:02}T12:00:00Z")))
            .collect()
    }

    fn from_the_first(to: Option<Timestamp>) -> Window {
        Window {
            from: at("2026-10-01T00:00:00Z"),
            to,
        }
    }

    #[test]
    fn the_present_begins_an_overlap_before_the_latest_date_that_the_portal_shows() {
        let present = |hours| {
            from_the_first(None).present(&october(1..=20), SignedDuration::from_hours(hours))
        };
        assert_eq!(present(1), Some(at("2026-10-20T11:00:00Z")));
        assert_eq!(
            present(24 * 30),
            Some(at("2026-10-20T12:00:00Z")),
            "an overlap longer than the window is no reason to read all of it"
        );
        assert_eq!(
            from_the_first(None).present(&[], SignedDuration::from_hours(1)),
            None
        );
    }

    #[test]
    fn a_window_of_minutes_is_read_whole_however_much_it_holds() {
        let minutes = [at("2026-10-01T00:00:30Z"), at("2026-10-01T00:09:00Z")];
        let hour = SignedDuration::from_hours(1);
        assert_eq!(from_the_first(None).present(&minutes, hour), None);
        let open = from_the_first(None);
        assert_eq!(open.first_part(&minutes, 1_000, 9_000), None);
        let nine_minutes = from_the_first(Some(at("2026-10-01T00:09:00Z")));
        assert_eq!(nine_minutes.first_part(&minutes, 1_000, 9_000), None);
    }

    #[test]
    fn a_part_is_as_long_as_the_dates_shown_say_and_a_little_less() {
        // A fifth of the rows is wanted: the dates of 20 rows give the fourth, less a tenth.
        let part = from_the_first(Some(at("2026-10-31T00:00:00Z")))
            .first_part(&october(1..=20), 2_000, 10_000)
            .unwrap();
        assert_eq!(part, from_the_first(Some(at("2026-10-04T12:00:00Z"))));
    }

    #[test]
    fn where_all_happened_in_a_minute_the_part_is_the_shortest_window() {
        let minute = [at("2026-10-01T00:00:30Z"); 50];
        let closed = from_the_first(Some(at("2026-10-31T00:00:00Z")));
        assert_eq!(
            closed.first_part(&minute, 2_000, 10_000),
            Some(from_the_first(Some(at("2026-10-01T00:10:00Z"))))
        );
    }

    #[test]
    fn an_open_window_is_cut_at_a_date_that_was_shown_or_not_at_all() {
        let shown = [at("2026-10-01T00:00:30Z"), at("2026-10-15T00:00:00Z")];
        assert_eq!(
            from_the_first(None).first_part(&shown, 1, 10_000),
            Some(from_the_first(Some(at("2026-10-15T00:00:00Z"))))
        );
    }

    #[test]
    fn every_part_is_shorter_than_the_whole() {
        let mut window = from_the_first(Some(at("2026-10-31T00:00:00Z")));
        let mut cuts = 0;
        while let Some(part) = window.first_part(&october(1..=20), 9_999, 10_000) {
            assert!(part.to < window.to);
            window = part;
            cuts += 1;
        }
        assert!(cuts < 25, "{cuts}");
    }
}
