//! What the archive knows of an invoice, from its keys alone.

use archive::{BucketStore, StoreError, keys};
use invoice::statut::Statut;

/// An invoice as its folder in the archive tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The statuses that it was seen with, oldest first.
    pub statuses: Vec<Statut>,
}

impl Known {
    /// The status of the latest episode. The portal may have moved on since.
    #[must_use]
    pub fn latest(&self) -> Option<&Statut> {
        self.statuses.last()
    }

    /// How many times it was seen suspended.
    #[must_use]
    pub fn suspensions(&self) -> usize {
        self.statuses
            .iter()
            .filter(|s| **s == Statut::Suspendue)
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
        Ok((!known.statuses.is_empty()).then_some(known))
    }

    fn of(keys: &[String]) -> Self {
        let mut episodes: Vec<_> = keys
            .iter()
            .filter_map(|key| keys::EpisodeFolder::parse(key).ok())
            .map(|(folder, _)| (folder.episode().at(), folder.episode().statut().to_owned()))
            .collect();
        episodes.sort();
        episodes.dedup();
        Self {
            statuses: episodes
                .iter()
                .map(|(_, statut)| Statut::from(statut.as_str()))
                .collect(),
        }
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
        assert_eq!(known.latest(), Some(&Statut::Completee));
        assert_eq!(known.suspensions(), 1);
        assert_eq!(known.statuses.len(), 3);
    }

    #[test]
    fn an_invoice_without_episodes_is_not_known() {
        assert_eq!(
            known(&["00000000013456/000003346947/pushes/0123.json"]).latest(),
            None
        );
    }
}
