//! What was odd in the events, said instead of failing.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nature;

/// Something a person may want to look at; the clock goes on.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    thiserror::Error,
)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Anomalie {
    /// Nothing says when the invoice was received.
    #[error(
        "Le point de départ du délai est inconnu : aucune mise à disposition ni dépôt dans les événements."
    )]
    DebutInconnu,
    /// No making available is known: the deposit was taken.
    #[error("Mise à disposition inconnue : le délai est compté depuis le dépôt.")]
    DebutParDepot,
    /// The event is dated more than a day ahead: left out.
    #[error("Événement daté dans le futur ({quand}) : ignoré.")]
    DansLeFutur {
        /// When.
        quand: Timestamp,
        /// What.
        nature: Nature,
    },
    /// The event comes before the invoice was received: left out.
    #[error("Événement antérieur à la réception ({quand}) : ignoré.")]
    AvantLeDebut {
        /// When.
        quand: Timestamp,
        /// What.
        nature: Nature,
    },
    /// The date of performance is ahead: left out.
    #[error("Date d'exécution dans le futur ({date}) : ignorée.")]
    ExecutionFuture {
        /// The date given.
        date: Date,
    },
    /// The invoice was treated while it was with the supplier, so it had come back unseen: it counts as never sent back.
    #[error(
        "Traitement du {date} alors que la facture était renvoyée au fournisseur : le délai d'origine est repris."
    )]
    RenvoiAnnule {
        /// When.
        date: Date,
        /// What.
        nature: Nature,
    },
    /// The delay had been interrupted before (CCP, art. R2192-27): no effect.
    #[error(
        "Seconde suspension le {date} : le délai ne s'interrompt qu'une fois (art. R. 2192-27)."
    )]
    SecondeSuspension {
        /// When.
        date: Date,
    },
    /// The mandate had been issued (CCP, art. R2192-27): no effect.
    #[error(
        "Suspension le {date}, après le mandatement : sans effet sur le délai (art. R. 2192-27)."
    )]
    SuspensionApresMandatement {
        /// When.
        date: Date,
    },
    /// The delay had ended: no effect.
    #[error("Suspension le {date}, après l'échéance : le délai était expiré, sans effet.")]
    SuspensionApresEcheance {
        /// When.
        date: Date,
    },
    /// A completion without a suspension: no effect.
    #[error("Complément du {date} sans suspension connue : sans effet sur le délai.")]
    CompleteeSansSuspension {
        /// When.
        date: Date,
    },
    /// The invoice went on without having been completed: the suspension ends there.
    #[error(
        "Traitement repris le {date} sans complément du fournisseur : la suspension s'arrête là."
    )]
    RepriseSansCompletee {
        /// When.
        date: Date,
        /// The step that ended it.
        nature: Nature,
    },
    /// The invoice was sent back after its due date.
    #[error(
        "Facture renvoyée le {date}, après l'échéance : un nouveau délai courra à la prochaine mise à disposition."
    )]
    RecyclageApresEcheance {
        /// When.
        date: Date,
    },
    /// Late, and the amount is not known.
    #[error("Montant inconnu : les intérêts ne peuvent pas être calculés.")]
    MontantInconnu,
    /// Late, and the rate table has nothing for that half-year.
    #[error(
        "Aucun taux de la BCE connu au {semestre} : les intérêts ne peuvent pas être calculés."
    )]
    TauxInconnu {
        /// First day of the half-year.
        semestre: Date,
    },
    /// The half-year began after the rate table was last checked: the rate may have changed since.
    #[error("Taux de la BCE non vérifié au {semestre} : mettez à jour la table des taux.")]
    TauxNonVerifie {
        /// First day of the half-year.
        semestre: Date,
    },
    /// The amount is too large to compute with.
    #[error("Montant hors limites : les intérêts ne peuvent pas être calculés.")]
    MontantHorsLimites,
}
