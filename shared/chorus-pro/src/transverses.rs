//! `transverses/v1`: code lists, rights, and whether the API is there.
//!
//! No swagger of this API is public: names are those of clients in production.

use serde::Deserialize;

use crate::{
    Account, Error, Operation, Statut,
    values::{request, response},
};

request! {
    /// A request without criteria: `{}`.
    pub struct SansCritere {
    }

    /// The state to start from.
    pub struct EtatsTraitement {
        /// Current state.
        statut_courant: Option<Statut> = "statutCourant",
    }
}

response! {
    /// A structure for which the technical account may receive.
    pub struct StructureActive {
        /// Internal identifier: `idDestinataire` of the searches.
        id_structure_cpp: Option<i64> = "idStructureCPP",
        /// SIRET.
        identifiant: Option<String> = "identifiant",
        /// Name.
        designation_structure: Option<String> = "designationStructure",
    }

    /// A state that may follow.
    pub struct StatutPossible {
        /// The state.
        statut_possible_pour_traitement: Option<Statut> = "statutPossiblePourTraitement",
    }

    /// Whether the API is up.
    pub struct Disponibilite {
        /// 200 when it is.
        status_code_value: Option<i64> = "statusCodeValue",
        /// `OK` when it is.
        status_code: Option<String> = "statusCode",
        /// The same in a sentence.
        body: Option<String> = "body",
    }
}

#[derive(Deserialize)]
struct ReponseStructures {
    #[serde(
        rename = "listeStructures",
        default,
        deserialize_with = "crate::values::read"
    )]
    liste: Vec<StructureActive>,
}

#[derive(Deserialize)]
struct ReponseEtats {
    #[serde(
        rename = "listeStatutsPossiblesPourTraitement",
        default,
        deserialize_with = "crate::values::read"
    )]
    liste: Vec<StatutPossible>,
}

impl Account {
    /// `transverses/v1/recuperer/structures/actives/destinataire`: the structures for which this account may receive.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn structures_actives_destinataire(&self) -> Result<Vec<StructureActive>, Error> {
        let answer = match self
            .call(Operation::StructuresActivesDestinataire, &SansCritere {})
            .await
        {
            Ok(answer) => answer,
            Err(error) => {
                return match error.refusal() {
                    Some((_, libelle)) if libelle.to_lowercase().contains("aucun résultat") => {
                        Ok(Vec::new())
                    }
                    _ => Err(error),
                };
            }
        };
        Ok(answer.read::<ReponseStructures>()?.liste)
    }

    /// `transverses/v1/recuperer/etats/traitement`: the states that the portal lets follow `current`. It does not name SERVICE_FAIT, which is usable.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn etats_traitement(&self, current: Statut) -> Result<Vec<Statut>, Error> {
        let answer = self
            .call(
                Operation::EtatsTraitement,
                &EtatsTraitement {
                    statut_courant: Some(current),
                },
            )
            .await?;
        let states = answer.read::<ReponseEtats>()?.liste;
        Ok(states
            .into_iter()
            .filter_map(|state| state.statut_possible_pour_traitement)
            .collect())
    }

    /// `transverses/v1/recuperer/tauxtva`: the cheapest call that needs both the token and the technical account, to test a connection.
    ///
    /// # Errors
    /// See [`Error`]: its [`decision`](Error::decision) and text say which credential is at fault.
    pub async fn taux_tva(&self) -> Result<(), Error> {
        self.call(Operation::TauxTva, &SansCritere {})
            .await
            .map(drop)
    }

    /// `transverses/v1/health-check`: whether the API says that it is up.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn health_check(&self) -> Result<Disponibilite, Error> {
        self.call(Operation::HealthCheck, &SansCritere {})
            .await?
            .read()
    }
}
