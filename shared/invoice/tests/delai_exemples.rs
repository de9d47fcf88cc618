//! The legal clock on cases worked out by hand. Every comment counts the days the way a person would, on a calendar.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use invoice::delai::{
    Anomalie, Creance, Delai, Depart, Effet, Etat, Evenement, Nature, Regle, RegleInvalide,
    Situation, TableTaux, TauxBce, calculer, interets,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

fn instant(texte: &str) -> Timestamp {
    texte.parse().unwrap()
}

/// An event at noon in Paris (11:00 or 10:00 UTC, never near midnight).
fn le(jour: Date, nature: Nature) -> Evenement {
    Evenement::nouveau(midi(jour), nature)
}

fn midi(jour: Date) -> Timestamp {
    jour.at(10, 30, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

fn de(montant: &str) -> Creance {
    Creance {
        montant_ttc: Some(montant.parse().unwrap()),
        date_execution: None,
    }
}

fn etat(jours: u16, evenements: &[Evenement], aujourdhui: Date) -> Etat {
    calculer(
        evenements,
        &de("12000.00"),
        &Regle::pour(jours).unwrap(),
        &TableTaux::default(),
        midi(aujourdhui),
    )
}

fn decimal(texte: &str) -> Decimal {
    texte.parse().unwrap()
}

#[test]
fn thirty_days_end_on_the_thirtieth_day_after_receipt() {
    // Received 1 March; 31 March is the 30th day after it.
    let etat = etat(
        30,
        &[le(date(2026, 3, 1), Nature::MiseADisposition)],
        date(2026, 3, 11),
    );
    assert_eq!(etat.debut, Some(date(2026, 3, 1)));
    assert_eq!(etat.echeance, Some(date(2026, 3, 31)));
    assert_eq!(etat.jours_restants, Some(20));
    assert_eq!(etat.situation, Situation::EnCours);
    assert_eq!(etat.anomalies, []);
}

#[test]
fn month_ends_and_leap_years_are_counted_in_days_not_in_months() {
    // 31 January + 28 days of February = 28 February, + 2 = 2 March.
    let mad = |annee| [le(date(annee, 1, 31), Nature::MiseADisposition)];
    assert_eq!(
        etat(30, &mad(2026), date(2026, 2, 1)).echeance,
        Some(date(2026, 3, 2))
    );
    // 2028 has a 29 February: one day earlier in the month.
    assert_eq!(
        etat(30, &mad(2028), date(2028, 2, 1)).echeance,
        Some(date(2028, 3, 1))
    );
    // Received on 29 February 2028: 1 + 29 = 30 March.
    let bissextile = [le(date(2028, 2, 29), Nature::MiseADisposition)];
    assert_eq!(
        etat(30, &bissextile, date(2028, 3, 1)).echeance,
        Some(date(2028, 3, 30))
    );
}

#[test]
fn a_hospital_has_fifty_days_and_a_public_undertaking_sixty() {
    let mad = [le(date(2026, 9, 1), Nature::MiseADisposition)];
    // 1 September + 29 = 30 September, + 21 = 21 October.
    assert_eq!(
        etat(50, &mad, date(2026, 9, 2)).echeance,
        Some(date(2026, 10, 21))
    );
    // + 31 = 31 October.
    assert_eq!(
        etat(60, &mad, date(2026, 9, 2)).echeance,
        Some(date(2026, 10, 31))
    );
}

#[test]
fn the_day_is_the_one_in_paris_on_both_nights_of_the_clock_change() {
    let debut = |quand: &str| {
        let mad = [Evenement::nouveau(instant(quand), Nature::MiseADisposition)];
        etat(30, &mad, date(2026, 12, 1)).debut.unwrap()
    };
    // Autumn 2026, the clocks go back on Sunday 25 October. Before: UTC+2, after: UTC+1.
    assert_eq!(
        debut("2026-10-24T22:30:00Z"),
        date(2026, 10, 25),
        "00:30 in summer time"
    );
    assert_eq!(
        debut("2026-10-25T22:30:00Z"),
        date(2026, 10, 25),
        "23:30 in winter time"
    );
    assert_eq!(
        debut("2026-10-25T23:30:00Z"),
        date(2026, 10, 26),
        "00:30 in winter time"
    );
    // Spring 2026, the clocks go forward on Sunday 29 March.
    assert_eq!(
        debut("2026-03-28T22:30:00Z"),
        date(2026, 3, 28),
        "23:30 in winter time"
    );
    assert_eq!(
        debut("2026-03-29T22:30:00Z"),
        date(2026, 3, 30),
        "00:30 in summer time"
    );
}

#[test]
fn a_delay_across_the_clock_change_has_as_many_days_as_any_other() {
    // 20 March + 30: 11 days to 31 March, 19 more. The lost hour takes no day away.
    let mad = [Evenement::nouveau(
        instant("2026-03-20T22:59:00Z"),
        Nature::MiseADisposition,
    )];
    let regle = Regle::pour(30).unwrap();
    let a = |now: &str| {
        calculer(
            &mad,
            &de("1.00"),
            &regle,
            &TableTaux::default(),
            instant(now),
        )
    };
    assert_eq!(a("2026-03-28T22:59:59Z").echeance, Some(date(2026, 4, 19)));
    assert_eq!(
        a("2026-03-28T22:59:59Z").jours_restants,
        Some(22),
        "still 28 March in Paris"
    );
    assert_eq!(
        a("2026-03-28T23:00:00Z").jours_restants,
        Some(21),
        "midnight, 29 March"
    );
    assert_eq!(
        a("2026-03-29T22:00:00Z").jours_restants,
        Some(20),
        "midnight after a day of 23 hours"
    );
}

#[test]
fn a_delay_that_ends_on_a_sunday_or_on_christmas_is_not_prolonged() {
    // 25 November 2026 + 30 = 25 December; 2 October 2026 + 30 = 1 November, a Sunday and All Saints'.
    let echeance = |mois, jour| {
        etat(
            30,
            &[le(date(2026, mois, jour), Nature::MiseADisposition)],
            date(2026, 12, 1),
        )
        .echeance
    };
    assert_eq!(echeance(11, 25), Some(date(2026, 12, 25)));
    assert_eq!(echeance(10, 2), Some(date(2026, 11, 1)));
}

#[test]
fn while_suspended_no_due_date_is_given() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
    ];
    let etat = etat(30, &evenements, date(2026, 12, 24));
    assert!(etat.suspendu);
    assert_eq!(
        (etat.situation, etat.echeance, etat.jours_restants),
        (Situation::Suspendue, None, None)
    );
    assert_eq!(etat.suspensions.len(), 1);
    assert_eq!(
        (etat.suspensions[0].du, etat.suspensions[0].au),
        (date(2026, 11, 12), None)
    );
    assert_eq!(
        etat.ordonnateur.utilises, 10,
        "the ordonnateur's days stand still"
    );
}

#[test]
fn completing_a_thirty_day_invoice_opens_thirty_new_days() {
    // Art. R2192-29: the balance on 12 November is 20 days, not more than 30: 30 days from 20 November end on 20 December.
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
        le(date(2026, 11, 20), Nature::Completee),
    ];
    let etat = etat(30, &evenements, date(2026, 11, 23));
    assert_eq!(etat.echeance, Some(date(2026, 12, 20)));
    assert_eq!(
        etat.delai_ouvert,
        Some(Delai {
            depuis: date(2026, 11, 20),
            jours: 30
        })
    );
    assert_eq!(
        etat.debut,
        Some(date(2026, 11, 2)),
        "the request was still received then"
    );
    assert_eq!(etat.suspensions[0].au, Some(date(2026, 11, 20)));
    assert!(!etat.suspendu);
}

#[test]
fn a_hospital_keeps_its_balance_when_it_is_more_than_thirty_days() {
    // 1 September, 50 days. Suspended on the 6th: 5 used, 45 left, more than 30. From 16 September: 14 to the 30th, 31 more.
    let tot = [
        le(date(2026, 9, 1), Nature::MiseADisposition),
        le(date(2026, 9, 6), Nature::Suspendue),
        le(date(2026, 9, 16), Nature::Completee),
    ];
    let etat_tot = etat(50, &tot, date(2026, 9, 20));
    assert_eq!(
        etat_tot.delai_ouvert,
        Some(Delai {
            depuis: date(2026, 9, 16),
            jours: 45
        })
    );
    assert_eq!(etat_tot.echeance, Some(date(2026, 10, 31)));

    // Suspended on the 26th: 25 left, so 30 new days from 1 October: the 31st as well.
    let tard = [
        le(date(2026, 9, 1), Nature::MiseADisposition),
        le(date(2026, 9, 26), Nature::Suspendue),
        le(date(2026, 10, 1), Nature::Completee),
    ];
    let etat_tard = etat(50, &tard, date(2026, 10, 2));
    assert_eq!(
        etat_tard.delai_ouvert,
        Some(Delai {
            depuis: date(2026, 10, 1),
            jours: 30
        })
    );
    assert_eq!(etat_tard.echeance, Some(date(2026, 10, 31)));
}

#[test]
fn a_conventional_delay_may_open_fewer_days_after_an_interruption() {
    // Art. R2192-30: 15 days plus the accountant's 10 = 25, from 20 November to 15 December.
    let regle = Regle {
        nouveau_delai_jours: 25,
        ..Regle::pour(30).unwrap()
    };
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
        le(date(2026, 11, 20), Nature::Completee),
    ];
    let etat = calculer(
        &evenements,
        &de("1"),
        &regle,
        &TableTaux::default(),
        midi(date(2026, 11, 21)),
    );
    assert_eq!(etat.echeance, Some(date(2026, 12, 15)));
}

#[test]
fn a_second_suspension_does_not_stop_the_clock_and_is_named() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
        le(date(2026, 11, 20), Nature::Completee),
        le(date(2026, 11, 25), Nature::Suspendue),
        le(date(2026, 12, 5), Nature::Completee),
    ];
    let etat = etat(30, &evenements, date(2026, 12, 6));
    assert_eq!(
        etat.echeance,
        Some(date(2026, 12, 20)),
        "as after the first one"
    );
    assert_eq!(etat.suspensions.len(), 2);
    assert_eq!(etat.suspensions[1].effet, Effet::SansEffetDejaInterrompu);
    assert_eq!(etat.suspensions[1].au, Some(date(2026, 12, 5)));
    assert!(etat.anomalies.contains(&Anomalie::SecondeSuspension {
        date: date(2026, 11, 25)
    }));
    assert!(etat.anomalies[0].to_string().contains("R. 2192-27"));
}

#[test]
fn an_invoice_suspended_twice_on_the_portal_is_not_interrupted_by_law() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
        le(date(2026, 11, 20), Nature::Completee),
        le(date(2026, 11, 25), Nature::Suspendue),
    ];
    let etat = etat(30, &evenements, date(2026, 12, 21));
    assert!(!etat.suspendu);
    assert_eq!(etat.jours_restants, Some(-1));
    assert_eq!(etat.retard.unwrap().jours, 1);
}

#[test]
fn a_suspension_after_the_mandate_does_not_stop_the_clock() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 10), Nature::Mandatee),
        le(date(2026, 11, 12), Nature::Suspendue),
    ];
    let etat = etat(30, &evenements, date(2026, 11, 13));
    assert_eq!(etat.echeance, Some(date(2026, 12, 2)));
    assert_eq!(etat.suspensions[0].effet, Effet::SansEffetApresMandatement);
}

#[test]
fn what_has_ended_cannot_be_interrupted_but_the_last_day_can() {
    let suspendue = |jour| {
        let evenements = [
            le(date(2026, 11, 2), Nature::MiseADisposition),
            le(jour, Nature::Suspendue),
        ];
        etat(30, &evenements, date(2026, 12, 10))
    };
    assert_eq!(
        suspendue(date(2026, 12, 2)).situation,
        Situation::Suspendue,
        "2 December is the last day"
    );
    let trop_tard = suspendue(date(2026, 12, 3));
    assert_eq!(
        (trop_tard.situation, trop_tard.echeance),
        (Situation::EnCours, Some(date(2026, 12, 2)))
    );
    assert_eq!(
        trop_tard.suspensions[0].effet,
        Effet::SansEffetApresEcheance
    );
}

#[test]
fn a_suspension_taken_up_again_without_a_completion_ends_there() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Suspendue),
        le(date(2026, 11, 15), Nature::Mandatee),
    ];
    let etat = etat(30, &evenements, date(2026, 11, 16));
    // 30 new days from 15 November: 15 to the 30th, 15 more.
    assert_eq!(etat.echeance, Some(date(2026, 12, 15)));
    assert_eq!(
        etat.anomalies,
        [Anomalie::RepriseSansCompletee {
            date: date(2026, 11, 15),
            nature: Nature::Mandatee
        }]
    );
}

#[test]
fn a_completion_without_a_suspension_changes_nothing() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 12), Nature::Completee),
    ];
    let etat = etat(30, &evenements, date(2026, 11, 13));
    assert_eq!(etat.echeance, Some(date(2026, 12, 2)));
    assert_eq!(
        etat.anomalies,
        [Anomalie::CompleteeSansSuspension {
            date: date(2026, 11, 12)
        }]
    );
}

#[test]
fn a_recycled_invoice_starts_again_when_it_is_made_available_again() {
    let mut evenements = vec![
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 5), Nature::ARecycler),
    ];
    let renvoyee = etat(30, &evenements, date(2026, 11, 8));
    assert_eq!(
        (renvoyee.situation, renvoyee.echeance),
        (Situation::Renvoyee, None)
    );

    evenements.extend([
        le(date(2026, 11, 9), Nature::Deposee),
        le(date(2026, 11, 10), Nature::MiseADisposition),
    ]);
    let revenue = etat(30, &evenements, date(2026, 11, 11));
    assert_eq!(
        (revenue.debut, revenue.echeance),
        (Some(date(2026, 11, 10)), Some(date(2026, 12, 10)))
    );
    assert_eq!(revenue.anomalies, []);
}

#[test]
fn an_invoice_treated_after_it_was_sent_back_keeps_its_first_due_date() {
    // The return is missing from the events; no due date at all would be the worst answer.
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 5), Nature::ARecycler),
        le(date(2026, 11, 12), Nature::Mandatee),
    ];
    let etat = etat(30, &evenements, date(2026, 11, 13));
    assert_eq!(etat.echeance, Some(date(2026, 12, 2)));
    assert_eq!(
        etat.anomalies,
        [Anomalie::RenvoiAnnule {
            date: date(2026, 11, 12),
            nature: Nature::Mandatee
        }]
    );
}

#[test]
fn counted_from_the_deposit_a_recycled_invoice_restarts_even_if_its_second_deposit_is_missing() {
    let evenements = [
        le(date(2026, 11, 1), Nature::Deposee),
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 5), Nature::ARecycler),
        le(date(2026, 11, 10), Nature::MiseADisposition),
    ];
    let regle = Regle::pour(30).unwrap().avec_depart(Depart::Depot);
    let etat = calculer(
        &evenements,
        &de("1"),
        &regle,
        &TableTaux::default(),
        midi(date(2026, 11, 11)),
    );
    assert_eq!(
        (etat.debut, etat.echeance),
        (Some(date(2026, 11, 10)), Some(date(2026, 12, 10)))
    );
}

#[test]
fn recycling_does_not_give_a_second_right_to_interrupt() {
    let evenements = [
        le(date(2026, 9, 1), Nature::MiseADisposition),
        le(date(2026, 9, 3), Nature::Suspendue),
        le(date(2026, 9, 5), Nature::Completee),
        le(date(2026, 9, 7), Nature::ARecycler),
        le(date(2026, 9, 10), Nature::MiseADisposition),
        le(date(2026, 9, 12), Nature::Suspendue),
    ];
    let etat = etat(30, &evenements, date(2026, 9, 13));
    assert_eq!(etat.suspensions[1].effet, Effet::SansEffetDejaInterrompu);
    assert_eq!(etat.echeance, Some(date(2026, 10, 10)));
}

#[test]
fn a_rejected_invoice_has_no_due_date() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 5), Nature::Rejetee),
    ];
    let etat = etat(30, &evenements, date(2027, 1, 1));
    assert_eq!(
        (etat.situation, etat.echeance, etat.retard),
        (Situation::Rejetee, None, None)
    );
}

#[test]
fn service_performed_after_the_request_starts_the_delay_but_the_status_service_fait_does_not() {
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 9), Nature::ServiceFait),
    ];
    let regle = Regle::pour(30).unwrap();
    let avec = |execution| {
        let creance = Creance {
            montant_ttc: None,
            date_execution: execution,
        };
        calculer(
            &evenements,
            &creance,
            &regle,
            &TableTaux::default(),
            midi(date(2026, 11, 20)),
        )
    };
    assert_eq!(avec(None).echeance, Some(date(2026, 12, 2)));
    assert_eq!(
        avec(Some(date(2026, 10, 1))).echeance,
        Some(date(2026, 12, 2)),
        "performed before: the request counts"
    );
    // Performed on 6 November: 24 to the 30th, 6 more.
    assert_eq!(
        avec(Some(date(2026, 11, 6))).echeance,
        Some(date(2026, 12, 6))
    );
    let future = avec(Some(date(2099, 1, 1)));
    assert_eq!(future.echeance, Some(date(2026, 12, 2)));
    assert_eq!(
        future.anomalies,
        [Anomalie::ExecutionFuture {
            date: date(2099, 1, 1)
        }]
    );
}

#[test]
fn the_start_can_be_the_deposit_and_falls_back_to_it() {
    let evenements = [
        le(date(2026, 11, 1), Nature::Deposee),
        le(date(2026, 11, 3), Nature::MiseADisposition),
    ];
    let calcul = |evenements: &[Evenement], depart| {
        let regle = Regle::pour(30).unwrap().avec_depart(depart);
        calculer(
            evenements,
            &de("1"),
            &regle,
            &TableTaux::default(),
            midi(date(2026, 11, 4)),
        )
    };
    assert_eq!(
        calcul(&evenements, Depart::MiseADisposition).debut,
        Some(date(2026, 11, 3))
    );
    assert_eq!(
        calcul(&evenements, Depart::Depot).debut,
        Some(date(2026, 11, 1))
    );
    let sans_disposition = calcul(&evenements[..1], Depart::MiseADisposition);
    assert_eq!(sans_disposition.debut, Some(date(2026, 11, 1)));
    assert_eq!(sans_disposition.anomalies, [Anomalie::DebutParDepot]);
    assert_eq!(
        calcul(&evenements[1..], Depart::Depot).debut,
        Some(date(2026, 11, 3))
    );
}

#[test]
fn paid_on_the_last_day_is_on_time_and_the_day_after_is_late() {
    let payee = |jour| {
        let evenements = [
            le(date(2026, 3, 2), Nature::MiseADisposition),
            le(jour, Nature::MiseEnPaiement),
        ];
        etat(30, &evenements, date(2026, 6, 1)).paiement.unwrap()
    };
    // 2 March + 29 = 31 March, + 1 = 1 April.
    let a_temps = payee(date(2026, 4, 1));
    assert_eq!(
        (a_temps.retard_jours, a_temps.interets, a_temps.indemnite),
        (Some(0), Some(Decimal::ZERO), Decimal::ZERO)
    );
    let en_retard = payee(date(2026, 4, 2));
    assert_eq!(en_retard.retard_jours, Some(1));
    // 12 000 × 10.15 % ÷ 365 = 3.3369…
    assert_eq!(
        (en_retard.interets, en_retard.indemnite),
        (Some(decimal("3.34")), decimal("40"))
    );
}

#[test]
fn a_late_payment_bears_interest_and_the_indemnity() {
    // Due 1 April 2026, paid on the 21st: 20 days. ECB on 1 January 2026: 2.15, + 8 = 10.15 %.
    // 12 000 × 10.15 % = 1 218 a year; × 20 ÷ 365 = 66.739…
    let evenements = [
        le(date(2026, 3, 2), Nature::MiseADisposition),
        le(date(2026, 4, 21), Nature::MiseEnPaiement),
    ];
    let etat = etat(30, &evenements, date(2026, 6, 1));
    let paiement = etat.paiement.unwrap();
    assert_eq!(paiement.date, date(2026, 4, 21));
    assert_eq!(paiement.retard_jours, Some(20));
    assert_eq!(paiement.taux, Some(decimal("10.15")));
    assert_eq!(paiement.interets, Some(decimal("66.74")));
    assert_eq!(paiement.indemnite, decimal("40"));
    // 45 days: 9 to 30 April, 31 of May, 5 of June.
    assert_eq!(paiement.a_verser_avant_le, Some(date(2026, 6, 5)));
    assert_eq!(
        (etat.echeance, etat.jours_restants, etat.retard),
        (Some(date(2026, 4, 1)), None, None)
    );
}

#[test]
fn the_rate_is_that_of_the_half_year_in_which_interest_begins() {
    let taux = |annee, mois, jour| {
        TableTaux::default()
            .taux_moratoire(date(annee, mois, jour))
            .unwrap()
    };
    assert_eq!(
        taux(2026, 6, 30),
        decimal("10.15"),
        "ECB 2.15 on 1 January 2026"
    );
    assert_eq!(
        taux(2026, 7, 1),
        decimal("10.40"),
        "ECB 2.40 since 17 June 2026"
    );
    assert_eq!(
        taux(2026, 12, 31),
        decimal("10.40"),
        "the change of 16 September 2026 waits for 1 January"
    );
    assert_eq!(
        taux(2025, 2, 1),
        decimal("11.15"),
        "ECB 3.15 on 1 January 2025"
    );
    assert_eq!(
        taux(2024, 7, 1),
        decimal("12.25"),
        "as Le Moniteur printed it"
    );
    assert_eq!(
        taux(2022, 12, 31),
        decimal("8.00"),
        "ECB 0 on 1 July 2022, raised on the 27th"
    );

    // Due 29 June, so interest begins on the 30th at 10.15 %, and keeps that rate through August.
    let evenements = [
        le(date(2026, 5, 30), Nature::MiseADisposition),
        le(date(2026, 8, 28), Nature::MiseEnPaiement),
    ];
    let paiement = etat(30, &evenements, date(2026, 9, 1)).paiement.unwrap();
    assert_eq!(
        (paiement.taux, paiement.retard_jours),
        (Some(decimal("10.15")), Some(60))
    );
}

#[test]
fn a_rate_table_of_the_configuration_takes_the_place_of_the_built_in_one() {
    let table: TableTaux = serde_json::from_str(
        r#"{"taux":[{"depuis":"2026-01-01","taux":"3.00"},{"depuis":"2020-01-01","taux":"1"}]}"#,
    )
    .unwrap();
    assert_eq!(
        table.taux_moratoire(date(2026, 3, 1)).unwrap(),
        decimal("11.00")
    );
    assert_eq!(table.en_vigueur(date(2019, 12, 31)), None);
    assert!(
        serde_json::from_str::<TauxBce>(r#"{"depuis":"2026-01-01","taux":2.15}"#).is_err(),
        "no float for a rate"
    );
}

#[test]
fn a_half_year_after_the_last_check_of_the_table_is_said() {
    let evenements = [
        le(date(2026, 12, 15), Nature::MiseADisposition),
        le(date(2027, 1, 20), Nature::MiseEnPaiement),
    ];
    let etat = etat(30, &evenements, date(2027, 2, 1));
    // The table says 2.65 since 16 September 2026; whether that still held on 1 January 2027 nobody has checked.
    assert_eq!(etat.paiement.unwrap().taux, Some(decimal("10.65")));
    assert_eq!(
        etat.anomalies,
        [Anomalie::TauxNonVerifie {
            semestre: date(2027, 1, 1)
        }]
    );
}

#[test]
fn late_and_unpaid_shows_what_it_would_cost_today() {
    let etat = etat(
        30,
        &[le(date(2026, 3, 2), Nature::MiseADisposition)],
        date(2026, 4, 21),
    );
    let retard = etat.retard.unwrap();
    assert_eq!(
        (retard.jours, retard.interets, retard.indemnite),
        (20, Some(decimal("66.74")), decimal("40"))
    );
    assert_eq!(etat.jours_restants, Some(-20));
}

#[test]
fn interest_is_rounded_once_to_the_cent_half_a_cent_up() {
    // 365 × 10 % × 1 ÷ 365 = 0.10; 18.25 × 10 % × 1 ÷ 365 = 0.005.
    assert_eq!(
        interets(decimal("365"), decimal("10"), 1),
        Some(decimal("0.10"))
    );
    assert_eq!(
        interets(decimal("18.25"), decimal("10"), 1),
        Some(decimal("0.01"))
    );
    assert_eq!(
        interets(decimal("18.24"), decimal("10"), 1),
        Some(decimal("0.00"))
    );
    assert_eq!(
        interets(decimal("-500"), decimal("10"), 90),
        Some(Decimal::ZERO),
        "nothing is due on a credit note"
    );
    assert_eq!(interets(Decimal::MAX, decimal("10"), 90), None);
}

#[test]
fn a_credit_note_is_never_late_for_money() {
    let evenements = [
        le(date(2026, 3, 2), Nature::MiseADisposition),
        le(date(2026, 4, 21), Nature::MiseEnPaiement),
    ];
    let etat = calculer(
        &evenements,
        &de("-80.00"),
        &Regle::pour(30).unwrap(),
        &TableTaux::default(),
        midi(date(2026, 5, 1)),
    );
    let paiement = etat.paiement.unwrap();
    assert_eq!(
        (paiement.interets, paiement.indemnite),
        (Some(Decimal::ZERO), Decimal::ZERO)
    );
}

#[test]
fn late_without_an_amount_or_a_rate_still_owes_the_indemnity() {
    let evenements = [
        le(date(2026, 3, 2), Nature::MiseADisposition),
        le(date(2026, 4, 21), Nature::MiseEnPaiement),
    ];
    let regle = Regle::pour(30).unwrap();
    let calcul = |creance: &Creance, table: &TableTaux| {
        calculer(&evenements, creance, &regle, table, midi(date(2026, 5, 1)))
    };

    let sans_montant = calcul(&Creance::default(), &TableTaux::default());
    assert_eq!(sans_montant.anomalies, [Anomalie::MontantInconnu]);
    let sans_taux = calcul(
        &de("10"),
        &TableTaux {
            taux: vec![],
            verifiee_le: None,
        },
    );
    assert_eq!(
        sans_taux.anomalies,
        [Anomalie::TauxInconnu {
            semestre: date(2026, 1, 1)
        }]
    );
    let enorme = calcul(
        &Creance {
            montant_ttc: Some(Decimal::MAX),
            date_execution: None,
        },
        &TableTaux::default(),
    );
    assert_eq!(enorme.anomalies, [Anomalie::MontantHorsLimites]);
    for etat in [sans_montant, sans_taux, enorme] {
        let paiement = etat.paiement.unwrap();
        assert_eq!(
            (paiement.retard_jours, paiement.interets, paiement.indemnite),
            (Some(20), None, decimal("40"))
        );
    }
}

#[test]
fn paid_while_suspended_is_not_late() {
    let evenements = [
        le(date(2026, 3, 2), Nature::MiseADisposition),
        le(date(2026, 3, 20), Nature::Suspendue),
        le(date(2026, 5, 20), Nature::MiseEnPaiement),
    ];
    let etat = etat(30, &evenements, date(2026, 6, 1));
    assert_eq!(etat.situation, Situation::Payee);
    assert_eq!(etat.paiement.unwrap().retard_jours, Some(0));
    assert!(!etat.suspendu);
}

#[test]
fn the_ordonnateur_and_the_accountant_each_have_their_share() {
    // 30 days = 20 + 10. Received 2 November, mandated on the 20th (18 days), with the accountant on the 23rd, paid on the 30th.
    let evenements = [
        le(date(2026, 11, 2), Nature::MiseADisposition),
        le(date(2026, 11, 20), Nature::Mandatee),
        le(date(2026, 11, 23), Nature::MiseADispositionComptable),
        le(date(2026, 11, 30), Nature::MiseEnPaiement),
    ];
    let avant = etat(30, &evenements[..1], date(2026, 11, 10));
    assert_eq!(
        (
            avant.ordonnateur.alloues,
            avant.ordonnateur.utilises,
            avant.ordonnateur.terminee
        ),
        (20, 8, false)
    );
    assert_eq!(
        avant.ordonnateur.limite,
        Some(date(2026, 11, 22)),
        "10 days before 2 December"
    );
    assert_eq!(
        (
            avant.comptable.alloues,
            avant.comptable.utilises,
            avant.comptable.limite
        ),
        (10, 0, None)
    );

    let apres = etat(30, &evenements, date(2026, 12, 15));
    assert_eq!(
        (
            apres.ordonnateur.utilises,
            apres.ordonnateur.restants(),
            apres.ordonnateur.terminee
        ),
        (18, 2, true)
    );
    assert_eq!(
        (apres.comptable.utilises, apres.comptable.terminee),
        (7, true),
        "from the day he had it"
    );
    assert_eq!(apres.comptable.limite, Some(date(2026, 12, 3)));
}

#[test]
fn the_shares_follow_the_kind_of_body_and_the_configuration() {
    let parts = |jours| {
        let regle = Regle::pour(jours).unwrap();
        (regle.part_ordonnateur_jours, regle.part_comptable_jours)
    };
    assert_eq!(
        [parts(30), parts(50), parts(60)],
        [(20, 10), (35, 15), (60, 0)]
    );
    assert!(Regle::pour(30).unwrap().avec_parts(25, 5).is_ok());
    assert_eq!(
        Regle::pour(30).unwrap().avec_parts(25, 10),
        Err(RegleInvalide::Parts {
            ordonnateur: 25,
            comptable: 10,
            jours: 30
        })
    );
    assert_eq!(
        [Regle::pour(0), Regle::pour(61)],
        [Err(RegleInvalide::Jours(0)), Err(RegleInvalide::Jours(61))]
    );
}

#[test]
fn a_date_in_2099_is_left_out_and_said() {
    let loin = Evenement::nouveau(instant("2099-12-31T23:00:00Z"), Nature::MiseEnPaiement);
    let etat = etat(
        30,
        &[le(date(2026, 11, 2), Nature::MiseADisposition), loin],
        date(2026, 11, 3),
    );
    assert_eq!(
        (etat.situation, etat.echeance),
        (Situation::EnCours, Some(date(2026, 12, 2)))
    );
    assert_eq!(
        etat.anomalies,
        [Anomalie::DansLeFutur {
            quand: loin.quand,
            nature: loin.nature
        }]
    );
}

#[test]
fn events_before_the_start_are_left_out_and_said() {
    let trop_tot = le(date(2026, 10, 1), Nature::Suspendue);
    let etat = etat(
        30,
        &[trop_tot, le(date(2026, 11, 2), Nature::MiseADisposition)],
        date(2026, 11, 3),
    );
    assert_eq!(etat.echeance, Some(date(2026, 12, 2)));
    assert_eq!(
        etat.anomalies,
        [Anomalie::AvantLeDebut {
            quand: trop_tot.quand,
            nature: Nature::Suspendue
        }]
    );
}

#[test]
fn without_a_start_nothing_is_claimed() {
    let vide = etat(30, &[], date(2026, 11, 3));
    assert_eq!(
        (vide.situation, vide.debut, vide.echeance),
        (Situation::SansDebut, None, None)
    );
    assert_eq!(vide.anomalies, [Anomalie::DebutInconnu]);

    let payee = etat(
        30,
        &[le(date(2026, 11, 2), Nature::MiseEnPaiement)],
        date(2026, 11, 3),
    );
    let paiement = payee.paiement.unwrap();
    assert_eq!(
        (paiement.retard_jours, paiement.interets),
        (None, None),
        "late or not, nobody can tell"
    );
}

#[test]
fn the_state_survives_json_and_holds_no_float() {
    let evenements = [
        le(date(2026, 3, 2), Nature::MiseADisposition),
        le(date(2026, 3, 10), Nature::Suspendue),
        le(date(2026, 3, 12), Nature::Completee),
        le(date(2026, 5, 21), Nature::MiseEnPaiement),
    ];
    let etat = etat(30, &evenements, date(2026, 6, 1));
    let json = serde_json::to_value(&etat).unwrap();
    // 30 new days from 12 March: 11 April; 40 days late: 1 218 × 40 ÷ 365 = 133.479…
    assert_eq!(json["paiement"]["interets"], "133.48");
    assert_eq!(json["paiement"]["retardJours"], 40);
    assert_eq!(json["suspensions"][0]["effet"], "INTERROMPT");
    assert_eq!(json["echeance"], "2026-04-11");
    assert_eq!(serde_json::from_value::<Etat>(json.clone()).unwrap(), etat);

    let schema = serde_json::to_value(schemars::schema_for!(Etat)).unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
}
