//! One change of status has two faces: the portal's list gives it to the second, its history to the minute.
//!
//! Whoever meets a change first, in a list or in a history, claims its minute and status for the name that it gives the episode; the
//! other face then goes by the same name, and the ERP is told once. Two rows of the list are two changes, even within one minute.

use archive::keys::{Episode, EpisodeFolder};
use archive::{BucketStore, StoreError, keys};
use serde::{Deserialize, Serialize};

/// Where a change was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Face {
    /// In the list: the instant is the change's own.
    List,
    /// In the history: the instant is the minute's beginning, or a little later where several changes share a minute.
    History,
}

/// Which episode a change is told as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    /// The format of this object.
    version: u32,
    episode: String,
    seen_in: Face,
}

/// The claim was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// The archive.
    #[error("the archive could not be read or written")]
    Store(#[from] StoreError),
    /// The claim, or the episode that it names, is none.
    #[error("the change has no place in the archive")]
    Key(#[from] keys::KeyError),
}

/// The folder under which this change is told: its own, or that of its other face.
///
/// # Errors
/// The archive does not answer.
pub async fn told_as(
    archive: &BucketStore,
    folder: &EpisodeFolder,
    face: Face,
) -> Result<EpisodeFolder, TwinError> {
    let claim = Claim {
        version: 1,
        episode: folder.episode().to_string(),
        seen_in: face,
    };
    let first = archive
        .put_fact(&folder.change(), claim.clone())
        .await?
        .into_inner();
    if first.episode == claim.episode || (first.seen_in, face) == (Face::List, Face::List) {
        return Ok(folder.clone());
    }
    let episode: Episode = first.episode.parse()?;
    Ok(EpisodeFolder::new(
        folder.siret(),
        folder.id_facture(),
        episode,
    )?)
}
