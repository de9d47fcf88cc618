//! The statuses, cadres, transitions and AIFE's table, as data.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use invoice::statut::transitions::{CIBLES, MATRICE, TUS_PAR_LE_PORTAIL};
use invoice::statut::{
    Auteur, Cadre, Certitude, Constat, Source, Statut, Transitions, Verdict, constater, plateforme,
};
use proptest::prelude::*;

/// AIFE's published answer of `recuperer/etats/traitement` for an invoice at MISE_A_DISPOSITION.
const REPONSE_PUBLIEE: [&str; 8] = [
    "MISE_A_DISPOSITION",
    "SUSPENDUE",
    "REJETEE",
    "MANDATEE",
    "MISE_EN_PAIEMENT",
    "COMPTABILISEE",
    "MISE_A_DISPOSITION_COMPTABLE",
    "A_RECYCLER",
];

/// A file of the shared reference data, which is not on a user's machine.
fn reference(chemin: &str) -> Option<String> {
    let racine = std::env::var_os("RELAIS_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let fichier = racine.join("reference").join(chemin);
    let texte = std::fs::read_to_string(&fichier).ok();
    if texte.is_none() {
        println!("{} is not here, skipped", fichier.display());
    }
    texte
}

#[test]
fn every_code_of_the_official_enums_is_known_and_in_their_order() {
    let Some(json) = reference("chorus-pro/enums-factures.json") else {
        return;
    };
    let enums: serde_json::Value = serde_json::from_str(&json).unwrap();
    let codes = |cle: &str, place: usize| -> Vec<String> {
        serde_json::from_value(enums[cle][place]["values"].clone()).unwrap()
    };
    let officiels = codes("nouveauStatut", 0);
    let connus: Vec<&str> = Statut::CONNUS.iter().map(Statut::code).collect();
    assert_eq!(connus[..officiels.len()], officiels);

    let cadres: Vec<&str> = Cadre::CONNUS.iter().map(Cadre::code).collect();
    assert_eq!(cadres, codes("cadreFacturation", 0));
}

#[test]
fn there_are_fifty_six_official_statuses_and_one_seen_in_the_wild() {
    let codes: BTreeSet<&str> = Statut::CONNUS.iter().map(Statut::code).collect();
    assert_eq!((Statut::CONNUS.len(), codes.len()), (57, 57));
    assert!(codes.contains("ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE"));
    assert!(
        Statut::CONNUS
            .iter()
            .all(|statut| !statut.libelle().is_empty() && !statut.auteurs().is_empty())
    );
}

#[test]
fn a_status_travels_as_its_bare_code_and_an_unknown_one_keeps_its_text() {
    let lu: Vec<Statut> = serde_json::from_str(r#"["SUSPENDUE","STATUT_DE_2031",""]"#).unwrap();
    assert_eq!(
        lu,
        [
            Statut::Suspendue,
            Statut::Autre("STATUT_DE_2031".into()),
            Statut::Autre(String::new())
        ]
    );
    assert_eq!(
        serde_json::to_string(&lu).unwrap(),
        r#"["SUSPENDUE","STATUT_DE_2031",""]"#
    );
    assert!(!lu[1].est_connu());
    assert_eq!(
        (lu[1].libelle(), lu[1].auteurs(), lu[1].is_terminal()),
        ("Statut inconnu", &[Auteur::Inconnu][..], false)
    );

    let schema = serde_json::to_value(schemars::schema_for!(Statut)).unwrap();
    assert!(
        jsonschema::is_valid(&schema, &serde_json::json!("STATUT_DE_2031")),
        "the schema is open as well"
    );
    assert!(!jsonschema::is_valid(&schema, &serde_json::json!(3)));
}

#[test]
fn the_twelve_edi_numbers_name_twelve_statuses() {
    let codes: Vec<String> = (1..=12)
        .map(|id| Statut::depuis_id_statut(id).unwrap().code().to_owned())
        .collect();
    assert_eq!(
        codes,
        [
            "DEPOSEE",
            "EN_COURS_ACHEMINEMENT",
            "MISE_A_DISPOSITION",
            "A_RECYCLER",
            "REJETEE",
            "SUSPENDUE",
            "SERVICE_FAIT",
            "MANDATEE",
            "MISE_A_DISPOSITION_COMPTABLE",
            "COMPTABILISEE",
            "MISE_EN_PAIEMENT",
            "COMPLETEE",
        ]
    );
    assert_eq!(
        [Statut::depuis_id_statut(0), Statut::depuis_id_statut(13)],
        [None, None]
    );
}

#[test]
fn who_sets_a_status_is_known() {
    assert_eq!(Statut::Completee.auteurs(), [Auteur::Fournisseur]);
    assert_eq!(Statut::ServiceFait.auteurs(), [Auteur::Destinataire]);
    assert!(
        Statut::MiseEnPaiement
            .auteurs()
            .contains(&Auteur::Comptable)
    );
    assert_eq!(Statut::PriseEnCompteMoa.auteurs(), [Auteur::Moa]);
}

#[test]
fn the_matrix_is_that_of_the_fact_file() {
    // Columns: MISE_A_DISPOSITION SUSPENDUE REJETEE A_RECYCLER SERVICE_FAIT MANDATEE M_A_D_COMPTABLE COMPTABILISEE MISE_EN_PAIEMENT.
    // P published by AIFE, y established, ? plausible, n impossible.
    let attendu = [
        ("MISE_A_DISPOSITION", "PPPPyPPPP"),
        ("COMPLETEE", "yyyyyyyyy"),
        ("EN_COURS_ACHEMINEMENT", "yyyyyyyyy"),
        ("SERVICE_FAIT", "nyyynyyyy"),
        ("MANDATEE", "n???nnyyy"),
        ("MISE_A_DISPOSITION_COMPTABLE", "n??nnnnyy"),
        ("COMPTABILISEE", "nnnnnnnny"),
        ("SUSPENDUE", "nnnnnnnnn"),
        ("A_RECYCLER", "nnnnnnnnn"),
        ("REJETEE", "nnnnnnnnn"),
        ("MISE_EN_PAIEMENT", "nnnnnnnnn"),
        ("DEPOSEE", "nnnnnnnnn"),
    ];
    let table = Transitions::table();
    for (depuis, ligne) in attendu {
        let lu: String = CIBLES
            .iter()
            .map(|cible| match table.verdict(&Statut::from(depuis), cible) {
                Verdict::Possible(Source::Table(Certitude::Publiee)) => 'P',
                Verdict::Possible(Source::Table(Certitude::Etablie)) => 'y',
                Verdict::Possible(Source::Table(Certitude::Plausible)) => '?',
                Verdict::Impossible(Source::Table(_)) => 'n',
                autre => panic!("{depuis} to {cible}: {autre:?}"),
            })
            .collect();
        assert_eq!(lu, ligne, "from {depuis}");
    }
    assert_eq!(MATRICE.len(), attendu.len());
}

#[test]
fn the_strict_table_refuses_what_is_only_plausible() {
    let verdict = |table: Transitions| {
        table
            .verdict(&Statut::Mandatee, &Statut::Suspendue)
            .permet()
    };
    assert!(verdict(Transitions::table()));
    assert!(!verdict(Transitions::table_stricte()));
    assert!(
        !Transitions::table_stricte()
            .possibles(&Statut::Mandatee)
            .contains(&Statut::Rejetee)
    );
}

#[test]
fn the_table_and_the_published_answer_of_the_portal_differ_by_service_fait_alone() {
    let portail: BTreeSet<Statut> = REPONSE_PUBLIEE.into_iter().map(Statut::from).collect();
    let table: BTreeSet<Statut> = Transitions::table()
        .possibles(&Statut::MiseADisposition)
        .into_iter()
        .collect();
    let en_plus: Vec<&Statut> = table.difference(&portail).collect();
    assert_eq!(en_plus, TUS_PAR_LE_PORTAIL.iter().collect::<Vec<_>>());
    assert_eq!(portail.difference(&table).count(), 0);
}

#[test]
fn the_answer_of_the_portal_goes_before_the_table() {
    let mut transitions = Transitions::table();
    assert!(!transitions.connait(&Statut::Mandatee));
    transitions.retenir(
        Statut::Mandatee,
        [Statut::MiseEnPaiement, Statut::from("STATUT_DE_2031")],
    );
    assert!(transitions.connait(&Statut::Mandatee));

    let depuis_mandatee = |cible: &Statut| transitions.verdict(&Statut::Mandatee, cible);
    assert_eq!(
        depuis_mandatee(&Statut::MiseEnPaiement),
        Verdict::Possible(Source::Portail)
    );
    assert_eq!(
        depuis_mandatee(&Statut::from("STATUT_DE_2031")),
        Verdict::Possible(Source::Portail)
    );
    assert_eq!(
        depuis_mandatee(&Statut::Comptabilisee),
        Verdict::Impossible(Source::Portail),
        "the table would allow it"
    );
    assert_eq!(
        transitions.verdict(&Statut::ServiceFait, &Statut::Mandatee),
        Verdict::Possible(Source::Table(Certitude::Etablie))
    );
}

#[test]
fn service_fait_is_possible_although_the_portal_leaves_it_out_of_its_answer() {
    let mut transitions = Transitions::table();
    transitions.retenir(Statut::MiseADisposition, REPONSE_PUBLIEE.map(Statut::from));
    assert!(
        transitions
            .verdict(&Statut::MiseADisposition, &Statut::ServiceFait)
            .permet()
    );
    transitions.retenir(Statut::Suspendue, []);
    assert!(
        !transitions
            .verdict(&Statut::Suspendue, &Statut::ServiceFait)
            .permet(),
        "but not where the table says no"
    );
}

#[test]
fn of_a_status_that_nobody_knows_the_portal_has_to_judge() {
    let table = Transitions::table();
    assert_eq!(
        table.verdict(&Statut::from("STATUT_DE_2031"), &Statut::Mandatee),
        Verdict::Indetermine
    );
    assert_eq!(
        table.verdict(&Statut::AValider1, &Statut::Mandatee),
        Verdict::Indetermine
    );
    assert_eq!(
        table.verdict(
            &Statut::MiseADispositionMoa,
            &Statut::PriseEnCompteDestinataire
        ),
        Verdict::Indetermine
    );
    assert_eq!(
        table.verdict(
            &Statut::MiseADisposition,
            &Statut::PriseEnCompteDestinataire
        ),
        Verdict::Indetermine
    );
    assert!(Verdict::Indetermine.permet());
}

#[test]
fn the_platform_gets_what_aife_says_and_a_recycler_has_no_counterpart() {
    let transmis: Vec<(&str, u16)> = plateforme::TRANSMIS
        .iter()
        .map(|(statut, transmission)| (statut.code(), transmission.code_afnor))
        .collect();
    assert_eq!(
        transmis,
        [
            ("SUSPENDUE", 208),
            ("REJETEE", 210),
            ("SERVICE_FAIT", 204),
            ("MANDATEE", 204),
            ("MISE_A_DISPOSITION_COMPTABLE", 204),
            ("COMPTABILISEE", 204),
            ("MISE_EN_PAIEMENT", 211),
        ]
    );
    let sans_reponse: Vec<&str> = Statut::CONNUS
        .iter()
        .filter(|statut| statut.reste_sans_reponse_via_plateforme())
        .map(Statut::code)
        .collect();
    assert_eq!(sans_reponse, ["A_RECYCLER"]);
    assert_eq!(plateforme::RECUS, [(209, Statut::Completee)]);
}

#[test]
fn a_cadre_is_read_from_the_pivot_and_from_the_api() {
    assert_eq!(Cadre::from("A9"), Cadre::A9);
    assert_eq!(Cadre::from("A9_FACTURE_SOUSTRAITANT"), Cadre::A9);
    assert_eq!(
        (Cadre::A24.code_pivot(), Cadre::A24.est_travaux()),
        (Some("A24"), true)
    );
    assert_eq!(
        Cadre::from("A26_NOUVEAU"),
        Cadre::Autre("A26_NOUVEAU".into())
    );
    assert_eq!(Cadre::from("SANS_CADRE_DE_FACTURATION"), Cadre::SansCadre);
    assert_eq!(
        serde_json::to_string(&Cadre::A1).unwrap(),
        r#""A1_FACTURE_FOURNISSEUR""#
    );
    let hors_travaux: Vec<_> = Cadre::CONNUS
        .iter()
        .filter(|cadre| !cadre.est_travaux())
        .filter_map(Cadre::code_pivot)
        .collect();
    assert_eq!(hors_travaux, ["A1", "A2", "A3", "A9", "A12", "A21"]);
}

#[test]
fn a_wish_is_met_overtaken_or_contradicted() {
    assert_eq!(
        constater(&Statut::Mandatee, &Statut::Mandatee),
        Constat::Satisfait
    );
    assert_eq!(
        constater(&Statut::ServiceFait, &Statut::MiseEnPaiement),
        Constat::Depasse {
            present: Statut::MiseEnPaiement
        }
    );
    let contrarie = constater(&Statut::Mandatee, &Statut::Rejetee);
    assert!(!contrarie.est_honore());
    assert!(contrarie.phrase().contains("REJETEE"));
    assert!(
        !constater(&Statut::Suspendue, &Statut::MiseEnPaiement).est_honore(),
        "paid is not on the way to suspended"
    );
    assert!(!constater(&Statut::Mandatee, &Statut::from("STATUT_DE_2031")).est_honore());
}

proptest! {
    #[test]
    fn any_text_is_a_status_and_comes_back_as_it_was(texte in any::<String>()) {
        let statut = Statut::from(texte.as_str());
        prop_assert_eq!(statut.code(), texte.as_str());
        let json = serde_json::to_string(&statut).unwrap();
        prop_assert_eq!(serde_json::from_str::<Statut>(&json).unwrap(), statut);
    }
}
