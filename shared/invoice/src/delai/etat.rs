//! What the clock says.

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Anomalie;

/// Where the delay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Situation {
    /// The start is not known.
    SansDebut,
    /// The delay runs, or has run out.
    EnCours,
    /// The delay is interrupted, with effect.
    Suspendue,
    /// The invoice was sent back: no delay runs until it is made available again.
    Renvoyee,
    /// The invoice was rejected: no delay runs.
    Rejetee,
    /// The invoice is paid.
    Payee,
}

/// Whether a suspension interrupts the delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Effet {
    /// It does (CCP, art. R2192-27).
    Interrompt,
    /// No: the one interruption has been used.
    SansEffetDejaInterrompu,
    /// No: the mandate had been issued.
    SansEffetApresMandatement,
    /// No: the delay had ended.
    SansEffetApresEcheance,
}

/// A span in which the invoice was suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// The day it was suspended.
    pub du: Date,
    /// The day it was completed or taken up again; `None` while it lasts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub au: Option<Date>,
    /// What it does to the delay.
    pub effet: Effet,
}

/// A delay that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delai {
    /// The day it was opened, which does not count.
    pub depuis: Date,
    /// How many days it lasts.
    pub jours: u16,
}

/// One party's share of the delay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Days allowed.
    pub alloues: u16,
    /// Days used so far, or in all once the party has done its part.
    pub utilises: u16,
    /// The last day of the share, while it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limite: Option<Date>,
    /// Whether the party has done its part.
    pub terminee: bool,
}

impl Part {
    /// Days left; negative when the share is used up.
    #[must_use]
    pub fn restants(&self) -> i32 {
        i32::from(self.alloues) - i32::from(self.utilises)
    }
}

/// An invoice that is late and not paid, as if it were paid today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retard {
    /// Days late.
    pub jours: u32,
    /// Late interest so far, in the invoice's currency; `None` when it cannot be told ([`Etat::anomalies`] says why).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interets: Option<Decimal>,
    /// The yearly rate, in percent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taux: Option<Decimal>,
    /// The flat indemnity, in euros.
    pub indemnite: Decimal,
}

/// The payment, measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paiement {
    /// The day of payment.
    pub date: Date,
    /// Days late, 0 on time; `None` when the due date is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retard_jours: Option<u32>,
    /// Late interest due, in the invoice's currency, 0 on time; `None` when it cannot be told ([`Etat::anomalies`] says why).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interets: Option<Decimal>,
    /// The yearly rate, in percent, when there is interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taux: Option<Decimal>,
    /// The flat indemnity due, in euros: 40 when late, else 0 (CCP, art. D2192-35).
    pub indemnite: Decimal,
    /// When late: the day by which interest and indemnity are to be paid (CCP, art. R2192-36).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub a_verser_avant_le: Option<Date>,
}

/// The state of an invoice's legal clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Etat {
    /// Where the delay stands.
    pub situation: Situation,
    /// The day the request counts as received; `None` when it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub debut: Option<Date>,
    /// Days allowed by law or contract.
    pub jours: u16,
    /// The delay that counts: the first one, or the one opened after an interruption.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delai_ouvert: Option<Delai>,
    /// Every suspension, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suspensions: Vec<Suspension>,
    /// The last day to pay on time; `None` while no delay runs. Kept once the invoice is paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub echeance: Option<Date>,
    /// Days left to the due date, negative when it has passed; `None` when no delay runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jours_restants: Option<i32>,
    /// Whether the delay is interrupted. An invoice can be `SUSPENDUE` on the portal without that: see [`Effet`].
    pub suspendu: bool,
    /// The ordonnateur's share of the delay that counts.
    pub ordonnateur: Part,
    /// The accountant's share.
    pub comptable: Part,
    /// Late and not paid: what it would cost today.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retard: Option<Retard>,
    /// The payment, once made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paiement: Option<Paiement>,
    /// What was odd.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub anomalies: Vec<Anomalie>,
}
