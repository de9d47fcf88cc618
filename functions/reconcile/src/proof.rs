//! One month of an establishment: the portal's lists read to their end, each row judged as it comes, what is lacking collected.

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) month: Month,
    pub(crate) days: Days,
    /// The hash of the invoices that an earlier night has told to be on the portal no more.
    pub(crate) gone_told: Option<&'a str>,
}

impl Prover<'_> {
    /// Compares a month. What is lacking is offered to `candidates`, if any are wanted.
    pub(crate) async fn prove(
        &self,
        holdings: &mut Holdings,
        wanted: Wanted<'_>,
        mut candidates: Option<&mut Candidates>,
        work: &mut Work,
    ) -> Result<Compared, ProofError> {
        let judge = Judge {
            as_of: holdings.as_of,
            patience: self.patience,
        };
        let mut listed = Vec::new();
        let mut kinds = Vec::new();
        for source in Source::all(self.establishment) {
            let kind = holdings.names.intern(source.code());
            kinds.push(kind);
            let mut walk = source.walk(self.account, self.structure_id, wanted.days);
            while let Some(rows) = walk.next_page().await? {
                work.portal_rows += rows.len() as u64;
                work.amounts_read += self.learn(holdings, &rows).await?;
                for row in &rows {
                    let one = listed_row(holdings, kind, row);
                    if let Some(candidates) = candidates.as_deref_mut() {
                        self.offer(holdings, &judge, wanted.month, row, &one, candidates);
                    }
                    listed.push(one);
                }
            }
            work.portal_calls += walk.calls();
        }
        let comparison = Comparison {
            month: wanted.month,
            days: wanted.days,
            judge,
            holdings,
            gone_told: wanted.gone_told,
        };
        Ok(comparison.of(listed, &kinds))
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
