//! Documents of works contracts: seen by the maître d'ouvrage and the maître d'œuvre, and at the end of their circuit by the recipient.

use relais_reconcile::report::MonthReport;

use crate::{
    invoice, night, queued, scene, scene_in_roles, settled,
    world::{Invoice, SIRET, World},
};

const ROLES: [&str; 2] = ["MOA", "MOE"];

/// A document in the circuit, seen in these roles.
fn in_circuit(id: u64, depot: &str, roles: &'static [&'static str]) -> Invoice {
    Invoice {
        kind: "FACTURE_TRAVAUX",
        statut: "MISE_A_DISPOSITION_MOA".to_owned(),
        received: false,
        roles,
        ..invoice(id, depot)
    }
}

/// One that has reached the recipient, and is still seen in the role.
fn made_available(id: u64, depot: &str, roles: &'static [&'static str]) -> Invoice {
    Invoice {
        statut: "MISE_A_DISPOSITION".to_owned(),
        received: true,
        ..in_circuit(id, depot, roles)
    }
}

/// Of October: one in the circuit, one that both roles see, one that has reached the recipient.
fn of_october() -> [Invoice; 3] {
    [
        in_circuit(7_001, "2026-10-05", &["MOA"]),
        in_circuit(7_002, "2026-10-06", &["MOA", "MOE"]),
        made_available(7_003, "2026-10-07", &["MOA"]),
    ]
}

fn held(world: &World, documents: &[Invoice]) {
    for document in documents {
        world.deposit(document.clone());
        world.archive(document, document.at);
    }
}

fn october(report: &relais_reconcile::report::Report) -> &MonthReport {
    &report.months[&"2026-10".parse().unwrap()]
}

#[tokio::test]
async fn what_is_held_once_is_held_in_every_list_that_shows_it_and_the_lists_add_up() {
    let (world, invoices) = settled(5);
    held(&world, &of_october());
    let outcome = night(&scene_in_roles(&world, &ROLES)).await;
    assert!(outcome.report.green, "{:?}", outcome.findings);
    assert!(queued(&world).is_empty());
    let month = october(&outcome.report);
    let listed: Vec<(&str, u64, u64)> = month
        .kinds
        .iter()
        .map(|(list, kind)| (list.as_str(), kind.portal.count, kind.also_listed.count))
        .collect();
    assert_eq!(
        listed,
        [
            ("FACTURE", 4, 0),
            ("FACTURE_TRAVAUX", 2, 0),
            ("FACTURE_TRAVAUX_MOA", 3, 1),
            ("FACTURE_TRAVAUX_MOE", 1, 1),
        ]
    );
    for (list, kind) in &month.kinds {
        assert!(kind.equal && kind.portal == kind.archive, "{list}");
    }
    let moa = &month.kinds["FACTURE_TRAVAUX_MOA"];
    assert_eq!(moa.portal.ttc["EUR"].to_string(), "21007.50");
    assert_eq!(moa.portal.statuts["MISE_A_DISPOSITION_MOA"].count, 2);
    // 7003, which the recipient's list has counted.
    assert_eq!(moa.also_listed.ttc["EUR"].to_string(), "7003.50");
    let kinds = outcome
        .report
        .months
        .values()
        .flat_map(|m| m.kinds.values());
    let documents: u64 = kinds.map(|k| k.portal.count - k.also_listed.count).sum();
    assert_eq!(documents, invoices.len() as u64 + 3);
    assert_eq!(outcome.report.work.portal_calls, 4, "a page of each list");
}

#[tokio::test]
async fn what_is_missing_in_a_role_is_queued_with_the_job_that_the_poll_would_make() {
    let world = World::start();
    let [alone, ..] = of_october();
    world.deposit(alone.clone());
    let outcome = night(&scene_in_roles(&world, &ROLES)).await;
    assert!(!outcome.report.green);
    let named = &outcome.report.lists.missing[0];
    assert_eq!(
        (named.id_facture, named.kind.as_str()),
        (7_001, "FACTURE_TRAVAUX_MOA")
    );
    assert_eq!(
        named.portal.as_deref(),
        Some("20261006T080000Z-MISE_A_DISPOSITION_MOA")
    );
    let job = world.state().jobs[0]["data"].clone();
    assert_eq!(job["idFacture"], 7_001);
    assert_eq!(
        (&job["role"], &job["cause"]),
        (&"MOA".into(), &"RECONCILE".into())
    );
    assert_eq!(job["typeDemandePaiement"], "FACTURE_TRAVAUX");
    assert_eq!(job["numeroFacture"], "F-7001");
    assert_eq!(
        job["travaux"]["typeFactureTravaux"],
        "PROJET_DECOMPTE_MENSUEL"
    );
    assert_eq!(job["travaux"]["moa"]["identifiant"], SIRET);
    assert_eq!(job["travaux"]["moa"]["raisonSociale"], "Mairie d'Exemple");
    assert!(job["travaux"].get("moe").is_none());

    world.archive(&alone, alone.at);
    assert!(night(&scene_in_roles(&world, &ROLES)).await.report.green);
    assert_eq!(queued(&world).len(), 1);
}

#[tokio::test]
async fn what_two_lists_show_is_missing_in_both_told_once_and_queued_once() {
    let world = World::start();
    for document in of_october() {
        world.deposit(document);
    }
    let outcome = night(&scene_in_roles(&world, &ROLES)).await;
    assert_eq!((outcome.findings.missing, outcome.requeued.missing), (3, 3));
    let month = october(&outcome.report);
    assert_eq!(month.findings, outcome.findings);
    let missing = |list: &str| month.kinds[list].findings.missing;
    assert_eq!(
        [
            missing("FACTURE_TRAVAUX"),
            missing("FACTURE_TRAVAUX_MOA"),
            missing("FACTURE_TRAVAUX_MOE")
        ],
        [1, 3, 1]
    );
    let told: Vec<(u64, &str)> = outcome
        .report
        .lists
        .missing
        .iter()
        .map(|named| (named.id_facture, named.kind.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (7_001, "FACTURE_TRAVAUX_MOA"),
            (7_002, "FACTURE_TRAVAUX_MOA"),
            (7_003, "FACTURE_TRAVAUX")
        ]
    );
    let state = world.state();
    let roles: Vec<(u64, Option<&str>)> = state
        .jobs
        .iter()
        .map(|job| {
            let data = &job["data"];
            (data["idFacture"].as_u64().unwrap(), data["role"].as_str())
        })
        .collect();
    // The recipient's own list says more of it, and goes first.
    assert_eq!(
        roles,
        [(7_001, Some("MOA")), (7_002, Some("MOA")), (7_003, None)]
    );
}

#[tokio::test]
async fn an_announcement_and_documents_that_are_lacking_are_made_good_once() {
    let world = World::start();
    let [_, both, available] = of_october();
    held(&world, &[both.clone(), available.clone()]);
    world.remove(&format!("{}published.json", crate::world::folder(&both)));
    world.remove(&format!("{}documents/", crate::world::folder(&available)));
    let outcome = night(&scene_in_roles(&world, &ROLES)).await;
    let found = outcome.findings;
    assert_eq!((found.unannounced, found.without_documents), (1, 1));
    let expected = [(7_002, "RECONCILE"), (7_003, "REPLAY")];
    assert_eq!(
        queued(&world),
        expected.map(|(id, cause)| (id, cause.to_owned()))
    );
}

#[tokio::test]
async fn of_more_than_a_run_may_queue_a_document_in_two_lists_is_left_for_later_once() {
    let world = World::start();
    for document in of_october() {
        world.deposit(document);
    }
    let mut scene = scene_in_roles(&world, &ROLES);
    scene.max_queued = 1;
    let outcome = night(&scene).await;
    assert_eq!(
        (outcome.requeued.missing, outcome.requeued.left_for_later),
        (1, 2)
    );
}

#[tokio::test]
async fn what_leaves_a_list_is_on_the_portal_while_another_list_shows_it() {
    let world = World::start();
    let [alone, both, available] = of_october();
    held(&world, &[alone.clone(), both, available.clone()]);
    // Out of the circuit, and only the recipient's now; and one that nobody is shown any more.
    let received_only = Invoice {
        roles: &[],
        ..available
    };
    world.deposit(received_only);
    world.state().invoices.remove(&alone.id);
    let outcome = night(&scene_in_roles(&world, &ROLES)).await;
    assert!(!outcome.report.green);
    assert_eq!(outcome.findings.on_portal_no_more, 1);
    let gone = &outcome.report.lists.on_portal_no_more[0];
    assert_eq!(
        (gone.id_facture, gone.kind.as_str()),
        (alone.id, "FACTURE_TRAVAUX"),
        "the archive knows its kind, and not in which role it was seen"
    );
    let month = october(&outcome.report);
    assert!(month.kinds["FACTURE_TRAVAUX_MOA"].equal);
    assert!(queued(&world).is_empty());
}

#[tokio::test]
async fn without_a_role_the_circuit_is_not_searched() {
    let world = World::start();
    let [alone, ..] = of_october();
    world.deposit(alone);
    let outcome = night(&scene(&world)).await;
    assert!(outcome.report.green && queued(&world).is_empty());
    assert_eq!(october(&outcome.report).kinds.len(), 2);
    assert_eq!(outcome.report.work.portal_calls, 2);
}
