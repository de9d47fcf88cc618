//! What Chorus Pro passes on to the supplier's approved platform (plateforme agréée) since September 2026.
//!
//! Source: AIFE, "Dossier de spécifications externes FE – Chorus Pro v1.0", §4.2.1.1 table 1 and §4.2.2.1 table 5.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statut;

/// Whether an invoice reached Chorus Pro through a supplier's approved platform.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ViaPlateforme {
    /// It did.
    Oui,
    /// It was deposited on Chorus Pro directly.
    Non,
    /// Nothing says either way.
    #[default]
    Inconnu,
}

/// How a status of the recipient reaches the supplier's approved platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmission {
    /// The number AIFE gives the Chorus Pro status in that table (not the `IdStatut` of EDI messages).
    pub numero_aife: u16,
    /// The AFNOR life-cycle code that is sent on (XP Z12-012, MDT-105).
    pub code_afnor: u16,
    /// The AFNOR label of that code.
    pub libelle_afnor: &'static str,
    /// Whether a comment has to say which Chorus Pro status it was, several being sent on under one code.
    pub precise_le_statut: bool,
}

const fn transmission(
    numero_aife: u16,
    code_afnor: u16,
    libelle_afnor: &'static str,
    precise_le_statut: bool,
) -> Transmission {
    Transmission {
        numero_aife,
        code_afnor,
        libelle_afnor,
        precise_le_statut,
    }
}

/// AIFE's table 1: every status of the recipient that is sent on. A status without a row is not.
pub const TRANSMIS: &[(Statut, Transmission)] = &[
    (Statut::Suspendue, transmission(16, 208, "Suspendue", false)),
    (Statut::Rejetee, transmission(17, 210, "Refusée", false)),
    (
        Statut::ServiceFait,
        transmission(37, 204, "Prise en charge", true),
    ),
    (
        Statut::Mandatee,
        transmission(18, 204, "Prise en charge", true),
    ),
    (
        Statut::MiseADispositionComptable,
        transmission(21, 204, "Prise en charge", true),
    ),
    (
        Statut::Comptabilisee,
        transmission(20, 204, "Prise en charge", true),
    ),
    (
        Statut::MiseEnPaiement,
        transmission(19, 211, "Paiement transmis", false),
    ),
];

/// AIFE's table 5, the other way: the AFNOR code from the supplier's platform, and the status the recipient sees.
///
/// 227 (change of payee account) is passed on as well, without a status of its own; 212, 220, 224, 225 and 226 are not.
pub const RECUS: &[(u16, Statut)] = &[(209, Statut::Completee)];

impl Statut {
    /// How this status is passed on to the supplier's approved platform; `None` when it is not.
    #[must_use]
    pub fn transmission(&self) -> Option<Transmission> {
        TRANSMIS
            .iter()
            .find(|(statut, _)| statut == self)
            .map(|(_, transmission)| *transmission)
    }

    /// Whether this status calls upon the supplier but would never reach one that invoices through an approved platform.
    ///
    /// Today that is `A_RECYCLER` alone: it has no counterpart on the reform's circuit, so the invoice would wait for ever.
    #[must_use]
    pub fn reste_sans_reponse_via_plateforme(&self) -> bool {
        self.attend_le_fournisseur() && self.transmission().is_none()
    }
}
