//! One establishment: what is due in a night, as far as time goes, with its report; or any days, by hand.
//!
//! It can be called from any process: the function calls it for the schedule, a person's own tool may call it too.

use std::{collections::VecDeque, time::Duration};

use archive::{
    BucketStore, Decision, StoreError,
    keys::{self, KeyError},
};
use chorus_pro::Account;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use lambda_kit::{Clock, Deadline, config::Establishment};
use listing::{PortalList, Structure, StructureError};
use messages::sqs::{JobsQueue, SqsError};
use serde::Deserialize;

use crate::{
    amounts,
    comparison::Compared,
    findings::Findings,
    holdings::{Holdings, HoldingsError},
    month::{Days, Month},
    progress::{Gone, Progress, Proven},
    proof::{MONTHS_TOGETHER, ProofError, Prover, Stretch, Wanted},
    report::{Report, Requeued},
    requeue::Candidates,
    verdict::Patience,
};

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// What is kept for queueing what is lacking and for writing the report.
const RESERVE: Duration = Duration::from_secs(15);

/// With less time left, the next run does what is left.
const TIME_FOR_A_STRETCH: Duration = Duration::from_secs(10);

/// Where an establishment is compared and with what.
#[derive(Debug)]
pub struct Reconciliation<'a> {
    /// Whose invoices.
    pub establishment: &'a Establishment,
    /// The API, as the establishment's technical account.
    pub account: &'a Account,
    /// The bucket of the invoices.
    pub archive: &'a BucketStore,
    /// The bucket of the reports.
    pub state: &'a BucketStore,
    /// Where the jobs go.
    pub jobs: &'a JobsQueue,
    /// How long something may be under way.
    pub patience: Patience,
    /// How far back the portal lists, in months.
    pub retention_months: u32,
    /// Jobs queued by one run, at most.
    pub max_queued: usize,
    /// When to be done.
    pub deadline: Deadline,
    /// What time it is.
    pub clock: &'a Clock,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The report, with what earlier runs of the day have found.
    pub report: Report,
    /// Months compared by this run.
    pub proven: u64,
    /// What this run found.
    pub findings: Findings,
    /// What this run queued.
    pub requeued: Requeued,
    /// The day has become one that is not green.
    pub newly_not_green: bool,
}

/// An establishment was not compared, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The portal or the way to it. Its decision says whether the next run may succeed.
    #[error("Chorus Pro could not be asked")]
    Portal(#[from] chorus_pro::Error),
    /// The establishment is not in the portal's directory.
    #[error("the establishment was not found on Chorus Pro")]
    Structure(#[from] StructureError),
    /// The archive.
    #[error("what the archive holds is not known")]
    Holdings(#[from] HoldingsError),
    /// A month.
    #[error("a month was not compared")]
    Proof(#[from] ProofError),
    /// The report or the progress.
    #[error("the report or the progress was not read or written")]
    State(#[from] StoreError),
    /// The jobs queue.
    #[error("what is lacking was not all queued again")]
    Queue(#[from] SqsError),
    /// The establishment has no place in the buckets.
    #[error("the establishment has no place in the buckets")]
    Key(#[from] KeyError),
}

/// A cursor of `poll`, as far as it is of use here.
#[derive(Debug, Deserialize)]
struct CursorsStructure {
    #[serde(default)]
    structure: Option<Structure>,
}

/// A run while it goes on.
struct Run {
    report: Report,
    /// `None` when nothing is kept of this run.
    progress: Option<Progress>,
    candidates: Candidates,
    proven: Vec<Month>,
    findings: Findings,
    requeued: Requeued,
    started: Timestamp,
    /// What the report had when the run began.
    duration_before: u64,
}

impl Run {
    /// Takes in the comparison of a month.
    fn take_in(&mut self, wanted: &Wanted, compared: Compared, as_of: Timestamp) {
        let (month, night) = (wanted.month, self.report.date);
        if let Some(progress) = &mut self.progress {
            let before = progress.months.remove(&month);
            let queued = before.as_ref().and_then(|p| p.queued);
            let told = before.and_then(|p| p.gone);
            let proven = Proven {
                at: as_of,
                night,
                green: compared.report.green,
                queued: queued.filter(|of| *of == night),
                gone: compared.gone.map(|sha256| Gone::of(sha256, told, night)),
            };
            progress.months.insert(month, proven);
        }
        self.findings = self.findings.and(compared.report.findings);
        self.proven.push(month);
        self.report.due.retain(|due| *due != month);
        self.report.add(month, compared.report, compared.lists);
    }
}

/// Months that follow one another are listed together, in the order given.
fn stretches(months: impl Iterator<Item = Wanted>) -> VecDeque<Vec<Wanted>> {
    let mut stretches: VecDeque<Vec<Wanted>> = VecDeque::new();
    for wanted in months {
        match stretches.back_mut() {
            Some(stretch)
                if stretch.len() < MONTHS_TOGETHER
                    && stretch
                        .last()
                        .is_some_and(|last| last.month.before(1) == wanted.month) =>
            {
                stretch.push(wanted);
            }
            _ => stretches.push_back(vec![wanted]),
        }
    }
    stretches
}

/// The day in France.
#[must_use]
pub fn night_of(now: Timestamp) -> Date {
    now.to_zoned(PARIS).date()
}

impl Reconciliation<'_> {
    /// Proves what is due tonight, queues what is lacking and writes the report. `None`: nothing was due, nothing was asked of anybody.
    ///
    /// With `dry_run` nothing is queued and nothing written.
    ///
    /// # Errors
    /// See [`ReconcileError`]. What was proven before is in the report, and what is lacking there was queued.
    pub async fn night(&self, dry_run: bool) -> Result<Option<Outcome>, ReconcileError> {
        let now = self.clock.now();
        let night = night_of(now);
        let siret = &self.establishment.siret;
        let progress: Progress = self
            .state
            .read_json(&keys::reconcile_progress(siret)?)
            .await?
            .unwrap_or_default();
        let span = self.span(night);
        let due = progress.due(span, night);
        if due.is_empty() {
            return Ok(None);
        }
        let report = if dry_run {
            Report::new(siret, night, now, true)
        } else {
            read_report(self.state, siret, night, now).await?
        };
        let mut run = self.start(report, Some(progress), now);
        run.report.due = due.clone();
        run.report.failure = None;
        let wanted: Vec<(Month, Days)> = due.iter().map(|m| (*m, span.in_month(*m))).collect();
        let proven = self.prove(&wanted, &mut run, dry_run).await;
        self.conclude(run, proven, dry_run, true).await.map(Some)
    }

    /// Compares what was deposited on these days, by hand. Nothing is stored; what is lacking is queued unless it is a dry run.
    ///
    /// # Errors
    /// See [`ReconcileError`].
    pub async fn days(&self, days: Days, dry_run: bool) -> Result<Outcome, ReconcileError> {
        let now = self.clock.now();
        let report = Report::new(&self.establishment.siret, night_of(now), now, dry_run);
        let mut run = self.start(report, None, now);
        let months = days.months();
        run.report.due = months.clone();
        let wanted: Vec<(Month, Days)> = months.iter().map(|m| (*m, days.in_month(*m))).collect();
        let proven = self.prove(&wanted, &mut run, dry_run).await;
        self.conclude(run, proven, dry_run, false).await
    }

    fn start(&self, report: Report, progress: Option<Progress>, now: Timestamp) -> Run {
        Run {
            duration_before: report.duration_ms,
            report,
            progress,
            candidates: Candidates::new(self.max_queued),
            proven: Vec::new(),
            findings: Findings::default(),
            requeued: Requeued::default(),
            started: now,
        }
    }

    /// All the days that the portal lists and the configuration wants.
    fn span(&self, night: Date) -> Days {
        let oldest = Month::of(night).before(self.retention_months).days().from;
        Days {
            from: self.establishment.collect_since.max(oldest),
            to: night,
        }
    }

    /// Compares stretch by stretch while there is time.
    async fn prove(
        &self,
        wanted: &[(Month, Days)],
        run: &mut Run,
        dry_run: bool,
    ) -> Result<(), ReconcileError> {
        let deadline = self.deadline.less(RESERVE);
        let account = self.account.with_deadline(deadline.instant());
        let structure = self.structure(&account).await?;
        let siret = &self.establishment.siret;
        let mut holdings = Holdings::list(self.archive, siret, self.clock.now(), deadline).await?;
        run.report.work.archive_calls += holdings.calls;
        run.report.work.archive_keys += holdings.keys;
        let stored = run.progress.is_some() && !dry_run;
        if stored {
            let ids: Vec<u64> = holdings.untold.keys().copied().collect();
            let read = amounts::learn(self.archive, &mut holdings, ids, true, deadline).await?;
            run.report.work.amounts_read += read;
        }
        let prover = Prover {
            establishment: self.establishment,
            account: &account,
            archive: self.archive,
            structure,
            patience: self.patience,
            deadline,
            mark: stored,
        };
        let mut stretches = stretches(wanted.iter().map(|(month, days)| {
            let before = run.progress.as_ref().and_then(|p| p.months.get(month));
            Wanted {
                month: *month,
                days: *days,
                gone_told: before
                    .and_then(|p| p.gone.as_ref())
                    .filter(|gone| gone.told < run.report.date)
                    .map(|gone| gone.sha256.clone()),
                queue: !dry_run && before.is_none_or(|p| p.queued != Some(run.report.date)),
            }
        }));
        while let Some(stretch) = stretches.pop_front() {
            if deadline.remaining() < TIME_FOR_A_STRETCH {
                break;
            }
            let (candidates, work) = (&mut run.candidates, &mut run.report.work);
            let compared = match prover
                .prove(&mut holdings, &stretch, candidates, work)
                .await
            {
                Ok(Stretch::Compared(compared)) => compared,
                Ok(Stretch::TooLong) => {
                    let (later, earlier) = stretch.split_at(stretch.len() / 2);
                    stretches.push_front(earlier.to_vec());
                    stretches.push_front(later.to_vec());
                    continue;
                }
                // The portal was too slow for what was left: the next run goes on from here.
                Err(ProofError::Portal(_)) if deadline.has_passed() => break,
                Err(error) => return Err(error.into()),
            };
            for (wanted, compared) in stretch.iter().zip(compared) {
                run.take_in(wanted, compared, holdings.as_of);
            }
            if stored {
                self.store(run).await?;
            }
        }
        Ok(())
    }

    /// The establishment in the portal's directory: as `poll` has noted it, or asked for.
    async fn structure(&self, account: &Account) -> Result<Structure, ReconcileError> {
        let siret = &self.establishment.siret;
        let key = keys::cursor(siret, PortalList::Received.name())?;
        let cursor: Option<CursorsStructure> = self.state.read_json(&key).await?;
        let noted = cursor.and_then(|cursor| cursor.structure);
        let now = self.clock.now();
        Ok(Structure::of(self.establishment, noted, account, now).await?)
    }

    /// Queues what is lacking, and writes the report a last time. What failed before is an error after that.
    async fn conclude(
        &self,
        mut run: Run,
        proven: Result<(), ReconcileError>,
        dry_run: bool,
        of_the_night: bool,
    ) -> Result<Outcome, ReconcileError> {
        if !dry_run {
            run.requeued = run.candidates.queue(self.jobs).await?;
            let all = &mut run.report.requeued;
            all.missing += run.requeued.missing;
            all.behind += run.requeued.behind;
            all.unannounced += run.requeued.unannounced;
            all.without_documents += run.requeued.without_documents;
            all.left_for_later = run.requeued.left_for_later;
            let night = run.report.date;
            if let Some(progress) = &mut run.progress {
                for month in &run.proven {
                    if !run.candidates.is_cut(*month)
                        && let Some(proven) = progress.months.get_mut(month)
                    {
                        proven.queued = Some(night);
                    }
                }
            }
        }
        run.report.judge();
        // A failure is told where it is noted.
        let newly_not_green = proven.is_ok() && !run.report.green && !run.report.not_green_told;
        run.report.not_green_told |= newly_not_green;
        if of_the_night && !dry_run {
            self.store(&mut run).await?;
        } else {
            self.touch(&mut run);
        }
        proven?;
        Ok(Outcome {
            proven: run.proven.len() as u64,
            findings: run.findings,
            requeued: run.requeued,
            newly_not_green,
            report: run.report,
        })
    }

    fn touch(&self, run: &mut Run) {
        let now = self.clock.now();
        let took = now.duration_since(run.started).as_millis();
        run.report.written_at = now;
        run.report.duration_ms = run.duration_before + u64::try_from(took).unwrap_or_default();
    }

    /// Writes the report and then the progress: a month counts as proven only when it can be read where.
    async fn store(&self, run: &mut Run) -> Result<(), ReconcileError> {
        self.touch(run);
        let siret = &self.establishment.siret;
        let report = keys::report(run.report.date, siret)?;
        self.state.put_json(&report, &run.report).await?;
        if let Some(progress) = &run.progress {
            let key = keys::reconcile_progress(siret)?;
            self.state.put_json(&key, progress).await?;
        }
        Ok(())
    }
}

/// The report of a day so far. One that cannot be read is begun again: the months that it held are proven in another night.
async fn read_report(
    state: &BucketStore,
    siret: &str,
    night: Date,
    now: Timestamp,
) -> Result<Report, ReconcileError> {
    let key = keys::report(night, siret)?;
    match state.read_json::<Report>(&key).await {
        Ok(Some(report)) => Ok(report),
        Ok(None) => Ok(Report::new(siret, night, now, false)),
        Err(error) if error.decision() == Decision::GiveUp => {
            tracing::warn!(
                event = "reconcile.report_unreadable",
                key,
                error = lambda_kit::chain(&error),
                "the report of the day cannot be read and is begun again"
            );
            Ok(Report::new(siret, night, now, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes into the report of the day that an establishment could not be compared, and says whether the day was green until then.
///
/// # Errors
/// The state bucket does not answer either.
pub async fn note_failure(
    state: &BucketStore,
    siret: &str,
    failure: &str,
    now: Timestamp,
) -> Result<bool, ReconcileError> {
    let night = night_of(now);
    let mut report = read_report(state, siret, night, now).await?;
    let newly_not_green = !report.not_green_told;
    report.failure = Some(failure.to_owned());
    report.not_green_told = true;
    report.written_at = now;
    report.judge();
    state
        .put_json(&keys::report(night, siret)?, &report)
        .await?;
    Ok(newly_not_green)
}
