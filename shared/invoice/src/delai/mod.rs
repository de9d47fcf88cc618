//! The legal payment clock: when an invoice must be paid, what stopped the clock, and what a late payment costs.
//!
//! [`calculer`] is a pure function of the invoice's events, the establishment's rule, the rate table and the present
//! instant. It never fails and never panics: what is odd in its input is listed in [`Etat::anomalies`].
//!
//! # The law
//!
//! Code de la commande publique (CCP), second part, book I, title IX, chapter II, section 2, in force since 1 April 2019:
//!
//! | Article | Rule | Where |
//! |---|---|---|
//! | L2192-10, R2192-10 | 30 days; a contract may say less, never more | [`Regle`] |
//! | R2192-11 | 50 days for public health establishments, 60 for public undertakings | [`Regle`] |
//! | R2192-12 | the delay starts when the payment request is received | [`Depart`] |
//! | R2192-13 | … or when the service was performed, if that is later | [`Creance::date_execution`] |
//! | R2192-15 | on Chorus Pro, received = notified as made available | [`Depart::MiseADisposition`] |
//! | R2192-27 | an incomplete request interrupts the delay, once only, and before the mandate only | [`Effet`] |
//! | R2192-28 | the interruption is notified to the creditor with its reasons | (Chorus Pro does) |
//! | R2192-29 | on completion a delay of 30 days opens, or of the balance if that is more | [`Regle::nouveau_delai_jours`] |
//! | R2192-30 | with a conventional delay (décret 2013-269, art. 12) that floor may be lower | [`Regle::nouveau_delai_jours`] |
//! | L2192-12, L2192-13 | late the day after the delay ends, without formality | [`Paiement`] |
//! | R2192-31 | ECB main refinancing rate on the first day of the half-year in which interest begins, plus 8 points | [`TableTaux`] |
//! | R2192-32, R2192-33 | interest to the day of payment included, on the amount with tax | [`interets`] |
//! | D2192-35 | 40 € for recovery costs | [`INDEMNITE_FORFAITAIRE`] |
//! | R2192-36 | both to be paid within 45 days of the principal | [`Paiement::a_verser_avant_le`] |
//!
//! The split between ordonnateur and comptable is in décret n° 2013-269 of 29 March 2013, whose title II still stands:
//! art. 12 (the accountant has 10 days, 15 in public health establishments), art. 13 (from the receipt of the order to pay).
//!
//! # The choices, where the law leaves room
//!
//! Each leans to the earlier due date: paying a day early costs nothing.
//!
//! 1. **Days are calendar days of Europe/Paris.** The day of receipt does not count, the last day does: received on the
//!    2nd, 30 days end on the 2nd of the next 30-day month. A delay that ends on a Saturday, Sunday or holiday is not
//!    prolonged: the CCP does not say so for payments.
//! 2. **The start is the instant of `MISE_A_DISPOSITION`**, for the e-mail of R2192-15 leaves then. AIFE has called the
//!    date of deposit enforceable; [`Depart::Depot`] takes that one.
//! 3. **The status `SERVICE_FAIT` does not move the start.** It says when somebody acknowledged the service, not when it
//!    was performed; only an explicit [`Creance::date_execution`] counts for R2192-13.
//! 4. **The new delay after an interruption** starts the day of `COMPLETEE` and lasts 30 days, or the balance on the day
//!    of the suspension if that is greater, as R2192-29 says. For a 30-day delay it is always 30 days; for a 50-day
//!    delay suspended on the 5th day it is 45. It is not the mere remainder, which older practice (and most screens) show.
//! 5. **A second suspension, one after the mandate, or one after the due date does not stop the clock.** It is listed
//!    with [`Effet`] and its reason. Once the delay has ended there is nothing left to interrupt.
//! 6. **A suspension that ends without `COMPLETEE`** (an agent goes on with the invoice) ends at the first step of treatment that follows.
//! 7. **Recycling is a new request.** After `A_RECYCLER` no delay runs; the next `MISE_A_DISPOSITION` starts a whole one.
//!    The right to one interruption is not renewed by it. An invoice that is treated without having been made available
//!    again (the event is missing) counts as never sent back: the earlier due date holds.
//! 8. **Interest** = amount with tax × rate × days late ÷ 365, also in leap years, rounded to the cent, half a cent away from
//!    zero. One rate for the whole delay in payment: that of the half-year in which it began. A retention, a
//!    price revision and penalties (R2192-33) are not known to Relais: the amount is the caller's to choose.

mod anomalie;
mod etat;
mod evenement;
mod horloge;
mod interets;
mod regle;

use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use jiff::{Span, Timestamp};

pub use anomalie::Anomalie;
pub use etat::{Delai, Effet, Etat, Paiement, Part, Retard, Situation, Suspension};
pub use evenement::{Evenement, Nature};
pub use horloge::calculer;
pub use interets::{
    INDEMNITE_FORFAITAIRE, MAJORATION_POINTS, TableTaux, TauxBce, interets,
    premier_jour_du_semestre,
};
pub use regle::{Creance, Depart, Regle, RegleInvalide};

/// The time zone in which the law counts its days, carried in the binary.
pub static PARIS: TimeZone = tz::get!("Europe/Paris");

/// The day it is in Paris at an instant.
#[must_use]
pub fn jour(instant: Timestamp) -> Date {
    instant.to_zoned(PARIS.clone()).date()
}

/// `depuis` plus a number of days, stopping at the ends of the calendar.
fn plus(depuis: Date, jours: i32) -> Date {
    depuis.saturating_add(Span::new().days(jours.clamp(-100_000, 100_000)))
}

/// The days from one date to another; negative when `au` is before `du`.
fn ecart(du: Date, au: Date) -> i32 {
    i32::try_from(au.duration_since(du).as_hours() / 24).unwrap_or(i32::MAX)
}
