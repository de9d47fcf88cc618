//! Whose turn it is: nothing is told before what came before it.

use archive::keys::{Episode, EpisodeFolder, KeyError};
use messages::InvoiceJob;
use portal::Use;

use super::{
    Later, Shift,
    task::{Placed, Stage, Task},
};
use crate::{
    folder::{Folder, FolderError, Need},
    past::Past,
    twin,
};

/// The cause of a job by which a person wants an invoice taken again.
const REPLAY: &str = "REPLAY";

/// What became of a task at first sight.
pub(super) enum Begun {
    Done,
    /// Its documents are to be fetched.
    Download(Folder),
    /// Others go first, or it goes by another name.
    Instead(Vec<Placed>),
}

impl Shift<'_> {
    /// Does what needs no download, and sees to it that nothing is told before what came before it.
    pub(super) async fn begin(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
    ) -> Result<Begun, Later> {
        let known = Folder::read(&self.deps.archive, folder.siret(), folder.id_facture()).await?;
        if task.stage == Stage::Listed
            && task.job.cause == REPLAY
            && let Some(instead) = replay(folder, &task.job, &known)
        {
            return Ok(Begun::Instead(instead));
        }
        let need = match task.stage {
            Stage::Again => known.need_again(folder.episode()),
            Stage::Archived => Need::Announce,
            _ => known.need(folder.episode()),
        };
        if let Some(instead) = self.in_front(folder, task, &known, &need).await? {
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

    /// What goes in front of an episode that needs this; nothing when its turn is now.
    async fn in_front(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        known: &Folder,
        need: &Need,
    ) -> Result<Option<Vec<Placed>>, Later> {
        if task.stage == Stage::Again || known.need(folder.episode()) == Need::Nothing {
            return Ok(None);
        }
        // The others have their place already: it was found for them when the one behind them looked.
        let looks = matches!(task.stage, Stage::Listed | Stage::Archived);
        if looks && let Some(first) = known.unannounced_first_after(folder.episode()) {
            return Err(Later::AfterTheFirstSeen(first.clone()));
        }
        match need {
            Need::TellStatus | Need::Download => self.before(folder, task, known).await,
            Need::Announce if looks => self.after_another_first(folder, task, known).await,
            Need::Announce | Need::Nothing => Ok(None),
        }
    }

    /// What has to be told before this episode, and the episode itself under the name that it goes by; nothing when its turn is now.
    async fn before(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        known: &Folder,
    ) -> Result<Option<Vec<Placed>>, Later> {
        let Some(previous) = known.previous(folder.episode()) else {
            return Ok(None);
        };
        let told_as = twin::told_as(&self.deps.archive, folder, task.face()).await?;
        let mut instead = Vec::new();
        if task.stage == Stage::Listed {
            instead = self.between(previous, &task.job).await?;
        }
        if instead.is_empty() && told_as == *folder {
            return Ok(None);
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

    /// The same for an episode in which the invoice was seen first, when it is archived and an earlier one has been archived meanwhile.
    ///
    /// Two appearances of one invoice may be in two batches at once, and neither know of the other. Each is archived, and looks again
    /// before it is announced: so one at least sees the other, the earlier one waits, and the later one tells what lies between them.
    async fn after_another_first(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        known: &Folder,
    ) -> Result<Option<Vec<Placed>>, Later> {
        let Some(previous) = known.previous(folder.episode()) else {
            return Ok(None);
        };
        if !known.was_seen_first_in(folder.episode()) {
            return Ok(None);
        }
        let mut instead = self.between(previous, &task.job).await?;
        if instead.is_empty() {
            return Ok(None);
        }
        instead.push((folder.clone(), task.job.clone(), Stage::Placed));
        Ok(Some(instead))
    }

    /// The changes after `previous` and before the job's own, as the history has them.
    async fn between(&self, previous: &Episode, job: &InvoiceJob) -> Result<Vec<Placed>, Later> {
        let account = self.account(Use::List).await?;
        let past = Past::read(&account, job.id_facture, self.deps.clock.now())
            .await
            .map_err(Later::Past)?;
        let jobs = past.map_or_else(Vec::new, |past| past.between(previous, job));
        self.metrics
            .count("ChangesReadInHistory", jobs.len() as u64);
        jobs.into_iter()
            .map(|job| {
                let folder = folder_of(&job).map_err(FolderError::Key)?;
                Ok((folder, job, Stage::Overtaken))
            })
            .collect()
    }
}

/// Takes an invoice again from the start: the episode that its documents came with is downloaded again, into the same places, and both
/// are announced again, as the facts have them and with the same ids.
fn replay(folder: &EpisodeFolder, job: &InvoiceJob, known: &Folder) -> Option<Vec<Placed>> {
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
