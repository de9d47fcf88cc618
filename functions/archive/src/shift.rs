//! The jobs of one establishment in a batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use archive::keys::EpisodeFolder;
use lambda_kit::{
    Deadline, Metrics,
    batch::{DeadLetter, Outcome, Outcomes, Record},
    config::{Document, Establishment},
};
use messages::InvoiceJob;

use crate::{
    deps::Deps,
    episode::{EpisodeError, Episodes},
    fetch::{FetchError, Fetcher, Wanted},
    folder::{Folder, FolderError, Need},
};

/// An episode goes back to the queue; what was written of it stays.
#[derive(Debug, thiserror::Error)]
enum Later {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Episode(#[from] EpisodeError),
    #[error("the portal's client could not be made")]
    Portal(#[from] chorus_pro::Error),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("an earlier episode of the invoice goes first, and has to wait itself")]
    AfterAnEarlierOne,
}

/// An episode, and the messages that ask for it: the same job may come more than once in a batch.
pub(crate) struct Task<'a> {
    pub(crate) job: InvoiceJob,
    pub(crate) records: Vec<&'a Record>,
}

/// Sorted by invoice, and each invoice's episodes by time.
pub(crate) type Tasks<'a> = BTreeMap<EpisodeFolder, Task<'a>>;

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
        let mut stopped = BTreeSet::new();
        while !tasks.is_empty() {
            let mut wave = Tasks::new();
            let mut rest = Tasks::new();
            let mut seen = BTreeSet::new();
            for (folder, task) in tasks {
                let id = folder.id_facture();
                if stopped.contains(&id) {
                    self.end(&task, Err(Later::AfterAnEarlierOne));
                } else if seen.insert(id) {
                    wave.insert(folder, task);
                } else {
                    rest.insert(folder, task);
                }
            }
            self.wave(&wave, &mut stopped).await;
            tasks = rest;
        }
    }

    async fn wave(&self, wave: &Tasks<'_>, stopped: &mut BTreeSet<u64>) {
        let mut held: BTreeMap<&EpisodeFolder, Folder> = BTreeMap::new();
        let mut wanted = Vec::new();
        for (folder, task) in wave {
            match self.without_download(folder, task).await {
                Ok(None) => self.end(task, Ok(())),
                Ok(Some(known)) => {
                    wanted.push(Wanted {
                        job: &task.job,
                        folder: folder.clone(),
                    });
                    held.insert(folder, known);
                }
                Err(later) => {
                    stopped.insert(folder.id_facture());
                    self.end(task, Err(later));
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let account =
            match self
                .deps
                .portal
                .account(self.document, self.establishment, self.deadline)
            {
                Ok(account) => account,
                Err(error) => {
                    for one in &wanted {
                        stopped.insert(one.folder.id_facture());
                        self.end_of(wave, &one.folder, Err(Later::Portal(error.clone())));
                    }
                    return;
                }
            };
        let fetcher = Fetcher {
            account: &account,
            archive: &self.deps.archive,
        };
        let calls = fetcher
            .all(&wanted, async |one, fetched| {
                let result = match (fetched, held.get(&one.folder)) {
                    (Ok(fetched), Some(known)) => {
                        Box::pin(self.episodes().complete(one, known, fetched))
                            .await
                            .map_err(Later::from)
                    }
                    (Err(error), _) => Err(error.into()),
                    (Ok(_), None) => Ok(()),
                };
                if result.is_err() {
                    stopped.insert(one.folder.id_facture());
                }
                self.end_of(wave, &one.folder, result);
            })
            .await;
        self.metrics.count("DownloadCalls", calls);
    }

    /// Does what needs no download; what the archive holds of the invoice when it needs one.
    async fn without_download(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
    ) -> Result<Option<Folder>, Later> {
        let known = Folder::read(&self.deps.archive, folder.siret(), folder.id_facture()).await?;
        match known.need(folder.episode()) {
            Need::Nothing => {}
            Need::Announce => self.episodes().announce(folder).await?,
            Need::TellStatus => {
                self.episodes()
                    .tell_status(folder, &task.job, &known)
                    .await?;
            }
            Need::Download => return Ok(Some(known)),
        }
        Ok(None)
    }

    fn episodes(&self) -> Episodes<'_> {
        Episodes {
            establishment: self.establishment,
            archive: &self.deps.archive,
            erp: &self.deps.erp,
            metrics: self.metrics,
            clock: &self.deps.clock,
        }
    }

    fn end_of(&self, wave: &Tasks<'_>, folder: &EpisodeFolder, result: Result<(), Later>) {
        if let Some(task) = wave.get(folder) {
            self.end(task, result);
        }
    }

    /// Notes the outcome for every message that asked for the episode.
    fn end(&self, task: &Task<'_>, result: Result<(), Later>) {
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
            let outcome = error
                .as_ref()
                .map_or(Outcome::Done, |error| Outcome::retry(error.clone()));
            self.outcomes.set(record, outcome);
        }
    }
}
fn refusal(code: i64, libelle: &str) -> DeadLetter {
    DeadLetter {
        class: "chorus-pro.refused",
        reason: format!(
            "Chorus Pro refuses the download: {libelle} (codeRetour {code}); look at the invoice on the portal, then redrive"
        ),
    }
}
