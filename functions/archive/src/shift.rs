//! The jobs of one establishment in a batch.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use archive::keys::{Episode, EpisodeFolder, KeyError};
use chorus_pro::Account;
use invoice::statut::Statut;
use lambda_kit::{
    Deadline, Metrics,
    batch::{DeadLetter, Outcome, Outcomes, Record},
    chain,
    config::{Document, Establishment},
};
use messages::InvoiceJob;
use portal::{NotAdmitted, Use};

use crate::{
    deps::Deps,
    episode::{EpisodeError, Episodes},
    fetch::{FetchError, Fetched, Fetcher, Wanted},
    folder::{Folder, FolderError, Need},
    past::Past,
    twin::{self, Face, TwinError},
};

/// The cause of a job by which a person wants an invoice taken again.
const REPLAY: &str = "REPLAY";

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
}

/// An episode, and the messages that ask for it: the same job may come more than once in a batch, and a change that was read in the
/// history came in none.
pub(crate) struct Task<'a> {
    pub(crate) job: InvoiceJob,
    pub(crate) records: Vec<&'a Record>,
    stage: Stage,
}

/// How much is known of an episode's place in its invoice's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The list showed it; what lies before it is not known.
    Listed,
    /// All before it is told, or has tasks of its own in front of it.
    Placed,
    /// It was read in the history: a later one is known already.
    Overtaken,
    /// Whatever is held of it, it is taken again.
    Again,
}

impl<'a> Task<'a> {
    pub(crate) fn listed(job: InvoiceJob) -> Self {
        Self {
            job,
            records: Vec::new(),
            stage: Stage::Listed,
        }
    }

    fn face(&self) -> Face {
        match self.stage {
            Stage::Overtaken => Face::History,
            _ => Face::List,
        }
    }
}

/// Sorted by invoice, and each invoice's episodes by time.
pub(crate) type Tasks<'a> = BTreeMap<EpisodeFolder, Task<'a>>;

/// The invoices whose later episodes have to wait, and why.
type Stopped = BTreeMap<u64, String>;

/// Adds a task to others. Two that go by the same name are one, with the messages of both.
fn add<'a>(tasks: &mut Tasks<'a>, folder: EpisodeFolder, task: Task<'a>) {
    match tasks.entry(folder) {
        Entry::Vacant(place) => {
            place.insert(task);
        }
        Entry::Occupied(mut there) => there.get_mut().records.extend(task.records),
    }
}

/// What became of a task at first sight.
enum Begun {
    Done,
    /// Its documents are to be fetched.
    Download(Folder),
    /// Others go first, or it goes by another name.
    Instead(Vec<(EpisodeFolder, InvoiceJob, Stage)>),
}

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
            self.download(&downloads, stopped).await;
        }
    }

    async fn download(
        &self,
        downloads: &BTreeMap<EpisodeFolder, (Task<'_>, Folder)>,
        stopped: &mut Stopped,
    ) {
        let account = match self.account(Use::Fetch).await {
            Ok(account) => account,
            Err(error) => {
                for (folder, (task, _)) in downloads {
                    self.end(folder, task, Err(error.clone().into()), stopped);
                }
                return;
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
                self.end(&one.folder, task, result, stopped);
            })
            .await;
        self.metrics.count("DownloadCalls", calls);
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

    /// Does what needs no download, and sees to it that nothing is told before what came before it.
    async fn begin(&self, folder: &EpisodeFolder, task: &Task<'_>) -> Result<Begun, Later> {
        let known = Folder::read(&self.deps.archive, folder.siret(), folder.id_facture()).await?;
        if task.stage == Stage::Listed
            && task.job.cause == REPLAY
            && let Some(instead) = replay(folder, &task.job, &known)
        {
            return Ok(Begun::Instead(instead));
        }
        let need = match task.stage {
            Stage::Again => known.need_again(folder.episode()),
            _ => known.need(folder.episode()),
        };
        if matches!(need, Need::TellStatus | Need::Download)
            && task.stage != Stage::Again
            && let Some(instead) = self.before(folder, task, &known).await?
        {
            return Ok(Begun::Instead(instead));
        }
        if need != Need::Nothing {
            // Whoever archived it died before it was announced: its message comes back later than this one came.
            for earlier in known.archived_unannounced_before(folder.episode()) {
                let earlier =
                    EpisodeFolder::new(folder.siret(), folder.id_facture(), earlier.clone())
                        .map_err(FolderError::Key)?;
                self.episodes().announce(&earlier).await?;
            }
        }
        match need {
            Need::Nothing => {}
            Need::Announce => self.episodes().announce(folder).await?,
            Need::TellStatus => {
                let overtaken = task.stage == Stage::Overtaken;
                self.episodes()
                    .tell_status(folder, &task.job, &known, overtaken)
                    .await?;
            }
            Need::Download => return Ok(Begun::Download(known)),
        }
        Ok(Begun::Done)
    }

    /// What has to be told before this episode, and the episode itself under the name that it goes by; nothing when its turn is now.
    async fn before(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        known: &Folder,
    ) -> Result<Option<Vec<(EpisodeFolder, InvoiceJob, Stage)>>, Later> {
        let Some(previous) = known.previous(folder.episode()) else {
            return Ok(None);
        };
        let told_as = twin::told_as(&self.deps.archive, folder, task.face()).await?;
        let mut jobs = Vec::new();
        if task.stage == Stage::Listed {
            let account = self.account(Use::List).await?;
            let past = Past::read(&account, folder.id_facture(), self.deps.clock.now())
                .await
                .map_err(Later::Past)?;
            if let Some(past) = past {
                jobs = past.between(previous, &task.job);
            }
        }
        if jobs.is_empty() && told_as == *folder {
            return Ok(None);
        }
        self.metrics
            .count("ChangesReadInHistory", jobs.len() as u64);
        let mut instead = Vec::new();
        for job in jobs {
            instead.push((
                folder_of(&job).map_err(FolderError::Key)?,
                job,
                Stage::Overtaken,
            ));
        }
        let stage = match task.stage {
            Stage::Listed => Stage::Placed,
            stage => stage,
        };
        let job = InvoiceJob {
            episode: told_as.episode().to_string(),
            ..task.job.clone()
        };
        instead.push((told_as, job, stage));
        Ok(Some(instead))
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
                Some(error) if matches!(**error, Later::AfterAnEarlierOne(_)) => {
                    Outcome::wait(error.clone(), None)
                }
                Some(error) => self.deps.portal.outcome(self.establishment, error.clone()),
            };
            self.outcomes.set(record, outcome);
        }
    }
}

/// Takes an invoice again from the start: the episode that its documents came with is downloaded again, into the same places, and both
/// are announced again, as the facts have them and with the same ids.
fn replay(
    folder: &EpisodeFolder,
    job: &InvoiceJob,
    known: &Folder,
) -> Option<Vec<(EpisodeFolder, InvoiceJob, Stage)>> {
    let episode = folder.episode();
    let source = known.source_of_documents(episode)?;
    let at = |episode: &Episode| {
        EpisodeFolder::new(folder.siret(), folder.id_facture(), episode.clone()).ok()
    };
    let again = InvoiceJob {
        episode: source.to_string(),
        statut: source.statut().to_owned(),
        date_heure_etat_courant: source.at(),
        ..job.clone()
    };
    let mut instead = vec![(at(source)?, again, Stage::Again)];
    if source != episode {
        instead.push((folder.clone(), job.clone(), Stage::Again));
    }
    Some(instead)
}

fn folder_of(job: &InvoiceJob) -> Result<EpisodeFolder, KeyError> {
    EpisodeFolder::new(&job.siret, job.id_facture, job.episode.parse()?)
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
