//! One appearance of an invoice, and the part of a key that it is.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::KeyError;

const EPISODE_TIME: &str = "%Y%m%dT%H%M%SZ";
const EPISODE_TIME_LENGTH: usize = "20261123T091500Z".len();
const STATUT_LIMIT: usize = 64;

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
