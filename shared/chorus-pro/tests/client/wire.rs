//! What goes over the wire: headers, bodies, the account.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chorus_pro::{
    Borne, Client, ErrorKind, Montant, Statut, TechnicalAccount, TypeDemandePaiement,
    factures::{
        ConsulterHistorique, ConsulterRecipiendaire, RechercheRecipiendaire, TelechargerGroupe,
        TraiterRecue,
    },
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::portal::{
    CONSULT, DOWNLOAD, HISTORY, PASSWORD, Portal, SEARCH, SET_STATUS, no_result, ok,
};

#[tokio::test]
async fn every_call_is_a_post_of_json_with_the_account_in_a_header() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result()]).await;
    portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap();
    let calls = portal.calls(SEARCH).await;
    let call = &calls[0];
    assert_eq!(call.method.as_str(), "POST");
    assert_eq!(
        call.headers["content-type"],
        "application/json;charset=utf-8"
    );
    assert_eq!(call.headers["accept"], "application/json;charset=utf-8");
    assert_eq!(call.headers["authorization"], "Bearer token-1");
    let account = BASE64_STANDARD
        .decode(call.headers["cpro-account"].as_bytes())
        .unwrap();
    assert_eq!(
        String::from_utf8(account).unwrap(),
        format!("TECH_1_1@cpro.fr:{PASSWORD}")
    );
    assert_eq!(call.body, b"{}");
}

#[tokio::test]
async fn a_delta_search_sends_what_production_clients_send() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result()]).await;
    let search = RechercheRecipiendaire {
        type_demande_paiement: Some(TypeDemandePaiement::Facture),
        id_destinataire: Some(25_784_152),
        recuperer_taille: Some(true),
        periode_date_heure_etat_courant_du: Some(Borne::depuis(
            "2026-11-01T00:00:00Z".parse().unwrap(),
        )),
        periode_date_heure_etat_courant_au: Some(Borne::jusqu_a(
            "2026-11-23T22:59:59Z".parse().unwrap(),
        )),
        montant_a_payer_min: Some(Montant(Decimal::new(1_000_001, 6))),
        ..RechercheRecipiendaire::default()
    };
    let mut walk = portal.account().parcourir_recipiendaire(search);
    assert!(walk.suivante().await.unwrap().unwrap().is_empty());
    assert_eq!(walk.suivante().await.unwrap(), None);
    assert_eq!(
        portal.bodies(SEARCH).await,
        [json!({
            "typeDemandePaiement": "FACTURE",
            "idDestinataire": 25_784_152,
            "montantApayerMin": 1.000_001,
            "recupererTaille": true,
            "periodeDateHeureEtatCourantDu": "2026-11-01T01:00:00",
            "periodeDateHeureEtatCourantAu": "2026-11-23T23:59:59",
            "paramRecherche": {
                "nbResultatsMaximum": 999_999, "pageResultatDemandee": 1, "nbResultatsParPage": 1000,
                "triSens": "Ascendant", "triColonne": "NumeroFacture"
            }
        })]
    );
    let raw = String::from_utf8(portal.calls(SEARCH).await[0].body.clone()).unwrap();
    assert!(
        raw.contains("\"montantApayerMin\":1.000001"),
        "digit for digit: {raw}"
    );
}

#[tokio::test]
async fn the_bodies_of_the_other_operations_have_the_portals_names() {
    let portal = Portal::start().await;
    portal
        .answers_json(HISTORY, json!({"codeRetour": 0, "libelle": ""}))
        .await;
    portal
        .answers_json(CONSULT, json!({"codeRetour": 0, "facture": {}}))
        .await;
    portal
        .answers_json(SET_STATUS, json!({"codeRetour": 0}))
        .await;
    portal
        .answers_json(
            DOWNLOAD,
            json!({"codeRetour": 0, "fichierResultat": "eA=="}),
        )
        .await;
    let account = portal.account();
    account
        .consulter_historique(&ConsulterHistorique::new(2_194_673))
        .await
        .unwrap();
    account
        .consulter_recipiendaire(&ConsulterRecipiendaire::new(2_194_673, 50))
        .await
        .unwrap();
    let suspend = TraiterRecue {
        motif: Some("RIB manquant : à compléter".into()),
        numero_dp_mandat: Some(String::new()),
        ..TraiterRecue::new(2_194_673, Statut::Suspendue)
    };
    account.traiter_recue(&suspend).await.unwrap();
    account
        .telecharger_groupe(&TelechargerGroupe::pivot(&[141, 142]))
        .await
        .unwrap();
    account
        .telecharger_groupe(&TelechargerGroupe::pdf(&[141], false))
        .await
        .unwrap();

    assert_eq!(
        portal.bodies(HISTORY).await,
        [json!({"idFacture": 2_194_673, "nbResultatsMaximum": 50})]
    );
    assert_eq!(
        portal.bodies(CONSULT).await,
        [json!({
            "identifiantFactureCPP": 2_194_673,
            "codeLangue": "FR",
            "rechercheligneTvaRecap": {
                "pageResultatDemandeeListeRecapitulatifTVA": 1, "nbResultatsParPageListeListeRecapitulatifTVA": 50
            },
            "recherchePj": {"pageResultatDemandeeListePieceJointe": 1, "nbResultatsParPageListePieceJointe": 50},
            "rechercheLignePoste": {"pageResultatDemandeeLignesPoste": 1, "nbResultatsParPageLignesPoste": 50}
        })]
    );
    assert_eq!(
        portal.bodies(SET_STATUS).await,
        [json!({
            "idFacture": 2_194_673, "nouveauStatut": "SUSPENDUE",
            "motif": "RIB manquant : à compléter", "numeroDPMandat": ""
        })]
    );
    let raw = portal.calls(SET_STATUS).await[0].body.clone();
    assert!(
        String::from_utf8(raw).unwrap().contains("à compléter"),
        "UTF-8, encoded once"
    );
    assert_eq!(
        portal.bodies(DOWNLOAD).await,
        [
            json!({"format": "PIVOT", "listeFacture": [{"idFacture": 141}, {"idFacture": 142}]}),
            json!({"format": "PDF", "avecPiecesJointesComplementaires": "Non", "listeFacture": [{"idFacture": 141}]})
        ]
    );
}

#[tokio::test]
async fn a_base_url_may_end_in_a_slash_or_have_a_path() {
    let portal = Portal::start().await;
    portal.answers(SEARCH, [no_result()]).await;
    portal
        .answers(&format!("/relais-http{SEARCH}"), [no_result()])
        .await;
    for suffix in ["/", "/relais-http", "/relais-http/"] {
        let mut config = portal.config();
        config.api_url = format!("{}{suffix}", portal.server.uri());
        let account = crate::portal::account(&Client::new(config).unwrap());
        account
            .rechercher_recipiendaire(&RechercheRecipiendaire::default())
            .await
            .unwrap();
    }
    assert_eq!(
        portal.calls(&format!("/relais-http{SEARCH}")).await.len(),
        2
    );
}

#[tokio::test]
async fn a_redirection_is_not_followed_with_the_account_in_hand() {
    let portal = Portal::start().await;
    let elsewhere = format!("{}/elsewhere", portal.server.uri());
    portal
        .answers(
            SEARCH,
            [wiremock::ResponseTemplate::new(307).insert_header("Location", elsewhere)],
        )
        .await;
    portal.answers("/elsewhere", [ok(json!({}))]).await;
    let error = portal
        .account()
        .rechercher_recipiendaire(&RechercheRecipiendaire::default())
        .await
        .unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::NotChorus { status: 307, .. }
    ));
    assert!(portal.calls("/elsewhere").await.is_empty());
}

#[test]
fn what_cannot_be_configured_is_said_by_name() {
    let config = |token_url: &str, api_url: &str, rate: f64| {
        let mut config = chorus_pro::ClientConfig::new(token_url, api_url, "id", "secret".into());
        config.calls_per_second = rate;
        Client::new(config).unwrap_err().to_string()
    };
    let url = "https://api.piste.gouv.fr";
    assert!(config("piste", url, 1.0).contains("token_url"));
    assert!(config(url, "", 1.0).contains("api_url"));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            config(url, url, rate).contains("calls_per_second"),
            "{rate}"
        );
    }
    let client = Client::new(chorus_pro::ClientConfig::new(
        url,
        url,
        "id",
        "secret".into(),
    ))
    .unwrap();
    for login in ["", "a:b"] {
        let account = TechnicalAccount {
            login: login.into(),
            password: "p".into(),
        };
        let error = client.account(&account).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration { .. }));
    }
}
