//! The establishment in the portal's directory: remembered in the cursor, asked for once a week.

use chorus_pro::Account;
use jiff::{SignedDuration, Timestamp};
use lambda_kit::config::Establishment;
use listing::Structure;
use messages::Exigences;

use crate::collect::CollectError;

/// How long the portal's directory is taken at its word.
const DIRECTORY_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Asks the directory as an establishment's technical account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory<'a> {
    pub(crate) establishment: &'a Establishment,
    pub(crate) account: &'a Account,
    pub(crate) now: Timestamp,
}

impl Directory<'_> {
    /// The structure: as it is known while that is fresh, or else as the portal says.
    pub(crate) async fn structure(
        &self,
        known: Option<Structure>,
    ) -> Result<Structure, CollectError> {
        let configured = self
            .establishment
            .structure_id
            .and_then(|id| i64::try_from(id).ok());
        let fresh = |known: &Structure| {
            self.now.duration_since(known.as_of) < DIRECTORY_AGE
                && configured.is_none_or(|id| id == known.id)
        };
        if let Some(known) = known.filter(fresh) {
            return Ok(known);
        }
        let id = match configured.or(known.map(|known| known.id)) {
            Some(id) => id,
            None => listing::structure_id(self.account, &self.establishment.siret).await?,
        };
        Ok(Structure {
            id,
            exigences: self.exigences(id).await,
            as_of: self.now,
        })
    }

    /// What the structure asks of its suppliers. It serves an advice, so an answer that does not come holds nothing up.
    async fn exigences(&self, structure_id: i64) -> Option<Exigences> {
        match self.account.consulter_structure(structure_id).await {
            Ok(structure) => structure.parametres.map(|p| Exigences {
                service: p.code_service_doit_etre_renseigne,
                engagement: p.numero_ej_doit_etre_renseigne,
                service_ou_engagement: p.gestion_numero_ej_ou_code_service,
            }),
            Err(error) => {
                tracing::warn!(
                    event = "poll.directory_not_read",
                    siret = self.establishment.siret,
                    error = lambda_kit::chain(&error),
                    "the directory does not say what the structure asks of its suppliers: invoices are not checked for it"
                );
                None
            }
        }
    }
}
