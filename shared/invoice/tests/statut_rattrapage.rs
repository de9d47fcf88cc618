//! What happened between two polls, from the portal's history.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeSet;

use invoice::statut::rattrapage::{Entree, Etrangete, Passage, suspensions};
use invoice::statut::{Repere, Statut, rattraper};
use jiff::Timestamp;
use proptest::prelude::*;

const MAINTENANT: &str = "2026-11-23T12:00:00Z";

fn instant(texte: &str) -> Timestamp {
    texte.parse().unwrap()
}

fn repere(statut: &str, depuis: &str) -> Repere {
    Repere::nouveau(Statut::from(statut), instant(depuis))
}

/// A line of the history; the date is French local time, as the portal gives it.
fn entree(id: i64, statut: &str, date: &str) -> Entree {
    Entree {
        id,
        statut: Statut::from(statut),
        date: date.parse().unwrap(),
    }
}

fn noms(passages: &[Passage]) -> Vec<String> {
    passages
        .iter()
        .map(|passage| format!("{} {}", passage.instant, passage.statut))
        .collect()
}

/// Made available, suspended, completed, acknowledged, mandated: newest first, as the portal lists it.
fn histoire() -> Vec<Entree> {
    vec![
        entree(60, "MANDATEE", "2026-11-20 16:00"),
        entree(50, "SERVICE_FAIT", "2026-11-20 09:02"),
        entree(40, "COMPLETEE", "2026-11-19 18:30"),
        entree(30, "SUSPENDUE", "2026-11-18 09:02"),
        entree(20, "MISE_A_DISPOSITION", "2026-11-17 11:08"),
        entree(10, "DEPOSEE", "2026-11-17 11:08"),
    ]
}

#[test]
fn in_the_hour_that_comes_twice_the_numbers_tell_the_order() {
    let histoire = [
        entree(50, "MANDATEE", "2026-10-26 09:00"),
        entree(40, "COMPLETEE", "2026-10-25 02:18"),
        entree(30, "SUSPENDUE", "2026-10-25 02:54"),
        entree(20, "MISE_A_DISPOSITION", "2026-10-24 11:08"),
    ];
    let dernier = repere("MISE_A_DISPOSITION", "2026-10-24T09:08:12Z");
    let present = repere("MANDATEE", "2026-10-26T08:00:12Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-10-25T00:54:00Z SUSPENDUE",
            "2026-10-25T01:18:00Z COMPLETEE"
        ]
    );
    assert_eq!(rattrapage.etrangetes, []);
}

#[test]
fn the_changes_between_two_polls_come_out_in_order() {
    let dernier = repere("SUSPENDUE", "2026-11-18T08:02:41.674Z");
    let present = repere("MANDATEE", "2026-11-20T15:00:12.001Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire(), instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-19T17:30:00Z COMPLETEE",
            "2026-11-20T08:02:00Z SERVICE_FAIT"
        ]
    );
    assert_eq!(rattrapage.etrangetes, []);
}

#[test]
fn nothing_is_missed_when_nothing_happened() {
    let dernier = repere("MANDATEE", "2026-11-20T15:00:12.001Z");
    assert!(
        rattraper(Some(&dernier), &dernier, &histoire(), instant(MAINTENANT))
            .entre
            .is_empty()
    );
    let avant = repere("SERVICE_FAIT", "2026-11-20T08:02:30Z");
    assert!(
        rattraper(Some(&avant), &dernier, &histoire(), instant(MAINTENANT))
            .entre
            .is_empty()
    );
}

#[test]
fn an_invoice_never_seen_brings_its_whole_past() {
    let present = repere("SUSPENDUE", "2026-11-18T08:02:41Z");
    let rattrapage = rattraper(None, &present, &histoire(), instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-17T10:08:00Z DEPOSEE",
            "2026-11-17T10:08:01Z MISE_A_DISPOSITION"
        ]
    );
}

#[test]
fn changes_of_one_minute_are_ordered_by_their_number_and_never_share_a_name() {
    let histoire = [
        entree(4, "SUSPENDUE", "2026-11-20 09:15"),
        entree(2, "SUSPENDUE", "2026-11-20 09:15"),
        entree(3, "COMPLETEE", "2026-11-20 09:15"),
        entree(1, "MISE_A_DISPOSITION", "2026-11-20 09:15"),
        entree(5, "REJETEE", "2026-11-20 09:16"),
    ];
    let dernier = repere("MISE_A_DISPOSITION", "2026-11-20T08:15:07.250Z");
    let present = repere("REJETEE", "2026-11-20T08:16:30Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-20T08:15:08Z SUSPENDUE",
            "2026-11-20T08:15:09Z COMPLETEE",
            "2026-11-20T08:15:10Z SUSPENDUE"
        ]
    );
    assert_eq!(suspensions(&histoire), 2);
}

#[test]
fn one_status_twice_in_a_minute_is_first_the_known_then_the_present() {
    let histoire = [
        entree(1, "SUSPENDUE", "2026-11-20 09:15"),
        entree(2, "COMPLETEE", "2026-11-20 09:15"),
        entree(3, "SUSPENDUE", "2026-11-20 09:15"),
    ];
    let dernier = repere("SUSPENDUE", "2026-11-20T08:15:10Z");
    let present = repere("SUSPENDUE", "2026-11-20T08:15:50Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(noms(&rattrapage.entre), ["2026-11-20T08:15:11Z COMPLETEE"]);
}

#[test]
fn work_that_stopped_half_way_is_taken_up_where_it_stopped() {
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let tout = rattraper(None, &present, &histoire(), instant(MAINTENANT)).entre;
    for fait in 0..tout.len() {
        let reste = rattraper(
            Some(&Repere::from(&tout[fait])),
            &present,
            &histoire(),
            instant(MAINTENANT),
        )
        .entre;
        assert_eq!(reste, tout[fait + 1..], "after {fait}");
    }
}

#[test]
fn an_entry_in_2099_takes_its_place_by_its_number() {
    let mut histoire = histoire();
    histoire.push(entree(
        45,
        "PRISE_EN_COMPTE_DESTINATAIRE",
        "2099-01-01 00:00",
    ));
    let dernier = repere("SUSPENDUE", "2026-11-18T08:02:41Z");
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-19T17:30:00Z COMPLETEE",
            "2026-11-19T17:30:01Z PRISE_EN_COMPTE_DESTINATAIRE",
            "2026-11-20T08:02:00Z SERVICE_FAIT"
        ]
    );
    assert_eq!(
        rattrapage.etrangetes,
        [Etrangete::DateFuture {
            id: 45,
            date: "2099-01-01T00:00".parse().unwrap()
        }]
    );
}

#[test]
fn a_history_that_begins_in_2099_keeps_its_order_and_its_names_apart() {
    let histoire = [
        entree(1, "SUSPENDUE", "2099-01-01 00:00"),
        entree(2, "SUSPENDUE", "2099-01-01 00:00"),
        entree(3, "COMPLETEE", "2026-11-20 09:15"),
    ];
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let attendu = [
        "2026-11-20T08:14:58Z SUSPENDUE",
        "2026-11-20T08:14:59Z SUSPENDUE",
        "2026-11-20T08:15:00Z COMPLETEE",
    ];
    assert_eq!(
        noms(&rattraper(None, &present, &histoire, instant(MAINTENANT)).entre),
        attendu
    );
    let sans_repere = rattraper(None, &present, &histoire[..2], instant(MAINTENANT)).entre;
    assert_eq!(
        noms(&sans_repere),
        [
            "2026-11-20T15:00:10Z SUSPENDUE",
            "2026-11-20T15:00:11Z SUSPENDUE"
        ],
        "without a credible neighbour they are named just before the present"
    );
}

#[test]
fn changes_within_a_second_or_two_are_never_named_after_the_present_one() {
    let histoire = [
        entree(1, "MISE_A_DISPOSITION", "2026-11-20 16:00"),
        entree(2, "SERVICE_FAIT", "2026-11-20 16:00"),
        entree(3, "MANDATEE", "2026-11-20 16:00"),
    ];
    let dernier = repere("MISE_A_DISPOSITION", "2026-11-20T15:00:11Z");
    for (present, attendu) in [
        (
            "2026-11-20T15:00:11.900Z",
            "2026-11-20T15:00:11Z SERVICE_FAIT",
        ),
        ("2026-11-20T15:00:12Z", "2026-11-20T15:00:11Z SERVICE_FAIT"),
        ("2026-11-20T15:00:13Z", "2026-11-20T15:00:12Z SERVICE_FAIT"),
        ("2026-11-20T15:00:40Z", "2026-11-20T15:00:12Z SERVICE_FAIT"),
    ] {
        let present = repere("MANDATEE", present);
        let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
        assert_eq!(noms(&rattrapage.entre), [attendu]);
    }
}

#[test]
fn a_known_episode_of_2099_does_not_hide_what_came_after_it() {
    let mut histoire = histoire();
    histoire.push(entree(
        45,
        "PRISE_EN_COMPTE_DESTINATAIRE",
        "2099-01-01 00:00",
    ));
    let dernier = repere("PRISE_EN_COMPTE_DESTINATAIRE", "2098-12-31T23:00:20Z");
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        ["2026-11-20T08:02:00Z SERVICE_FAIT"]
    );
}

#[test]
fn entries_older_than_the_oldest_fact_are_not_announced() {
    let mut histoire = histoire();
    histoire.push(entree(5, "BROUILLON", "1998-01-01 00:00"));
    let dernier = repere("MISE_A_DISPOSITION", "2026-11-17T10:08:30Z");
    let present = repere("SUSPENDUE", "2026-11-18T08:02:41Z");
    assert!(
        rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT))
            .entre
            .is_empty()
    );
}

#[test]
fn a_known_episode_that_the_history_has_lost_is_placed_by_its_minute() {
    let dernier = repere("NON_CONFORME", "2026-11-19T10:00:00Z");
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire(), instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-19T17:30:00Z COMPLETEE",
            "2026-11-20T08:02:00Z SERVICE_FAIT"
        ]
    );
    assert_eq!(rattrapage.etrangetes, [Etrangete::DernierIntrouvable]);
}

#[test]
fn a_history_that_does_not_show_the_present_status_yet_still_gives_all_it_has() {
    let dernier = repere("COMPLETEE", "2026-11-19T17:30:30Z");
    let present = repere("MISE_EN_PAIEMENT", "2026-11-23T09:00:00Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire(), instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        [
            "2026-11-20T08:02:00Z SERVICE_FAIT",
            "2026-11-20T15:00:00Z MANDATEE"
        ]
    );
    assert_eq!(rattrapage.etrangetes, [Etrangete::PresentIntrouvable]);
}

#[test]
fn a_search_that_is_behind_what_is_known_brings_nothing() {
    let dernier = repere("MANDATEE", "2026-11-20T15:00:12Z");
    let present = repere("COMPLETEE", "2026-11-19T17:30:30Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire(), instant(MAINTENANT));
    assert!(rattrapage.entre.is_empty());
    assert_eq!(rattrapage.etrangetes, [Etrangete::PresentAnterieur]);
}

#[test]
fn the_hour_that_comes_twice_is_matched_on_the_wall_clock() {
    // 25 October 2026, 02:30 in Paris happens at 00:30 and at 01:30 UTC; the history cannot tell which.
    let histoire = [
        entree(1, "MISE_A_DISPOSITION", "2026-10-25 02:30"),
        entree(2, "SERVICE_FAIT", "2026-10-25 02:50"),
        entree(3, "MANDATEE", "2026-10-25 09:00"),
    ];
    let dernier = repere("MISE_A_DISPOSITION", "2026-10-25T01:30:30Z");
    let present = repere("MANDATEE", "2026-10-25T08:00:10Z");
    let rattrapage = rattraper(Some(&dernier), &present, &histoire, instant(MAINTENANT));
    assert_eq!(
        noms(&rattrapage.entre),
        ["2026-10-25T01:30:31Z SERVICE_FAIT"],
        "never before what came before it"
    );
}

#[test]
fn an_entry_listed_twice_is_one_change() {
    let mut histoire = histoire();
    histoire.extend(histoire.clone());
    let present = repere("MANDATEE", "2026-11-20T15:00:12Z");
    assert_eq!(
        rattraper(None, &present, &histoire, instant(MAINTENANT))
            .entre
            .len(),
        5
    );
    assert_eq!(suspensions(&histoire), 1);
}

fn histoires() -> impl Strategy<Value = Vec<Entree>> {
    let statut = prop::sample::select(vec![
        "MISE_A_DISPOSITION",
        "SUSPENDUE",
        "COMPLETEE",
        "SERVICE_FAIT",
        "MANDATEE",
    ]);
    prop::collection::vec((0..90_i64, statut, prop::bool::weighted(0.2)), 1..10).prop_map(
        |lignes| {
            let debut: jiff::civil::DateTime = "2026-11-20T08:00".parse().unwrap();
            let mut minutes: Vec<_> = lignes.iter().map(|(minute, ..)| *minute).collect();
            minutes.sort_unstable();
            lignes
                .into_iter()
                .zip(minutes)
                .enumerate()
                .map(|(rang, ((_, statut, folle), minute))| Entree {
                    id: 100 + i64::try_from(rang).unwrap(),
                    statut: Statut::from(statut),
                    date: if folle {
                        "2099-06-01T00:00".parse().unwrap()
                    } else {
                        debut + jiff::Span::new().minutes(minute)
                    },
                })
                .collect()
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_the_lines_does_not_matter_and_no_two_changes_share_a_name(
        (histoire, melangee) in histoires().prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle())),
    ) {
        let present = repere("MISE_EN_PAIEMENT", "2026-11-23T09:00:00Z");
        let rattrapage = rattraper(None, &present, &histoire, instant(MAINTENANT));
        prop_assert_eq!(&rattrapage, &rattraper(None, &present, &melangee, instant(MAINTENANT)));
        prop_assert_eq!(rattrapage.entre.len(), histoire.len());
        let ids: Vec<_> = rattrapage.entre.iter().map(|passage| passage.id).collect();
        prop_assert!(ids.is_sorted(), "numbers grow with time here: {:?}", ids);
        let noms: BTreeSet<_> = noms(&rattrapage.entre).into_iter().collect();
        prop_assert_eq!(noms.len(), rattrapage.entre.len());
    }

    #[test]
    fn every_change_is_either_known_or_announced(histoire in histoires(), connus in 0..10_usize) {
        let present = repere("MISE_EN_PAIEMENT", "2026-11-23T09:00:00Z");
        let tout = rattraper(None, &present, &histoire, instant(MAINTENANT)).entre;
        let Some(dernier) = tout.get(connus) else { return Ok(()) };
        let reste = rattraper(Some(&Repere::from(dernier)), &present, &histoire, instant(MAINTENANT)).entre;
        let ids = |passages: &[Passage]| passages.iter().map(|passage| passage.id).collect::<Vec<_>>();
        prop_assert_eq!(ids(&reste), ids(&tout[connus + 1..]));
    }
}
