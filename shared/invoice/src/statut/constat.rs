//! The portal refused because somebody got there first: what became of the wish?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statut;

/// What the portal's present status means for a wish that could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "constat", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Constat {
    /// The invoice is exactly where the command wanted it.
    Satisfait,
    /// The invoice has gone further on the same road; the wish is part of what happened.
    Depasse {
        /// Where the invoice is.
        present: Statut,
    },
    /// The invoice is somewhere else; the command cannot be honoured.
    Contrarie {
        /// Where the invoice is.
        present: Statut,
    },
}

impl Constat {
    /// Whether the command may be answered with "applied".
    #[must_use]
    pub fn est_honore(&self) -> bool {
        !matches!(self, Constat::Contrarie { .. })
    }

    /// One French sentence for a person.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self {
            Constat::Satisfait => "La facture est déjà au statut demandé.".to_owned(),
            Constat::Depasse { present } => format!(
                "La facture a déjà dépassé le statut demandé : elle est « {} » ({present}).",
                present.libelle()
            ),
            Constat::Contrarie { present } => format!(
                "La facture est maintenant « {} » ({present}) : vérifiez-la sur Chorus Pro avant de renvoyer une commande.",
                present.libelle()
            ),
        }
    }
}

/// Compares a wish with the status that the portal shows now.
///
/// To be asked after error 20002 (origin and target do not fit) and after a call whose end is unknown, with the newest
/// status of `consulter/historique`.
#[must_use]
pub fn constater(souhaite: &Statut, present: &Statut) -> Constat {
    if souhaite == present {
        Constat::Satisfait
    } else if present.depasse(souhaite) {
        Constat::Depasse {
            present: present.clone(),
        }
    } else {
        Constat::Contrarie {
            present: present.clone(),
        }
    }
}
