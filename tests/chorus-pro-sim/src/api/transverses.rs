//! `transverses/v1`: what belongs to no invoice.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, TRA_OK};
use super::request;
use crate::state::{Account, Portal};
use crate::statuts;

#[derive(Deserialize)]
struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Structures<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_structures: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(rename = "idStructureCPP")]
    id_structure_cpp: i64,
    identifiant: &'a str,
    designation_structure: &'a str,
}

/// `recuperer/structures/actives/destinataire`: the structures that the account receives for.
pub(super) fn structures_actives(
    portal: &Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let _: Nothing = request::read(body)?;
    let rows = portal
        .structures
        .iter()
        .filter(|structure| account.covers(structure.id))
        .map(|structure| Row {
            id_structure_cpp: structure.id,
            identifiant: &structure.siret,
            designation_structure: &structure.designation,
        });
    Ok(Answer::ok(&Structures {
        code_retour: 0,
        libelle: TRA_OK,
        liste_structures: rows.collect(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EtatsParam {
    statut_courant: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Etats {
    code_retour: i32,
    libelle: &'static str,
    liste_statuts_possibles_pour_traitement: Vec<Etat>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Etat {
    statut_possible_pour_traitement: &'static str,
}

/// `recuperer/etats/traitement`: the targets possible from a status.
pub(super) fn etats_traitement(portal: &Portal, body: &[u8]) -> Result<Answer, Answer> {
    let param: EtatsParam = request::read(body)?;
    let current = param
        .statut_courant
        .ok_or_else(|| Answer::malformed("statutCourant est obligatoire"))?;
    request::one_of("statutCourant", Some(&current), &statuts::TOUS)?;
    let liste = statuts::targets_from(&current, portal.behaviour.returns_after_mandate)
        .into_iter()
        .map(|target| Etat {
            statut_possible_pour_traitement: target,
        })
        .collect();
    Ok(Answer::ok(&Etats {
        code_retour: 0,
        libelle: TRA_OK,
        liste_statuts_possibles_pour_traitement: liste,
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Taux {
    code_retour: i32,
    libelle: &'static str,
    #[serde(rename = "listeTauxTVA")]
    liste: Vec<Rate>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    code_taux_tva: &'static str,
    libelle_taux_tva: &'static str,
    valeur_taux_tva: Box<serde_json::value::RawValue>,
}

/// `recuperer/tauxtva`: the usual probe. Only `codeRetour` and `libelle` are certain here, the names of the list are not.
pub(super) fn taux_tva(body: &[u8]) -> Result<Answer, Answer> {
    let _: Nothing = request::read(body)?;
    let rates = [
        ("TVA1", "20 %", "20"),
        ("TVA2", "10 %", "10"),
        ("TVA3", "5,5 %", "5.5"),
        ("TVA4", "2,1 %", "2.1"),
        ("TVA5", "0 %", "0"),
    ];
    let liste = rates
        .into_iter()
        .filter_map(|(code_taux_tva, libelle_taux_tva, digits)| {
            let valeur_taux_tva =
                serde_json::value::RawValue::from_string(digits.to_owned()).ok()?;
            Some(Rate {
                code_taux_tva,
                libelle_taux_tva,
                valeur_taux_tva,
            })
        })
        .collect();
    Ok(Answer::ok(&Taux {
        code_retour: 0,
        libelle: TRA_OK,
        liste,
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status_code_value: u16,
    status_code: &'static str,
    body: &'static str,
}

/// `health-check`: the one GET.
pub(super) fn health_check() -> Answer {
    let body = "L'API CPRO est actuellement disponible et fonctionnel.";
    Answer::ok(&Health {
        status_code_value: 200,
        status_code: "OK",
        body,
    })
}
