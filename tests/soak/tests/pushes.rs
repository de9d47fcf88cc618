//! A thousand commands, and a portal that does not always say what it did.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use chorus_pro_sim::{FaultKind, FaultRule, Operation, state::Invoice};
use messages::{Resultat, SetStatus};
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
            insister: false,
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

/// How many calls of `traiter/recue` the portal has answered with 200.
fn applied(world: &World) -> u64 {
    let summary = world.simulator().journal().summary();
    let count = summary.get("factures/v1/traiter/recue");
    count
        .and_then(|c| c.statuses.get(&200))
        .copied()
        .unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_status_that_was_set_and_undone_before_anybody_looked_is_not_set_again() {
    let mut world = World::start(Establishments::One).await.unwrap();
    world.reset(1).await.unwrap();
    let mut rng = fastrand::Rng::with_seed(1);
    assert!(world.people().deposit("00000000013456", &mut rng));
    world.settle_down().await.unwrap();
    let (id_facture, siret) = world
        .erp()
        .views()
        .iter()
        .map(|(id, view)| (*id, view.siret.clone()))
        .next()
        .unwrap();
    let command = SetStatus {
        siret,
        id_facture,
        nouveau_statut: "A_RECYCLER".into(),
        motif: Some("autre service".to_owned()),
        numero_dp_mandat: None,
        reference_erp: None,
        statut_actuel: None,
        insister: false,
    };
    let cloud = world.cloud().clone();
    world.erp_mut().send(&cloud, command);
    // The first call may find its token refused: the function is killed once the status is set.
    for calls in 1..9 {
        world.push(Some(Kill::AtPortalCall(calls))).await;
        if applied(&world) > 0 {
            break;
        }
        world.clock().advance(jiff::SignedDuration::from_mins(13));
    }
    assert_eq!(applied(&world), 1);
    world.clock().advance(jiff::SignedDuration::from_mins(2));
    assert!(world.people().recycle(&mut rng), "the supplier is quick");

    world.settle_down().await.unwrap();
    assert_eq!(applied(&world), 1);
    assert_eq!(world.problems(), []);
}
