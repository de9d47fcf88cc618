//! `factures/v1`.

use std::collections::BTreeSet;

use super::{Swagger, amount, day, fields, text};
use crate::{
    CadreFacturation, CodeAction, FormatTelechargement, ModeDepot, ModePaiement, Statut,
    TriColonne, TriSens, TypeDemandePaiement, TypeFacture, TypeFactureTravaux, TypeIdentifiant,
    TypeTva, factures::*,
};

#[test]
fn the_requests_for_invoices_write_the_swaggers_names() {
    let Some(swagger) = Swagger::open("swagger-cpro-factures-v1.json") else {
        return;
    };
    let supplier = CritereFournisseur {
        id_fournisseur: Some(155),
        liste_id_service: vec![1],
    };
    swagger.writes("CritereFournisseurPojo", &supplier);
    swagger.writes(
        "ParamRechercheDemandeRecipiendaire",
        &ParamRecherche::page(1, 1000),
    );
    swagger.writes(
        "RechercherFactureRecipiendaireParam",
        &RechercheRecipiendaire {
            id_utilisateur_courant: Some(219),
            type_demande_paiement: Some(TypeDemandePaiement::Facture),
            id_destinataire: Some(126),
            id_service_executant: Some(293),
            numero_facture: text(),
            periode_date_depot_du: day(),
            periode_date_depot_au: day(),
            liste_type_facture: vec![TypeFacture::Avoir],
            liste_type_facture_travaux: vec![TypeFactureTravaux::EtatAcompte],
            liste_fournisseurs: vec![supplier],
            recherche_siren_fournisseur: Some(true),
            id_structure_valideur: Some(155),
            cadre_facturation: Some(CadreFacturation::A1FactureFournisseur),
            statut_courant: vec![Statut::Deposee],
            periode_date_facture_du: day(),
            periode_date_facture_au: day(),
            montant_ht_min: amount(),
            montant_ht_max: amount(),
            montant_ttc_min: amount(),
            montant_ttc_max: amount(),
            montant_a_payer_min: amount(),
            montant_a_payer_max: amount(),
            numero_marche: text(),
            numero_bon_commande: text(),
            facture_telechargee_par_destinataire: Some(false),
            param_recherche: Some(ParamRecherche::page(1, 1)),
            recuperer_taille: Some(true),
            periode_date_heure_etat_courant_du: day(),
            periode_date_heure_etat_courant_au: day(),
        },
    );
}

#[test]
fn the_requests_for_one_invoice_write_the_swaggers_names() {
    let Some(swagger) = Swagger::open("swagger-cpro-factures-v1.json") else {
        return;
    };
    let sort = Some(TriSens::Ascendant);
    let full = ConsulterRecipiendaire {
        id_utilisateur_courant: Some(1),
        ..ConsulterRecipiendaire::new(239, 50)
    };
    let vat = RechercheLigneTvaRecap {
        tri_sens: sort.clone(),
        tri_colonne: text(),
        ..full.recherche_ligne_tva_recap.clone().unwrap()
    };
    let attachments = RecherchePj {
        tri_sens: sort.clone(),
        tri_colonne: text(),
        ..full.recherche_pj.clone().unwrap()
    };
    let lines = RechercheLignePoste {
        tri_sens: sort.clone(),
        tri_colonne: text(),
        ..full.recherche_ligne_poste.clone().unwrap()
    };
    swagger.writes("ConsulterFactureParRecipiendaireParam", &full);
    swagger.writes("ParamRechercheLigneRecapTva", &vat);
    swagger.writes("ParamRechercheListePiecesJointes", &attachments);
    swagger.writes("ParamRechercheLignesPoste", &lines);

    let states = RechercheHistoStatuts {
        page_resultat_demandee: Some(1),
        nb_resultats_par_page: Some(1),
        tri_sens: sort.clone(),
        tri_colonne: text(),
    };
    let events = RechercheHistoEvenements {
        page_resultat_demandee: Some(1),
        nb_resultats_par_page: Some(1),
        tri_sens: sort.clone(),
        tri_colonne: text(),
    };
    let actions = RechercheHistoActions {
        page_resultat_demandee: Some(1),
        nb_resultats_par_page: Some(1),
        tri_sens: sort,
        tri_colonne: text(),
    };
    swagger.writes("ParamRechercheHistoStatuts", &states);
    swagger.writes("ParamRechercheHistoEvenementsComplementaires", &events);
    swagger.writes("ParamRechercheHistoActionsUtilisateurs", &actions);
    swagger.writes(
        "ConsulterHistoriqueFactureParam",
        &ConsulterHistorique {
            id_utilisateur_courant: Some(1),
            id_espace: Some(7),
            param_recherche_histo_statuts: Some(states),
            param_recherche_histo_evenements_complementaires: Some(events),
            param_recherche_histo_actions_utilisateurs: Some(actions),
            ..ConsulterHistorique::new(2_194_673)
        },
    );
    swagger.writes("IdFactureInput", &IdFacture { id_facture: 141 });
    swagger.writes(
        "TelechargerGroupeFactureParam",
        &TelechargerGroupe {
            id_utilisateur_courant: Some(187),
            id_espace: Some(8),
            ..TelechargerGroupe::pdf(&[141, 142], true)
        },
    );
    swagger.writes(
        "TraiterUneFactureRecueParam",
        &TraiterRecue {
            id_utilisateur_courant: Some(1),
            motif: text(),
            numero_dp_mandat: text(),
            ..TraiterRecue::new(2_194_673, Statut::Suspendue)
        },
    );
}

#[test]
fn the_answers_about_invoices_read_every_name_of_the_swagger() {
    let Some(swagger) = Swagger::open("swagger-cpro-factures-v1.json") else {
        return;
    };
    swagger.reads::<FactureRecue>("FactureRechercheRecipiendaire");
    swagger.reads::<FactureConsultee>("FactureCpp");
    swagger.reads::<Destinataire>("Destinataire");
    swagger.reads::<Fournisseur>("Fournisseur");
    swagger.reads::<Affactureur>("Affactureur");
    swagger.reads::<CadreDeFacturation>("CadreDeFacturationOutput");
    swagger.reads::<PiecePrecedente>("PiecePrecedenteConsulterFactureRecipiendaireOutput");
    swagger.reads::<PieceSuivante>("PieceSuivanteConsulterFactureRecipiendaireOutput");
    swagger.reads::<References>("References");
    swagger.reads::<RecapitulatifDeTva>("LignesTva");
    swagger.reads::<LigneTva>("LigneTva");
    swagger.reads::<MontantTotal>("MontantTotal");
    swagger.reads::<PieceJointePrincipale>("PiecejointePrincipale");
    swagger.reads::<PiecesJointes>("PiecesJointes");
    swagger.reads::<PieceJointe>("PJointe");
    swagger.reads::<LignesDePoste>("LignesPostes");
    swagger.reads::<LignePoste>("LignePoste");
    swagger.reads::<HistoriquesStatuts>("HistoriquesStatus");
    swagger.reads::<HistoStatut>("HistoriqueStatus");
    swagger.reads::<HistoriquesEvenements>("HistoriquesEvenements");
    swagger.reads::<Evenement>("HistoriqueEvenement");
    swagger.reads::<HistoriquesActions>("HistoriquesActionsUtilisateurs");
    swagger.reads::<HistoAction>("HistoriqueActionUtilisateur");
    swagger.reads::<DerniereAction>("DerniereAction");
    // The envelope is read apart.
    let beside_the_envelope = |definition: &str, names: &[&str]| {
        let mut expected: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        expected.extend(["codeRetour".to_owned(), "libelle".to_owned()]);
        assert_eq!(swagger.names(definition), expected, "{definition}");
    };
    beside_the_envelope("WsRetourConsulterHistoriqueFacture", fields::<Historique>());
    beside_the_envelope("WsRetourTraiterFacture", fields::<FactureTraitee>());
    beside_the_envelope("WsRetourFacturesRecues", fields::<ReponseConsultation>());
    beside_the_envelope("WsRetourTelechargerGroupeFacture", &[FILE]);
    let mut search = fields::<ReponseRecherche>().to_vec();
    search.extend(fields::<crate::paging::ParametresRetour>());
    beside_the_envelope("WsRetourRechercheFactureRecipiendaireRest", &search);
}

#[test]
fn the_code_lists_have_every_code_of_the_swagger() {
    let Some(swagger) = Swagger::open("swagger-cpro-factures-v1.json") else {
        return;
    };
    swagger.knows(
        Statut::CODES,
        "TraiterUneFactureRecueParam",
        "nouveauStatut",
    );
    swagger.knows(Statut::CODES, "FactureRechercheRecipiendaire", "statut");
    swagger.knows(
        TypeDemandePaiement::CODES,
        "FactureRechercheRecipiendaire",
        "typeDemandePaiement",
    );
    swagger.knows(
        TypeFacture::CODES,
        "FactureRechercheRecipiendaire",
        "typeFacture",
    );
    swagger.knows(
        TypeFactureTravaux::CODES,
        "FactureRechercheRecipiendaire",
        "typeFactureTravaux",
    );
    swagger.knows(
        TypeIdentifiant::CODES,
        "Fournisseur",
        "typeIdentifiantFournisseur",
    );
    swagger.knows(
        CadreFacturation::CODES,
        "CadreDeFacturationOutput",
        "codeCadreFacturation",
    );
    swagger.knows(
        CadreFacturation::CODES,
        "RechercherFactureRecipiendaireParam",
        "cadreFacturation",
    );
    swagger.knows(ModeDepot::CODES, "FactureCpp", "modeDepot");
    swagger.knows(ModePaiement::CODES, "References", "modePaiement");
    swagger.knows(TypeTva::CODES, "References", "typeTva");
    swagger.knows(
        CodeAction::CODES,
        "HistoriqueActionUtilisateur",
        "histoActionCode",
    );
    swagger.knows(
        TriSens::CODES,
        "ParamRechercheDemandeRecipiendaire",
        "triSens",
    );
    swagger.knows(
        TriColonne::CODES,
        "ParamRechercheDemandeRecipiendaire",
        "triColonne",
    );
    // A text in the swagger; the specification of 2017 gives its two values.
    assert_eq!(FormatTelechargement::CODES, ["PIVOT", "PDF"]);
}
