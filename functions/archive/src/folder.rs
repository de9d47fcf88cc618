//! What the archive already holds of an invoice, from its keys alone, and so what is to be done for an episode.

use std::collections::BTreeMap;

use archive::{
    BucketStore, StoreError,
    keys::{self, Episode, EpisodeFolder, KeyError},
};
use invoice::statut::Statut;

/// What is there of one episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Its manifest: it is archived.
    pub archived: bool,
    /// Its event went to the ERP.
    pub published: bool,
    /// It has documents of its own.
    pub documents: bool,
    /// What the invoice went through before it was seen first, in this episode.
    pub past: bool,
}

/// The folder of an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    episodes: BTreeMap<Episode, Held>,
    pushes: Vec<String>,
}

/// What an episode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it was archived and announced.
    Nothing,
    /// It is archived; the announcement is missing.
    Announce,
    /// The documents are known already: only the change of status is to be told.
    TellStatus,
    /// Its documents are to be downloaded.
    Download,
}

impl Folder {
    /// Lists the folder of an invoice.
    ///
    /// # Errors
    /// The archive does not answer, or the invoice can have no folder.
    pub async fn read(
        archive: &BucketStore,
        siret: &str,
        id_facture: u64,
    ) -> Result<Self, FolderError> {
        let keys = archive
            .list_keys(&keys::invoice_prefix(siret, id_facture)?)
            .await?;
        Ok(Self::of(keys.iter().map(String::as_str)))
    }

    fn of<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut episodes: BTreeMap<Episode, Held> = BTreeMap::new();
        let mut pushes = Vec::new();
        for key in keys {
            let Ok((folder, rest)) = EpisodeFolder::parse(key) else {
                if is_push_fact(key) {
                    pushes.push(key.to_owned());
                }
                continue;
            };
            let held = episodes.entry(folder.episode().clone()).or_default();
            match rest {
                "archived.json" => held.archived = true,
                "published.json" => held.published = true,
                "past.json" => held.past = true,
                _ if rest.starts_with("documents/") => held.documents = true,
                _ => {}
            }
        }
        Self { episodes, pushes }
    }

    /// Whether nothing of the invoice is archived.
    #[must_use]
    pub fn is_new(&self) -> bool {
        !self.episodes.values().any(|held| held.archived)
    }

    /// The facts of the commands that were carried out on the invoice.
    #[must_use]
    pub fn pushes(&self) -> &[String] {
        &self.pushes
    }

    /// The episodes that know what came before them.
    pub fn with_a_past(&self) -> impl Iterator<Item = &Episode> {
        self.episodes
            .iter()
            .filter(|(_, held)| held.past)
            .map(|(episode, _)| episode)
    }

    /// What this episode needs.
    ///
    /// An invoice is downloaded when none of its documents are held, when its supplier has completed it, and whenever it is made
    /// available anew (that is how a recycled one comes back). Every other change concerns its status alone.
    #[must_use]
    pub fn need(&self, episode: &Episode) -> Need {
        let held = self.episodes.get(episode).copied().unwrap_or_default();
        match held {
            Held {
                published: true, ..
            } => Need::Nothing,
            Held { archived: true, .. } => Need::Announce,
            _ if !self.has_documents_beside(episode) => Need::Download,
            _ if brings_documents(&Statut::from(episode.statut())) => Need::Download,
            _ => Need::TellStatus,
        }
    }

    /// What this episode needs when a person wants it taken again: the one that the documents came with is downloaded, any other is
    /// announced as it was.
    #[must_use]
    pub fn need_again(&self, episode: &Episode) -> Need {
        let archived = self.episodes.get(episode).is_some_and(|held| held.archived);
        match self.source_of_documents(episode) {
            Some(source) if source == episode => Need::Download,
            _ if archived => Need::Announce,
            _ => self.need(episode),
        }
    }

    /// The archived episode that the documents of this one came with: itself, or one before it. They may be gone.
    #[must_use]
    pub fn source_of_documents(&self, episode: &Episode) -> Option<&Episode> {
        let mut archived = self
            .episodes
            .iter()
            .filter(|(other, held)| *other <= episode && held.archived);
        let first = archived.clone().next();
        archived
            .rfind(|(other, held)| {
                held.documents || brings_documents(&Statut::from(other.statut()))
            })
            .or(first)
            .map(|(other, _)| other)
    }

    fn has_documents_beside(&self, episode: &Episode) -> bool {
        self.episodes
            .iter()
            .any(|(other, held)| other != episode && held.archived && held.documents)
    }

    /// The other episodes that are archived, oldest first.
    pub fn others<'a>(
        &'a self,
        episode: &'a Episode,
    ) -> impl DoubleEndedIterator<Item = &'a Episode> {
        self.episodes
            .iter()
            .filter(move |(other, held)| *other != episode && held.archived)
            .map(|(other, _)| other)
    }

    /// The archived episode before this one.
    #[must_use]
    pub fn previous<'a>(&'a self, episode: &'a Episode) -> Option<&'a Episode> {
        self.others(episode).rfind(|other| *other < episode)
    }

    /// The earlier episodes that are archived and were not announced, oldest first.
    pub fn archived_unannounced_before<'a>(
        &'a self,
        episode: &'a Episode,
    ) -> impl Iterator<Item = &'a Episode> {
        self.others(episode).filter(move |other| {
            *other < episode && self.episodes.get(other).is_some_and(|held| !held.published)
        })
    }

    /// Whether the invoice was seen first in this episode, late in its life, by whoever archived it.
    #[must_use]
    pub fn was_seen_first_in(&self, episode: &Episode) -> bool {
        self.episodes.get(episode).is_some_and(|held| held.past)
    }

    /// A later episode in which somebody has seen the invoice first, and which is not announced yet: what came before it is settled there.
    #[must_use]
    pub fn unannounced_first_after<'a>(&'a self, episode: &'a Episode) -> Option<&'a Episode> {
        self.others(episode).find(|other| {
            *other > episode
                && self
                    .episodes
                    .get(other)
                    .is_some_and(|held| held.past && !held.published)
        })
    }

    /// The last archived episode before this one that has documents of its own.
    #[must_use]
    pub fn previous_with_documents<'a>(&'a self, episode: &'a Episode) -> Option<&'a Episode> {
        self.others(episode).rfind(|other| {
            *other < episode && self.episodes.get(other).is_some_and(|held| held.documents)
        })
    }

    /// Whether a later episode is archived already.
    #[must_use]
    pub fn is_overtaken(&self, episode: &Episode) -> bool {
        self.others(episode).any(|other| other > episode)
    }
}

/// `{siret}/{idFacture}/pushes/{push key}.json`, and not the note of an attempt beside it.
fn is_push_fact(key: &str) -> bool {
    key.split('/').nth(2) == Some("pushes") && !key.ends_with(".attempt.json")
}

fn brings_documents(statut: &Statut) -> bool {
    matches!(statut, Statut::Completee | Statut::MiseADisposition)
}

/// The folder of an invoice was not read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The archive did not answer.
    #[error("the archive could not be asked for the invoice")]
    Store(#[from] StoreError),
    /// The invoice cannot have a folder.
    #[error("the invoice has no place in the archive")]
    Key(#[from] KeyError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE_AVAILABLE: &str = "20261123T091500Z-MISE_A_DISPOSITION";
    const SUSPENDED: &str = "20261124T080000Z-SUSPENDUE";
    const COMPLETED: &str = "20261126T100000Z-COMPLETEE";

    fn folder(keys: &[(&str, &str)]) -> Folder {
        let keys: Vec<String> = keys
            .iter()
            .map(|(episode, rest)| format!("00000000013456/000000000007/{episode}/{rest}"))
            .collect();
        Folder::of(keys.iter().map(String::as_str))
    }

    fn need(folder: &Folder, episode: &str) -> Need {
        folder.need(&episode.parse().unwrap())
    }

    fn first_seen() -> Vec<(&'static str, &'static str)> {
        vec![
            (MADE_AVAILABLE, "archived.json"),
            (MADE_AVAILABLE, "documents/01-F1.pdf"),
            (MADE_AVAILABLE, "published.json"),
        ]
    }

    #[test]
    fn an_invoice_seen_first_is_downloaded_whatever_its_status() {
        assert_eq!(need(&folder(&[]), MADE_AVAILABLE), Need::Download);
        assert_eq!(need(&folder(&[]), SUSPENDED), Need::Download);
    }

    #[test]
    fn what_was_announced_needs_nothing() {
        assert_eq!(need(&folder(&first_seen()), MADE_AVAILABLE), Need::Nothing);
    }

    #[test]
    fn what_was_archived_and_not_announced_is_announced() {
        assert_eq!(
            need(
                &folder(&[(MADE_AVAILABLE, "archived.json")]),
                MADE_AVAILABLE
            ),
            Need::Announce
        );
    }

    #[test]
    fn what_was_archived_and_not_announced_goes_before_what_came_later() {
        let folder = folder(&[
            (MADE_AVAILABLE, "archived.json"),
            (SUSPENDED, "archived.json"),
            (SUSPENDED, "published.json"),
        ]);
        let before = |episode: &str| -> Vec<String> {
            folder
                .archived_unannounced_before(&episode.parse().unwrap())
                .map(Episode::to_string)
                .collect()
        };
        assert_eq!(before(COMPLETED), [MADE_AVAILABLE]);
        assert_eq!(before(MADE_AVAILABLE), Vec::<String>::new());
    }

    #[test]
    fn documents_without_a_manifest_are_a_work_that_was_cut_short_and_is_done_again() {
        assert_eq!(
            need(
                &folder(&[(MADE_AVAILABLE, "documents/01-F1.pdf")]),
                MADE_AVAILABLE
            ),
            Need::Download
        );
        assert_eq!(
            need(
                &folder(&[(MADE_AVAILABLE, "documents/01-F1.pdf")]),
                SUSPENDED
            ),
            Need::Download
        );
    }

    #[test]
    fn a_later_status_is_told_without_a_download() {
        assert_eq!(need(&folder(&first_seen()), SUSPENDED), Need::TellStatus);
    }

    #[test]
    fn a_completed_or_recycled_invoice_is_downloaded_again() {
        let folder = folder(&first_seen());
        assert_eq!(need(&folder, COMPLETED), Need::Download);
        assert_eq!(
            need(&folder, "20261127T100000Z-MISE_A_DISPOSITION"),
            Need::Download
        );
    }

    #[test]
    fn taken_again_an_invoice_is_downloaded_where_its_documents_came_and_announced_where_they_did_not()
     {
        let mut keys = first_seen();
        keys.push((SUSPENDED, "archived.json"));
        keys.push((SUSPENDED, "published.json"));
        let folder = folder(&keys);
        let again = |episode: &str| folder.need_again(&episode.parse().unwrap());
        assert_eq!(again(MADE_AVAILABLE), Need::Download);
        assert_eq!(again(SUSPENDED), Need::Announce);
        assert_eq!(again(COMPLETED), Need::Download, "it was never told");
    }

    #[test]
    fn taken_again_an_invoice_whose_documents_were_deleted_gets_them_back() {
        let folder = folder(&[
            (MADE_AVAILABLE, "archived.json"),
            (MADE_AVAILABLE, "published.json"),
        ]);
        let episode = MADE_AVAILABLE.parse().unwrap();
        assert_eq!(folder.need_again(&episode), Need::Download);
    }

    #[test]
    fn the_episode_before_is_found_and_so_is_the_last_one_with_documents() {
        let mut keys = first_seen();
        keys.push((SUSPENDED, "archived.json"));
        let folder = folder(&keys);
        let completed = COMPLETED.parse().unwrap();
        assert_eq!(folder.previous(&completed).unwrap().to_string(), SUSPENDED);
        assert_eq!(
            folder
                .previous_with_documents(&completed)
                .unwrap()
                .to_string(),
            MADE_AVAILABLE
        );
        assert!(folder.is_overtaken(&MADE_AVAILABLE.parse().unwrap()));
        assert!(!folder.is_overtaken(&completed));
    }
}
