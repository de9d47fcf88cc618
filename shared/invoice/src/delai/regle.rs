//! What is allowed, by law and by the establishment's configuration.

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which instant starts the delay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Depart {
    /// The invoice was made available on the portal (CCP, art. R2192-15).
    #[default]
    MiseADisposition,
    /// The supplier deposited it: earlier, and what AIFE has called enforceable.
    Depot,
}

/// The delay an establishment has, and how it is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Regle {
    /// Days to pay: 30, 50 or 60 by law (CCP, art. R2192-10 and R2192-11), less if a contract says so.
    pub jours: u16,
    /// Of these, the days that the ordonnateur has to issue the mandate.
    pub part_ordonnateur_jours: u16,
    /// Of these, the days that the accountant has to pay (décret 2013-269, art. 12).
    pub part_comptable_jours: u16,
    /// The least that the delay opened after an interruption lasts: 30 days (CCP, art. R2192-29).
    ///
    /// With a conventional delay between ordonnateur and accountant it may be lower, down to 15 days plus the
    /// accountant's part (art. R2192-30).
    pub nouveau_delai_jours: u16,
    /// Which instant starts the delay.
    pub depart: Depart,
}

/// Why a rule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegleInvalide {
    /// No delay of the law is that long, or it has no length at all.
    #[error(
        "{0} jours : le délai de paiement va de 1 à 60 jours (30 ; 50 pour un établissement public de santé ; 60 pour une entreprise publique)"
    )]
    Jours(u16),
    /// The two parts are more than the whole.
    #[error(
        "{ordonnateur} + {comptable} jours pour l'ordonnateur et le comptable dépassent le délai de {jours} jours"
    )]
    Parts {
        /// The ordonnateur's part.
        ordonnateur: u16,
        /// The accountant's part.
        comptable: u16,
        /// The whole.
        jours: u16,
    },
}

impl Regle {
    /// The rule for a delay in days, with the shares of décret 2013-269, art. 12: the accountant has 15 days in a public
    /// health establishment (50), 10 otherwise, none in a public undertaking (60), which mostly has no public accountant.
    ///
    /// # Errors
    /// [`RegleInvalide::Jours`] outside 1 to 60.
    pub fn pour(jours: u16) -> Result<Self, RegleInvalide> {
        if !(1..=60).contains(&jours) {
            return Err(RegleInvalide::Jours(jours));
        }
        let comptable = match jours {
            60 => 0,
            50 => 15,
            _ => 10.min(jours),
        };
        Ok(Self {
            jours,
            part_ordonnateur_jours: jours - comptable,
            part_comptable_jours: comptable,
            nouveau_delai_jours: 30,
            depart: Depart::default(),
        })
    }

    /// The same rule with other shares, as a convention between ordonnateur and accountant may set them.
    ///
    /// # Errors
    /// [`RegleInvalide::Parts`] when they add up to more than the delay.
    pub fn avec_parts(self, ordonnateur: u16, comptable: u16) -> Result<Self, RegleInvalide> {
        if u32::from(ordonnateur) + u32::from(comptable) > u32::from(self.jours) {
            return Err(RegleInvalide::Parts {
                ordonnateur,
                comptable,
                jours: self.jours,
            });
        }
        Ok(Self {
            part_ordonnateur_jours: ordonnateur,
            part_comptable_jours: comptable,
            ..self
        })
    }

    /// The same rule with another start.
    #[must_use]
    pub fn avec_depart(self, depart: Depart) -> Self {
        Self { depart, ..self }
    }
}

/// What is owed, as far as the clock needs to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Creance {
    /// The amount with tax, on which interest is due. `None`: no interest can be given.
    pub montant_ttc: Option<Decimal>,
    /// When the service was performed or the goods delivered, if the ERP knows; it starts the delay when it is later
    /// than the receipt of the request (CCP, art. R2192-13).
    pub date_execution: Option<Date>,
}
