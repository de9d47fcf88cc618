//! `relais backfill`: the invoices deposited in a span of days, queued month by month without holding up the current ones.

use std::{collections::BTreeSet, process::ExitCode, time::Duration};

use archive::{BucketStore, keys, keys::EpisodeFolder};
use clap::Args;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use messages::{CloudEvent, InvoiceJob, sqs::RawQueue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    audit::{Act, Who},
    place::{self, Place},
    portal_lists::PortalLists,
    show,
    trouble::Trouble,
};

const CAUSE: &str = "BACKFILL";
const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
/// Jobs sent between two looks at the queue.
const AT_ONCE: usize = 50;
/// Between two looks at a queue that is full.
const PAUSE: Duration = Duration::from_secs(5);
/// Folders of the archive looked into at the same time.
const LOOKS: usize = 16;

/// Which days, and how fast.
#[derive(Debug, Args)]
#[command(after_help = "\
Les factures reçues, et les pièces des marchés dont l'établissement a un rôle (works_roles), sont cherchées par date de dépôt, mois par \
mois, les plus anciennes d'abord. Celles dont l'épisode présent est déjà archivé \
et annoncé sont passées. La commande attend quand la file est pleine (--max-waiting) : les factures du jour ne patientent pas derrière. \
Interrompue, elle reprend au mois où elle en était.")]
pub(crate) struct Arguments {
    /// L'établissement.
    #[arg(long)]
    siret: String,
    /// Premier jour de dépôt, AAAA-MM-JJ.
    #[arg(long, value_name = "JOUR")]
    from: Date,
    /// Dernier jour de dépôt compris, AAAA-MM-JJ ; aujourd'hui par défaut.
    #[arg(long, value_name = "JOUR")]
    to: Option<Date>,
    /// Compte ce qui serait mis en file, et ne fait rien.
    #[arg(long)]
    dry_run: bool,
    /// Reprend au premier jour, même si une exécution précédente était allée plus loin.
    #[arg(long)]
    restart: bool,
    /// Factures en attente dans la file au-delà desquelles la commande patiente.
    #[arg(long, value_name = "NOMBRE", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    max_waiting: u64,
    #[command(flatten)]
    who: Who,
}

/// How far a backfill has come: `backfills/{siret}/{from}.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    version: u32,
    /// Everything deposited until this day, this day included, is queued.
    done_through: Date,
    queued: u64,
    at: Timestamp,
}

/// What was found and done.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    listed: u64,
    held: u64,
    queued: u64,
}

struct Backfill<'a> {
    place: &'a Place,
    archive: BucketStore,
    lists: PortalLists<'a>,
    queue: RawQueue,
    dry_run: bool,
    max_waiting: u64,
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let place = Place::open(&[place::STATE, place::ARCHIVE, place::JOBS, place::CONFIG]).await?;
    let today = place.now().to_zoned(PARIS).date();
    let (from, to) = (arguments.from, arguments.to.unwrap_or(today));
    if from > to {
        return Err(Trouble::Misuse(format!(
            "--from {from} vient après --to {to}"
        )));
    }
    let document = place.document().await?;
    let establishment = place::establishment(&document, &arguments.siret)?;
    let state = place.state()?;
    let account = place.account(&document, establishment)?;
    let backfill = Backfill {
        place: &place,
        archive: place.archive()?,
        lists: PortalLists::of(establishment, account, &state, place.now()).await?,
        queue: place.queue(place::JOBS)?,
        dry_run: arguments.dry_run,
        max_waiting: arguments.max_waiting,
    };
    let key = keys::backfill(&arguments.siret, from)?;
    let earlier: Option<Progress> = state.read_json(&key).await?;
    let start = earlier
        .filter(|_| !arguments.restart)
        .and_then(|progress| progress.done_through.tomorrow().ok())
        .map_or(from, |day| day.max(from));
    if start > from {
        show::progress(&format!(
            "déjà fait jusqu'au {} compris ; --restart recommence",
            start.yesterday().unwrap_or(start)
        ));
    }
    let act = if arguments.dry_run {
        None
    } else {
        let what = json!({"siret": arguments.siret, "from": start, "to": to});
        Some(Act::begin(&state, place.now(), &arguments.who.name(), "backfill", what).await?)
    };
    let mut total = Count::default();
    for (first, last) in months(start, to) {
        let month = backfill.month(first, last).await?;
        total = total.and(month);
        show::progress(&format!(
            "dépôts du {first} au {last} : {} listées, {} déjà archivées, {} {}",
            month.listed,
            month.held,
            month.queued,
            if arguments.dry_run {
                "à mettre en file"
            } else {
                "mises en file"
            },
        ));
        if !arguments.dry_run {
            let progress = Progress {
                version: 1,
                done_through: finished(last, today),
                queued: total.queued,
                at: place.now(),
            };
            state.put_json(&key, &progress).await?;
        }
    }
    if let Some(act) = act {
        act.end(serde_json::to_value(total)?).await?;
    }
    let Count {
        listed,
        held,
        queued,
    } = total;
    let ending = if arguments.dry_run {
        "seraient mises en file ; rien n'a été fait (--dry-run)"
    } else {
        "mises en file"
    };
    show::print(&format!(
        "{listed} factures listées, {held} déjà archivées et annoncées, {queued} {ending}.\n"
    ));
    Ok(ExitCode::SUCCESS)
}

impl Count {
    fn and(self, other: Self) -> Self {
        Self {
            listed: self.listed + other.listed,
            held: self.held + other.held,
            queued: self.queued + other.queued,
        }
    }
}

impl Backfill<'_> {
    /// The invoices deposited from one day to another, both included.
    async fn month(&self, first: Date, last: Date) -> Result<Count, Trouble> {
        let mut count = Count::default();
        let shown = self.lists.deposited(first, last).await?;
        count.listed = shown.len() as u64;
        let jobs: Vec<CloudEvent<InvoiceJob>> = shown
            .iter()
            .map(|shown| self.lists.job(shown, CAUSE))
            .collect();
        let mut missing = self.missing(jobs).await?;
        count.held = count.listed - missing.len() as u64;
        // The oldest deposit is due first.
        missing.sort_by_key(|job| (job.data.date_depot, job.data.id_facture));
        count.queued = missing.len() as u64;
        if !self.dry_run {
            for some in missing.chunks(AT_ONCE) {
                self.wait_for_room().await?;
                self.place.jobs()?.send_all(some).await?;
            }
        }
        Ok(count)
    }

    /// The jobs whose episode is not archived and announced.
    async fn missing(
        &self,
        jobs: Vec<CloudEvent<InvoiceJob>>,
    ) -> Result<Vec<CloudEvent<InvoiceJob>>, Trouble> {
        let looked: Vec<Option<CloudEvent<InvoiceJob>>> = stream::iter(jobs)
            .map(async |job| {
                let episode = job.data.episode.parse()?;
                let folder = EpisodeFolder::new(&job.data.siret, job.data.id_facture, episode)?;
                let held: BTreeSet<String> = self
                    .archive
                    .list_keys(&folder.prefix())
                    .await?
                    .into_iter()
                    .collect();
                let done = held.contains(&folder.archived()) && held.contains(&folder.published());
                Ok::<_, Trouble>((!done).then_some(job))
            })
            .buffer_unordered(LOOKS)
            .try_collect()
            .await?;
        Ok(looked.into_iter().flatten().collect())
    }

    async fn wait_for_room(&self) -> Result<(), Trouble> {
        let mut said = false;
        loop {
            let waiting = self.queue.depth().await?.visible;
            if waiting <= self.max_waiting {
                return Ok(());
            }
            if !said {
                show::progress(&format!(
                    "{waiting} factures attendent dans la file : la suite quand il y en aura moins de {}",
                    self.max_waiting
                ));
                said = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The last day that is over: of a month that has not ended, today is done again the next time.
fn finished(last: Date, today: Date) -> Date {
    last.min(today.yesterday().unwrap_or(today))
}

/// The months of a span, the first and the last cut to it.
fn months(from: Date, to: Date) -> Vec<(Date, Date)> {
    let mut months = Vec::new();
    let mut first = from;
    while first <= to {
        let last = first.last_of_month().min(to);
        months.push((first, last));
        match last.checked_add(1.day()) {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_not_over_is_not_done() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(
            finished(day("2026-11-23"), day("2026-11-23")),
            day("2026-11-22")
        );
        assert_eq!(
            finished(day("2026-10-31"), day("2026-11-23")),
            day("2026-10-31")
        );
    }

    #[test]
    fn a_span_is_cut_at_the_ends_of_months() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(
            months(day("2026-01-15"), day("2026-03-02")),
            [
                (day("2026-01-15"), day("2026-01-31")),
                (day("2026-02-01"), day("2026-02-28")),
                (day("2026-03-01"), day("2026-03-02")),
            ]
        );
        assert_eq!(months(day("2026-01-15"), day("2026-01-15")).len(), 1);
    }
}
