//! The key of every object, and back.
//!
//! ```text
//! archive  {siret}/{idFacture, 12 digits}/{episode}/pivot.xml
//!                                                  /documents/{NN}-{safe name}
//!                                                  /invoice.json
//!                                                  /archived.json
//!                                                  /published.json
//!                                                  /montant-ttc-{amount}-{currency}-depot-{date}-{kind}
//!                                                  /past.json
//!          {siret}/{idFacture, 12 digits}/changes/{minute}-{statut}.json
//!          {siret}/{idFacture, 12 digits}/pushes/{push key}.json
//!          {siret}/numeros/{hash}.json
//! state    cursors/{siret}/{kind}.json
//!          switches/{siret}.json
//!          breakers/portal.json  breakers/{siret}.json
//!          failures/{queue}/{message id}.json
//!          reports/{date}/{siret}.json
//!          reconcile/{siret}.json
//!          dead-letters/{queue}/{message id}.json
//!          probes/{siret}.json
//!          backfills/{siret}/{first day}.json
//!          audit/{date}/{instant}-{action}.json
//! ```

mod episode;
mod state;

use crate::amount_marker::AmountMarker;
use crate::name::SafeName;

pub use episode::Episode;
pub use state::{
    audit, backfill, breaker, cursor, dead_letter, dead_letters_prefix, failures, probe,
    reconcile_progress, report, switches,
};

const MINUTE: &str = "%Y%m%dT%H%MZ";
const KEY_PART_LIMIT: usize = 200;

/// Why a key cannot be built or read. The caller gave something that is no part of a key: not worth trying again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A SIRET has 14 digits.
    #[error("{0:?} is not a SIRET of 14 digits")]
    Siret(String),
    /// An idFacture has at most 12 digits here.
    #[error("idFacture {0} has more than 12 digits")]
    IdFacture(u64),
    /// The text is no episode.
    #[error("{0:?} is not an episode such as 20261123T091500Z-MISE_A_DISPOSITION")]
    Episode(String),
    /// A free part of a key (cursor kind, push key) has characters that keys do not take, is empty, or too long.
    #[error(
        "{0:?} cannot be part of a key: letters, digits, dot, dash and underscore only, 200 at most"
    )]
    Part(String),
    /// The text is no key of the archive.
    #[error("{0:?} is not a key of the archive")]
    Key(String),
}

/// The folder of one episode of one invoice: `{siret}/{idFacture}/{episode}/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodeFolder {
    siret: String,
    id_facture: u64,
    episode: Episode,
}

impl EpisodeFolder {
    /// The folder of an episode.
    ///
    /// # Errors
    /// The SIRET or the identifier cannot stand in a key.
    pub fn new(siret: &str, id_facture: u64, episode: Episode) -> Result<Self, KeyError> {
        check_siret(siret)?;
        check_id(id_facture)?;
        Ok(Self {
            siret: siret.to_owned(),
            id_facture,
            episode,
        })
    }

    /// Reads a key of an episode: its folder, and what stands behind it (`archived.json`, `documents/01-F1.pdf`, or nothing).
    ///
    /// # Errors
    /// The key is not one of an episode's.
    pub fn parse(key: &str) -> Result<(Self, &str), KeyError> {
        let wrong = || KeyError::Key(key.to_owned());
        let mut parts = key.splitn(4, '/');
        let mut part = || parts.next().ok_or_else(wrong);
        let (siret, id, episode, rest) = (part()?, part()?, part()?, part()?);
        let digits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        let id = id.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        Ok((Self::new(siret, id, episode.parse()?)?, rest))
    }

    /// The establishment.
    #[must_use]
    pub fn siret(&self) -> &str {
        &self.siret
    }

    /// The invoice.
    #[must_use]
    pub fn id_facture(&self) -> u64 {
        self.id_facture
    }

    /// The episode.
    #[must_use]
    pub fn episode(&self) -> &Episode {
        &self.episode
    }

    /// The prefix of all its objects, with the closing slash.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{}/{:012}/{}/", self.siret, self.id_facture, self.episode)
    }

    /// The pivot, as the portal sent it.
    #[must_use]
    pub fn pivot(&self) -> String {
        self.prefix() + "pivot.xml"
    }

    /// The prefix of the documents.
    #[must_use]
    pub fn documents(&self) -> String {
        self.prefix() + "documents/"
    }

    /// A document. Number 1 is the main one; the number alone makes the key unique.
    #[must_use]
    pub fn document(&self, number: u32, name: &SafeName) -> String {
        format!("{}documents/{number:02}-{name}", self.prefix())
    }

    /// The normalised invoice.
    #[must_use]
    pub fn invoice(&self) -> String {
        self.prefix() + "invoice.json"
    }

    /// The fact that the episode is archived: its manifest.
    #[must_use]
    pub fn archived(&self) -> String {
        self.prefix() + "archived.json"
    }

    /// The fact that the event went to the ERP's queue.
    #[must_use]
    pub fn published(&self) -> String {
        self.prefix() + "published.json"
    }

    /// The empty object whose name alone tells what the portal's list said of the invoice: its amount, and where to look for it.
    #[must_use]
    pub fn amount_marker(&self, marker: &AmountMarker) -> String {
        format!("{}{marker}", self.prefix())
    }

    /// The fact of what the invoice went through before it was seen for the first time, in this episode.
    #[must_use]
    pub fn past(&self) -> String {
        self.prefix() + "past.json"
    }

    /// The claim on the change that this episode tells: its minute and its status, which is all that a history knows of it.
    #[must_use]
    pub fn change(&self) -> String {
        let Self {
            siret,
            id_facture,
            episode,
        } = self;
        format!(
            "{siret}/{id_facture:012}/changes/{}-{}.json",
            episode.at().strftime(MINUTE),
            episode.statut()
        )
    }
}

fn check_siret(siret: &str) -> Result<(), KeyError> {
    let well_formed = siret.len() == 14 && siret.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed {
        Ok(())
    } else {
        Err(KeyError::Siret(siret.to_owned()))
    }
}

fn check_id(id_facture: u64) -> Result<(), KeyError> {
    if id_facture < 1_000_000_000_000 {
        Ok(())
    } else {
        Err(KeyError::IdFacture(id_facture))
    }
}

fn check_part(part: &str) -> Result<(), KeyError> {
    let characters = part
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let well_formed =
        characters && !part.is_empty() && part.len() <= KEY_PART_LIMIT && !part.starts_with('.');
    if well_formed {
        Ok(())
    } else {
        Err(KeyError::Part(part.to_owned()))
    }
}

/// The prefix of everything kept of an invoice: `{siret}/{idFacture}/`.
///
/// # Errors
/// The SIRET or the identifier cannot stand in a key.
pub fn invoice_prefix(siret: &str, id_facture: u64) -> Result<String, KeyError> {
    check_siret(siret)?;
    check_id(id_facture)?;
    Ok(format!("{siret}/{id_facture:012}/"))
}

/// The prefix of the facts about statuses set on an invoice.
///
/// # Errors
/// The SIRET or the identifier cannot stand in a key.
pub fn pushes_prefix(siret: &str, id_facture: u64) -> Result<String, KeyError> {
    Ok(invoice_prefix(siret, id_facture)? + "pushes/")
}

/// The fact that a status was set, or finally refused.
///
/// # Errors
/// A part cannot stand in a key.
pub fn push_fact(siret: &str, id_facture: u64, push_key: &str) -> Result<String, KeyError> {
    check_part(push_key)?;
    Ok(format!(
        "{}{push_key}.json",
        pushes_prefix(siret, id_facture)?
    ))
}

/// The claim on an invoice's number: which invoice came first with a supplier, number and year (`hash` of them).
///
/// # Errors
/// A part cannot stand in a key.
pub fn number_claim(siret: &str, hash: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    check_part(hash)?;
    Ok(format!("{siret}/numeros/{hash}.json"))
}

/// The prefix of everything kept of an establishment's invoices: `{siret}/`.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn establishment_prefix(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("{siret}/"))
}

#[cfg(test)]
mod tests;
