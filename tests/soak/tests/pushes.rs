//! A thousand commands, and a portal that does not always say what it did.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use chorus_pro_sim::{
    FaultKind, FaultRule, Operation,
    state::{Actor, Invoice},
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use messages::{Resultat, SetStatus, Steps};
use soak::world::{Establishments, Kill, Worked, World};

const INVOICES: usize = 1_000;

/// A world whose ERP knows a thousand invoices and asks for SERVICE_FAIT of each.
async fn a_thousand_commands() -> World {
    let mut world = World::start(Establishments::All).await.unwrap();
    world.reset(4).await.unwrap();
    let mut rng = fastrand::Rng::with_seed(4);
    let sirets = ["00000000013456", "00000000022226", "00000000039991"];
    for siret in sirets.into_iter().cycle().take(INVOICES) {
        assert!(world.people().deposit(siret, &mut rng));
    }
    world.settle_down().await.unwrap();
    let known: Vec<(u64, String)> = world
        .erp()
        .views()
        .iter()
        .map(|(id, view)| (*id, view.siret.clone()))
        .collect();
    assert_eq!(known.len(), INVOICES);
    let cloud = world.cloud().clone();
    for (id_facture, siret) in known {
        let command = SetStatus {
            siret,
            id_facture,
            nouveau_statut: "SERVICE_FAIT".into(),
            motif: Some(format!("commande pour {id_facture}")),
            numero_dp_mandat: None,
            reference_erp: None,
            statut_actuel: None,
            insister: true,
        };
        world.erp_mut().send(&cloud, command);
    }
    world.simulator().journal().clear();
    world
}

async fn push_all(world: &mut World) {
    while world.push(None).await != Worked::Idle {}
    while world.erp_reads(false) > 0 {}
}

fn times_set(invoice: &Invoice) -> usize {
    invoice
        .historique
        .iter()
        .filter(|entry| entry.code == "SERVICE_FAIT")
        .count()
}

#[tokio::test(start_paused = true)]
async fn when_nothing_is_odd_a_push_costs_exactly_one_call() {
    let mut world = a_thousand_commands().await;
    push_all(&mut world).await;
    let calls: Vec<(&str, u64)> = world
        .simulator()
        .journal()
        .summary()
        .into_iter()
        .filter(|(operation, _)| *operation != Operation::Token.name())
        .map(|(operation, count)| (operation, count.calls))
        .collect();
    assert_eq!(calls, [("factures/v1/traiter/recue", INVOICES as u64)]);
    world.settle_down().await.unwrap();
    assert_eq!(world.problems(), []);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_commands_have_a_thousand_outcomes_and_none_is_pushed_twice() {
    let mut world = a_thousand_commands().await;
    let lost = FaultRule {
        rate: Some(0.05),
        ..FaultRule::always(FaultKind::Dropped)
            .on("factures/v1/traiter/recue")
            .after_effect()
    };
    world.simulator().set_faults(vec![lost]).unwrap();
    push_all(&mut world).await;
    let struck = world.simulator().journal().summary()["factures/v1/traiter/recue"].faulty;
    assert!((20..=90).contains(&struck), "{struck} of 1 000 were lost");
    world.settle_down().await.unwrap();

    assert_eq!(world.problems(), []);
    let set: Vec<usize> = world
        .simulator()
        .invoices()
        .iter()
        .map(|invoice| times_set(invoice))
        .collect();
    assert_eq!(set, [1; INVOICES]);
    let outcomes: Vec<_> = world
        .erp()
        .orders()
        .values()
        .flat_map(|order| order.outcomes.values())
        .collect();
    assert_eq!(outcomes.len(), INVOICES);
    assert!(
        outcomes
            .iter()
            .all(|(_, results)| *results == [Resultat::Applique])
    );
}

/// One invoice, at this moment, that the ERP has heard of.
async fn an_invoice(announced: &str) -> (World, Rng) {
    let mut world = World::start(Establishments::One).await.unwrap();
    let mut rng = Rng::with_seed(1);
    until(&world, announced);
    assert!(world.people().deposit("00000000013456", &mut rng));
    world.settle_down().await.unwrap();
    (world, rng)
}

fn until(world: &World, moment: &str) {
    let moment: Timestamp = moment.parse().unwrap();
    let wait = moment.duration_since(world.clock().now());
    assert!(!wait.is_negative(), "it is later than {moment}");
    world.clock().advance(wait);
}

/// The ERP asks; the function is killed once the portal has set a status.
async fn killed_once_set(world: &mut World, statuses: impl Into<Steps>) {
    let views = world.erp().views().iter();
    let (id_facture, siret) = views
        .map(|(id, view)| (*id, view.siret.clone()))
        .next()
        .unwrap();
    let command = SetStatus {
        siret,
        id_facture,
        nouveau_statut: statuses.into(),
        motif: Some("à revoir".to_owned()),
        numero_dp_mandat: Some("BJ-1".to_owned()),
        reference_erp: None,
        statut_actuel: None,
        insister: true,
    };
    let cloud = world.cloud().clone();
    world.erp_mut().send(&cloud, command);
    // The first call to the portal asks for a token.
    for calls in 1..9 {
        world.push(Some(Kill::AtPortalCall(calls))).await;
        if applied(world) > 0 {
            break;
        }
        world.clock().advance(SignedDuration::from_mins(13));
    }
    assert_eq!(applied(world), 1);
    world.clock().advance(SignedDuration::from_mins(2));
}

/// How many calls of `traiter/recue` the portal has answered with 200.
fn applied(world: &World) -> u64 {
    let summary = world.simulator().journal().summary();
    let count = summary.get("factures/v1/traiter/recue");
    count
        .and_then(|c| c.statuses.get(&200))
        .copied()
        .unwrap_or_default()
}

/// The function is killed once the status is set, and the supplier undoes it.
async fn set_and_undone(world: &mut World, rng: &mut Rng) {
    killed_once_set(world, "A_RECYCLER").await;
    assert!(world.people().recycle(rng), "the supplier is quick");
    world.settle_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_status_that_was_set_and_undone_before_anybody_looked_is_not_set_again() {
    let (mut world, mut rng) = an_invoice("2026-10-05T06:30:00Z").await;
    set_and_undone(&mut world, &mut rng).await;
    assert_eq!(applied(&world), 1);
    assert_eq!(world.problems(), []);
}

/// The clocks go back at 01:00 UTC: the history has the minutes between two and three in the morning twice.
#[tokio::test(start_paused = true)]
async fn a_status_that_was_set_in_the_hour_that_autumn_repeats_is_not_set_again() {
    let (mut world, mut rng) = an_invoice("2026-10-25T00:40:00Z").await;
    until(&world, "2026-10-25T01:05:00Z");
    set_and_undone(&mut world, &mut rng).await;
    assert_eq!(applied(&world), 1);
    assert_eq!(world.problems(), []);
}

/// The first of two steps was met before the command came, so that only the second was sent.
#[tokio::test(start_paused = true)]
async fn the_second_of_two_steps_is_not_set_again_where_the_first_was_met_by_others() {
    let (mut world, mut rng) = an_invoice("2026-10-05T06:30:00Z").await;
    let [invoice] = world.simulator().invoices().try_into().unwrap();
    let by_hand =
        world
            .simulator()
            .set_status(invoice.id, "MANDATEE", Some("par un agent"), &Actor::Person);
    by_hand.unwrap();
    world.settle_down().await.unwrap();
    killed_once_set(&mut world, ["MANDATEE", "SUSPENDUE"]).await;
    assert!(world.people().complete(&mut rng), "the supplier is quick");
    world.settle_down().await.unwrap();
    assert_eq!(applied(&world), 1);
    assert_eq!(world.problems(), []);
}
