//! `structures/v1`.

use super::{Swagger, fields, text};
use crate::{TriSens, TypeIdentifiant, structures::*};

#[test]
fn the_operations_on_structures_use_the_swaggers_names() {
    let Some(swagger) = Swagger::open("swagger-cpro-structures-v1.json") else {
        return;
    };
    let structure = CritereStructure {
        identifiant_structure: text(),
        type_identifiant_structure: Some(TypeIdentifiant::Siret),
        type_structure: text(),
        statut_structure: text(),
        raison_sociale_structure: text(),
        libelle_structure: text(),
        nom_structure: text(),
        prenom_structure: text(),
        adresse_code_pays: text(),
        adresse_code_postal: text(),
        adresse_ville: text(),
        est_moa: Some(true),
        est_moa_uniquement: Some(true),
    };
    let paging = ParamRechercheStructures {
        nb_resultats_par_page: Some(1),
        page_resultat_demandee: Some(1),
        tri_colonne: text(),
        tri_sens: Some(TriSens::Ascendant),
    };
    swagger.writes("RechercherStructureInput", &structure);
    swagger.writes("ParametresRechercherStructure", &paging);
    swagger.writes(
        "RechercherStructureParam",
        &RechercheStructures {
            parametres: Some(paging),
            restreindre_structures_privees: Some(true),
            structure: Some(structure),
        },
    );
    let consult = ConsulterStructure {
        code_langue: text(),
        id_structure_cpp: 1,
    };
    swagger.writes("ConsulterStructureAvecTVAIntraComParam", &consult);
    let services = RechercheServices::page(1, 1, 100);
    swagger.writes("RechercherServicesStructureParam", &services);
    swagger.writes(
        "ParametresRechercherServicesStructure",
        &ParamRechercheServices {
            tri_colonne: text(),
            tri_sens: Some(TriSens::Descendant),
            ..services.parametres.unwrap()
        },
    );

    swagger.reads::<StructureTrouvee>("StructureAAfficher");
    swagger.reads::<InformationGenerales>("InformationsGeneralesStructureCompleteTVAIntraCom");
    swagger.reads::<StructureDupliquee>("StructureDupliquee");
    swagger.reads::<AdressePostale>("AdressePostale");
    swagger.reads::<ParametresStructure>("ParamModifierStructure");
    swagger.reads::<Service>("ServiceExpose");
    swagger.reads::<crate::paging::ParametresRetour>("ParametresRetour");
    for (definition, names) in [
        ("WsRetourRechercherStructure", fields::<ReponseStructures>()),
        (
            "WsRetourRechercherServicesStructure",
            fields::<ReponseServices>(),
        ),
        (
            "WsRetourConsulterStructureTVAIntraCom",
            fields::<StructureConsultee>(),
        ),
    ] {
        for name in names {
            assert!(
                swagger.names(definition).contains(*name),
                "{name} is not in {definition}"
            );
        }
    }
}
