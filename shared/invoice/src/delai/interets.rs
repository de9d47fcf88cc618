//! Late interest: the rate of the half-year, and the sum.

use jiff::civil::{Date, date};
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Anomalie;

/// What the law adds to the ECB's rate, in points (CCP, art. R2192-31).
pub const MAJORATION_POINTS: Decimal = Decimal::from_parts(8, 0, 0, false, 0);

/// The flat indemnity for recovery costs, in euros (CCP, art. D2192-35).
pub const INDEMNITE_FORFAITAIRE: Decimal = Decimal::from_parts(40, 0, 0, false, 0);

/// The ECB's rate for its main refinancing operations, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TauxBce {
    /// The first day.
    pub depuis: Date,
    /// In percent, as a decimal string (`"2.40"`).
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "String")]
    pub taux: Decimal,
}

/// The dated rate table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableTaux {
    /// The rates, in any order.
    pub taux: Vec<TauxBce>,
    /// Up to which day somebody made sure that the table is complete. Interest that begins in a half-year after it is
    /// given all the same, with [`Anomalie::TauxNonVerifie`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verifiee_le: Option<Date>,
}

/// Year, month, day of effect; hundredths of a percent.
///
/// Up to 23 October 2024: Banque de France, "Key European Central Bank interest rates, date of effect of tender rates".
/// From 18 December 2024 to 11 June 2025: the ECB's press releases and the tender results that Banka Slovenije prints.
/// 17 June and 16 September 2026: at second hand, from notes that quote service-public.fr (F23211) on 10 October 2026.
const TAUX_CONNUS: &[(i16, i8, i8, i64)] = &[
    (2016, 3, 16, 0),
    (2022, 7, 27, 50),
    (2022, 9, 14, 125),
    (2022, 11, 2, 200),
    (2022, 12, 21, 250),
    (2023, 2, 8, 300),
    (2023, 3, 22, 350),
    (2023, 5, 10, 375),
    (2023, 6, 21, 400),
    (2023, 8, 2, 425),
    (2023, 9, 20, 450),
    (2024, 6, 12, 425),
    (2024, 9, 18, 365),
    (2024, 10, 23, 340),
    (2024, 12, 18, 315),
    (2025, 2, 5, 290),
    (2025, 3, 12, 265),
    (2025, 4, 23, 240),
    (2025, 6, 11, 215),
    (2026, 6, 17, 240),
    (2026, 9, 16, 265),
];

impl Default for TableTaux {
    fn default() -> Self {
        let taux = TAUX_CONNUS
            .iter()
            .filter_map(|&(annee, mois, jour, centiemes)| {
                Some(TauxBce {
                    depuis: Date::new(annee, mois, jour).ok()?,
                    taux: Decimal::new(centiemes, 2),
                })
            })
            .collect();
        Self {
            taux,
            verifiee_le: Some(date(2026, 10, 10)),
        }
    }
}

impl TableTaux {
    /// The rate in force on a day; `None` before the first one.
    #[must_use]
    pub fn en_vigueur(&self, jour: Date) -> Option<&TauxBce> {
        self.taux
            .iter()
            .filter(|taux| taux.depuis <= jour)
            .max_by_key(|taux| taux.depuis)
    }

    /// The yearly rate of late interest that begins on a day, in percent: the ECB's on the first day of that half-year,
    /// plus 8 points (CCP, art. R2192-31).
    ///
    /// # Errors
    /// [`Anomalie::TauxInconnu`] when the table begins later.
    pub fn taux_moratoire(&self, premier_jour_de_retard: Date) -> Result<Decimal, Anomalie> {
        let semestre = premier_jour_du_semestre(premier_jour_de_retard);
        self.en_vigueur(semestre)
            .and_then(|bce| bce.taux.checked_add(MAJORATION_POINTS))
            .ok_or(Anomalie::TauxInconnu { semestre })
    }

    pub(super) fn doute(&self, premier_jour_de_retard: Date) -> Option<Anomalie> {
        let semestre = premier_jour_du_semestre(premier_jour_de_retard);
        self.verifiee_le
            .filter(|verifiee| semestre > *verifiee)
            .map(|_| Anomalie::TauxNonVerifie { semestre })
    }
}

/// 1 January or 1 July.
#[must_use]
pub fn premier_jour_du_semestre(jour: Date) -> Date {
    Date::new(jour.year(), if jour.month() < 7 { 1 } else { 7 }, 1).unwrap_or(jour)
}

/// Late interest on an amount with tax, at a yearly rate in percent, for a number of days.
///
/// Amount × rate × days ÷ 365, rounded once, to the cent, half a cent away from zero. Nothing is due on a credit
/// note. `None` when the numbers are too large for a decimal.
#[must_use]
pub fn interets(montant_ttc: Decimal, taux: Decimal, jours: u32) -> Option<Decimal> {
    if montant_ttc <= Decimal::ZERO || jours == 0 {
        return Some(Decimal::ZERO);
    }
    montant_ttc
        .checked_mul(taux)?
        .checked_mul(Decimal::from(jours))?
        .checked_div(Decimal::from(36_500))
        .map(|somme| somme.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}
