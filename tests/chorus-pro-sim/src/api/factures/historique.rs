//! `consulter/historique`: what happened to an invoice, newest first, to the minute.

use serde::{Deserialize, Serialize};

use super::super::answer::{Answer, GCU_OK};
use super::super::paging::Wanted;
use super::super::request;
use crate::dates;
use crate::state::{Account, Action, HistoStatut, Portal};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Param {
    #[serde(deserialize_with = "request::int")]
    id_facture: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    nb_resultats_maximum: Option<i64>,
    param_recherche_histo_statuts: Option<Statuts>,
    param_recherche_histo_actions_utilisateurs: Option<Actions>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Statuts {
    #[serde(deserialize_with = "request::int")]
    page_resultat_demandee_liste_histo_statut: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    nb_resultats_par_page_liste_histo_statut: Option<i64>,
    tri_sens_liste_histo_statut: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Actions {
    #[serde(deserialize_with = "request::int")]
    page_resultat_demandee_liste_histo_action: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    nb_resultats_par_page_liste_histo_action: Option<i64>,
    tri_sens_liste_histo_action: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Historique<'a> {
    code_retour: i32,
    libelle: &'static str,
    id_facture: i64,
    numero_facture: &'a str,
    mode_depot: &'static str,
    statut_courant_code: &'a str,
    historiques_des_statuts: HistoriqueStatuts<'a>,
    historiques_des_evenements_complementaires: Evenements,
    historiques_des_actions_utilisateurs: HistoriqueActions<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    derniere_action: Option<DerniereAction>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoriqueStatuts<'a> {
    histo_statut: Vec<LigneStatut<'a>>,
    page_courante_histo_statut: usize,
    pages_histo_statut: usize,
    nb_resultats_par_page_histo_statut: usize,
    total_histo_statut: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LigneStatut<'a> {
    histo_statut_id: i64,
    histo_statut_code: &'a str,
    histo_statut_date_passage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_statut_commentaire: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_statut_utilisateur_prenom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_statut_utilisateur_nom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_statut_utilisateur_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_statut_utilisateur_telephone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evenements {
    evenement: [(); 0],
    page_courante_evenement: usize,
    pages_evenement: usize,
    nb_resultats_par_page_evenement: usize,
    total_evenement: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoriqueActions<'a> {
    histo_action: Vec<LigneAction<'a>>,
    page_courante_histo_action: usize,
    pages_histo_action: usize,
    nb_resultats_par_page_histo_action: usize,
    total_histo_action: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LigneAction<'a> {
    histo_action_id: i64,
    histo_action_code: &'static str,
    histo_action_date_heure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_action_utilisateur_prenom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_action_utilisateur_nom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_action_utilisateur_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histo_action_utilisateur_telephone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DerniereAction {
    derniere_action_id: i64,
    derniere_action_code: &'static str,
}

/// Newest first unless told otherwise; the identifier decides between entries of the same instant.
fn ordered<'a, T>(entries: &'a [T], sens: Option<&str>, maximum: Option<i64>) -> Vec<&'a T> {
    // Entries are kept in the order of their identifiers.
    let mut all: Vec<&T> = entries.iter().collect();
    if sens != Some("Ascendant") {
        all.reverse();
    }
    if let Some(maximum) = maximum
        .and_then(|maximum| usize::try_from(maximum).ok())
        .filter(|maximum| *maximum > 0)
    {
        all.truncate(maximum);
    }
    all
}

fn ligne_statut(entry: &HistoStatut) -> LigneStatut<'_> {
    let par = entry.par.as_ref();
    LigneStatut {
        histo_statut_id: entry.id,
        histo_statut_code: &entry.code,
        histo_statut_date_passage: dates::minute(entry.le),
        histo_statut_commentaire: entry.commentaire.as_deref(),
        histo_statut_utilisateur_prenom: par.map(|par| par.prenom.as_str()),
        histo_statut_utilisateur_nom: par.map(|par| par.nom.as_str()),
        histo_statut_utilisateur_email: par.and_then(|par| par.email.as_deref()),
        histo_statut_utilisateur_telephone: par.and_then(|par| par.telephone.as_deref()),
    }
}

fn ligne_action(entry: &Action) -> LigneAction<'_> {
    let par = entry.par.as_ref();
    LigneAction {
        histo_action_id: entry.id,
        histo_action_code: entry.code,
        histo_action_date_heure: dates::minute(entry.le),
        histo_action_utilisateur_prenom: par.map(|par| par.prenom.as_str()),
        histo_action_utilisateur_nom: par.map(|par| par.nom.as_str()),
        histo_action_utilisateur_email: par.and_then(|par| par.email.as_deref()),
        histo_action_utilisateur_telephone: par.and_then(|par| par.telephone.as_deref()),
    }
}

/// Answers with the three histories.
pub(in crate::api) fn answer(
    portal: &Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let invoice = super::visible(portal, account, param.id_facture, "idFacture")?;
    let statuts = param.param_recherche_histo_statuts.unwrap_or_default();
    let actions = param
        .param_recherche_histo_actions_utilisateurs
        .unwrap_or_default();

    // `nbResultatsMaximum` is the page size too when no paging object is sent: real clients send it alone and read one page.
    let maximum = param.nb_resultats_maximum;
    let default_page = maximum
        .and_then(|maximum| usize::try_from(maximum).ok())
        .filter(|maximum| *maximum > 0)
        .unwrap_or(10);
    let entries = ordered(
        &invoice.historique,
        statuts.tri_sens_liste_histo_statut.as_deref(),
        maximum,
    );
    let (rows, numbers) = Wanted {
        maximum: None,
        page: statuts.page_resultat_demandee_liste_histo_statut,
        per_page: statuts.nb_resultats_par_page_liste_histo_statut,
    }
    .page_of(entries, default_page);
    let entries = ordered(
        &invoice.actions,
        actions.tri_sens_liste_histo_action.as_deref(),
        maximum,
    );
    let (action_rows, action_numbers) = Wanted {
        maximum: None,
        page: actions.page_resultat_demandee_liste_histo_action,
        per_page: actions.nb_resultats_par_page_liste_histo_action,
    }
    .page_of(entries, default_page);

    Ok(Answer::ok(&Historique {
        code_retour: 0,
        libelle: GCU_OK,
        id_facture: invoice.id,
        numero_facture: &invoice.numero,
        mode_depot: invoice.mode_depot,
        statut_courant_code: &invoice.statut,
        historiques_des_statuts: HistoriqueStatuts {
            histo_statut: rows.into_iter().map(ligne_statut).collect(),
            page_courante_histo_statut: numbers.page_courante,
            pages_histo_statut: numbers.pages,
            nb_resultats_par_page_histo_statut: numbers.nb_resultats_par_page,
            total_histo_statut: numbers.total,
        },
        historiques_des_evenements_complementaires: Evenements {
            evenement: [],
            page_courante_evenement: 1,
            pages_evenement: 0,
            nb_resultats_par_page_evenement: default_page,
            total_evenement: 0,
        },
        historiques_des_actions_utilisateurs: HistoriqueActions {
            histo_action: action_rows.into_iter().map(ligne_action).collect(),
            page_courante_histo_action: action_numbers.page_courante,
            pages_histo_action: action_numbers.pages,
            nb_resultats_par_page_histo_action: action_numbers.nb_resultats_par_page,
            total_histo_action: action_numbers.total,
        },
        derniere_action: invoice.actions.last().map(|action| DerniereAction {
            derniere_action_id: action.id,
            derniere_action_code: action.code,
        }),
    }))
}
