//! A stretch of months of an establishment: the portal's lists read to their end, each row judged as it comes, what is lacking collected.
//!
//! Months that follow one another are listed together: a search for each of them would cost a page that is not full for each of them.

use std::time::{Duration, Instant};

use archive::{BucketStore, StoreError, keys::Episode};
use chorus_pro::Account;
use lambda_kit::{Deadline, config::Establishment};
use messages::Exigences;

use crate::{
    amounts,
    comparison::{Compared, Comparison},
    holdings::Holdings,
    month::{Days, Month},
    names::Name,
    report::Work,
    requeue::{Candidate, Candidates, Lack},
    source::{Row, Source},
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
    pub(crate) structure_id: i64,
    pub(crate) exigences: Option<Exigences>,
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
        let judge = Judge {
            as_of: holdings.as_of,
            patience: self.patience,
        };
        // All lists are begun before a row of any is judged, so that what turns out too long has offered nothing yet.
        let mut lists = Vec::new();
        for source in Source::all(self.establishment) {
            let kind = holdings.names.intern(source.code());
            let mut walk = source.walk(self.account, self.structure_id, days);
            let began = Instant::now();
            let first_page = walk.next_page().await?;
            let too_long = months.len() > 1 && self.is_too_long(walk.total(), began.elapsed());
            lists.push((kind, walk, first_page));
            if too_long {
                work.portal_calls += lists.iter().map(|(_, walk, _)| walk.calls()).sum::<u64>();
                return Ok(Stretch::TooLong);
            }
        }
        let mut listed: Vec<Vec<Listed>> = months.iter().map(|_| Vec::new()).collect();
        let mut kinds = Vec::new();
        for (kind, mut walk, mut page) in lists {
            kinds.push(kind);
            while let Some(rows) = page {
                work.portal_rows += rows.len() as u64;
                work.amounts_read += self.learn(holdings, &rows).await?;
                for row in &rows {
                    let place = month_of(row, months);
                    let one = listed_row(holdings, kind, row);
                    if let Some(wanted) = months.get(place).filter(|wanted| wanted.queue) {
                        self.offer(holdings, &judge, wanted.month, row, &one, candidates);
                    }
                    if let Some(listed) = listed.get_mut(place) {
                        listed.push(one);
                    }
                }
                page = walk.next_page().await?;
            }
            work.portal_calls += walk.calls();
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

    /// Whether a list does not fit into memory or into half of the time that is left, going by its first page.
    fn is_too_long(&self, total: u64, first_page: Duration) -> bool {
        let pages = u32::try_from(total.div_ceil(ROWS_PER_CALL)).unwrap_or(u32::MAX);
        let needed = first_page.saturating_mul(pages);
        total > ROWS_TOGETHER || (pages > 1 && needed > self.deadline.remaining() / 2)
    }

    async fn learn(&self, holdings: &mut Holdings, rows: &[Row]) -> Result<u64, StoreError> {
        if holdings.untold.is_empty() {
            return Ok(0);
        }
        let ids = rows.iter().map(|row| row.appearance().id_facture).collect();
        amounts::learn(self.archive, holdings, ids, self.mark, self.deadline).await
    }

    /// Offers the jobs that make good what is lacking of an invoice.
    fn offer(
        &self,
        holdings: &Holdings,
        judge: &Judge,
        month: Month,
        row: &Row,
        listed: &Listed,
        candidates: &mut Candidates,
    ) {
        let unannounced = holdings
            .unannounced
            .get(&listed.id)
            .map_or(&[][..], Vec::as_slice);
        let verdict = judge.of(listed, holdings.get(listed.id), unannounced);
        if verdict.is_fine() {
            return;
        }
        let mut offer = |lack: Lack, episode: Option<&Episode>| {
            let at = episode.map_or_else(|| row.instant(), Episode::at);
            if candidates.wants(at, month) {
                let job = match episode {
                    Some(e) => row.job_for(self.establishment, e, lack.cause(), self.exigences),
                    None => row.job(self.establishment, lack.cause(), self.exigences),
                };
                candidates.offer(Candidate { month, lack, job });
            }
        };
        match verdict.standing {
            Standing::Missing => offer(Lack::Missing, None),
            Standing::Behind => offer(Lack::Behind, None),
            Standing::Held | Standing::InFlight | Standing::Ahead => {}
        }
        for one in unannounced.iter().filter(|one| judge.is_overdue(one)) {
            offer(Lack::Unannounced, Some(&one.episode));
        }
        if verdict.without_documents {
            // The episode whose manifest names documents that are not there.
            let untold = holdings.untold.get(&listed.id).copied();
            let episode = untold.map(|appearance| holdings.episode(appearance));
            offer(Lack::WithoutDocuments, episode.as_ref());
        }
    }
}

/// The month of a row's deposit; the latest for a row that does not say.
fn month_of(row: &Row, months: &[Wanted]) -> usize {
    let place = |day| months.iter().position(|wanted| wanted.days.contains(day));
    row.depot().and_then(place).unwrap_or(0)
}

fn listed_row(holdings: &mut Holdings, kind: Name, row: &Row) -> Listed {
    let seen = row.appearance();
    let episode = Episode::new(seen.date_heure_etat_courant, &seen.statut);
    Listed {
        id: seen.id_facture,
        kind,
        at: episode.at().as_second(),
        statut: holdings.names.intern(episode.statut()),
        ttc: row.ttc(),
        devise: holdings.names.intern(row.devise().unwrap_or("XXX")),
    }
}
