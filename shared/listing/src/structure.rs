//! The establishment in the portal's directory.

use chorus_pro::Account;
use jiff::Timestamp;
use lambda_kit::config::Establishment;
use messages::Exigences;
use serde::{Deserialize, Serialize};

/// An establishment in the portal's directory, as of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Structure {
    /// `idStructureCPP`.
    pub id: i64,
    /// What it asks of its suppliers; absent when the portal did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exigences: Option<Exigences>,
    /// When the portal was asked.
    pub as_of: Timestamp,
}

impl Structure {
    /// The structure without asking for more than its id: as `poll` has noted it, with the id that the configuration names; or else as the
    /// portal says `now`.
    ///
    /// # Errors
    /// See [`StructureError`].
    pub async fn of(
        establishment: &Establishment,
        noted: Option<Self>,
        account: &Account,
        now: Timestamp,
    ) -> Result<Self, StructureError> {
        let configured = establishment
            .structure_id
            .and_then(|id| i64::try_from(id).ok());
        let id = match configured.or(noted.map(|noted| noted.id)) {
            Some(id) => id,
            None => structure_id(account, &establishment.siret).await?,
        };
        Ok(Self {
            id,
            exigences: noted.and_then(|noted| noted.exigences),
            as_of: noted.map_or(now, |noted| noted.as_of),
        })
    }
}

/// The establishment was not found in the portal's directory.
#[derive(Debug, thiserror::Error)]
pub enum StructureError {
    /// The portal or the way to it.
    #[error("Chorus Pro did not list the structures of the account")]
    Portal(#[from] chorus_pro::Error),
    /// The account does not see the establishment: a person must attach it on the portal.
    #[error(
        "the technical account sees no active structure with SIRET {siret}: attach it to the structure on Chorus Pro, or correct the configuration"
    )]
    NotAttached {
        /// The establishment.
        siret: String,
    },
}

/// Asks the portal for the `idStructureCPP` of an establishment.
///
/// # Errors
/// See [`StructureError`].
pub async fn structure_id(account: &Account, siret: &str) -> Result<i64, StructureError> {
    let structures = account.structures_actives_destinataire().await?;
    structures
        .into_iter()
        .find(|s| s.identifiant.as_deref() == Some(siret))
        .and_then(|s| s.id_structure_cpp)
        .ok_or_else(|| StructureError::NotAttached {
            siret: siret.to_owned(),
        })
}
