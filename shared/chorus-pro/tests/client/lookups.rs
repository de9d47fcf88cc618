//! Consultation, history, structures, and the code lists.

use chorus_pro::{
    CadreFacturation, CodeAction, Statut,
    factures::{ConsulterHistorique, ConsulterRecipiendaire},
    structures::{RechercheServices, RechercheStructures},
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::portal::{CONSULT, HISTORY, Portal, ok};

const STRUCTURES: &str = "/cpro/structures/v1/rechercher";
const STRUCTURE: &str = "/cpro/structures/v1/consulter";
const SERVICES: &str = "/cpro/structures/v1/rechercher/services";
const ACTIVE: &str = "/cpro/transverses/v1/recuperer/structures/actives/destinataire";
const STATES: &str = "/cpro/transverses/v1/recuperer/etats/traitement";
const RATES: &str = "/cpro/transverses/v1/recuperer/tauxtva";
const HEALTH: &str = "/cpro/transverses/v1/health-check";

#[tokio::test]
async fn an_invoice_is_consulted_and_its_bank_account_not_shown() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            CONSULT,
            json!({"codeRetour": 0, "libelle": "TRA_MSG_00.000", "facture": {
                "identifiantFactureCPP": 2_194_673, "statutFacture": "MISE_A_DISPOSITION",
                "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR", "nomValideur1": "Martin"},
                "fournisseur": {"codeFournisseur": "00000000000727", "coordBancairesFournisseurCompteBancaire": "30006000011234567890189"},
                "references": {"dateFacture": "2026-11-18", "tailleTotalePiecesJointes": 187_654},
                "recapitulatifDeTva": {"ligneTva": {"ligneTvaTauxManuel": 5.5, "ligneTvaMontantTvaParTaux": "20"}},
                "montantTotal": {"montantHtTotal": 100, "montantTVA": 20.000_001},
                "listeDesPiecesJointes": {"pieceJointe": [{"pieceJointeTypeCode": "02", "pieceJointeId": 802}]},
                "lignesDePoste": null
            }}),
        )
        .await;
    let invoice = portal
        .account()
        .consulter_recipiendaire(&ConsulterRecipiendaire::new(2_194_673, 50))
        .await
        .unwrap();
    let frame = invoice.cadre_de_facturation.as_ref().unwrap();
    assert_eq!(
        frame.code_cadre_facturation,
        Some(CadreFacturation::A1FactureFournisseur)
    );
    assert_eq!(frame.nom_valideur1.as_ref().unwrap().expose(), "Martin");
    let rates = &invoice.recapitulatif_de_tva.as_ref().unwrap().ligne_tva;
    assert_eq!(rates[0].ligne_tva_taux_manuel, Some(Decimal::new(55, 1)));
    assert_eq!(
        rates[0].ligne_tva_montant_tva_par_taux,
        Some(Decimal::from(20))
    );
    assert_eq!(
        invoice.montant_total.as_ref().unwrap().montant_tva,
        Some(Decimal::new(20_000_001, 6))
    );
    assert_eq!(invoice.lignes_de_poste, None);
    let shown = format!("{invoice:?}");
    assert!(
        !shown.contains("300060000") && !shown.contains("Martin"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_history_has_french_times_to_the_minute_and_orders_ties_by_id() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            HISTORY,
            json!({"codeRetour": 0, "libelle": "GCU_MSG_01_000", "idFacture": 2_194_673, "statutCourantCode": "MISE_A_DISPOSITION",
                "historiquesDesStatuts": {"histoStatut": [
                    {"histoStatutCode": "DEPOSEE", "histoStatutDatePassage": "2018-04-19 11:08", "histoStatutId": 8_548_152},
                    {"histoStatutCode": "MISE_A_DISPOSITION", "histoStatutDatePassage": "2018-04-19 11:08", "histoStatutId": 8_548_204},
                    {"histoStatutCode": "SUSPENDUE", "histoStatutDatePassage": "2018-04-20 09:00", "histoStatutId": 8_548_210,
                     "histoStatutCommentaire": "RIB manquant", "histoStatutUtilisateurNom": "Martin"}
                ]},
                "historiquesDesActionsUtilisateurs": {"histoAction": {"histoActionCode": "TELECHARGEMENT_FACTURE"}}
            }),
        )
        .await;
    let history = portal
        .account()
        .consulter_historique(&ConsulterHistorique::new(2_194_673))
        .await
        .unwrap();
    let order: Vec<_> = history
        .statuts()
        .iter()
        .filter_map(|state| state.histo_statut_code.clone())
        .collect();
    assert_eq!(
        order,
        [Statut::Suspendue, Statut::MiseADisposition, Statut::Deposee]
    );
    assert_eq!(
        history.statuts()[2].histo_statut_date_passage,
        Some("2018-04-19T09:08:00Z".parse().unwrap())
    );
    assert_eq!(history.statut_courant(), Some(&Statut::MiseADisposition));
    let actions = history
        .historiques_des_actions_utilisateurs
        .as_ref()
        .unwrap();
    assert_eq!(
        actions.histo_action[0].histo_action_code,
        Some(CodeAction::TelechargementFacture)
    );
    assert!(!format!("{history:?}").contains("Martin"));
}

#[tokio::test]
async fn without_a_current_state_the_newest_of_the_history_is_it() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            HISTORY,
            json!({"codeRetour": 0, "historiquesDesStatuts": {"histoStatut": {
                "histoStatutCode": "REJETEE", "histoStatutDatePassage": "2018-04-19 11:08"}}}),
        )
        .await;
    let history = portal
        .account()
        .consulter_historique(&ConsulterHistorique::new(1))
        .await
        .unwrap();
    assert_eq!(history.statut_courant(), Some(&Statut::Rejetee));
}

#[tokio::test]
async fn structures_may_come_as_one_object() {
    let portal = Portal::start().await;
    let paging = json!({"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 1});
    portal
        .answers(
            STRUCTURES,
            [
                ok(json!({"codeRetour": 0, "parametresRetour": paging,
                    "listeStructures": {"idStructureCPP": 25_784_152, "identifiantStructure": "00000000013456", "statut": "ACTIVE"}})),
                ok(json!({"codeRetour": 20000, "libelle": "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat"})),
                ok(json!({"codeRetour": 20000, "libelle": "GCU_MSG_02 - autre chose"})),
            ],
        )
        .await;
    let account = portal.account();
    let search = RechercheStructures::siret("00000000013456");
    let page = account.rechercher_structures(&search).await.unwrap();
    assert_eq!(page.rows[0].id_structure_cpp, Some(25_784_152));
    assert!(
        account
            .rechercher_structures(&search)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(account.rechercher_structures(&search).await.is_err());
    assert_eq!(
        portal.bodies(STRUCTURES).await[0],
        json!({"structure": {"identifiantStructure": "00000000013456", "typeIdentifiantStructure": "SIRET"}})
    );
}

#[tokio::test]
async fn a_structure_tells_when_the_accounts_password_expires() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            STRUCTURE,
            json!({"codeRetour": 0, "informationGenerales": {"idStructureCPP": 1, "dateExpirationMotPasseCompteTech": "2027-01-31"},
                "parametres": {"getaMoa": true, "statutMiseEnPaiementNestPasRemonte": false}}),
        )
        .await;
    let structure = portal.account().consulter_structure(1).await.unwrap();
    let expires = structure
        .information_generales
        .unwrap()
        .date_expiration_mot_passe_compte_tech;
    assert_eq!(expires, Some("2027-01-30T23:00:00Z".parse().unwrap()));
    assert_eq!(structure.parametres.unwrap().geta_moa, Some(true));
    assert_eq!(
        portal.bodies(STRUCTURE).await,
        [json!({"codeLangue": "fr", "idStructureCPP": 1})]
    );
}

#[tokio::test]
async fn the_services_of_a_structure() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            SERVICES,
            json!({"codeRetour": 0, "listeServices": [{"idService": 443, "codeService": "FACTURES_PUBLIQUES", "estActif": true}],
                "parametresRetour": {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 100, "total": 1}}),
        )
        .await;
    let page = portal
        .account()
        .rechercher_services(&RechercheServices::page(1, 1, 100))
        .await
        .unwrap();
    assert_eq!(
        page.rows[0].code_service.as_deref(),
        Some("FACTURES_PUBLIQUES")
    );
    assert_eq!(
        portal.bodies(SERVICES).await,
        [
            json!({"idStructure": 1, "parametresRechercherServicesStructure": {"nbResultatsParPage": 100, "pageResultatDemandee": 1}})
        ]
    );
}

#[tokio::test]
async fn the_structures_of_an_account_and_the_states_that_may_follow() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            ACTIVE,
            json!({"codeRetour": 0, "listeStructures": [{"idStructureCPP": 25_784_152, "identifiant": "00000000013456"}]}),
        )
        .await;
    portal
        .answers_json(
            STATES,
            json!({"codeRetour": 0, "listeStatutsPossiblesPourTraitement": [
                {"statutPossiblePourTraitement": "SUSPENDUE"}, {"statutPossiblePourTraitement": "A_RECYCLER"}]}),
        )
        .await;
    let account = portal.account();
    let structures = account.structures_actives_destinataire().await.unwrap();
    assert_eq!(structures[0].identifiant.as_deref(), Some("00000000013456"));
    let states = account
        .etats_traitement(Statut::MiseADisposition)
        .await
        .unwrap();
    assert_eq!(states, [Statut::Suspendue, Statut::ARecycler]);
    assert_eq!(
        portal.bodies(STATES).await,
        [json!({"statutCourant": "MISE_A_DISPOSITION"})]
    );
}

#[tokio::test]
async fn the_probe_sends_an_empty_object_and_the_health_check_is_the_only_get() {
    let portal = Portal::start().await;
    portal
        .answers_json(RATES, json!({"codeRetour": 0, "libelle": "TRA_MSG_00.000"}))
        .await;
    let available = "L'API CPRO est actuellement disponible et fonctionnel.";
    portal
        .answers_json(
            HEALTH,
            json!({"statusCodeValue": 200, "statusCode": "OK", "body": available}),
        )
        .await;
    let account = portal.account();
    account.taux_tva().await.unwrap();
    assert_eq!(portal.bodies(RATES).await, [json!({})]);
    let health = account.health_check().await.unwrap();
    assert_eq!(health.status_code_value, Some(200));
    assert_eq!(health.body.as_deref(), Some(available));
    assert_eq!(portal.calls(HEALTH).await[0].method.as_str(), "GET");
}
