//! The lists in which the portal shows an establishment's invoices.
//!
//! Its own as the recipient, one kind at a time, and those of the works contracts in which it is maître d'œuvre or maître d'ouvrage:
//! another search, with its own criteria, field names and code for "nothing".

use chorus_pro::{
    Account, RoleUtilisateur, TypeDemandePaiement, factures::RechercheRecipiendaire,
    travaux::RechercheTravaux,
};
use lambda_kit::config::{Establishment, WorksRole};

use crate::{Criteria, Search};

/// One list.
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
    ///
    /// Where several show the same document, the first says most of it: jobs are made from its row.
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
    #[must_use]
    pub fn overlaps(self) -> bool {
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

    /// Begins a search of this list, for the establishment as the portal's directory knows it (`idStructureCPP`). Nothing is asked before
    /// the first page is.
    #[must_use]
    pub fn search(
        self,
        account: &Account,
        establishment: &Establishment,
        structure_id: i64,
        criteria: &Criteria,
    ) -> Search {
        let received = |kind| {
            account.parcourir_recipiendaire(RechercheRecipiendaire {
                type_demande_paiement: Some(kind),
                id_destinataire: Some(structure_id),
                recuperer_taille: Some(true),
                ..criteria.received()
            })
        };
        match self {
            Self::Received => Search::received(received(TypeDemandePaiement::Facture)),
            Self::WorksReceived => Search::received(received(TypeDemandePaiement::FactureTravaux)),
            Self::Works(role) => {
                let wanted = in_role(role, structure_id, criteria);
                Search::works(account.parcourir_travaux(wanted), role, establishment)
            }
        }
    }
}

/// By the structure in its role, and not as the recipient: another body may be the one that pays.
fn in_role(role: WorksRole, structure_id: i64, criteria: &Criteria) -> RechercheTravaux {
    let (moa, moe) = match role {
        WorksRole::Moa => (Some(structure_id), None),
        WorksRole::Moe => (None, Some(structure_id)),
    };
    RechercheTravaux {
        role_utilisateur: Some(RoleUtilisateur::from(role.code())),
        id_structure_moa: moa,
        id_structure_moe: moe,
        ..criteria.works()
    }
}
