//! One establishment and one kind of invoice: search from the cursor on, queue what is new, move the cursor.
//!
//! The cursor moves only after the queue has taken every job of a window. Whatever fails before that leaves it where it was, and the
//! next poll does the window again: jobs may be queued twice, none is left out.

use std::{collections::BTreeSet, time::Duration};

use archive::{BucketStore, CursorWrite, ETag, StoreError, Versioned, keys};
use chorus_pro::{
    Account, Borne, Parcours, TypeDemandePaiement,
    factures::{FactureRecue, RechercheRecipiendaire},
};
use jiff::{SignedDuration, Timestamp};
use lambda_kit::{Deadline, config::Establishment};
use listing::{Seen, Structure, StructureError};
use messages::{CloudEvent, Exigences, InvoiceJob, sqs::JobsQueue};

use crate::cursor::Cursor;

/// A window that lists more rows than this is cut in two, so that the cursor moves on within the time that a function has.
const ROWS_PER_WINDOW: u64 = 5_000;

/// A window is not cut below this: the portal's dates are compared by the second, and a mass import may share one minute.
const SHORTEST_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// What one window of [`ROWS_PER_WINDOW`] needs, at worst: with less time left, the next poll does it.
const TIME_FOR_A_WINDOW: Duration = Duration::from_secs(20);

/// How long the portal's directory is taken at its word.
const DIRECTORY_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where the work happens and with what.
#[derive(Debug)]
pub struct Collection<'a> {
    /// Whose invoices.
    pub establishment: &'a Establishment,
    /// FACTURE or FACTURE_TRAVAUX: the portal lists one kind at a time.
    pub kind: TypeDemandePaiement,
    /// The API, as the establishment's technical account.
    pub account: &'a Account,
    /// The state bucket.
    pub state: &'a BucketStore,
    /// Where the jobs go.
    pub jobs: &'a JobsQueue,
    /// How far behind the cursor the search begins.
    pub overlap: SignedDuration,
    /// Search from here instead of from the cursor, which stays where it is.
    pub since: Option<Timestamp>,
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
    /// Rows with a code that is not in the portal's lists, or a value that could not be read: they go through, and the API has drifted.
    pub drifted: u64,
    /// Windows were left for the next poll: there was no time, or another poll was at work on the same cursor.
    pub unfinished: bool,
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

/// A span of state dates still to be searched. The last one is open: the portal's clock may be ahead of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    from: Timestamp,
    to: Option<Timestamp>,
}

impl Window {
    /// The two halves, unless it is too short to be cut.
    fn halves(self, now: Timestamp) -> Option<(Window, Window)> {
        let end = self.to.unwrap_or(now);
        let length = end.duration_since(self.from);
        if length < SHORTEST_WINDOW {
            return None;
        }
        let middle = self.from.saturating_add(length / 2).ok()?;
        let first = Window {
            from: self.from,
            to: Some(middle),
        };
        let second = Window {
            from: middle,
            to: self.to,
        };
        Some((first, second))
    }
}

/// A cursor and what it takes to write it.
struct Held {
    key: String,
    cursor: Cursor,
    /// As it lies in the state bucket, and under which ETag; `None` before the first poll.
    stored: Option<(Cursor, ETag)>,
}

impl Collection<'_> {
    /// Collects until the present, or until there is no time left.
    ///
    /// # Errors
    /// See [`CollectError`]; what was queued before stays queued.
    pub async fn run(&self) -> Result<Collected, CollectError> {
        let now = self.now;
        let mut held = self.read_cursor().await?;
        let structure = self.structure(&mut held.cursor, now).await?;
        let from = self.since.unwrap_or_else(|| {
            held.cursor
                .search_from(self.overlap, self.establishment.collect_since)
        });
        let mut collected = Collected::default();
        let mut windows = vec![Window { from, to: None }];
        while let Some(window) = windows.pop() {
            if self.deadline.remaining() < TIME_FOR_A_WINDOW {
                collected.unfinished = true;
                break;
            }
            let mut search = self
                .account
                .parcourir_recipiendaire(self.criteria(structure.id, window));
            let first_page = search.suivante().await?.unwrap_or_default();
            if search.total().unwrap_or(0) > ROWS_PER_WINDOW
                && let Some((first, second)) = window.halves(now)
            {
                collected.calls += search.appels();
                windows.extend([second, first]);
                continue;
            }
            let listed = self
                .queue(&mut search, first_page, &held.cursor, &mut collected)
                .await?;
            if self.since.is_none() && !self.advance(&mut held, listed, window.to, now).await? {
                collected.unfinished = true;
                break;
            }
        }
        Ok(collected)
    }

    async fn read_cursor(&self) -> Result<Held, CollectError> {
        let key = keys::cursor(&self.establishment.siret, self.kind.as_str())?;
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

    /// The establishment in the portal's directory: remembered in the cursor, asked for once a week.
    async fn structure(
        &self,
        cursor: &mut Cursor,
        now: Timestamp,
    ) -> Result<Structure, CollectError> {
        let configured = self
            .establishment
            .structure_id
            .and_then(|id| i64::try_from(id).ok());
        let fresh = |known: &Structure| {
            now.duration_since(known.as_of) < DIRECTORY_AGE
                && configured.is_none_or(|id| id == known.id)
        };
        if let Some(known) = cursor.structure.filter(fresh) {
            return Ok(known);
        }
        let id = match configured.or(cursor.structure.map(|known| known.id)) {
            Some(id) => id,
            None => listing::structure_id(self.account, &self.establishment.siret).await?,
        };
        let structure = Structure {
            id,
            exigences: self.exigences(id).await,
            as_of: now,
        };
        cursor.structure = Some(structure);
        Ok(structure)
    }

    /// What the structure asks of its suppliers. It serves an advice, so an answer that does not come holds nothing up.
    async fn exigences(&self, structure_id: i64) -> Option<Exigences> {
        match self.account.consulter_structure(structure_id).await {
            Ok(structure) => structure.parametres.map(|p| Exigences {
                service: p.code_service_doit_etre_renseigne,
                engagement: p.numero_ej_doit_etre_renseigne,
                service_ou_engagement: p.gestion_numero_ej_ou_code_service,
            }),
            Err(error) => {
                tracing::warn!(
                    event = "poll.directory_not_read",
                    siret = self.establishment.siret,
                    error = lambda_kit::chain(&error),
                    "the directory does not say what the structure asks of its suppliers: invoices are not checked for it"
                );
                None
            }
        }
    }

    fn criteria(&self, structure_id: i64, window: Window) -> RechercheRecipiendaire {
        RechercheRecipiendaire {
            type_demande_paiement: Some(self.kind.clone()),
            id_destinataire: Some(structure_id),
            periode_date_heure_etat_courant_du: Some(Borne::depuis(window.from)),
            periode_date_heure_etat_courant_au: window.to.map(Borne::jusqu_a),
            recuperer_taille: Some(true),
            ..RechercheRecipiendaire::default()
        }
    }

    /// Reads the search to its end and queues what the cursor has not seen, page by page.
    async fn queue(
        &self,
        search: &mut Parcours<RechercheRecipiendaire>,
        first_page: Vec<FactureRecue>,
        cursor: &Cursor,
        collected: &mut Collected,
    ) -> Result<BTreeSet<Seen>, CollectError> {
        let exigences = cursor.structure.and_then(|structure| structure.exigences);
        let mut listed = BTreeSet::new();
        let mut page = Some(first_page);
        while let Some(rows) = page {
            let mut jobs: Vec<CloudEvent<InvoiceJob>> = Vec::new();
            for row in &rows {
                let appearance = listing::appearance(row);
                collected.drifted += u64::from(self.has_drifted(row));
                if self.since.is_some() || cursor.is_new(&appearance) {
                    jobs.push(listing::job(
                        self.establishment,
                        row,
                        &appearance,
                        exigences,
                        "POLL",
                    ));
                }
                listed.insert(appearance);
            }
            // Oldest first: it is the one that is due first.
            jobs.sort_by_key(|job| job.data.date_heure_etat_courant);
            collected.listed += rows.len() as u64;
            collected.queued += jobs.len() as u64;
            self.jobs.send_all(&jobs).await?;
            page = search.suivante().await?;
        }
        collected.calls += search.appels();
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

    /// Moves the cursor; `false` when another poll has moved it meanwhile.
    async fn advance(
        &self,
        held: &mut Held,
        listed: BTreeSet<Seen>,
        window_end: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, CollectError> {
        let next = held.cursor.after(listed, window_end, now, self.overlap);
        if held
            .stored
            .as_ref()
            .is_some_and(|(stored, _)| *stored == next)
        {
            return Ok(true);
        }
        let etag = held.stored.as_ref().map(|(_, etag)| etag);
        match self.state.write_cursor(&held.key, &next, etag).await? {
            CursorWrite::Written(etag) => {
                held.stored = Some((next.clone(), etag));
                held.cursor = next;
                Ok(true)
            }
            CursorWrite::Lost => {
                tracing::info!(
                    event = "poll.overtaken",
                    siret = self.establishment.siret,
                    kind = self.kind.as_str(),
                    "another poll has moved the cursor: what was queued twice is recognised downstream"
                );
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_halves_of_a_window_touch_and_the_last_stays_open() {
        let window = Window {
            from: at("2026-11-01T00:00:00Z"),
            to: None,
        };
        let (first, second) = window.halves(at("2026-11-03T00:00:00Z")).unwrap();
        assert_eq!(
            first,
            Window {
                from: window.from,
                to: Some(at("2026-11-02T00:00:00Z"))
            }
        );
        assert_eq!(
            second,
            Window {
                from: at("2026-11-02T00:00:00Z"),
                to: None
            }
        );
    }

    #[test]
    fn a_window_of_minutes_is_read_whole_however_much_it_holds() {
        let window = Window {
            from: at("2026-11-01T00:00:00Z"),
            to: Some(at("2026-11-01T00:09:00Z")),
        };
        assert_eq!(window.halves(at("2026-11-03T00:00:00Z")), None);
    }

    #[test]
    fn a_window_that_begins_in_the_portals_future_is_read_whole() {
        let window = Window {
            from: at("2026-12-01T00:00:00Z"),
            to: None,
        };
        assert_eq!(window.halves(at("2026-11-03T00:00:00Z")), None);
    }
}
