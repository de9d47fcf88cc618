//! What was measured, by the world's clock.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use messages::{InvoiceReceived, Message};
use serde::Deserialize;

use crate::{cloud::Letter, world::Problem};

use super::POLL_EVERY;

/// What was deposited within so much time before the catching up begins is the present, and goes first; so do these last invoices of a
/// list, for where the present begins is told by a sample of it.
const PRESENT: SignedDuration = SignedDuration::from_hours(2);
const LAST_ONES: usize = 300;

/// Why an invoice is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its job was in the queue when the outage began.
    Queued,
    /// It is of the past that is caught up.
    Past,
    /// It was deposited during the catching up.
    New,
}

/// An invoice, and when the ERP was told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) kind: Kind,
    pub(super) siret: &'static str,
    pub(super) deposited: Timestamp,
    pub(super) told: Option<Timestamp>,
}

/// How far it is, after a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Minutes since it began.
    pub minutes: i64,
    /// Invoices of the past that the ERP was told.
    pub told: usize,
    /// Of so many.
    pub past: usize,
    /// What `relais status` shows of the list that is furthest behind.
    pub days_left: Option<u64>,
    /// Slices of the backlog that the poll has queued.
    pub slices: u64,
    /// Rows that it has listed.
    pub listed: u64,
    /// Its search calls.
    pub calls: u64,
    /// Jobs in the queue after it.
    pub jobs: usize,
    /// How long it took by the world's clock.
    pub took: SignedDuration,
    /// How long it really took.
    pub real: Duration,
    /// Memory of this process: portal, cloud and all.
    pub megabytes: u64,
}

/// A catching up, measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Days of the outage, or of the past.
    pub days: i64,
    /// Invoices to catch up, with those that were queued before.
    pub invoices: usize,
    /// Slices of backlogs.
    pub slices: u64,
    /// From its beginning to the last invoice of the past.
    pub caught_up: SignedDuration,
    /// From its beginning to the last invoice that had been queued before the outage.
    pub queued_done: SignedDuration,
    /// Invoices of the past an hour, in the slowest and in the fastest ten minutes.
    pub rate: (u64, u64),
    /// How many places an invoice was told before or after its turn, at most.
    pub displaced: usize,
    /// From the deposit of a new invoice to its event: the median, and the longest.
    pub new: (SignedDuration, SignedDuration),
    /// Jobs that were given up.
    pub dead_letters: usize,
    /// Calls to the portal.
    pub calls: u64,
    /// Invoices, new ones included.
    pub told: usize,
    /// The longest poll, by the world's clock.
    pub longest_poll: SignedDuration,
    /// Memory of this process at the end: portal, cloud and all.
    pub megabytes: u64,
    /// What is not as it must be.
    pub problems: Vec<Problem>,
    /// How long it really took.
    pub real: Duration,
}

impl Measured {
    /// Calls to the portal for each hundred invoices.
    #[must_use]
    pub fn calls_per_hundred(&self) -> u64 {
        let invoices = u64::try_from(self.told.max(1)).unwrap_or(u64::MAX);
        self.calls * 100 / invoices
    }
}

/// The invoice that an event tells of for the first time.
pub(super) fn received(letter: &Letter) -> Option<u64> {
    #[derive(Deserialize)]
    struct Event {
        data: About,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct About {
        id_facture: u64,
    }
    let kind = letter.attributes.get("type")?;
    (kind == InvoiceReceived::TYPE).then_some(())?;
    let event: Event = serde_json::from_str(&letter.body).ok()?;
    Some(event.data.id_facture)
}

/// How long it took until the last of a kind was told; as long as can be when one was not.
pub(super) fn caught_up(known: &[Known], kind: Kind, begins: Timestamp) -> SignedDuration {
    let of_kind = known.iter().filter(|one| one.kind == kind);
    let told = of_kind.map(|one| one.told.unwrap_or(Timestamp::MAX));
    told.max()
        .map_or(SignedDuration::ZERO, |last| last.duration_since(begins))
}

/// The past an hour, in the slowest and the fastest of all stretches of two polls but the last, which ends before its time.
pub(super) fn rate(known: &[Known]) -> (u64, u64) {
    let stretch = POLL_EVERY * 2;
    let past = known.iter().filter(|one| one.kind == Kind::Past);
    let mut told: Vec<Timestamp> = past.filter_map(|one| one.told).collect();
    told.sort_unstable();
    let Some(first) = told.first().copied() else {
        return (0, 0);
    };
    let mut stretches: BTreeMap<i128, u64> = BTreeMap::new();
    for at in told {
        let place = at.duration_since(first).as_millis() / stretch.as_millis();
        *stretches.entry(place).or_default() += 1;
    }
    if stretches.len() > 1 {
        stretches.pop_last();
    }
    let last = stretches.keys().next_back().copied().unwrap_or_default();
    let an_hour = u64::try_from(SignedDuration::from_hours(1).as_secs() / stretch.as_secs());
    let an_hour = an_hour.unwrap_or_default();
    let counts = (0..=last).map(|place| stretches.get(&place).copied().unwrap_or_default());
    let (least, most) = counts.fold((u64::MAX, 0), |(least, most), count| {
        (least.min(count), most.max(count))
    });
    (least * an_hour, most * an_hour)
}

/// How far from its turn, by the date of its deposit, an invoice of an establishment was told; of what was deposited from a moment on.
pub(super) fn displaced(known: &[Known], from: Timestamp, begins: Timestamp) -> usize {
    let present = begins.saturating_sub(PRESENT).unwrap_or(begins);
    let mut lists: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
    let past = known
        .iter()
        .filter(|one| one.kind == Kind::Past && one.deposited >= from);
    for one in past {
        lists.entry(one.siret).or_default().push(one);
    }
    let mut most = 0;
    for list in lists.values() {
        let before = list.partition_point(|one| one.deposited < present);
        let counted = before.min(list.len().saturating_sub(LAST_ONES.min(list.len() / 3)));
        let turns = list.iter().take(counted).enumerate();
        let mut told: Vec<(Timestamp, usize)> = turns
            .map(|(turn, one)| (one.told.unwrap_or(Timestamp::MAX), turn))
            .collect();
        told.sort_unstable();
        for (place, (_, turn)) in told.iter().enumerate() {
            most = most.max(place.abs_diff(*turn));
        }
    }
    most
}

/// From the deposit of the new ones to their events: the median, and the longest.
pub(super) fn delay(known: &[Known]) -> (SignedDuration, SignedDuration) {
    let new = known.iter().filter(|one| one.kind == Kind::New);
    let mut delays: Vec<SignedDuration> = new
        .filter_map(|one| Some(one.told?.duration_since(one.deposited)))
        .collect();
    delays.sort_unstable();
    let at = |place: usize| delays.get(place).copied().unwrap_or_default();
    (at(delays.len() / 2), at(delays.len().saturating_sub(1)))
}

/// What this process has in memory; 0 where nobody says.
pub(super) fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_000
}
