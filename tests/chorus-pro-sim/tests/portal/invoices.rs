//! Searching, reading and treating invoices.

use chorus_pro_sim::state::{Actor, LongMotif};
use chorus_pro_sim::{Options, start, statuts};
use serde_json::{Value, json};

use crate::client::{Caller, HISTORIQUE, MAIRIE, RECHERCHER, TRAITER, account, ids};

#[tokio::test]
async fn without_paging_a_search_gives_ten_of_at_most_two_hundred_newest_deposit_first() {
    let caller = Caller::with(900).await;
    let answer = caller.call(RECHERCHER, json!({})).await;
    assert_eq!(ids(&answer).len(), 10);
    assert_eq!(answer["total"], 200);
    assert_eq!(
        (
            &answer["pageCourante"],
            &answer["pages"],
            &answer["nbResultatsParPage"]
        ),
        (&json!(1), &json!(20), &json!(10))
    );
    let newest = caller.running.simulator().invoices().into_iter();
    let newest = newest.filter(|invoice| {
        invoice.destinataire.siret == MAIRIE && invoice.type_facture_travaux.is_none()
    });
    let newest = newest
        .max_by_key(|invoice| (invoice.depose_le, invoice.id))
        .unwrap();
    assert_eq!(answer["listeFactures"][0]["idFacture"], newest.id);
    assert!(
        answer["listeFactures"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["typeDemandePaiement"] == "FACTURE")
    );
}

#[tokio::test]
async fn pages_hold_every_invoice_once() {
    let caller = Caller::with(300).await;
    let mut seen = Vec::new();
    for page in 1..=20 {
        let paging = json!({"nbResultatsMaximum": 999_999, "nbResultatsParPage": 17, "pageResultatDemandee": page, "triColonne": "NumeroFacture", "triSens": "Ascendant"});
        let answer = caller.search(json!({"paramRecherche": paging})).await;
        if answer["codeRetour"] == 20000 {
            assert!(answer.get("pages").is_none());
            break;
        }
        assert_eq!(answer["pageCourante"], page);
        seen.extend(ids(&answer));
    }
    let mut expected = ids(&caller.search(json!({})).await);
    expected.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn no_result_is_a_200_with_a_code_of_the_service_and_no_paging() {
    let caller = Caller::with(5).await;
    let answer = caller
        .search(json!({"numeroFacture": "n'existe pas"}))
        .await;
    assert_eq!(
        answer,
        json!({"codeRetour": 20000, "libelle": "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat"})
    );
    let answer = caller
        .call(
            "facturesTravaux/v1/rechercher",
            json!({"roleUtilisateur": "VALIDEUR"}),
        )
        .await;
    assert_eq!(
        answer,
        json!({"codeRetour": 20007, "libelle": "GFT_MSG_01.075 - La recherche n'a retourné aucun résultat"})
    );
}

#[tokio::test]
async fn filters_are_joined_by_and() {
    let caller = Caller::with(0).await;
    let base = json!({"codeService": "COMPTABILITE", "montantHT": "3245.000001", "montantTTC": "3894.000002",
        "numeroMarche": "M1", "numeroBonCommande": "BC1", "numeroFacture": "F-1", "typeFacture": "FACTURE", "dateFacture": "2026-02-03",
        "dateHeureEtatCourant": "2026-11-20T10:00:00.123Z"});
    let id = caller.deposit(base.clone()).await;
    let mut other = base;
    other["codeService"] = "ST-VOIRIE".into();
    other["numeroFacture"] = "F-2".into();
    caller.deposit(other).await;
    let supplier = caller
        .running
        .simulator()
        .invoice(id)
        .unwrap()
        .fournisseur
        .id;
    let fitting = json!({"idDestinataire": 25_784_152, "idServiceExecutant": 443, "numeroFacture": "F-1", "listeTypeFacture": ["FACTURE"],
        "periodeDateDepotDu": "2026-11-20", "periodeDateDepotAu": "2026-11-20", "listeFournisseurs": [{"idFournisseur": supplier, "listeIdService": []}],
        "cadreFacturation": "A1_FACTURE_FOURNISSEUR", "statutCourant": "MISE_A_DISPOSITION", "periodeDateFactureDu": "2026-02-03",
        "periodeDateFactureAu": "2026-02-03", "montantHTMin": 3245.000001, "montantHTMax": 3245.000001, "montantTTCMin": null,
        "montantApayerMax": 3894.000002, "numeroMarche": "M1", "numeroBonCommande": "BC1", "factureTelechargeeParDestinataire": false,
        "periodeDateHeureEtatCourantDu": "2026-11-20T11:00:00.123", "periodeDateHeureEtatCourantAu": "2026-11-20T11:00:00.123"});
    assert_eq!(ids(&caller.search(fitting.clone()).await), [id]);
    let misses = [
        ("idDestinataire", json!(25_784_153)),
        ("idServiceExecutant", json!(444)),
        ("numeroFacture", json!("F-2")),
        ("listeTypeFacture", json!(["AVOIR"])),
        ("periodeDateDepotDu", json!("2026-11-21")),
        ("periodeDateDepotAu", json!("2026-11-19")),
        ("listeFournisseurs", json!([{"idFournisseur": 1}])),
        (
            "cadreFacturation",
            json!("A2_FACTURE_FOURNISSEUR_DEJA_PAYEE"),
        ),
        ("statutCourant", json!(["SUSPENDUE", "REJETEE"])),
        ("periodeDateFactureDu", json!("2026-02-04")),
        ("periodeDateFactureAu", json!("2026-02-02")),
        ("montantHTMin", json!(3245.000002)),
        ("montantHTMax", json!(3245)),
        ("montantTTCMin", json!(4000)),
        ("montantApayerMax", json!(3000)),
        ("numeroMarche", json!("M2")),
        ("numeroBonCommande", json!("BC2")),
        ("factureTelechargeeParDestinataire", json!(true)),
        (
            "periodeDateHeureEtatCourantDu",
            json!("2026-11-20T11:00:00.124"),
        ),
        (
            "periodeDateHeureEtatCourantAu",
            json!("2026-11-20T11:00:00.122"),
        ),
        ("typeDemandePaiement", json!("FACTURE_TRAVAUX")),
    ];
    for (field, value) in misses {
        let mut criteria = fitting.clone();
        criteria[field] = value;
        assert_eq!(
            caller.search(criteria).await["codeRetour"],
            20000,
            "{field}"
        );
    }
}

#[tokio::test]
async fn amounts_keep_every_digit_and_absent_fields_are_left_out() {
    let caller = Caller::with(0).await;
    caller.deposit(json!({"montantHT": "3245.681451", "montantTTC": "3245.7", "codeService": "", "numeroMarche": "", "typeFacture": "FACTURE"})).await;
    let text = caller
        .send(RECHERCHER, &json!({"recupererTaille": true}))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains(r#""montantHT":3245.681451,"montantTTC":3245.7,"#),
        "{text}"
    );
    let row: Value = serde_json::from_str::<Value>(&text).unwrap()["listeFactures"][0].clone();
    for absent in [
        "idServiceExecutant",
        "codeServiceExecutant",
        "nomServiceExecutant",
        "numeroMarche",
        "commentaireEtatCourant",
        "idFournisseur",
    ] {
        assert!(row.get(absent).is_none(), "{absent} in {row}");
    }
    assert!(row["taille"].as_u64().unwrap() > 500);
    let without = caller.search(json!({})).await;
    assert!(without["listeFactures"][0].get("taille").is_none());
    let millis = row["dateHeureEtatCourant"].as_str().unwrap();
    assert_eq!(
        millis.len(),
        "2019-07-11T15:45:39.674+02:00".len(),
        "{millis}"
    );
    assert_eq!(row["dateDepot"].as_str().unwrap().len(), 10);
}

#[tokio::test]
async fn an_account_sees_its_own_structures_only() {
    let mut caller = Caller::with(60).await;
    let id = caller.deposit(json!({})).await;
    caller.account = account(2);
    let others = caller.search(json!({})).await;
    assert!(
        others["listeFactures"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["codeDestinataire"] == "00000000022226")
    );
    assert_eq!(
        caller.search(json!({"idDestinataire": 25_784_152})).await["codeRetour"],
        20000
    );
    for (operation, body) in [
        (HISTORIQUE, json!({"idFacture": id})),
        (
            "factures/v1/consulter/recipiendaire",
            json!({"identifiantFactureCPP": id}),
        ),
        (
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "SERVICE_FAIT"}),
        ),
        (
            "factures/v1/telecharger/groupe",
            json!({"format": "PIVOT", "listeFacture": [{"idFacture": id}]}),
        ),
    ] {
        assert_eq!(
            caller.call(operation, body.clone()).await["codeRetour"],
            20001,
            "{operation}"
        );
    }
    caller.account = account(1);
    assert_eq!(
        caller.call(HISTORIQUE, json!({"idFacture": 1})).await["codeRetour"],
        20000
    );
}

#[tokio::test]
async fn the_portal_moves_as_the_matrix_says_and_says_20002_otherwise() {
    let caller = Caller::with(0).await;
    let targets = statuts::TOUS
        .iter()
        .filter(|code| statuts::may_move("MISE_A_DISPOSITION", code, true))
        .count();
    assert_eq!(targets, 9);
    for from in [
        "MISE_A_DISPOSITION",
        "COMPLETEE",
        "SERVICE_FAIT",
        "MANDATEE",
        "MISE_A_DISPOSITION_COMPTABLE",
        "COMPTABILISEE",
        "SUSPENDUE",
        "MISE_EN_PAIEMENT",
    ] {
        for to in [
            "MISE_A_DISPOSITION",
            "SUSPENDUE",
            "SERVICE_FAIT",
            "MANDATEE",
            "MISE_EN_PAIEMENT",
            "DEPOSEE",
        ] {
            let id = caller.deposit(json!({"statut": from})).await;
            let answer = caller
                .call(
                    TRAITER,
                    json!({"idFacture": id, "nouveauStatut": to, "motif": "RIB manquant"}),
                )
                .await;
            if statuts::may_move(from, to, true) {
                assert_eq!(
                    (&answer["codeRetour"], &answer["nouveauStatut"]),
                    (&json!(0), &json!(to)),
                    "{from} to {to}"
                );
                assert_eq!(answer["libelle"], "GCU_MSG_01_000");
            } else {
                let expected = json!({"codeRetour": 20002, "libelle": "Incohérence au niveau du statut d'origine ou de destination de la facture."});
                assert_eq!(answer, expected, "{from} to {to}");
            }
        }
    }
}

#[tokio::test]
async fn possible_targets_are_those_that_traiter_accepts() {
    let caller = Caller::with(0).await;
    let answer = caller
        .call(
            "transverses/v1/recuperer/etats/traitement",
            json!({"statutCourant": "COMPTABILISEE"}),
        )
        .await;
    assert_eq!(
        answer["listeStatutsPossiblesPourTraitement"],
        json!([{"statutPossiblePourTraitement": "MISE_EN_PAIEMENT"}])
    );
}

#[tokio::test]
async fn a_reason_is_compulsory_where_the_law_wants_one_and_has_255_characters_at_most() {
    let caller = Caller::with(0).await;
    let id = caller.deposit(json!({})).await;
    let suspend =
        |motif: Value| json!({"idFacture": id, "nouveauStatut": "SUSPENDUE", "motif": motif});
    for missing in [Value::Null, json!(""), json!("   ")] {
        assert_eq!(
            caller.call(TRAITER, suspend(missing)).await["codeRetour"],
            20003
        );
    }
    assert_eq!(
        caller.call(TRAITER, suspend(json!("é".repeat(256)))).await["codeRetour"],
        20004
    );
    caller.running.simulator().portal().behaviour.long_motif = LongMotif::Cut;
    assert_eq!(
        caller.call(TRAITER, suspend(json!("🧾".repeat(300)))).await["codeRetour"],
        0
    );
    let kept = caller
        .running
        .simulator()
        .invoice(id)
        .unwrap()
        .commentaire
        .clone()
        .unwrap();
    assert_eq!(kept.chars().count(), 255);
}

#[tokio::test]
async fn history_is_newest_first_to_the_minute_in_french_time() {
    let options = Options {
        now: Some("2026-07-01T21:59:30Z".parse().unwrap()),
        ..Options::default()
    };
    let caller = Caller::starting(options).await;
    let id = caller.deposit(json!({})).await;
    caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "SERVICE_FAIT"}),
        )
        .await;
    caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "MANDATEE", "numeroDPMandat": "M-77"}),
        )
        .await;
    let answer = caller
        .call(
            HISTORIQUE,
            json!({"idFacture": id, "nbResultatsMaximum": 50}),
        )
        .await;
    assert_eq!(answer["statutCourantCode"], "MANDATEE");
    let rows = answer["historiquesDesStatuts"]["histoStatut"]
        .as_array()
        .unwrap();
    let codes: Vec<_> = rows
        .iter()
        .map(|row| row["histoStatutCode"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["MANDATEE", "SERVICE_FAIT", "MISE_A_DISPOSITION", "DEPOSEE"]
    );
    assert!(
        rows.windows(2)
            .all(|pair| pair[0]["histoStatutId"].as_i64() > pair[1]["histoStatutId"].as_i64())
    );
    assert!(
        rows[3]["histoStatutDatePassage"]
            .as_str()
            .unwrap()
            .starts_with("2026-07-01 23:59")
    );
    assert_eq!(rows[0]["histoStatutUtilisateurNom"], "TECH_1_1");
    let consulted = caller
        .call(
            "factures/v1/consulter/recipiendaire",
            json!({"identifiantFactureCPP": id.to_string()}),
        )
        .await;
    assert_eq!(consulted["facture"]["references"]["numeroDpMandat"], "M-77");
}

#[tokio::test]
async fn an_invoice_with_its_supplier_or_in_the_works_circuit_is_not_listed_yet() {
    let caller = Caller::with(0).await;
    let hidden = caller
        .deposit(json!({"statut": "A_VALIDER_1", "typeFacture": "FACTURE"}))
        .await;
    let works = caller
        .deposit(json!({"typeDemandePaiement": "FACTURE_TRAVAUX", "statut": "A_ASSOCIER_MOA"}))
        .await;
    let unknown = caller
        .deposit(json!({"statut": "STATUT_DE_DEMAIN", "typeFacture": "FACTURE"}))
        .await;
    assert_eq!(ids(&caller.search(json!({})).await), [unknown]);
    assert_eq!(
        caller
            .search(json!({"typeDemandePaiement": "FACTURE_TRAVAUX"}))
            .await["codeRetour"],
        20000
    );
    let answer = caller
        .call(
            "facturesTravaux/v1/rechercher",
            json!({"roleUtilisateur": "MOA", "flagTelecharge": false}),
        )
        .await;
    assert_eq!(answer["listeFacturesTravaux"][0]["idFactureTravaux"], works);
    assert_eq!(
        answer["parametresRetour"],
        json!({"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 1})
    );
    caller
        .running
        .simulator()
        .set_status(hidden, "MISE_A_DISPOSITION", None, &Actor::System)
        .unwrap();
    assert_eq!(ids(&caller.search(json!({})).await).len(), 2);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_invoices_and_another_seed_others() {
    let now = Some("2026-11-23T09:00:00Z".parse().unwrap());
    let listing = |seed| async move {
        let running = start(Options {
            seed,
            invoices: 50,
            now,
            ..Options::default()
        })
        .await
        .unwrap();
        let url = format!("{}/_sim/invoices", running.url());
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let one = listing(11).await;
    assert_eq!(one, listing(11).await);
    assert_ne!(one, listing(12).await);
}
