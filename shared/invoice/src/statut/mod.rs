//! The statuses of an invoice on Chorus Pro, as data, and the pure rules around them.
//!
//! | Where | What it answers |
//! |---|---|
//! | [`Statut`] | which status is this, what is it called, who sets it, does anything follow |
//! | [`Transitions`] | may the recipient ask for this status from that one, and who says so |
//! | [`plateforme`] | what the supplier's approved platform gets to see of a status |
//! | [`Cadre`] | which kind of deposit an invoice is (A1 to A25) |
//! | [`commande`] | may this command of the ERP be sent, and as which calls |
//! | [`constater`] | somebody got there first: is the wish met, overtaken, or contradicted |
//! | [`rattrapage`] | two polls, several changes in between: which ones, in which order |
//!
//! Everything here is open: a status or a cadre that nobody has seen yet passes through as text and is never an error.
//! Nothing here calls the portal; where the portal's own answer is the authority, the caller hands it in.

pub mod cadre;
pub mod commande;
pub mod plateforme;
pub mod rattrapage;
pub mod transitions;

mod code;
mod constat;
mod description;
mod motif;

pub use cadre::Cadre;
pub use code::Statut;
pub use commande::{Avertissement, Commande, Contexte, Plan, Refus, Step, verifier};
pub use constat::{Constat, constater};
pub use description::Auteur;
pub use motif::{MOTIF_MAX, Motif};
pub use plateforme::{Transmission, ViaPlateforme};
pub use rattrapage::{Passage, Rattrapage, Repere, rattraper};
pub use transitions::{Certitude, Source, Transitions, Verdict};
