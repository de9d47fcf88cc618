//! One list of an establishment: search from the cursor on, queue what is new, move the cursor.
//!
//! The cursor moves only after the queue has taken every job of a window. Whatever fails before that leaves it where it was, and the
//! next poll does the window again: jobs may be queued twice, none is left out.
//!
//! The present goes first. When more has happened since the cursor than one page holds (a first installation, a long outage), all but the
//! latest is left in the cursor as a backlog, and collected slice by slice in the time that polls have left.

use std::{collections::BTreeSet, time::Duration};

use archive::{BucketStore, CursorWrite, ETag, StoreError, Versioned, keys};
use chorus_pro::{Account, factures::FactureRecue};
use jiff::{SignedDuration, Timestamp};
use lambda_kit::{Deadline, config::Establishment};
use listing::{Criteria, PortalList, Search, Seen, Structure, StructureError};
use messages::{CloudEvent, InvoiceJob, sqs::JobsQueue};

use crate::{
    cursor::{AlsoListed, Cursor},
    directory::Directory,
    window::Window,
};

/// More than this since the cursor is not the present any more: one page of the portal's.
const ROWS_AT_PRESENT: u64 = 1_000;

/// What one slice of a backlog takes from the portal, at most, about.
const ROWS_PER_SLICE: u64 = 2_000;

/// What a window asked for by hand takes at once, about.
const ROWS_BY_HAND: u64 = 5_000;

/// What one window needs, at worst: with less time left, the next poll does it.
pub(crate) const TIME_FOR_A_WINDOW: Duration = Duration::from_secs(20);

/// Where the work happens and with what.
#[derive(Debug)]
pub struct Collection<'a> {
    /// Whose invoices.
    pub establishment: &'a Establishment,
    /// In which list: the portal shows one at a time.
    pub list: PortalList,
    /// The API, as the establishment's technical account.
    pub account: &'a Account,
    /// The state bucket.
    pub state: &'a BucketStore,
    /// Where the jobs go.
    pub jobs: &'a JobsQueue,
    /// What this invocation has queued already, from a list that shows the same documents.
    pub also_listed: &'a AlsoListed,
    /// How far behind the cursor the search begins.
    pub overlap: SignedDuration,
    /// When to stop.
    pub deadline: Deadline,
    /// The present by our clock.
    pub now: Timestamp,
}

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collected {
    /// Rows listed by the portal.
    pub listed: u64,
    /// Jobs queued.
    pub queued: u64,
    /// Search calls.
    pub calls: u32,
    /// Slices of the backlog that were queued.
    pub slices: u32,
    /// Rows with a code that is not in the portal's lists, or a value that could not be read: they go through, and the API has drifted.
    pub drifted: u64,
    /// The present was left for the next poll: there was no time, or another poll was at work on the same cursor.
    pub unfinished: bool,
    /// Days of state dates that are still to be collected, oldest first; absent when there is no backlog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_days_left: Option<u64>,
}

impl Collected {
    /// Adds a slice of the backlog, which says how much of it is left now.
    pub(crate) fn add_slice(&mut self, slice: &Self) {
        self.listed += slice.listed;
        self.queued += slice.queued;
        self.calls += slice.calls;
        self.slices += slice.slices;
        self.drifted += slice.drifted;
        self.backlog_days_left = slice.backlog_days_left;
    }
}

/// A collection stopped. The cursor has not moved past what was queued.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The portal or the way to it. Its decision says whether the next poll may succeed.
    #[error("Chorus Pro did not list the invoices")]
    Portal(#[from] chorus_pro::Error),
    /// The account does not see the establishment: a person must attach it on the portal.
    #[error(
        "the technical account sees no active structure with SIRET {siret}: attach it to the structure on Chorus Pro, or correct the configuration"
    )]
    NotAttached {
        /// The establishment.
        siret: String,
    },
    /// The cursor was not read or written.
    #[error("the cursor was not read or written")]
    State(#[from] StoreError),
    /// The jobs queue did not take everything.
    #[error("the jobs queue did not take every job")]
    Queue(#[from] messages::sqs::SqsError),
    /// The object keys cannot be made: the SIRET is not one.
    #[error("the cursor has no place")]
    Key(#[from] archive::keys::KeyError),
}

impl From<StructureError> for CollectError {
    fn from(error: StructureError) -> Self {
        match error {
            StructureError::Portal(error) => Self::Portal(error),
            StructureError::NotAttached { siret } => Self::NotAttached { siret },
        }
    }
}

/// A cursor and what it takes to write it.
struct Held {
    key: String,
    cursor: Cursor,
    /// As it lies in the state bucket, and under which ETag; `None` before the first poll.
    stored: Option<(Cursor, ETag)>,
}

/// A search of which the first page was read.
struct Begun {
    search: Search,
    first_page: Vec<FactureRecue>,
}

impl Begun {
    /// The state dates of the first page, without those that are ahead of us: one invoice dated 2099 is nobody's present.
    fn dates_until(&self, now: Timestamp) -> Vec<Timestamp> {
        self.first_page
            .iter()
            .filter_map(|row| row.date_heure_etat_courant)
            .filter(|date| *date <= now)
            .collect()
    }
}

impl Collection<'_> {
    /// Collects the present, and leaves what came long before it as a backlog.
    ///
    /// # Errors
    /// See [`CollectError`]; what was queued before stays queued.
    pub async fn present(&self) -> Result<Collected, CollectError> {
        let mut collected = Collected::default();
        let (mut held, structure) = self.begin().await?;
        let mut from = held
            .cursor
            .search_from(self.overlap, self.establishment.collect_since);
        let rows = loop {
            if self.deadline.remaining() < TIME_FOR_A_WINDOW {
                collected.unfinished = true;
                return Ok(collected);
            }
            let window = Window { from, to: None };
            let begun = self.search(window, structure, &mut collected).await?;
            let present = window
                .present(&begun.dates_until(self.now), self.overlap)
                .filter(|_| begun.search.total() > ROWS_AT_PRESENT);
            let Some(present) = present else {
                break self.read_on(begun, &mut collected).await?;
            };
            held.cursor = held.cursor.with_backlog(from, present);
            from = present;
        };
        let listed = self
            .queue(rows, structure, Some(&held.cursor), &mut collected)
            .await?;
        let next = held.cursor.after(listed, self.now, self.overlap);
        collected.backlog_days_left = next.backlog.map(|backlog| backlog.days_left());
        collected.unfinished = !self.write_cursor(&mut held, next).await?;
        Ok(collected)
    }

    /// Collects the oldest slice of the backlog, if there is one, of about `room` invoices.
    ///
    /// # Errors
    /// See [`CollectError`]; the next attempt begins with the same slice.
    pub async fn backlog_slice(&self, room: u64) -> Result<Collected, CollectError> {
        let mut collected = Collected::default();
        let rows_wanted = room.min(ROWS_PER_SLICE);
        let (mut held, structure) = self.begin().await?;
        let Some(backlog) = held.cursor.backlog else {
            return Ok(collected);
        };
        let mut end = backlog.to;
        let rows = loop {
            let window = Window {
                from: backlog.reached,
                to: Some(end),
            };
            let begun = self.search(window, structure, &mut collected).await?;
            let total = begun.search.total();
            let part = window
                .first_part(&begun.dates_until(self.now), rows_wanted, total)
                .filter(|_| total > rows_wanted)
                .and_then(|part| part.to);
            let Some(shorter) = part else {
                break self.read_on(begun, &mut collected).await?;
            };
            end = shorter;
            if self.deadline.remaining() < TIME_FOR_A_WINDOW {
                collected.backlog_days_left = Some(backlog.days_left());
                return Ok(collected);
            }
        };
        self.queue(rows, structure, Some(&held.cursor), &mut collected)
            .await?;
        collected.slices = 1;
        let next = held.cursor.clone().with_backlog_reached(end);
        collected.backlog_days_left = next.backlog.map(|backlog| backlog.days_left());
        self.write_cursor(&mut held, next).await?;
        Ok(collected)
    }

    /// Queues again everything that changed since a date, whether the cursor has seen it or not; the cursor stays where it is.
    ///
    /// # Errors
    /// See [`CollectError`]; what was queued before stays queued.
    pub async fn again_since(&self, since: Timestamp) -> Result<Collected, CollectError> {
        let mut collected = Collected::default();
        let (_, structure) = self.begin().await?;
        let mut windows = vec![Window {
            from: since,
            to: None,
        }];
        while let Some(window) = windows.pop() {
            if self.deadline.remaining() < TIME_FOR_A_WINDOW {
                collected.unfinished = true;
                break;
            }
            let begun = self.search(window, structure, &mut collected).await?;
            let total = begun.search.total();
            let part = window
                .first_part(&begun.dates_until(self.now), ROWS_BY_HAND, total)
                .filter(|_| total > ROWS_BY_HAND);
            if let Some((part, cut)) = part.and_then(|part| Some((part, part.to?))) {
                let rest = Window {
                    from: cut,
                    to: window.to,
                };
                windows.extend([rest, part]);
                continue;
            }
            let rows = self.read_on(begun, &mut collected).await?;
            self.queue(rows, structure, None, &mut collected).await?;
        }
        Ok(collected)
    }

    async fn begin(&self) -> Result<(Held, Structure), CollectError> {
        let mut held = self.read_cursor().await?;
        let directory = Directory {
            establishment: self.establishment,
            account: self.account,
            now: self.now,
        };
        let structure = directory.structure(held.cursor.structure).await?;
        held.cursor.structure = Some(structure);
        Ok((held, structure))
    }

    async fn read_cursor(&self) -> Result<Held, CollectError> {
        let key = keys::cursor(&self.establishment.siret, self.list.name())?;
        let held: Option<Versioned<Cursor>> = self.state.read_cursor(&key).await?;
        let stored = held.map(|versioned| (versioned.value, versioned.etag));
        let cursor = stored
            .as_ref()
            .map(|(cursor, _)| cursor.clone())
            .unwrap_or_default();
        Ok(Held {
            key,
            cursor,
            stored,
        })
    }

    async fn search(
        &self,
        window: Window,
        structure: Structure,
        collected: &mut Collected,
    ) -> Result<Begun, CollectError> {
        let Window { from, to } = window;
        let changed = Criteria::Changed { from, to };
        let mut search = self
            .list
            .search(self.account, self.establishment, structure.id, &changed);
        let first_page = search.next().await?.unwrap_or_default();
        collected.calls += search.calls();
        Ok(Begun { search, first_page })
    }

    async fn read_on(
        &self,
        begun: Begun,
        collected: &mut Collected,
    ) -> Result<Vec<FactureRecue>, CollectError> {
        let Begun {
            mut search,
            first_page: mut rows,
        } = begun;
        let calls_before = search.calls();
        while let Some(page) = search.next().await? {
            rows.extend(page);
        }
        collected.calls += search.calls().saturating_sub(calls_before);
        collected.listed += rows.len() as u64;
        Ok(rows)
    }

    /// Queues the rows that the cursor has not seen, oldest first; without a cursor, all of them. Returns all that was listed.
    async fn queue(
        &self,
        rows: Vec<FactureRecue>,
        structure: Structure,
        cursor: Option<&Cursor>,
        collected: &mut Collected,
    ) -> Result<BTreeSet<Seen>, CollectError> {
        let siret = &self.establishment.siret;
        let mut listed = BTreeSet::new();
        let mut jobs: Vec<CloudEvent<InvoiceJob>> = Vec::new();
        for row in rows {
            collected.drifted += u64::from(self.has_drifted(&row));
            let appearance = listing::appearance(&row);
            let is_new = cursor.is_none_or(|cursor| cursor.is_new(&appearance));
            if is_new && !self.also_listed.has(siret, &appearance) {
                let job = self
                    .list
                    .job(self.establishment, &structure, &row, &appearance, "POLL");
                jobs.push(job);
            }
            listed.insert(appearance);
        }
        // The legal delay runs from about the deposit: what was deposited first is due first.
        jobs.sort_by_key(|job| (job.data.date_depot, job.data.date_heure_etat_courant));
        self.jobs.send_all(&jobs).await?;
        collected.queued += jobs.len() as u64;
        if self.list.overlaps() {
            self.also_listed.add(siret, listed.iter().cloned());
        }
        Ok(listed)
    }

    /// Whether a row has something that the API's description does not know. Fields are named, values are not.
    fn has_drifted(&self, row: &FactureRecue) -> bool {
        let unknown_codes = [
            (!row.statut.is_known()).then_some("statut"),
            row.type_facture
                .as_ref()
                .filter(|t| !t.is_known())
                .map(|_| "typeFacture"),
            row.type_demande_paiement
                .as_ref()
                .filter(|t| !t.is_known())
                .map(|_| "typeDemandePaiement"),
        ];
        let unknown: Vec<&str> = unknown_codes.into_iter().flatten().collect();
        let drifted = !unknown.is_empty() || !row.champs_illisibles.is_empty();
        if drifted {
            tracing::warn!(
                event = "poll.drift",
                siret = self.establishment.siret,
                idFacture = row.id_facture,
                statut = row.statut.as_str(),
                unknown = ?unknown,
                unreadable = ?row.champs_illisibles,
                "the portal's list has something that its description does not know: the invoice goes through"
            );
        }
        drifted
    }

    /// Writes the cursor if it has changed; `false` when another poll has moved it meanwhile.
    async fn write_cursor(&self, held: &mut Held, next: Cursor) -> Result<bool, CollectError> {
        let stored = held.stored.as_ref();
        if stored.is_some_and(|(stored, _)| *stored == next) {
            return Ok(true);
        }
        let etag = stored.map(|(_, etag)| etag);
        match self.state.write_cursor(&held.key, &next, etag).await? {
            CursorWrite::Written(etag) => {
                held.stored = Some((next, etag));
                Ok(true)
            }
            CursorWrite::Lost => {
                tracing::info!(
                    event = "poll.overtaken",
                    siret = self.establishment.siret,
                    list = self.list.name(),
                    "another poll has moved the cursor: what was queued twice is recognised downstream"
                );
                Ok(false)
            }
        }
    }
}
