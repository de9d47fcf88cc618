//! The jobs of one establishment in a batch.

mod task;
mod turn;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use archive::keys::{Episode, EpisodeFolder};
use chorus_pro::Account;
use invoice::statut::Statut;
use lambda_kit::{
    Deadline, Metrics,
    batch::{DeadLetter, Outcome, Outcomes},
    chain,
    config::{Document, Establishment},
};
use messages::InvoiceJob;
use portal::{NotAdmitted, Use};

use crate::{
    deps::Deps,
    episode::{EpisodeError, Episodes},
    fetch::{FetchError, Fetched, Fetcher, Wanted},
    folder::{Folder, FolderError},
    past::Past,
    twin::TwinError,
};

use task::{Stage, add};
pub(crate) use task::{Task, Tasks};
use turn::Begun;

/// An episode goes back to the queue; what was written of it stays.
#[derive(Debug, thiserror::Error)]
enum Later {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Episode(#[from] EpisodeError),
    #[error("the change could not be told from its other face")]
    Twin(#[from] TwinError),
    #[error(transparent)]
    NotAdmitted(#[from] Arc<NotAdmitted>),
    #[error("the portal did not say what happened to the invoice between two polls")]
    Past(#[source] chorus_pro::Error),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("an earlier episode of the invoice goes first, and has to wait itself: {0}")]
    AfterAnEarlierOne(String),
    #[error("the invoice was seen first in its episode {0}, which is about to be announced")]
    AfterTheFirstSeen(Episode),
}

/// The invoices whose later episodes have to wait, and why.
type Stopped = BTreeMap<u64, String>;

/// The jobs of one establishment.
pub(crate) struct Shift<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) document: &'a Arc<Document>,
    pub(crate) establishment: &'a Establishment,
    pub(crate) deadline: Deadline,
    pub(crate) metrics: &'a Metrics,
    pub(crate) outcomes: &'a Outcomes,
}

impl Shift<'_> {
    /// Works in waves, so that the episodes of one invoice are done in their order, and all invoices of a wave together.
    pub(crate) async fn run(&self, mut tasks: Tasks<'_>) {
        let mut stopped = Stopped::new();
        while !tasks.is_empty() {
            let mut wave = Tasks::new();
            let mut rest = Tasks::new();
            let mut seen = BTreeSet::new();
            for (folder, task) in tasks {
                let id = folder.id_facture();
                if let Some(why) = stopped.get(&id) {
                    let later = Later::AfterAnEarlierOne(why.clone());
                    self.end(&folder, &task, Err(later), &mut Stopped::new());
                } else if seen.insert(id) {
                    wave.insert(folder, task);
                } else {
                    rest.insert(folder, task);
                }
            }
            self.wave(wave, &mut rest, &mut stopped).await;
            tasks = rest;
        }
    }

    /// Does the first episode of each invoice. What has to go in front of one, and the one itself, is put with the rest.
    async fn wave<'t>(&self, wave: Tasks<'t>, rest: &mut Tasks<'t>, stopped: &mut Stopped) {
        let mut downloads: BTreeMap<EpisodeFolder, (Task<'t>, Folder)> = BTreeMap::new();
        for (folder, mut task) in wave {
            match Box::pin(self.begin(&folder, &task)).await {
                Ok(Begun::Done) => self.end(&folder, &task, Ok(()), stopped),
                Ok(Begun::Download(known)) => {
                    match self.can_be_completed(&task.job, &known).await {
                        Ok(()) => {
                            downloads.insert(folder, (task, known));
                        }
                        Err(later) => self.end(&folder, &task, Err(later), stopped),
                    }
                }
                Ok(Begun::Instead(others)) => {
                    // The messages are answered by the last one: it is theirs, and all others go before it.
                    let last = others.len().saturating_sub(1);
                    for (position, (folder, job, stage)) in others.into_iter().enumerate() {
                        let records = if position == last {
                            std::mem::take(&mut task.records)
                        } else {
                            Vec::new()
                        };
                        let placed = Task {
                            job,
                            records,
                            stage,
                        };
                        add(rest, folder, placed);
                    }
                }
                Err(later) => self.end(&folder, &task, Err(later), stopped),
            }
        }
        if !downloads.is_empty() {
            let archived = self.download(&downloads, stopped).await;
            downloads.retain(|folder, _| archived.contains(folder));
            for (folder, (task, _)) in downloads {
                let stage = Stage::Archived;
                add(rest, folder, Task { stage, ..task });
            }
        }
    }

    /// Downloads and archives. An episode that was archived is announced in a later wave, when it can be seen what else was archived
    /// meanwhile; the answer is which.
    async fn download(
        &self,
        downloads: &BTreeMap<EpisodeFolder, (Task<'_>, Folder)>,
        stopped: &mut Stopped,
    ) -> BTreeSet<EpisodeFolder> {
        let mut archived = BTreeSet::new();
        let account = match self.account(Use::Fetch).await {
            Ok(account) => account,
            Err(error) => {
                for (folder, (task, _)) in downloads {
                    self.end(folder, task, Err(error.clone().into()), stopped);
                }
                return archived;
            }
        };
        let wanted: Vec<_> = downloads
            .iter()
            .map(|(folder, (task, _))| Wanted {
                job: &task.job,
                folder: folder.clone(),
            })
            .collect();
        let fetcher = Fetcher {
            portal: &self.deps.portal,
            establishment: self.establishment,
            account: &account,
            archive: &self.deps.archive,
        };
        let calls = fetcher
            .all(&wanted, async |one, fetched| {
                let Some((task, known)) = downloads.get(&one.folder) else {
                    return;
                };
                let result = match fetched {
                    Ok(fetched) => Box::pin(self.complete(&account, one, known, fetched)).await,
                    Err(error) => Err(error.into()),
                };
                match result {
                    Ok(()) => {
                        archived.insert(one.folder.clone());
                    }
                    Err(later) => self.end(&one.folder, task, Err(later), stopped),
                }
            })
            .await;
        self.metrics.count("DownloadCalls", calls);
        archived
    }

    /// An invoice whose history is needed is not downloaded while no history is to be had: it would be downloaded again and again.
    async fn can_be_completed(&self, job: &InvoiceJob, known: &Folder) -> Result<(), Later> {
        if !needs_past(job, known) {
            return Ok(());
        }
        let look = self.deps.portal.look(self.establishment, Use::List);
        look.await
            .map_err(|closed| Arc::new(NotAdmitted::from(closed)).into())
    }

    async fn complete(
        &self,
        account: &Account,
        one: &Wanted<'_>,
        known: &Folder,
        fetched: Fetched,
    ) -> Result<(), Later> {
        let past = if needs_past(one.job, known) {
            Past::read(account, one.job.id_facture, self.deps.clock.now())
                .await
                .map_err(Later::Past)?
                .map(|past| past.before(one.job))
        } else {
            None
        };
        self.episodes().complete(one, known, fetched, past).await?;
        Ok(())
    }

    async fn account(&self, what: Use) -> Result<Account, Arc<NotAdmitted>> {
        let portal = &self.deps.portal;
        portal
            .admitted(self.document, self.establishment, what, self.deadline)
            .await
            .map_err(Arc::new)
    }

    fn episodes(&self) -> Episodes<'_> {
        Episodes {
            establishment: self.establishment,
            document: self.document,
            archive: &self.deps.archive,
            erp: &self.deps.erp,
            metrics: self.metrics,
            clock: &self.deps.clock,
        }
    }

    /// Notes the outcome for every message that asked for the episode. What did not end well stops its invoice.
    fn end(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        result: Result<(), Later>,
        stopped: &mut Stopped,
    ) {
        if let Err(later) = &result {
            let why = chain(later);
            if task.records.is_empty() {
                tracing::warn!(
                    event = "archive.change_not_told",
                    siret = folder.siret(),
                    idFacture = folder.id_facture(),
                    episode = %folder.episode(),
                    error = why,
                    "a change that was read in the history is not told yet; what came after it waits"
                );
            }
            stopped.insert(folder.id_facture(), why);
        }
        let refused = |error: &FetchError| {
            error
                .refusal()
                .map(|(code, libelle)| refusal(code, libelle))
        };
        let error = match result {
            Ok(()) => None,
            Err(Later::Fetch(error)) => match refused(&error) {
                Some(dead) => {
                    for record in &task.records {
                        self.outcomes.set(record, Outcome::DeadLetter(dead.clone()));
                    }
                    return;
                }
                None => Some(Arc::new(Later::Fetch(error))),
            },
            Err(later) => Some(Arc::new(later)),
        };
        for record in &task.records {
            let outcome = match &error {
                None => Outcome::Done,
                Some(error)
                    if matches!(
                        **error,
                        Later::AfterAnEarlierOne(_) | Later::AfterTheFirstSeen(_)
                    ) =>
                {
                    Outcome::wait(error.clone(), None)
                }
                Some(error) => {
                    let portal = &self.deps.portal;
                    portal.outcome_of(self.establishment, folder.id_facture(), error.clone())
                }
            };
            self.outcomes.set(record, outcome);
        }
    }
}

/// Whether what happened to the invoice before is to be asked of the portal.
fn needs_past(job: &InvoiceJob, known: &Folder) -> bool {
    known.is_new() && has_a_past(&job.statut)
}

/// Whether something that matters to the legal clock came before this status.
fn has_a_past(statut: &str) -> bool {
    !matches!(
        Statut::from(statut),
        Statut::MiseADisposition | Statut::Deposee
    )
}

fn refusal(code: i64, libelle: &str) -> DeadLetter {
    DeadLetter {
        class: "chorus-pro.refused",
        reason: format!(
            "Chorus Pro refuses the download: {libelle} (codeRetour {code}); look at the invoice on the portal, then redrive"
        ),
    }
}
