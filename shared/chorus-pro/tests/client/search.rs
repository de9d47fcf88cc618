//! Searches: their odd answers, and the walk over all pages.

use chorus_pro::{
    Account, Decision, ErrorKind, Page, RoleUtilisateur, Statut, TypeFacture, TypeIdentifiant,
    factures::{FactureRecue, RechercheRecipiendaire},
    travaux::RechercheTravaux,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use wiremock::{Mock, Request, ResponseTemplate, matchers::path};

use crate::portal::{Portal, SEARCH, WORKS, ok};

async fn search(body: Value) -> Result<Page<FactureRecue>, chorus_pro::Error> {
    let portal = Portal::start().await;
    portal.answers_json(SEARCH, body).await;
    portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
}

fn page_of(rows: &Value) -> Value {
    let total = rows.as_array().map_or(1, Vec::len);
    json!({"codeRetour": 0, "libelle": "TRA_MSG_00.000", "pageCourante": 1, "pages": 1, "nbResultatsParPage": 1000,
           "total": total, "listeFactures": rows})
}

#[tokio::test]
async fn a_row_as_a_production_client_recorded_it() {
    let page = search(page_of(&json!([{
        "codeDestinataire": "00000000013456", "codeFournisseur": "00000000000727",
        "dateDepot": "2019-07-11", "dateFacture": "2019-07-10",
        "dateHeureEtatCourant": "2019-07-11T15:45:39.674+02:00",
        "designationDestinataire": "TAA074DESTINATAIRE", "designationFournisseur": "TAA001DESTINATAIRE",
        "devise": "EUR", "factureTelechargeeParDestinataire": true, "idDestinataire": 25_784_152,
        "idFacture": 3_346_947, "montantAPayer": 10, "montantHT": 10, "montantTTC": 20,
        "numeroFacture": "20190711-1", "statut": "MISE_A_DISPOSITION", "typeDemandePaiement": "FACTURE",
        "typeFacture": "FACTURE", "typeIdentifiantFournisseur": "SIRET", "taille": 187_654
    }])))
    .await
    .unwrap();
    let row = &page.rows[0];
    assert_eq!(row.id_facture, 3_346_947);
    assert_eq!(row.statut, Statut::MiseADisposition);
    assert_eq!(
        row.date_heure_etat_courant,
        Some("2019-07-11T13:45:39.674Z".parse().unwrap())
    );
    assert_eq!(row.date_facture, Some("2019-07-10".parse().unwrap()));
    assert_eq!(row.montant_ttc, Some(Decimal::from(20)));
    assert_eq!(row.type_facture, Some(TypeFacture::Facture));
    assert_eq!(
        row.type_identifiant_fournisseur,
        Some(TypeIdentifiant::Siret)
    );
    assert_eq!(row.code_destinataire.as_deref(), Some("00000000013456"));
    assert_eq!(row.taille, Some(187_654));
    assert_eq!(row.numero_marche, None);
    assert!(row.champs_illisibles.is_empty());
    assert_eq!(
        (
            page.page_courante,
            page.pages,
            page.nb_resultats_par_page,
            page.total
        ),
        (1, 1, 1000, 1)
    );
}

#[tokio::test]
async fn no_result_has_no_paging_and_is_an_empty_page() {
    let page = search(
        json!({"codeRetour": 20000, "libelle": "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat"}),
    );
    let page = page.await.unwrap();
    assert!(page.rows.is_empty());
    assert_eq!((page.pages, page.total), (0, 0));
}

#[tokio::test]
async fn another_code_is_a_refusal_with_its_text() {
    let error = search(json!({"codeRetour": 20001, "libelle": "GDP_MSG_11.005 - habilitations"}))
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::Refusal);
    assert_eq!(
        error.refusal(),
        Some((20001, "GDP_MSG_11.005 - habilitations"))
    );
}

#[tokio::test]
async fn a_success_without_paging_or_list_is_an_error_and_not_an_empty_page() {
    let full = page_of(&json!([{"idFacture": 1}]));
    for key in [
        "pageCourante",
        "pages",
        "nbResultatsParPage",
        "total",
        "listeFactures",
    ] {
        for broken in [None, Some(Value::Null)] {
            let mut body = full.clone();
            match broken {
                None => drop(body.as_object_mut().unwrap().remove(key)),
                Some(value) => body[key] = value,
            }
            let error = search(body).await.unwrap_err();
            assert_eq!(error.decision(), Decision::Content, "{key}");
            assert!(
                matches!(error.kind(), ErrorKind::Content { path, .. } if path == key),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn numbers_as_strings_nulls_and_unknown_names_are_read() {
    let page = search(json!({
        "codeRetour": "0", "pageCourante": "1", "pages": "1", "nbResultatsParPage": "10", "total": "2",
        "quelqueChose": {"de": ["neuf"]},
        "listeFactures": [
            {"idFacture": "3346947", "montantHT": "3245.681450", "taille": "12", "statut": "ETAT_DE_2027", "nouveau": 1,
             "factureTelechargeeParDestinataire": "false", "dateHeureEtatCourant": "2026-11-20 09:02", "dateDepot": null},
            {"idFacture": 2, "statut": null, "typeFacture": null}
        ]
    }))
    .await
    .unwrap();
    let [first, second] = page.rows.as_slice() else {
        panic!("two rows")
    };
    assert_eq!(first.id_facture, 3_346_947);
    assert_eq!(first.montant_ht.unwrap().to_string(), "3245.681450");
    assert_eq!(first.statut, Statut::Autre("ETAT_DE_2027".into()));
    assert_eq!(first.facture_telechargee_par_destinataire, Some(false));
    assert_eq!(
        first.date_heure_etat_courant,
        Some("2026-11-20T08:02:00Z".parse().unwrap())
    );
    assert_eq!(second.statut, Statut::default());
    assert_eq!(second.date_heure_etat_courant, None);
}

#[tokio::test]
async fn amounts_are_read_digit_for_digit() {
    let portal = Portal::start().await;
    // As text, because a JSON library on the way here would make floats of them.
    let body = r#"{"codeRetour":0,"pageCourante":1,"pages":1,"nbResultatsParPage":10,"total":1,"listeFactures":[
        {"idFacture":1,"montantHT":123456789012345678.123456,"montantTTC":0.100000,"montantAPayer":1.2345678E7}]}"#;
    portal
        .answers(
            SEARCH,
            [ResponseTemplate::new(200).set_body_raw(body, "application/json")],
        )
        .await;
    let page = portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    let row = &page.rows[0];
    assert_eq!(
        row.montant_ht.unwrap().to_string(),
        "123456789012345678.123456"
    );
    assert_eq!(row.montant_ttc.unwrap().to_string(), "0.100000");
    assert_eq!(row.montant_a_payer.unwrap().to_string(), "12345678");
}

#[tokio::test]
async fn one_object_stands_for_a_list_of_one() {
    let page = search(page_of(&json!({"idFacture": 7, "statut": "DEPOSEE"})))
        .await
        .unwrap();
    assert_eq!(page.rows[0].id_facture, 7);
}

#[tokio::test]
async fn a_value_that_cannot_be_read_costs_that_value_and_not_the_page() {
    let page = search(page_of(&json!([
        {"idFacture": 1, "montantHT": "douze", "dateDepot": "le 3", "numeroFacture": "A", "statut": "REJETEE"},
        {"idFacture": 2, "numeroFacture": "B"}
    ])))
    .await
    .unwrap();
    let broken = &page.rows[0];
    assert_eq!((broken.montant_ht, broken.date_depot), (None, None));
    assert_eq!(broken.numero_facture.as_deref(), Some("A"));
    assert_eq!(broken.statut, Statut::Rejetee);
    let mut unreadable = broken.champs_illisibles.clone();
    unreadable.sort();
    assert_eq!(unreadable, ["dateDepot", "montantHT"]);
    assert!(page.rows[1].champs_illisibles.is_empty());
}

#[tokio::test]
async fn a_row_without_its_id_is_an_error_that_says_where() {
    for broken in [
        json!({"numeroFacture": "B"}),
        json!({"idFacture": null}),
        json!({"idFacture": "deux"}),
        json!(12),
    ] {
        let error = search(page_of(&json!([{"idFacture": 1}, broken])))
            .await
            .unwrap_err();
        assert_eq!(error.decision(), Decision::Content);
        assert!(error.to_string().contains("listeFactures[1]"), "{error}");
    }
}

#[tokio::test]
async fn a_row_does_not_show_names_in_a_log() {
    let page = search(page_of(
        &json!([{"idFacture": 1, "designationFournisseur": "Mme Martin"}]),
    ))
    .await
    .unwrap();
    let shown = format!("{page:?}");
    assert!(
        shown.contains("id_facture: 1") && !shown.contains("Martin"),
        "{shown}"
    );
}

/// A portal with rows 1 to `total` that honours the page asked for.
async fn paged_portal(total: usize) -> Portal {
    let portal = Portal::start().await;
    Mock::given(path(SEARCH))
        .respond_with(move |request: &Request| {
            let asked: Value = serde_json::from_slice(&request.body).unwrap();
            let asked = &asked["paramRecherche"];
            let page = usize::try_from(asked["pageResultatDemandee"].as_u64().unwrap()).unwrap();
            let size = usize::try_from(asked["nbResultatsParPage"].as_u64().unwrap()).unwrap();
            let rows: Vec<Value> =
                (1..=total).skip((page - 1) * size).take(size).map(|id| json!({"idFacture": id, "statut": "DEPOSEE"})).collect();
            ok(json!({"codeRetour": 0, "pageCourante": page, "pages": total.div_ceil(size), "nbResultatsParPage": size,
                      "total": total, "listeFactures": rows}))
        })
        .mount(&portal.server)
        .await;
    portal
}

async fn ids(account: &Account, par_page: u32) -> Result<Vec<i64>, chorus_pro::Error> {
    let mut walk = account.parcourir_recipiendaire_par(RechercheRecipiendaire::default(), par_page);
    let mut ids = Vec::new();
    while let Some(rows) = walk.suivante().await? {
        ids.extend(rows.iter().map(|row| row.id_facture));
    }
    Ok(ids)
}

#[tokio::test]
async fn all_pages_are_read_a_page_at_a_time() {
    let portal = paged_portal(2345).await;
    assert_eq!(
        ids(&portal.account(), 1000).await.unwrap(),
        (1..=2345).collect::<Vec<_>>()
    );
    let asked: Vec<u64> = portal
        .bodies(SEARCH)
        .await
        .iter()
        .map(|body| {
            body["paramRecherche"]["pageResultatDemandee"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(asked, [1, 2, 3]);
}

#[tokio::test]
async fn a_search_that_announces_more_than_it_gives_is_an_error() {
    let portal = Portal::start().await;
    let body = json!({"codeRetour": 0, "pageCourante": 1, "pages": 1, "nbResultatsParPage": 200, "total": 201,
                      "listeFactures": [{"idFacture": 1}]});
    portal.answers_json(SEARCH, body).await;
    let error = ids(&portal.account(), 200).await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ShortRead {
                read: 1,
                expected: 201,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn works_documents_have_other_names_nested_paging_and_their_own_code_for_no_result() {
    let portal = Portal::start().await;
    portal
        .answers(
            WORKS,
            [
                ok(json!({"codeRetour": 0, "listeFacturesTravaux": [{
                    "idFactureTravaux": 4_100_169, "numeroFactureTravaux": "20260711-1", "statutFactureTravaux": "A_ASSOCIER_MOA",
                    "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL", "dateHeureEtatCourant": "2026-11-11T15:45:39.674+01:00",
                    "identifiantServiceExecutant": "DIRINFRA", "montantHT": 10
                }], "parametresRetour": {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 1000, "total": 1}})),
                ok(json!({"codeRetour": 20007, "libelle": "GFT_MSG_01.075 - La recherche n'a retourné aucun résultat"})),
                ok(json!({"codeRetour": 20000, "libelle": "another meaning in this service"})),
                ok(json!({"codeRetour": 0, "listeFacturesTravaux": []})),
            ],
        )
        .await;
    let account = portal.account();
    let search = RechercheTravaux {
        role_utilisateur: Some(RoleUtilisateur::Moa),
        id_destinataire: Some(25_784_152),
        ..RechercheTravaux::default()
    };
    let mut walk = account.parcourir_travaux(search.clone());
    let rows = walk.suivante().await.unwrap().unwrap();
    assert_eq!(rows[0].id_facture_travaux, 4_100_169);
    assert_eq!(rows[0].statut_facture_travaux, Statut::AAssocierMoa);
    assert_eq!(rows[0].service_executant(), Some("DIRINFRA"));
    assert_eq!(walk.suivante().await.unwrap(), None);
    assert!(
        account
            .rechercher_travaux(&search)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert_eq!(
        account
            .rechercher_travaux(&search)
            .await
            .unwrap_err()
            .decision(),
        Decision::Refusal
    );
    assert_eq!(
        account
            .rechercher_travaux(&search)
            .await
            .unwrap_err()
            .decision(),
        Decision::Content
    );
    assert_eq!(
        portal.bodies(WORKS).await[0],
        json!({"roleUtilisateur": "MOA", "idDestinataire": 25_784_152,
               "rechercheFactureTravaux": {"pageResultatDemandee": 1, "nbResultatsParPage": 1000}})
    );
}
