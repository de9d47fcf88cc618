//! The lists in which the portal shows an establishment's invoices.
//!
//! Its own as the recipient, one kind at a time, and those of the works contracts in which it is maître d'œuvre or maître d'ouvrage:
//! another search, with its own criteria, field names and code for "nothing". Rows of both come out under the same names.

use chorus_pro::{
    Account, Borne, Error, Parcours, RoleUtilisateur, TypeDemandePaiement, TypeIdentifiant,
    factures::{FactureRecue, RechercheRecipiendaire},
    travaux::RechercheTravaux,
};
use lambda_kit::config::{Establishment, WorksRole};

use crate::window::Window;

/// One list, with a cursor of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalList {
    /// Invoices received (`rechercher/recipiendaire`, FACTURE).
    Received,
    /// Works invoices received, at the end of their circuit (`rechercher/recipiendaire`, FACTURE_TRAVAUX).
    WorksReceived,
    /// Works documents in the circuit, seen in a role (`facturesTravaux/v1/rechercher`).
    Works(WorksRole),
}

impl PortalList {
    /// The lists of an establishment: what it receives, then the roles that its configuration names.
    #[must_use]
    pub fn of(establishment: &Establishment) -> Vec<Self> {
        [Self::Received, Self::WorksReceived]
            .into_iter()
            .chain(establishment.works_roles.iter().copied().map(Self::Works))
            .collect()
    }

    /// The list's name in the cursor's key, in reports and in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "FACTURE",
            Self::WorksReceived => "FACTURE_TRAVAUX",
            Self::Works(WorksRole::Moa) => "FACTURE_TRAVAUX_MOA",
            Self::Works(WorksRole::Moe) => "FACTURE_TRAVAUX_MOE",
        }
    }

    /// Whether another list may show the same documents.
    pub(crate) fn overlaps(self) -> bool {
        self != Self::Received
    }

    /// The role in which a works document is seen; `None` for what the establishment receives.
    #[must_use]
    pub fn role(self) -> Option<WorksRole> {
        match self {
            Self::Received | Self::WorksReceived => None,
            Self::Works(role) => Some(role),
        }
    }

    pub(crate) fn search(self, account: &Account, structure_id: i64, window: Window) -> Search {
        match self {
            Self::Received => received(account, TypeDemandePaiement::Facture, structure_id, window),
            Self::WorksReceived => received(
                account,
                TypeDemandePaiement::FactureTravaux,
                structure_id,
                window,
            ),
            Self::Works(role) => works(account, role, structure_id, window),
        }
    }

    /// Adds to a row of a works list what its search does not say: that the establishment itself holds the role.
    pub(crate) fn name_the_role(self, row: &mut FactureRecue, establishment: &Establishment) {
        let (siret, name) = (establishment.siret.clone(), establishment.name.clone());
        match self {
            Self::Received | Self::WorksReceived => {}
            Self::Works(WorksRole::Moa) => {
                row.code_moa.get_or_insert(siret);
                row.type_identifiant_moa
                    .get_or_insert(TypeIdentifiant::Siret);
                row.designation_moa.get_or_insert(name);
            }
            Self::Works(WorksRole::Moe) => {
                row.code_moe.get_or_insert(siret);
                row.type_identifiant_moe
                    .get_or_insert(TypeIdentifiant::Siret);
                row.designation_moe.get_or_insert(name);
            }
        }
    }
}

fn received(
    account: &Account,
    kind: TypeDemandePaiement,
    structure_id: i64,
    window: Window,
) -> Search {
    Search::Received(Box::new(account.parcourir_recipiendaire(
        RechercheRecipiendaire {
            type_demande_paiement: Some(kind),
            id_destinataire: Some(structure_id),
            periode_date_heure_etat_courant_du: Some(Borne::depuis(window.from)),
            periode_date_heure_etat_courant_au: window.to.map(Borne::jusqu_a),
            recuperer_taille: Some(true),
            ..RechercheRecipiendaire::default()
        },
    )))
}

/// By the structure in its role, and not as the recipient: another body may be the one that pays.
fn works(account: &Account, role: WorksRole, structure_id: i64, window: Window) -> Search {
    let (moa, moe) = match role {
        WorksRole::Moa => (Some(structure_id), None),
        WorksRole::Moe => (None, Some(structure_id)),
    };
    Search::Works(Box::new(account.parcourir_travaux(RechercheTravaux {
        role_utilisateur: Some(RoleUtilisateur::from(role.code())),
        id_structure_moa: moa,
        id_structure_moe: moe,
        periode_date_heure_etat_courant_du: Some(Borne::depuis(window.from)),
        periode_date_heure_etat_courant_au: window.to.map(Borne::jusqu_a),
        ..RechercheTravaux::default()
    })))
}

/// A search of one of the lists, page by page.
#[derive(Debug)]
pub(crate) enum Search {
    Received(Box<Parcours<RechercheRecipiendaire>>),
    Works(Box<Parcours<RechercheTravaux>>),
}

impl Search {
    /// The rows of the next page; `None` once all announced rows have been read.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<FactureRecue>>, Error> {
        match self {
            Self::Received(search) => search.suivante().await,
            Self::Works(search) => {
                let page = search.suivante().await?;
                Ok(page.map(|rows| rows.into_iter().map(FactureRecue::from).collect()))
            }
        }
    }

    /// Rows that the portal announced.
    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::Received(search) => search.total(),
            Self::Works(search) => search.total(),
        }
        .unwrap_or(0)
    }

    /// Calls made so far.
    pub(crate) fn calls(&self) -> u32 {
        match self {
            Self::Received(search) => search.appels(),
            Self::Works(search) => search.appels(),
        }
    }
}
