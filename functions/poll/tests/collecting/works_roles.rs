//! Works contracts: what an establishment sees as maître d'œuvre and maître d'ouvrage.

use crate::stand::{MAIRIE, Stand};
use serde_json::json;

const UNIVERSITE: &str = "00000000022226";

#[tokio::test]
async fn a_document_in_the_circuit_is_found_in_its_role_and_by_its_own_cursor() {
    let stand = Stand::with(json!({"works_roles": ["MOA", "MOE"]})).await;
    let id = stand.deposit(&json!({
        "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL", "numeroFacture": "SIT-03", "montantHT": "48200.00",
        "moa": MAIRIE, "statut": "MISE_A_DISPOSITION_MOA"
    }));
    let report = stand.poll().await;
    let kinds: Vec<&str> = report.collections.iter().map(|c| c.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "FACTURE",
            "FACTURE_TRAVAUX",
            "FACTURE_TRAVAUX_MOA",
            "FACTURE_TRAVAUX_MOE"
        ]
    );
    assert!(report.collections.iter().all(|c| c.error.is_none()));
    let jobs = stand.aws.take_jobs();
    let [job] = jobs.as_slice() else {
        panic!("one job, and not {jobs:?}");
    };
    assert_eq!((job.id_facture, job.role.as_deref()), (id, Some("MOA")));
    assert_eq!(job.type_demande_paiement, "FACTURE_TRAVAUX");
    assert_eq!(job.numero_facture, "SIT-03");
    assert_eq!(job.montants.ht.unwrap().value().to_string(), "48200.00");
    let travaux = job.travaux.clone().unwrap();
    assert_eq!(
        travaux.type_facture_travaux.as_deref(),
        Some("PROJET_DECOMPTE_MENSUEL")
    );
    assert_eq!(travaux.moa.unwrap().identifiant.as_deref(), Some(MAIRIE));
    assert!(
        stand
            .aws
            .cursor("FACTURE_TRAVAUX_MOA")
            .unwrap()
            .watermark
            .is_some()
    );

    stand.poll().await;
    assert_eq!(
        stand.aws.take_jobs(),
        [],
        "what was seen is not queued again"
    );
}

#[tokio::test]
async fn what_another_body_pays_is_found_and_not_held_against_our_own_demands() {
    let stand = Stand::with(json!({"works_roles": ["MOE"]})).await;
    let id = stand.deposit(&json!({
        "siret": UNIVERSITE, "typeFactureTravaux": "ETAT_ACOMPTE", "moe": MAIRIE, "statut": "MISE_A_DISPOSITION_MOE"
    }));
    stand.poll().await;
    let jobs = stand.aws.take_jobs();
    assert_eq!((jobs.len(), jobs[0].id_facture), (1, id));
    assert_eq!(
        (jobs[0].siret.as_str(), jobs[0].role.as_deref()),
        (MAIRIE, Some("MOE"))
    );
    assert_eq!(jobs[0].exigences, None);
}

#[tokio::test]
async fn an_invoice_that_two_lists_show_is_one_job() {
    let stand = Stand::with(json!({"works_roles": ["MOA"]})).await;
    stand.deposit(&json!({"typeFactureTravaux": "ETAT_ACOMPTE", "moa": MAIRIE}));
    let report = stand.poll().await;
    let listed: u64 = report
        .collections
        .iter()
        .filter_map(|c| c.collected)
        .map(|c| c.listed)
        .sum();
    let jobs = stand.aws.take_jobs();
    assert_eq!((listed, jobs.len()), (2, 1));
    // The recipient's own list says more of it, and goes first.
    assert_eq!(jobs[0].role, None);
    stand.poll().await;
    assert_eq!(stand.aws.take_jobs(), []);
}

#[tokio::test]
async fn without_a_role_the_circuit_is_not_searched() {
    let stand = Stand::with(json!({"works_roles": []})).await;
    stand.deposit(&json!({
        "typeFactureTravaux": "ETAT_ACOMPTE", "moa": MAIRIE, "statut": "MISE_A_DISPOSITION_MOA"
    }));
    stand.poll().await;
    assert_eq!(stand.aws.take_jobs(), []);
    assert_eq!(stand.aws.cursor("FACTURE_TRAVAUX_MOA"), None);
}
