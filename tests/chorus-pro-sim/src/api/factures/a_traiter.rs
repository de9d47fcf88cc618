//! `rechercher/atraiter/recipiendaire`: what is at MISE_A_DISPOSITION or COMPLETEE, of both kinds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::answer::{Answer, TRA_OK};
use super::super::paging::ParametresRetour;
use super::super::request;
use super::criteria::ParamRecherche;
use super::recherche::sort;
use super::row::Row;
use crate::state::{Account, Invoice, Portal};
use crate::statuts;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    #[serde(default, deserialize_with = "request::int")]
    id_structure: Option<i64>,
    recuperer_taille: Option<bool>,
    parametre_recherche_facture_a_traiter_par_recipiendaire: Option<ParamRecherche>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_factures: Vec<Row<'a>>,
    parametres_retour: ParametresRetour,
}

/// Answers the search.
pub(in crate::api) fn answer(
    portal: &Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let paging = param
        .parametre_recherche_facture_a_traiter_par_recipiendaire
        .unwrap_or_default();
    let mut found: Vec<&Arc<Invoice>> = portal
        .invoices()
        .filter(|invoice| account.covers(invoice.destinataire.id))
        .filter(|invoice| {
            param
                .id_structure
                .is_none_or(|id| id == invoice.destinataire.id)
        })
        .filter(|invoice| {
            matches!(
                invoice.statut.as_str(),
                statuts::MISE_A_DISPOSITION | statuts::COMPLETEE
            )
        })
        .collect();
    sort(&mut found, &paging);
    let (rows, parametres_retour) = paging.wanted().cut(&portal.behaviour, found);
    if rows.is_empty() {
        return Ok(Answer::functional(
            20000,
            "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat",
        ));
    }
    let with_size = param.recuperer_taille == Some(true);
    let liste_factures = rows
        .into_iter()
        .map(|invoice| Row::of(invoice, with_size))
        .collect();
    Ok(Answer::ok(&Found {
        code_retour: 0,
        libelle: TRA_OK,
        liste_factures,
        parametres_retour,
    }))
}
