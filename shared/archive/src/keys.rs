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

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::amount_marker::AmountMarker;
use crate::name::SafeName;

const EPISODE_TIME: &str = "%Y%m%dT%H%M%SZ";
const MINUTE: &str = "%Y%m%dT%H%MZ";
const EPISODE_TIME_LENGTH: usize = "20261123T091500Z".len();
const STATUT_LIMIT: usize = 64;
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

/// One appearance of an invoice: the instant at which it took a status.
///
/// Its text sorts by time and reads well: `20261123T091500Z-MISE_A_DISPOSITION`. Two episodes of one second are in the order of an
/// invoice's ordinary life.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Episode {
    at: Timestamp,
    statut: String,
}

impl Episode {
    /// An episode. Fractions of a second are dropped; a status that the portal invents tomorrow is made safe for a key:
    /// upper case, and `_` for what is neither letter nor digit.
    #[must_use]
    pub fn new(at: Timestamp, statut: &str) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Self {
            at,
            statut: safe_statut(statut),
        }
    }

    /// The instant, to the second.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The status, as it stands in keys.
    #[must_use]
    pub fn statut(&self) -> &str {
        &self.statut
    }
}

/// The order in which an invoice takes its statuses, as a rule. It counts only where a second holds more than one: a command of two
/// steps is carried out in less.
const ORDINARY_LIFE: [&str; 12] = [
    "DEPOSEE",
    "EN_COURS_ACHEMINEMENT",
    "MISE_A_DISPOSITION",
    "SUSPENDUE",
    "COMPLETEE",
    "SERVICE_FAIT",
    "A_RECYCLER",
    "REJETEE",
    "MANDATEE",
    "MISE_A_DISPOSITION_COMPTABLE",
    "COMPTABILISEE",
    "MISE_EN_PAIEMENT",
];

impl Ord for Episode {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |statut: &str| ORDINARY_LIFE.iter().position(|s| *s == statut);
        let order = |episode: &Self| (episode.at, place(&episode.statut));
        order(self)
            .cmp(&order(other))
            .then_with(|| self.statut.cmp(&other.statut))
    }
}

impl PartialOrd for Episode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn safe_statut(statut: &str) -> String {
    let safe = |character: char| match character.to_ascii_uppercase() {
        character if character.is_ascii_alphanumeric() => character,
        _ => '_',
    };
    let statut: String = statut.trim().chars().take(STATUT_LIMIT).map(safe).collect();
    if statut.is_empty() {
        "INCONNU".to_owned()
    } else {
        statut
    }
}

impl fmt::Display for Episode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}-{}",
            self.at.strftime(EPISODE_TIME),
            self.statut
        )
    }
}

impl FromStr for Episode {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::Episode(text.to_owned());
        let (time, statut) = text
            .split_at_checked(EPISODE_TIME_LENGTH)
            .ok_or_else(wrong)?;
        let statut = statut.strip_prefix('-').ok_or_else(wrong)?;
        let at = DateTime::strptime(EPISODE_TIME, time).map_err(|_| wrong())?;
        let at = at.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp();
        let episode = Self::new(at, statut);
        if episode.to_string() == text {
            Ok(episode)
        } else {
            Err(wrong())
        }
    }
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
            episode.at.strftime(MINUTE),
            episode.statut
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

/// The cursor of an establishment for one kind of invoice, in the state bucket.
///
/// # Errors
/// A part cannot stand in a key.
pub fn cursor(siret: &str, kind: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    check_part(kind)?;
    Ok(format!("cursors/{siret}/{kind}.json"))
}

/// An establishment's kill switches, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn switches(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("switches/{siret}.json"))
}

/// A circuit breaker, in the state bucket: `portal`, or an establishment's SIRET.
///
/// # Errors
/// The name cannot stand in a key.
pub fn breaker(name: &str) -> Result<String, KeyError> {
    check_part(name)?;
    Ok(format!("breakers/{name}.json"))
}

/// How often a message of a queue failed by its own fault, in the state bucket.
///
/// # Errors
/// A part cannot stand in a key.
pub fn failures(queue: &str, message_id: &str) -> Result<String, KeyError> {
    check_part(queue)?;
    check_part(message_id)?;
    Ok(format!("failures/{queue}/{message_id}.json"))
}

/// The completeness report of an establishment for a day, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn report(date: Date, siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("reports/{date}/{siret}.json"))
}

/// The prefix of what is known of a queue's dead letters, in the state bucket.
///
/// # Errors
/// The queue's name cannot stand in a key.
pub fn dead_letters_prefix(queue: &str) -> Result<String, KeyError> {
    check_part(queue)?;
    Ok(format!("dead-letters/{queue}/"))
}

/// What is known of a dead letter, in the state bucket: by the id that the message had in its own queue.
///
/// # Errors
/// A part cannot stand in a key.
pub fn dead_letter(queue: &str, message_id: &str) -> Result<String, KeyError> {
    check_part(message_id)?;
    Ok(format!("{}{message_id}.json", dead_letters_prefix(queue)?))
}

/// What the last probe said of an establishment's credentials, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn probe(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("probes/{siret}.json"))
}

/// How far a backfill that began with this day of deposit has come, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn backfill(siret: &str, from: Date) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("backfills/{siret}/{from}.json"))
}

/// What an operator did, in the state bucket. The instant stands in the key to the microsecond, so that two acts have two keys.
///
/// # Errors
/// The action's name cannot stand in a key.
pub fn audit(at: Timestamp, action: &str) -> Result<String, KeyError> {
    check_part(action)?;
    let day = at.strftime("%Y-%m-%d");
    let instant = at.strftime("%Y%m%dT%H%M%S%6fZ");
    Ok(format!("audit/{day}/{instant}-{action}.json"))
}

/// The prefix of everything kept of an establishment's invoices: `{siret}/`.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn establishment_prefix(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("{siret}/"))
}

/// When each month of an establishment was last proven complete, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn reconcile_progress(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("reconcile/{siret}.json"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIRET: &str = "00000000013456";

    fn folder(statut: &str) -> EpisodeFolder {
        let at = "2026-11-23T09:15:00.789Z".parse().unwrap();
        EpisodeFolder::new(SIRET, 3_346_947, Episode::new(at, statut)).unwrap()
    }

    #[test]
    fn the_keys_are_those_of_the_design() {
        let folder = folder("MISE_A_DISPOSITION");
        let prefix = "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/";
        assert_eq!(folder.prefix(), prefix);
        assert_eq!(folder.pivot(), format!("{prefix}pivot.xml"));
        assert_eq!(folder.invoice(), format!("{prefix}invoice.json"));
        assert_eq!(folder.archived(), format!("{prefix}archived.json"));
        assert_eq!(folder.published(), format!("{prefix}published.json"));
        assert_eq!(folder.past(), format!("{prefix}past.json"));
        assert_eq!(
            folder.change(),
            "00000000013456/000003346947/changes/20261123T0915Z-MISE_A_DISPOSITION.json"
        );
        assert_eq!(
            folder.document(1, &SafeName::new("F1.pdf", None)),
            format!("{prefix}documents/01-F1.pdf")
        );
        assert_eq!(
            push_fact(SIRET, 7, "a-1").unwrap(),
            "00000000013456/000000000007/pushes/a-1.json"
        );
        assert_eq!(
            cursor(SIRET, "FACTURE").unwrap(),
            "cursors/00000000013456/FACTURE.json"
        );
        assert_eq!(switches(SIRET).unwrap(), "switches/00000000013456.json");
        assert_eq!(breaker("portal").unwrap(), "breakers/portal.json");
        assert_eq!(
            failures("jobs", "5f2c-1").unwrap(),
            "failures/jobs/5f2c-1.json"
        );
        assert_eq!(
            report(Date::constant(2026, 11, 23), SIRET).unwrap(),
            "reports/2026-11-23/00000000013456.json"
        );
        assert_eq!(
            dead_letter("jobs", "0b7d2f30-1c").unwrap(),
            "dead-letters/jobs/0b7d2f30-1c.json"
        );
        assert_eq!(probe(SIRET).unwrap(), "probes/00000000013456.json");
        assert_eq!(
            audit(
                "2026-11-23T09:15:00.789012Z".parse().unwrap(),
                "dlq-redrive"
            )
            .unwrap(),
            "audit/2026-11-23/20261123T091500789012Z-dlq-redrive.json"
        );
        assert_eq!(
            reconcile_progress(SIRET).unwrap(),
            "reconcile/00000000013456.json"
        );
    }

    #[test]
    fn two_statuses_of_one_second_are_in_their_ordinary_order() {
        let of = |statut| folder(statut).episode().clone();
        assert!(of("SERVICE_FAIT") < of("MANDATEE"));
        assert!(of("SUSPENDUE") < of("COMPLETEE"));
        assert!(of("MISE_A_DISPOSITION") < of("SERVICE_FAIT"));
    }

    #[test]
    fn a_key_is_read_back_with_what_stands_behind_its_folder() {
        let folder = folder("SUSPENDUE");
        assert_eq!(
            EpisodeFolder::parse(&folder.archived()),
            Ok((folder.clone(), "archived.json"))
        );
        assert_eq!(EpisodeFolder::parse(&folder.prefix()), Ok((folder, "")));
        for wrong in [
            "",
            "a/b/c/d",
            "00000000013456/7/20261123T091500Z-A/x",
            "00000000013456/000000000007/pushes/a.json",
        ] {
            assert!(EpisodeFolder::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_key_is_refused() {
        let episode = folder("A").episode().clone();
        assert!(matches!(
            EpisodeFolder::new("123", 1, episode.clone()),
            Err(KeyError::Siret(_))
        ));
        assert!(matches!(
            EpisodeFolder::new("0000000001345/", 1, episode.clone()),
            Err(KeyError::Siret(_))
        ));
        assert!(matches!(
            EpisodeFolder::new(SIRET, u64::MAX, episode),
            Err(KeyError::IdFacture(_))
        ));
        for part in ["", "..", "../x", "a/b", "é", ".hidden"] {
            assert!(
                matches!(cursor(SIRET, part), Err(KeyError::Part(_))),
                "{part}"
            );
            assert!(
                matches!(push_fact(SIRET, 1, part), Err(KeyError::Part(_))),
                "{part}"
            );
        }
    }

    #[test]
    fn episodes_sort_by_time() {
        let earlier = Episode::new("2026-11-23T09:15:00Z".parse().unwrap(), "SUSPENDUE");
        let later = Episode::new("2026-11-23T09:15:01Z".parse().unwrap(), "COMPLETEE");
        assert!(earlier < later && earlier.to_string() < later.to_string());
    }

    proptest! {
        #[test]
        fn every_status_gives_an_episode_that_reads_back(second in 0_i64..4_000_000_000, statut in any::<String>()) {
            let episode = Episode::new(Timestamp::from_second(second).unwrap(), &statut);
            let text = episode.to_string();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
            prop_assert_eq!(text.parse(), Ok(episode));
        }

        #[test]
        fn no_name_leaves_the_folder(number in 1_u32..200, name in any::<String>(), extension in proptest::option::of("[a-z]{1,4}")) {
            let folder = folder("MISE_A_DISPOSITION");
            let key = folder.document(number, &SafeName::new(&name, extension.as_deref()));
            let name = key.strip_prefix(&folder.documents()).unwrap();
            prop_assert!(!name.contains('/') && !name.contains('\\') && !name.contains(".."), "{}", name);
            prop_assert!(name.len() <= 100 + 4);
            prop_assert!(EpisodeFolder::parse(&key).is_ok());
        }
    }
}
