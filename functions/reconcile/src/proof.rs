//! A stretch of months of an establishment: the portal's lists read to their end, each row judged as it comes, what is lacking collected.
//!
//! Months that follow one another are listed together: a search for each of them would cost a page that is not full for each of them.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use archive::{BucketStore, StoreError, keys::Episode};
use chorus_pro::{Account, factures::FactureRecue};
use jiff::Timestamp;
use lambda_kit::{Deadline, config::Establishment};
use listing::{Criteria, PortalList, Search, Seen, Structure, appearance};

use crate::{
    amounts,
    comparison::{Compared, Comparison},
    holdings::Holdings,
    month::{Days, Month},
    names::Name,
    report::Work,
    requeue::{Candidate, Candidates, Lack},
    verdict::{Judge, Listed, Patience, Standing},
};

/// Months that are listed together, at most; and rows. Memory is some hundred bytes for each of these.
pub(crate) const MONTHS_TOGETHER: usize = 24;
const ROWS_TOGETHER: u64 = 120_000;

/// Rows of a full page.
const ROWS_PER_CALL: u64 = chorus_pro::PAR_PAGE as u64;

/// A month was not compared.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The portal or the way to it.
    #[error("Chorus Pro did not list the invoices")]
    Portal(#[from] chorus_pro::Error),
    /// The archive.
    #[error("the archive did not tell an amount")]
    Store(#[from] StoreError),
}

/// Where a month is compared and with what.
#[derive(Debug)]
pub(crate) struct Prover<'a> {
    pub(crate) establishment: &'a Establishment,
    pub(crate) account: &'a Account,
    pub(crate) archive: &'a BucketStore,
    pub(crate) structure: Structure,
    pub(crate) patience: Patience,
    pub(crate) deadline: Deadline,
    /// Markers that are lacking are written.
    pub(crate) mark: bool,
}

/// A month that is to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) month: Month,
    pub(crate) days: Days,
    /// The hash of the invoices that an earlier night has told to be on the portal no more.
    pub(crate) gone_told: Option<String>,
    /// What is lacking is to be queued.
    pub(crate) queue: bool,
}

/// What became of a stretch.
#[derive(Debug)]
pub(crate) enum Stretch {
    /// Its months, in their order.
    Compared(Vec<Compared>),
    /// The portal lists too much for one go: half of it first.
    TooLong,
}

/// A list whose first page was read.
struct Begun {
    list: PortalList,
    kind: Name,
    search: Search,
    first_page: Option<Vec<FactureRecue>>,
}

/// What the lists of a stretch begin with.
enum Beginning {
    /// The first page of each.
    Read(Vec<Begun>),
    /// They announce too much.
    TooLong,
}

impl Prover<'_> {
    /// Compares months that follow one another, the latest first. What is lacking is offered to `candidates`.
    pub(crate) async fn prove(
        &self,
        holdings: &mut Holdings,
        months: &[Wanted],
        candidates: &mut Candidates,
        work: &mut Work,
    ) -> Result<Stretch, ProofError> {
        let (Some(latest), Some(earliest)) = (months.first(), months.last()) else {
            return Ok(Stretch::Compared(Vec::new()));
        };
        let days = Days {
            from: earliest.days.from,
            to: latest.days.to,
        };
        let lists = match self.begin(holdings, days, months.len() > 1, work).await? {
            Beginning::Read(lists) => lists,
            Beginning::TooLong => return Ok(Stretch::TooLong),
        };
        let judge = Judge {
            as_of: holdings.as_of,
            patience: self.patience,
        };
        let mut offers = Offers {
            prover: self,
            judge,
            candidates,
            offered: BTreeSet::new(),
        };
        let mut listed: Vec<Vec<Listed>> = months.iter().map(|_| Vec::new()).collect();
        let kinds: Vec<Name> = lists.iter().map(|begun| begun.kind).collect();
        for begun in lists {
            let Begun {
                list,
                kind,
                mut search,
                first_page: mut page,
            } = begun;
            while let Some(rows) = page {
                work.portal_rows += rows.len() as u64;
                work.amounts_read += self.learn(holdings, &rows).await?;
                for row in &rows {
                    let seen = appearance(row);
                    let place = month_of(row, months);
                    let one = listed_row(holdings, kind, row, &seen);
                    if let Some(wanted) = months.get(place).filter(|wanted| wanted.queue) {
                        let lacking = Lacking { list, row, seen };
                        offers.make(holdings, wanted.month, &lacking, &one);
                    }
                    if let Some(listed) = listed.get_mut(place) {
                        listed.push(one);
                    }
                }
                page = search.next_while_it_moves().await?;
            }
            work.portal_calls += u64::from(search.calls());
        }
        let compared = months.iter().zip(listed).map(|(wanted, listed)| {
            let comparison = Comparison {
                month: wanted.month,
                days: wanted.days,
                judge,
                holdings,
                gone_told: wanted.gone_told.as_deref(),
            };
            comparison.of(listed, &kinds)
        });
        Ok(Stretch::Compared(compared.collect()))
    }

    /// Begins all lists before a row of any is judged, so that what turns out too long has offered nothing yet.
    async fn begin(
        &self,
        holdings: &mut Holdings,
        days: Days,
        may_be_cut: bool,
        work: &mut Work,
    ) -> Result<Beginning, ProofError> {
        let Days { from, to } = days;
        let deposited = Criteria::Deposited { from, to };
        let mut lists: Vec<Begun> = Vec::new();
        let mut announced = 0;
        for list in PortalList::of(self.establishment) {
            let (account, id) = (self.account, self.structure.id);
            let mut search = list.search(account, self.establishment, id, &deposited);
            let began = Instant::now();
            let first_page = search.next_while_it_moves().await?;
            announced += search.total();
            let too_long =
                announced > ROWS_TOGETHER || self.takes_too_long(search.total(), began.elapsed());
            lists.push(Begun {
                list,
                kind: holdings.names.intern(list.name()),
                search,
                first_page,
            });
            if may_be_cut && too_long {
                let calls = lists.iter().map(|begun| u64::from(begun.search.calls()));
                work.portal_calls += calls.sum::<u64>();
                return Ok(Beginning::TooLong);
            }
        }
        Ok(Beginning::Read(lists))
    }

    /// Whether a list needs more than half of the time that is left, going by its first page.
    fn takes_too_long(&self, total: u64, first_page: Duration) -> bool {
        let pages = u32::try_from(total.div_ceil(ROWS_PER_CALL)).unwrap_or(u32::MAX);
        let needed = first_page.saturating_mul(pages);
        pages > 1 && needed > self.deadline.remaining() / 2
    }

    async fn learn(
        &self,
        holdings: &mut Holdings,
        rows: &[FactureRecue],
    ) -> Result<u64, StoreError> {
        if holdings.untold.is_empty() {
            return Ok(0);
        }
        let ids = rows.iter().map(|row| appearance(row).id_facture).collect();
        amounts::learn(self.archive, holdings, ids, self.mark, self.deadline).await
    }
}

/// A row whose invoice may be lacking something, in its list.
struct Lacking<'a> {
    list: PortalList,
    row: &'a FactureRecue,
    seen: Seen,
}

/// The jobs that make good what a stretch finds lacking.
struct Offers<'a> {
    prover: &'a Prover<'a>,
    judge: Judge,
    candidates: &'a mut Candidates,
    /// What was offered of the documents that another list may show too: one job makes it good.
    offered: BTreeSet<(u64, Lack, Timestamp)>,
}

impl Offers<'_> {
    /// Offers the jobs that make good what is lacking of an invoice.
    fn make(&mut self, holdings: &Holdings, month: Month, lacking: &Lacking<'_>, listed: &Listed) {
        let unannounced = holdings.unannounced_of(listed.id);
        let verdict = self.judge.of(listed, holdings.get(listed.id), unannounced);
        match verdict.standing {
            Standing::Missing => self.offer(month, Lack::Missing, lacking, None),
            Standing::Behind => self.offer(month, Lack::Behind, lacking, None),
            Standing::Held | Standing::InFlight | Standing::Ahead => {}
        }
        if verdict.unannounced {
            for one in unannounced {
                if self.judge.is_overdue(one) {
                    self.offer(month, Lack::Unannounced, lacking, Some(&one.episode));
                }
            }
        }
        if verdict.without_documents {
            // The episode whose manifest names documents that are not there.
            let untold = holdings.untold.get(&listed.id).copied();
            let episode = untold.map(|appearance| holdings.episode(appearance));
            self.offer(month, Lack::WithoutDocuments, lacking, episode.as_ref());
        }
    }

    /// Offers one job: for the appearance that the row shows, or for an earlier one that is archived.
    fn offer(
        &mut self,
        month: Month,
        lack: Lack,
        lacking: &Lacking<'_>,
        episode: Option<&Episode>,
    ) {
        let Lacking { list, row, seen } = lacking;
        let seen = episode.map_or_else(
            || seen.clone(),
            |episode| Seen {
                date_heure_etat_courant: episode.at(),
                id_facture: seen.id_facture,
                statut: episode.statut().to_owned(),
            },
        );
        let at = seen.date_heure_etat_courant;
        if list.overlaps() && !self.offered.insert((seen.id_facture, lack, at)) {
            return;
        }
        if self.candidates.wants(at, month) {
            let Prover {
                establishment,
                structure,
                ..
            } = self.prover;
            let job = list.job(establishment, structure, row, &seen, lack.cause());
            self.candidates.offer(Candidate { month, lack, job });
        }
    }
}

/// The month of a row's deposit; the latest for a row that does not say.
fn month_of(row: &FactureRecue, months: &[Wanted]) -> usize {
    let place = |day| months.iter().position(|wanted| wanted.days.contains(day));
    row.date_depot.and_then(place).unwrap_or(0)
}

fn listed_row(holdings: &mut Holdings, kind: Name, row: &FactureRecue, seen: &Seen) -> Listed {
    let episode = Episode::new(seen.date_heure_etat_courant, &seen.statut);
    Listed {
        id: seen.id_facture,
        kind,
        at: episode.at().as_second(),
        statut: holdings.names.intern(episode.statut()),
        ttc: row.montant_ttc,
        devise: holdings
            .names
            .intern(row.devise.as_deref().unwrap_or("XXX")),
    }
}
