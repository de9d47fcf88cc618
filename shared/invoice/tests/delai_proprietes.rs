//! What must hold of the legal clock whatever the events.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use invoice::delai::{Creance, Etat, Evenement, Nature, Regle, TableTaux, calculer};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;

const MINUIT_UTC_1ER_JANVIER_2026: i64 = 1_767_225_600;
const JOUR: i64 = 86_400;

fn a(secondes: i64) -> Timestamp {
    Timestamp::from_second(MINUIT_UTC_1ER_JANVIER_2026 + secondes).unwrap()
}

fn natures() -> impl Strategy<Value = Nature> {
    prop::sample::select(vec![
        Nature::Deposee,
        Nature::MiseADisposition,
        Nature::ServiceFait,
        Nature::Suspendue,
        Nature::Completee,
        Nature::ARecycler,
        Nature::Rejetee,
        Nature::Mandatee,
        Nature::MiseADispositionComptable,
        Nature::Comptabilisee,
        Nature::MiseEnPaiement,
    ])
}

/// Any events of the first 150 days of 2026; hours apart or at the very same second.
fn vies() -> impl Strategy<Value = Vec<Evenement>> {
    let evenement = (0..150 * 24_i64, natures())
        .prop_map(|(heure, nature)| Evenement::nouveau(a(heure * 3_600), nature));
    prop::collection::vec(evenement, 0..12)
}

/// A life in treatment: made available, then steps that neither stop nor end the delay.
fn traitements() -> impl Strategy<Value = Vec<Evenement>> {
    let nature = prop::sample::select(vec![
        Nature::Deposee,
        Nature::MiseADisposition,
        Nature::ServiceFait,
        Nature::Mandatee,
    ]);
    let evenement = (1..100 * 24_i64, nature)
        .prop_map(|(heure, nature)| Evenement::nouveau(a(heure * 3_600), nature));
    prop::collection::vec(evenement, 0..5).prop_map(|mut evenements| {
        evenements.push(Evenement::nouveau(a(0), Nature::MiseADisposition));
        evenements
    })
}

fn regles() -> impl Strategy<Value = Regle> {
    prop::sample::select(vec![7, 20, 30, 50, 60]).prop_map(|jours| Regle::pour(jours).unwrap())
}

fn etat(evenements: &[Evenement], regle: &Regle, now: Timestamp) -> Etat {
    etat_execute(evenements, None, regle, now)
}

fn etat_execute(
    evenements: &[Evenement],
    date_execution: Option<Date>,
    regle: &Regle,
    now: Timestamp,
) -> Etat {
    let creance = Creance {
        montant_ttc: Some(Decimal::new(123_456, 2)),
        date_execution,
    };
    calculer(evenements, &creance, regle, &TableTaux::default(), now)
}

fn fin() -> Timestamp {
    a(400 * JOUR)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_order_of_events_does_not_matter(
        (vie, melangee) in vies().prop_flat_map(|vie| (Just(vie.clone()), Just(vie).prop_shuffle())),
        regle in regles(),
    ) {
        prop_assert_eq!(etat(&vie, &regle, fin()), etat(&melangee, &regle, fin()));
    }

    #[test]
    fn a_duplicate_event_changes_nothing(vie in vies(), lequel in any::<prop::sample::Index>(), regle in regles()) {
        prop_assume!(!vie.is_empty());
        let mut double = vie.clone();
        double.push(*lequel.get(&vie));
        prop_assert_eq!(etat(&vie, &regle, fin()), etat(&double, &regle, fin()));
    }

    #[test]
    fn suspending_never_brings_the_due_date_nearer(
        vie in traitements(),
        suspendue in 0..120 * 24_i64,
        duree in prop::option::of(0..60 * 24_i64),
        execution in prop::option::of(0..120_i64),
        regle in regles(),
    ) {
        let execution = execution.map(|jour| invoice::delai::jour(a(jour * JOUR)));
        let sans = etat_execute(&vie, execution, &regle, fin()).echeance.unwrap();
        let mut avec = vie;
        avec.push(Evenement::nouveau(a(suspendue * 3_600), Nature::Suspendue));
        if let Some(duree) = duree {
            avec.push(Evenement::nouveau(a((suspendue + duree) * 3_600), Nature::Completee));
        }
        if let Some(echeance) = etat_execute(&avec, execution, &regle, fin()).echeance {
            prop_assert!(echeance >= sans, "{echeance} < {sans}");
        }
    }

    #[test]
    fn one_more_suspension_after_any_life_never_brings_the_due_date_nearer(vie in vies(), regle in regles()) {
        let Some(sans) = etat(&vie, &regle, fin()).echeance else { return Ok(()) };
        let mut avec = vie;
        avec.push(Evenement::nouveau(a(151 * JOUR), Nature::Suspendue));
        if let Some(echeance) = etat(&avec, &regle, fin()).echeance {
            prop_assert!(echeance >= sans);
        }
    }

    #[test]
    fn the_law_counts_one_interruption_at_most(vie in vies(), regle in regles()) {
        let effectives = etat(&vie, &regle, fin())
            .suspensions
            .into_iter()
            .filter(|suspension| suspension.effet == invoice::delai::Effet::Interrompt)
            .count();
        prop_assert!(effectives <= 1);
    }

    #[test]
    fn every_day_takes_one_day_off(vie in vies(), regle in regles(), jours in 0..1_000_i64) {
        // From noon to noon, so that a day of 23 or 25 hours does not move the date.
        let midi = |n: i64| a((151 + n) * JOUR + 11 * 3_600);
        let (aujourdhui, demain) = (etat(&vie, &regle, midi(jours)), etat(&vie, &regle, midi(jours + 1)));
        prop_assert_eq!(aujourdhui.jours_restants.map(|restants| restants - 1), demain.jours_restants);
        prop_assert_eq!(aujourdhui.echeance, demain.echeance);
    }

    #[test]
    fn a_payment_is_late_by_the_days_after_the_due_date_and_by_no_less_than_zero(
        vie in vies(),
        jour in 0..300_i64,
        regle in regles(),
    ) {
        let paye = a(jour * JOUR + 11 * 3_600);
        let mut vie: Vec<_> = vie.into_iter().filter(|evenement| evenement.nature != Nature::MiseEnPaiement).collect();
        vie.push(Evenement::nouveau(paye, Nature::MiseEnPaiement));
        let etat = etat(&vie, &regle, fin());
        let paiement = etat.paiement.unwrap();
        match etat.echeance {
            Some(echeance) => {
                let attendu = (paiement.date.duration_since(echeance).as_hours() / 24).max(0);
                prop_assert_eq!(paiement.retard_jours.map(i64::from), Some(attendu));
                prop_assert_eq!(paiement.indemnite > Decimal::ZERO, attendu > 0);
                prop_assert_eq!(paiement.interets.unwrap() > Decimal::ZERO, attendu > 0);
            }
            None => prop_assert_eq!(paiement.indemnite, Decimal::ZERO),
        }
        prop_assert_eq!(etat.jours_restants, None);
        prop_assert!(!etat.suspendu);
    }

    #[test]
    fn interrupted_means_no_due_date_and_running_means_one(vie in vies(), regle in regles()) {
        let etat = etat(&vie, &regle, fin());
        if etat.suspendu {
            prop_assert_eq!(etat.echeance, None);
        }
        if etat.situation == invoice::delai::Situation::EnCours {
            prop_assert!(etat.echeance.is_some());
        }
        for suspension in &etat.suspensions {
            prop_assert!(suspension.au.is_none_or(|au| au >= suspension.du));
        }
    }

    #[test]
    fn the_two_shares_make_the_delay_that_counts(vie in vies(), regle in regles()) {
        let etat = etat(&vie, &regle, fin());
        if let Some(delai) = etat.delai_ouvert {
            prop_assert_eq!(etat.ordonnateur.alloues + etat.comptable.alloues, delai.jours);
            let fin_du_delai = delai.depuis + jiff::Span::new().days(i64::from(delai.jours));
            prop_assert!(etat.echeance.is_none_or(|echeance| echeance == fin_du_delai));
        }
    }

    #[test]
    fn no_instant_of_the_calendar_breaks_the_clock(
        evenements in prop::collection::vec(
            (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(), natures()), 0..8),
        maintenant in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
        regle in regles(),
    ) {
        let vie: Vec<_> = evenements
            .into_iter()
            .map(|(seconde, nature)| Evenement::nouveau(Timestamp::from_second(seconde).unwrap(), nature))
            .collect();
        let now = Timestamp::from_second(maintenant).unwrap();
        let etat = etat(&vie, &regle, now);
        let limite = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        if vie.iter().all(|evenement| evenement.quand > limite) {
            prop_assert_eq!(etat.debut, None);
        }
    }
}
