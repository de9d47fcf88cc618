//! What the archive knows of an invoice, from its keys alone.

use archive::{
    BucketStore, StoreError,
    keys::{self, Episode, EpisodeFolder},
};
use invoice::statut::Statut;

/// An invoice as its folder in the archive tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The episodes that it was seen in, oldest first.
    pub episodes: Vec<Episode>,
    /// The fact of the last one that has documents: it says most of the invoice.
    pub with_documents: Option<String>,
    /// The facts of what came before it was first seen.
    pub pasts: Vec<String>,
}

impl Known {
    /// The status of the latest episode. The portal may have moved on since.
    #[must_use]
    pub fn latest(&self) -> Option<Statut> {
        self.episodes.last().map(|e| Statut::from(e.statut()))
    }

    /// How many times it was seen suspended.
    #[must_use]
    pub fn suspensions(&self) -> usize {
        self.episodes
            .iter()
            .filter(|e| Statut::from(e.statut()) == Statut::Suspendue)
            .count()
    }

    /// Reads the folder; `None` when the archive has no such invoice.
    ///
    /// # Errors
    /// The archive cannot be listed.
    pub async fn read(
        archive: &BucketStore,
        siret: &str,
        id_facture: u64,
    ) -> Result<Option<Self>, KnownError> {
        let keys = archive
            .list_keys(&keys::invoice_prefix(siret, id_facture)?)
            .await?;
        let known = Self::of(&keys);
        Ok((!known.episodes.is_empty()).then_some(known))
    }

    fn of(keys: &[String]) -> Self {
        let mut known = Self::default();
        let mut with_documents = None;
        for key in keys {
            let Ok((folder, rest)) = EpisodeFolder::parse(key) else {
                continue;
            };
            if rest == "past.json" {
                known.pasts.push(key.clone());
            }
            if rest.starts_with("documents/") {
                with_documents = with_documents.max(Some(folder.clone()));
            }
            known.episodes.push(folder.episode().clone());
        }
        known.episodes.sort();
        known.episodes.dedup();
        known.with_documents = with_documents.map(|folder| folder.archived());
        known
    }
}

/// The folder of an invoice was not read.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// The archive did not answer.
    #[error("the archive could not be asked for the invoice")]
    Store(#[from] StoreError),
    /// The invoice cannot have a folder.
    #[error("the invoice has no place in the archive")]
    Key(#[from] keys::KeyError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(keys: &[&str]) -> Known {
        Known::of(&keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_latest_episode_tells_the_status() {
        let known = known(&[
            "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/archived.json",
            "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/pivot.xml",
            "00000000013456/000003346947/20261124T080000Z-SUSPENDUE/archived.json",
            "00000000013456/000003346947/20261126T100000Z-COMPLETEE/archived.json",
            "00000000013456/000003346947/pushes/0123.json",
        ]);
        assert_eq!(known.latest(), Some(Statut::Completee));
        assert_eq!(known.suspensions(), 1);
        assert_eq!(known.episodes.len(), 3);
    }

    #[test]
    fn the_fact_beside_the_latest_documents_is_the_one_to_read() {
        let known = known(&[
            "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/archived.json",
            "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/documents/01-F1.pdf",
            "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/past.json",
            "00000000013456/000003346947/20261124T080000Z-SUSPENDUE/archived.json",
        ]);
        let folder = "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/";
        assert_eq!(known.with_documents, Some(format!("{folder}archived.json")));
        assert_eq!(known.pasts, [format!("{folder}past.json")]);
    }

    #[test]
    fn an_invoice_without_episodes_is_not_known() {
        assert_eq!(
            known(&["00000000013456/000003346947/pushes/0123.json"]).latest(),
            None
        );
    }
}
