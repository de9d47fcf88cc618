//! `structures/v1`: the directory of structures and services. It is public: any account may read it.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, TRA_OK};
use super::paging::{ParametresRetour, Wanted};
use super::request;
use crate::state::{Portal, Service, Structure};

/// "No result" of these searches; the number is an analogy with the invoices' search.
const EMPTY: &str = "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pages {
    #[serde(deserialize_with = "request::int")]
    nb_resultats_par_page: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    page_resultat_demandee: Option<i64>,
    tri_colonne: Option<String>,
    tri_sens: Option<String>,
}

impl Pages {
    fn wanted(&self) -> Wanted {
        Wanted {
            maximum: None,
            page: self.page_resultat_demandee,
            per_page: self.nb_resultats_par_page,
        }
    }

    fn descending(&self) -> bool {
        self.tri_sens.as_deref() == Some("Descendant")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RechercherParam {
    parametres: Option<Pages>,
    structure: Option<Criteria>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Criteria {
    #[serde(deserialize_with = "request::text")]
    identifiant_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    type_identifiant_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    type_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    statut_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    raison_sociale_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    libelle_structure: Option<String>,
    #[serde(deserialize_with = "request::text")]
    adresse_code_postal: Option<String>,
    #[serde(deserialize_with = "request::text")]
    adresse_ville: Option<String>,
    #[serde(rename = "estMOA")]
    est_moa: Option<bool>,
}

impl Criteria {
    fn accepts(&self, structure: &Structure) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == value)
        };
        let has = |wanted: &Option<String>, value: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| value.to_lowercase().contains(&wanted.to_lowercase()))
        };
        is(&self.identifiant_structure, &structure.siret)
            && is(&self.type_identifiant_structure, "SIRET")
            && is(&self.type_structure, "PUBLIQUE")
            && is(&self.statut_structure, "ACTIF")
            && has(&self.raison_sociale_structure, &structure.designation)
            && has(&self.libelle_structure, &structure.designation)
            && is(&self.adresse_code_postal, &structure.adresse.code_postal)
            && has(&self.adresse_ville, &structure.adresse.ville)
            && self
                .est_moa
                .is_none_or(|wanted| wanted == structure.est_moa)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_structures: Vec<Row<'a>>,
    parametres_retour: ParametresRetour,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(rename = "idStructureCPP")]
    id_structure_cpp: i64,
    identifiant_structure: &'a str,
    type_identifiant_structure: &'static str,
    designation_structure: &'a str,
    statut: &'static str,
}

/// `rechercher`.
pub(super) fn rechercher(portal: &Portal, body: &[u8]) -> Result<Answer, Answer> {
    let param: RechercherParam = request::read(body)?;
    let (pages, criteria) = (
        param.parametres.unwrap_or_default(),
        param.structure.unwrap_or_default(),
    );
    let mut found: Vec<_> = portal
        .structures
        .iter()
        .filter(|structure| criteria.accepts(structure))
        .collect();
    match pages.tri_colonne.as_deref() {
        Some("DesignationStructure") => found.sort_by(|a, b| a.designation.cmp(&b.designation)),
        _ => found.sort_by(|a, b| a.siret.cmp(&b.siret)),
    }
    if pages.descending() {
        found.reverse();
    }
    let (rows, parametres_retour) = pages.wanted().page_of(found, 10);
    if rows.is_empty() {
        return Ok(Answer::functional(20000, EMPTY));
    }
    let liste_structures = rows
        .into_iter()
        .map(|structure| Row {
            id_structure_cpp: structure.id,
            identifiant_structure: &structure.siret,
            type_identifiant_structure: "SIRET",
            designation_structure: &structure.designation,
            statut: "ACTIVE",
        })
        .collect();
    Ok(Answer::ok(&Found {
        code_retour: 0,
        libelle: TRA_OK,
        liste_structures,
        parametres_retour,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsulterParam {
    #[serde(rename = "idStructureCPP", default, deserialize_with = "request::int")]
    id_structure_cpp: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Consulted<'a> {
    code_retour: i32,
    libelle: &'static str,
    information_generales: General<'a>,
    adresse_postale_du_siege: Adresse<'a>,
    parametres: Parametres,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct General<'a> {
    #[serde(rename = "idStructureCPP")]
    id_structure_cpp: i64,
    identifiant_structure: &'a str,
    type_identifiant_structure: &'static str,
    structure_privee_publique: &'static str,
    raison_sociale_structure: &'a str,
    libelle_structure: &'a str,
    est_valideur_deleguee: bool,
    date_expiration_mot_passe_compte_tech: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Adresse<'a> {
    adresse: &'a str,
    code_postal: &'a str,
    ville: &'a str,
    pays: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parametres {
    code_service_doit_etre_renseigne: bool,
    #[serde(rename = "numeroEJDoitEtreRenseigne")]
    numero_ej_doit_etre_renseigne: bool,
    #[serde(rename = "gestionNumeroEJOuCodeService")]
    gestion_numero_ej_ou_code_service: bool,
    statut_mise_en_paiement_nest_pas_remonte: bool,
    #[serde(rename = "recevoirDonneesViaEDI")]
    recevoir_donnees_via_edi: bool,
    #[serde(rename = "connexionEDI")]
    connexion_edi: bool,
    #[serde(rename = "getaMoa")]
    geta_moa: bool,
    est_moa_uniquement: bool,
    est_valideur_delegue: bool,
    non_diffusible_insee: bool,
}

/// `consulter`.
pub(super) fn consulter(portal: &Portal, body: &[u8]) -> Result<Answer, Answer> {
    let param: ConsulterParam = request::read(body)?;
    let id = param
        .id_structure_cpp
        .ok_or_else(|| Answer::malformed("idStructureCPP est obligatoire"))?;
    let Some(structure) = portal.structure(id) else {
        return Ok(Answer::functional(
            20000,
            "GCU_MSG_01_000 - La structure n'existe pas.",
        ));
    };
    Ok(Answer::ok(&Consulted {
        code_retour: 0,
        libelle: TRA_OK,
        information_generales: General {
            id_structure_cpp: structure.id,
            identifiant_structure: &structure.siret,
            type_identifiant_structure: "SIRET",
            structure_privee_publique: "PUBLIQUE",
            raison_sociale_structure: &structure.designation,
            libelle_structure: &structure.designation,
            est_valideur_deleguee: false,
            date_expiration_mot_passe_compte_tech: structure.password_expires.to_string(),
        },
        adresse_postale_du_siege: Adresse {
            adresse: &structure.adresse.detail,
            code_postal: &structure.adresse.code_postal,
            ville: &structure.adresse.ville,
            pays: "France",
        },
        parametres: Parametres {
            code_service_doit_etre_renseigne: false,
            numero_ej_doit_etre_renseigne: false,
            gestion_numero_ej_ou_code_service: false,
            statut_mise_en_paiement_nest_pas_remonte: false,
            recevoir_donnees_via_edi: false,
            connexion_edi: false,
            geta_moa: structure.est_moa,
            est_moa_uniquement: false,
            est_valideur_delegue: false,
            non_diffusible_insee: false,
        },
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicesParam {
    #[serde(default, deserialize_with = "request::int")]
    id_structure: Option<i64>,
    parametres_rechercher_services_structure: Option<Pages>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Services<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_services: Vec<ServiceRow<'a>>,
    parametres_retour: ParametresRetour,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceRow<'a> {
    id_service: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_service: Option<&'a str>,
    libelle_service: &'a str,
    est_actif: bool,
    statut_service: &'static str,
}

/// `rechercher/services`: twenty to a page by default.
pub(super) fn services(portal: &Portal, body: &[u8]) -> Result<Answer, Answer> {
    let param: ServicesParam = request::read(body)?;
    let id = param
        .id_structure
        .ok_or_else(|| Answer::malformed("idStructure est obligatoire"))?;
    let pages = param
        .parametres_rechercher_services_structure
        .unwrap_or_default();
    let mut found: Vec<&Service> = portal
        .structure(id)
        .map(|structure| structure.services.iter().collect())
        .unwrap_or_default();
    match pages.tri_colonne.as_deref() {
        Some("LibelleService") => found.sort_by(|a, b| a.libelle.cmp(&b.libelle)),
        Some("EstActif") => found.sort_by_key(|service| service.actif),
        _ => found.sort_by(|a, b| a.code.cmp(&b.code)),
    }
    if pages.descending() {
        found.reverse();
    }
    let (rows, parametres_retour) = pages.wanted().page_of(found, 20);
    if rows.is_empty() {
        return Ok(Answer::functional(20000, EMPTY));
    }
    let liste_services = rows
        .into_iter()
        .map(|service| ServiceRow {
            id_service: service.id,
            code_service: service.code.as_deref(),
            libelle_service: &service.libelle,
            est_actif: service.actif,
            statut_service: if service.actif { "ACTIF" } else { "INACTIF" },
        })
        .collect();
    Ok(Answer::ok(&Services {
        code_retour: 0,
        libelle: TRA_OK,
        liste_services,
        parametres_retour,
    }))
}
