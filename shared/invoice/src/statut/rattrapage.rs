//! What happened between two polls: the search shows an invoice's last status only, the history has the rest.
//!
//! The history (`consulter/historique`) gives each change a minute of local French time and a growing number; the
//! search gives the last change its milliseconds. So one change has two faces, and they are matched on status and
//! minute. Changes of one minute are ordered by their number.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};

use super::Statut;
use crate::delai::PARIS;

/// How far ahead of the caller's clock a date may be and still be taken seriously.
const AVANCE_TOLEREE: SignedDuration = SignedDuration::from_hours(24);

/// A status that Relais knows the invoice had: what an episode is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repere {
    /// The status.
    pub statut: Statut,
    /// Since when (`dateHeureEtatCourant`, or the instant a [`Passage`] was given).
    pub depuis: Timestamp,
    /// `histoStatutId`, when it is known (from a [`Passage`]): it finds the entry without doubt.
    pub id: Option<i64>,
}

impl Repere {
    /// An episode as the search shows it, without a number.
    #[must_use]
    pub fn nouveau(statut: Statut, depuis: Timestamp) -> Self {
        Self {
            statut,
            depuis,
            id: None,
        }
    }

    fn est_le_meme(&self, autre: &Repere) -> bool {
        self.statut == autre.statut && self.depuis == autre.depuis
    }
}

impl From<&Passage> for Repere {
    fn from(passage: &Passage) -> Self {
        Self {
            statut: passage.statut.clone(),
            depuis: passage.instant,
            id: Some(passage.id),
        }
    }
}

/// One line of the portal's history (`histoStatut`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entree {
    /// `histoStatutId`: grows with time.
    pub id: i64,
    /// `histoStatutCode`.
    pub statut: Statut,
    /// `histoStatutDatePassage`: French local time, to the minute.
    pub date: DateTime,
}

/// A change of status that no poll has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The portal's number for it.
    pub id: i64,
    /// The status.
    pub statut: Statut,
    /// The portal's date, as given.
    pub date: DateTime,
    /// The instant to name the episode by: the portal's minute, moved by as many seconds as it takes for every passage
    /// to come after the one before it, so that two changes of one minute never share a name.
    pub instant: Timestamp,
}

/// What is odd about a history; none of it stops the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Etrangete {
    /// The entry's date is more than a day ahead: its place is taken from its number, its instant from its neighbour.
    DateFuture {
        /// `histoStatutId`.
        id: i64,
        /// The date as given.
        date: DateTime,
    },
    /// The last episode that Relais knows is not in the history: its instant alone says what came after.
    DernierIntrouvable,
    /// The present status is not in the history: everything after the last known episode counts as in between.
    PresentIntrouvable,
    /// The present status lies before the last known episode: the search is behind the history, nothing is in between.
    PresentAnterieur,
    /// The entry's date cannot be placed on a clock at all.
    DateImpossible {
        /// `histoStatutId`.
        id: i64,
    },
}

/// The changes between two polls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rattrapage {
    /// The changes strictly between the last known episode and the present one, oldest first.
    pub entre: Vec<Passage>,
    /// What was odd.
    pub etrangetes: Vec<Etrangete>,
}

/// The changes that happened after `dernier` (the last episode known; `None` for an invoice never seen) and before
/// `present` (what the search shows now), from the portal's history in any order.
///
/// Entries before `dernier` are history that Relais has announced, or that lies before its time: never in the answer.
/// The same input always gives the same answer, and an answer that was carried out half-way is completed by asking
/// again with the last episode that was carried out.
#[must_use]
pub fn rattraper(
    dernier: Option<&Repere>,
    present: &Repere,
    historique: &[Entree],
    now: Timestamp,
) -> Rattrapage {
    let mut etrangetes = Vec::new();
    let entrees = en_ordre(historique, now, &mut etrangetes);
    if dernier.is_some_and(|dernier| dernier.est_le_meme(present)) {
        return Rattrapage {
            entre: Vec::new(),
            etrangetes,
        };
    }

    // The present one is the last that fits: one status can come twice in a minute, and then the known one is the earlier.
    let fin = position(&entrees, present).unwrap_or_else(|| {
        etrangetes.push(Etrangete::PresentIntrouvable);
        entrees.len()
    });
    let debut = match dernier {
        None => 0,
        Some(dernier) => apres(&entrees, fin, dernier, &mut etrangetes),
    };
    if debut > fin {
        etrangetes.push(Etrangete::PresentAnterieur);
    }
    let entre = dater(
        entrees.get(debut..fin).unwrap_or_default(),
        dernier,
        present.depuis,
        now,
    );
    Rattrapage { entre, etrangetes }
}

/// The place right after the last known episode.
fn apres(
    entrees: &[Place<'_>],
    fin: usize,
    dernier: &Repere,
    etrangetes: &mut Vec<Etrangete>,
) -> usize {
    let trouve = position(entrees.get(..fin).unwrap_or_default(), dernier)
        .or_else(|| position(entrees, dernier));
    if let Some(place) = trouve {
        return place + 1;
    }
    etrangetes.push(Etrangete::DernierIntrouvable);
    let minute = minute_locale(dernier.depuis);
    entrees
        .iter()
        .position(|place| !place.future && minute_de(place.date) > minute)
        .unwrap_or(fin)
}

/// How many times the invoice has been suspended, by its history: what [`super::Contexte::suspensions`] wants.
#[must_use]
pub fn suspensions(historique: &[Entree]) -> usize {
    let mut ids: Vec<i64> = historique
        .iter()
        .filter(|entree| entree.statut == Statut::Suspendue)
        .map(|entree| entree.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len()
}

#[derive(Debug)]
struct Place<'a> {
    id: i64,
    statut: &'a Statut,
    date: DateTime,
    instant: Timestamp,
    future: bool,
}

/// Each entry once, oldest first; an entry from the future sits where its number puts it.
fn en_ordre<'a>(
    historique: &'a [Entree],
    now: Timestamp,
    etrangetes: &mut Vec<Etrangete>,
) -> Vec<Place<'a>> {
    let limite = now.checked_add(AVANCE_TOLEREE).unwrap_or(Timestamp::MAX);
    let mut places = Vec::with_capacity(historique.len());
    for entree in historique {
        let Ok(zone) = PARIS.to_ambiguous_zoned(entree.date).compatible() else {
            etrangetes.push(Etrangete::DateImpossible { id: entree.id });
            continue;
        };
        let instant = zone.timestamp();
        places.push(Place {
            id: entree.id,
            statut: &entree.statut,
            date: entree.date,
            instant,
            future: instant > limite,
        });
    }
    places.sort_by(|a, b| (a.id, a.date, a.statut).cmp(&(b.id, b.date, b.statut)));
    places.dedup_by(|a, b| a.id == b.id && a.statut == b.statut && a.date == b.date);

    let (futures, mut ordre): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.future);
    ordre.sort_by_key(|place| (heure_sure(place.date), place.id));
    apres_le_changement_d_heure(&mut ordre);
    for future in futures {
        etrangetes.push(Etrangete::DateFuture {
            id: future.id,
            date: future.date,
        });
        let place = ordre
            .iter()
            .rposition(|autre| autre.id < future.id)
            .map_or(0, |avant| avant + 1);
        ordre.insert(place, future);
    }
    etrangetes.sort_by_key(cle_d_etrangete);
    etrangetes.dedup();
    ordre
}

/// The date as far as it orders: within the hour that comes twice when the clocks go back, only the number does.
fn heure_sure(date: DateTime) -> DateTime {
    if est_double(date) {
        return date
            .with()
            .minute(0)
            .second(0)
            .subsec_nanosecond(0)
            .build()
            .unwrap_or(date);
    }
    date
}

fn est_double(date: DateTime) -> bool {
    matches!(
        PARIS.to_ambiguous_zoned(date).offset(),
        AmbiguousOffset::Fold { .. }
    )
}

/// From the entry on that shows an earlier minute than the one before it, the clocks have gone back.
fn apres_le_changement_d_heure(ordre: &mut [Place<'_>]) {
    let mut avant: Option<(DateTime, bool)> = None;
    for place in ordre {
        if !est_double(place.date) {
            avant = None;
            continue;
        }
        let repete = avant.is_some_and(|(date, repete)| repete || place.date < date);
        if repete && let Ok(zone) = PARIS.to_ambiguous_zoned(place.date).later() {
            place.instant = zone.timestamp();
        }
        avant = Some((place.date, repete));
    }
}

fn cle_d_etrangete(etrangete: &Etrangete) -> i64 {
    match etrangete {
        Etrangete::DateFuture { id, .. } | Etrangete::DateImpossible { id } => *id,
        Etrangete::DernierIntrouvable
        | Etrangete::PresentIntrouvable
        | Etrangete::PresentAnterieur => i64::MAX,
    }
}

/// Where an episode sits in the history: the last entry of its status in its minute, or one minute beside it
/// (the portal may round where it does not cut).
fn position(entrees: &[Place<'_>], repere: &Repere) -> Option<usize> {
    if let Some(id) = repere.id {
        return entrees.iter().rposition(|place| place.id == id);
    }
    let minute = minute_locale(repere.depuis);
    let a = |ecart: i64| {
        entrees.iter().rposition(|place| {
            *place.statut == repere.statut
                && (minute_de(place.date).duration_since(minute)
                    == SignedDuration::from_mins(ecart))
        })
    };
    a(0).or_else(|| a(1)).or_else(|| a(-1))
}

fn minute_locale(instant: Timestamp) -> DateTime {
    minute_de(instant.to_zoned(PARIS.clone()).datetime())
}

fn minute_de(date: DateTime) -> DateTime {
    date.with()
        .second(0)
        .subsec_nanosecond(0)
        .build()
        .unwrap_or(date)
}

/// Gives each passage an instant after the one before it, and none after the present one. Where the seconds in between do not suffice,
/// some share one.
fn dater(
    places: &[Place<'_>],
    dernier: Option<&Repere>,
    present: Timestamp,
    now: Timestamp,
) -> Vec<Passage> {
    let limite = now.checked_add(AVANCE_TOLEREE).unwrap_or(Timestamp::MAX);
    let mut avant: Option<Timestamp> = dernier
        .map(|dernier| dernier.depuis)
        .filter(|instant| *instant <= limite);
    let mut passages = Vec::with_capacity(places.len());
    for (rang, place) in places.iter().enumerate() {
        let suivant = avant.map(|instant| decaler(seconde(instant), 1));
        let instant = match suivant {
            Some(suivant) if place.future => suivant,
            Some(suivant) => place.instant.max(suivant),
            None if place.future => avant_le_premier_credible(places, rang),
            None => place.instant,
        };
        let suivent = i64::try_from(places.len() - rang).unwrap_or(0);
        let au_plus_tard = decaler(seconde(present), -suivent).max(avant.unwrap_or(Timestamp::MIN));
        let instant = instant.min(seconde(au_plus_tard));
        avant = Some(instant);
        passages.push(Passage {
            id: place.id,
            statut: place.statut.clone(),
            date: place.date,
            instant,
        });
    }
    passages
}

/// A first entry from the future is named just before the first credible one; its own date is all there is when no entry is credible.
fn avant_le_premier_credible(places: &[Place<'_>], rang: usize) -> Timestamp {
    let suivants = places.get(rang..).unwrap_or_default();
    let credible = suivants
        .iter()
        .position(|place| !place.future)
        .and_then(|ecart| Some((ecart, suivants.get(ecart)?)));
    match (credible, suivants.first()) {
        (Some((ecart, place)), _) => {
            decaler(seconde(place.instant), -i64::try_from(ecart).unwrap_or(0))
        }
        (None, Some(place)) => place.instant,
        (None, None) => Timestamp::MIN,
    }
}

fn decaler(instant: Timestamp, secondes: i64) -> Timestamp {
    instant
        .saturating_add(SignedDuration::from_secs(secondes))
        .unwrap_or(instant)
}

/// Episodes are named to the second, so passages differ by whole seconds.
fn seconde(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
