//! The control surface.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Caller, HISTORIQUE, MAIRIE, RECHERCHER, TRAITER, ids};

#[tokio::test]
async fn the_configuration_opens_the_portal_it_came_from() {
    let caller = Caller::with(0).await;
    let (_, config) = caller.control(Method::GET, "/config", json!({})).await;
    let url = caller.running.url();
    assert_eq!(
        config["piste"]["token_url"],
        format!("{url}/api/oauth/token")
    );
    assert_eq!(config["piste"]["api_url"], url);
    assert_eq!(config, caller.running.config());
    let sirets: Vec<_> = config["establishments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["siret"].as_str().unwrap())
        .collect();
    assert_eq!(sirets, [MAIRIE, "00000000022226", "00000000039991"]);
    let days: Vec<_> = config["establishments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["payment_delay_days"].as_u64().unwrap())
        .collect();
    assert_eq!(days, [30, 30, 50]);
}

#[tokio::test]
async fn a_suspended_invoice_comes_back_completed_with_the_same_id_and_new_documents() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"typeFacture": "FACTURE"})).await;
    let (status, refusal) = caller
        .control(Method::POST, &format!("/invoices/{id}/complete"), json!({}))
        .await;
    assert_eq!(status, 409, "{refusal}");
    caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "SUSPENDUE", "motif": "RIB manquant"}),
        )
        .await;
    let before = caller.running.simulator().invoice(id).unwrap();
    let body = json!({"commentaire": "voici", "documents": [{"nomPJ": "RIB.pdf"}]});
    let (status, completed) = caller
        .control(Method::POST, &format!("/invoices/{id}/complete"), body)
        .await;
    assert_eq!(
        (status, &completed["statut"], &completed["renvoi"]),
        (200, &json!("COMPLETEE"), &json!("Complétée"))
    );
    assert_eq!(
        completed["documents"].as_array().unwrap().len(),
        before.documents.len() + 1
    );
    let row = &caller.search(json!({})).await["listeFactures"][0];
    assert_eq!(
        (&row["idFacture"], &row["numeroFacture"], &row["statut"]),
        (&json!(id), &json!(before.numero), &json!("COMPLETEE"))
    );
    let pivot = String::from_utf8(caller.download("PIVOT", &[id], None).await).unwrap();
    assert!(pivot.contains("<Renvoi>Complétée</Renvoi>") && pivot.contains("RIB.pdf"));
    // What was there before is the same to the byte: a client compares by hash.
    let after = caller.running.simulator().invoice(id).unwrap();
    for (old, new) in before.documents.iter().zip(&after.documents) {
        assert_eq!(old.bytes(&before).unwrap(), new.bytes(&after).unwrap());
    }
}

#[tokio::test]
async fn a_recycled_invoice_comes_back_to_another_service() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"codeService": "COMPTABILITE", "typeFacture": "FACTURE", "documents": [{"generated": "cii"}]})).await;
    let before = caller.running.simulator().invoice(id).unwrap();
    caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "A_RECYCLER"}),
        )
        .await;
    let (status, _) = caller
        .control(
            Method::POST,
            &format!("/invoices/{id}/recycle"),
            json!({"codeService": "INCONNU"}),
        )
        .await;
    assert_eq!(status, 400);
    let (status, back) = caller
        .control(
            Method::POST,
            &format!("/invoices/{id}/recycle"),
            json!({"codeService": "ST-VOIRIE"}),
        )
        .await;
    assert_eq!(
        (
            status,
            &back["statut"],
            &back["codeService"],
            &back["renvoi"]
        ),
        (
            200,
            &json!("MISE_A_DISPOSITION"),
            &json!("ST-VOIRIE"),
            &json!("Recyclée")
        )
    );
    // The supplier's documents still name the service they were made for.
    let after = caller.running.simulator().invoice(id).unwrap();
    assert_eq!(
        after.documents[0].bytes(&after).unwrap(),
        before.documents[0].bytes(&before).unwrap()
    );
    let history = caller.call(HISTORIQUE, json!({"idFacture": id})).await;
    let codes: Vec<_> = history["historiquesDesStatuts"]["histoStatut"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["histoStatutCode"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            "MISE_A_DISPOSITION",
            "DEPOSEE",
            "A_RECYCLER",
            "MISE_A_DISPOSITION",
            "DEPOSEE"
        ]
    );
}

#[tokio::test]
async fn the_accountant_pays_by_two_steps_in_the_same_minute() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"statut": "MANDATEE"})).await;
    let (_, paid) = caller
        .control(Method::POST, &format!("/invoices/{id}/pay"), Value::Null)
        .await;
    assert_eq!(paid["statut"], "MISE_EN_PAIEMENT");
    let codes: Vec<_> = paid["historique"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["statut"].clone())
        .collect();
    assert_eq!(
        codes,
        [
            "DEPOSEE",
            "MISE_A_DISPOSITION",
            "MANDATEE",
            "MISE_A_DISPOSITION_COMPTABLE",
            "MISE_EN_PAIEMENT"
        ]
    );
    let (status, refusal) = caller
        .control(Method::POST, &format!("/invoices/{id}/pay"), json!({}))
        .await;
    assert_eq!(status, 409, "{refusal}");
    let (status, _) = caller
        .control(Method::POST, "/invoices/12/pay", json!({}))
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_person_on_the_portal_may_do_anything_and_is_named_in_the_history() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"statut": "MISE_EN_PAIEMENT"})).await;
    let body = json!({"statut": "SUSPENDUE", "commentaire": "à la main", "dateHeureEtatCourant": "2099-01-01T00:00:00Z"});
    caller
        .control(Method::POST, &format!("/invoices/{id}/status"), body)
        .await;
    caller
        .control(Method::POST, &format!("/invoices/{id}/download"), json!({}))
        .await;
    let history = caller.call(HISTORIQUE, json!({"idFacture": id})).await;
    let newest = &history["historiquesDesStatuts"]["histoStatut"][0];
    assert_eq!(
        (
            &newest["histoStatutCode"],
            &newest["histoStatutCommentaire"]
        ),
        (&json!("SUSPENDUE"), &json!("à la main"))
    );
    assert!(
        newest["histoStatutUtilisateurEmail"]
            .as_str()
            .unwrap()
            .contains('@')
    );
    assert!(caller.running.simulator().invoice(id).unwrap().telechargee);
}

#[tokio::test]
async fn deposits_are_refused_by_the_name_of_what_is_wrong() {
    let caller = Caller::with(0).await;
    for (wrong, named) in [
        (json!({"siret": "99999999999999"}), "siret"),
        (
            json!({"siret": MAIRIE, "codeService": "PHARMACIE"}),
            "codeService",
        ),
        (
            json!({"numeroFacture": "trop long pour le portail"}),
            "numeroFacture",
        ),
        (json!({"documents": []}), "documents"),
        (json!({"documents": [{"contenu": "*"}]}), "documents[0]"),
        (
            json!({"documents": [{"contenu": "AAAA", "taille": 3}]}),
            "documents[0]",
        ),
        (
            json!({"typeDemandePaiement": "DEVIS"}),
            "typeDemandePaiement",
        ),
        (json!({"montant": 3}), "montant"),
    ] {
        let (status, refusal) = caller
            .control(Method::POST, "/invoices", wrong.clone())
            .await;
        assert_eq!(status, 400, "{wrong}");
        assert!(
            refusal["error"].as_str().unwrap().contains(named),
            "{refusal}"
        );
    }
    assert!(caller.running.simulator().invoices().is_empty());
}

#[tokio::test]
async fn several_invoices_and_generated_ones_are_deposited_at_once() {
    let caller = Caller::with(0).await;
    let (_, made) = caller
        .control(
            Method::POST,
            "/invoices",
            json!({"invoices": [{"numeroFacture": "A"}, {"numeroFacture": "B"}]}),
        )
        .await;
    assert_eq!(made["total"], 2);
    let (_, made) = caller
        .control(Method::POST, "/invoices", json!({"count": 5}))
        .await;
    assert_eq!(made["total"], 5);
    let first = &made["invoices"][0];
    let path = format!(
        "/_sim/invoices/{}/documents/{}",
        first["idFacture"], first["documents"][0]["id"]
    );
    let bytes = caller
        .http
        .get(format!("{}{path}", caller.running.url()))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(
        bytes.len() as u64,
        first["documents"][0]["taille"].as_u64().unwrap()
    );
}

#[tokio::test]
async fn the_clock_is_pushed_set_and_frozen() {
    let caller = Caller::with(0).await;
    let (_, clock) = caller
        .control(
            Method::POST,
            "/clock",
            json!({"set": "2026-12-01T08:00:00Z", "freeze": true}),
        )
        .await;
    assert_eq!(clock["paris"], "2026-12-01T09:00:00.000+01:00");
    let (_, clock) = caller
        .control(Method::POST, "/clock", json!({"advance": "30d 2h"}))
        .await;
    assert_eq!(clock["now"], "2026-12-31T10:00:00Z");
    let (status, refusal) = caller
        .control(Method::POST, "/clock", json!({"advance": "1 month"}))
        .await;
    assert_eq!(status, 400, "{refusal}");
    let id = caller.deposit(json!({})).await;
    assert_eq!(
        caller
            .running
            .simulator()
            .invoice(id)
            .unwrap()
            .etat_courant_le
            .to_string(),
        "2026-12-31T10:00:00Z"
    );
}

#[tokio::test]
async fn reset_starts_again_from_the_seed() {
    let caller = Caller::with(30).await;
    let before = ids(&caller.search(json!({})).await);
    caller.deposit(json!({})).await;
    caller
        .control(Method::PUT, "/faults", json!([{"kind": "dropped"}]))
        .await;
    let (_, reset) = caller.control(Method::POST, "/reset", json!({})).await;
    assert_eq!(reset["invoices"], 30);
    // Tokens are gone with the rest.
    assert_eq!(
        caller.send(RECHERCHER, &json!({})).await.unwrap().status(),
        401
    );
    let after: Vec<i64> = caller
        .running
        .simulator()
        .invoices()
        .iter()
        .map(|invoice| invoice.id)
        .collect();
    assert!(before.iter().all(|id| after.contains(id)));
}

#[tokio::test]
async fn deviations_of_the_real_portal_come_on_demand() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({"typeFacture": "FACTURE"})).await;
    let change = json!({"single_as_object": true, "ids_as_strings": true, "omit_paging": true});
    caller.control(Method::PATCH, "/behaviour", change).await;
    let answer = caller.search(json!({})).await;
    assert_eq!(answer["listeFactures"]["idFacture"], id.to_string());
    assert!(answer.get("pages").is_none());
    let (status, refusal) = caller
        .control(Method::PATCH, "/behaviour", json!({"humeur": "bonne"}))
        .await;
    assert_eq!(status, 400, "{refusal}");
}
