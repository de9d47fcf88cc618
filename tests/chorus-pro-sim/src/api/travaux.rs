//! `facturesTravaux/v1/rechercher`: works invoices by the role that the caller plays in them.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, TRA_OK, amount};
use super::paging::{ParametresRetour, Wanted};
use super::request;
use crate::dates::{self, End};
use crate::state::{Account, Invoice, Kind, Portal};
use crate::statuts;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Param {
    role_utilisateur: Option<String>,
    recherche_facture_travaux: Option<Pages>,
    #[serde(deserialize_with = "request::int")]
    id_destinataire: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    id_service_executant: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    id_structure_moe: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    id_structure_moa: Option<i64>,
    #[serde(deserialize_with = "request::text")]
    periode_date_heure_etat_courant_du: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_heure_etat_courant_au: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_depot_du: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_depot_au: Option<String>,
    #[serde(deserialize_with = "request::list")]
    liste_statut_courant: Vec<String>,
    #[serde(deserialize_with = "request::list")]
    liste_type_facture_travaux: Vec<String>,
    #[serde(deserialize_with = "request::text")]
    numero_facture_travaux: Option<String>,
    flag_telecharge: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pages {
    #[serde(deserialize_with = "request::int")]
    nb_resultats_par_page: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    page_resultat_demandee: Option<i64>,
    tri_sens: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_factures_travaux: Vec<Row<'a>>,
    parametres_retour: ParametresRetour,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id_facture_travaux: i64,
    numero_facture_travaux: &'a str,
    statut_facture_travaux: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_facture_travaux: Option<&'a str>,
    type_demande_paiement: &'static str,
    identifiant_fournisseur: &'a str,
    type_identifiant_fournisseur: &'a str,
    designation_fournisseur: &'a str,
    id_destinataire: i64,
    identifiant_destinataire: &'a str,
    designation_destinataire: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_service_executant: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_service_executant: Option<&'a str>,
    date_facture_travaux: String,
    date_depot: String,
    date_heure_etat_courant: String,
    #[serde(rename = "montantHT", serialize_with = "amount")]
    montant_ht: Decimal,
    #[serde(rename = "montantTTC", serialize_with = "amount")]
    montant_ttc: Decimal,
    #[serde(serialize_with = "amount")]
    montant_a_payer: Decimal,
    devise: &'a str,
    facture_telechargee_par_destinataire: bool,
}

/// Answers the search. Every status is shown: the works circuit is what this search is for.
pub(super) fn answer(portal: &Portal, account: &Account, body: &[u8]) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let role = param.role_utilisateur.as_deref();
    request::one_of(
        "roleUtilisateur",
        role,
        &["FOURNISSEUR", "MOE", "MOA", "VALIDEUR", "DESTINATAIRE"],
    )?;
    for statut in &param.liste_statut_courant {
        request::one_of("listeStatutCourant", Some(statut), &statuts::TOUS)?;
    }
    let du = instant(
        "periodeDateHeureEtatCourantDu",
        param.periode_date_heure_etat_courant_du.as_deref(),
        End::From,
    )?;
    let au = instant(
        "periodeDateHeureEtatCourantAu",
        param.periode_date_heure_etat_courant_au.as_deref(),
        End::To,
    )?;
    let depot_du = instant(
        "periodeDateDepotDu",
        param.periode_date_depot_du.as_deref(),
        End::From,
    )?;
    let depot_au = instant(
        "periodeDateDepotAu",
        param.periode_date_depot_au.as_deref(),
        End::To,
    )?;
    let pages = param.recherche_facture_travaux.as_ref();
    let among = |list: &[String], value: Option<&str>| {
        list.is_empty() || list.iter().any(|wanted| Some(wanted.as_str()) == value)
    };
    let now = portal.clock.now();
    let id_of = |structure: &Option<std::sync::Arc<crate::state::Structure>>| {
        structure.as_ref().map(|structure| structure.id)
    };

    let mut found: Vec<_> = portal
        .invoices()
        .filter(|invoice| invoice.kind == Kind::FactureTravaux && plays(account, role, invoice))
        .filter(|invoice| {
            param
                .id_destinataire
                .is_none_or(|id| id == invoice.destinataire.id)
        })
        .filter(|invoice| {
            param
                .id_service_executant
                .is_none_or(|id| invoice.id_service == Some(id))
        })
        .filter(|invoice| {
            param
                .id_structure_moe
                .is_none_or(|id| id_of(&invoice.moe) == Some(id))
        })
        .filter(|invoice| {
            param
                .id_structure_moa
                .is_none_or(|id| id_of(&invoice.moa) == Some(id))
        })
        .filter(|invoice| du.is_none_or(|du| invoice.etat_courant_le >= du))
        .filter(|invoice| au.is_none_or(|au| invoice.etat_courant_le <= au))
        .filter(|invoice| depot_du.is_none_or(|du| invoice.depose_le >= du))
        .filter(|invoice| depot_au.is_none_or(|au| invoice.depose_le <= au))
        .filter(|invoice| among(&param.liste_statut_courant, Some(&invoice.statut)))
        .filter(|invoice| {
            among(
                &param.liste_type_facture_travaux,
                invoice.type_facture_travaux.as_deref(),
            )
        })
        .filter(|invoice| {
            param
                .numero_facture_travaux
                .as_deref()
                .is_none_or(|number| number == invoice.numero)
        })
        .filter(|invoice| {
            param
                .flag_telecharge
                .is_none_or(|wanted| wanted == invoice.telechargee)
        })
        .filter(|invoice| portal.is_listed(invoice, now))
        .collect();
    found.sort_by_key(|invoice| (invoice.depose_le, invoice.id));
    if pages.and_then(|pages| pages.tri_sens.as_deref()) != Some("Ascendant") {
        found.reverse();
    }
    let wanted = pages.map_or(Wanted::default(), |pages| Wanted {
        maximum: None,
        page: pages.page_resultat_demandee,
        per_page: pages.nb_resultats_par_page,
    });
    // This search has no `nbResultatsMaximum`, and pages of its own.
    let (rows, parametres_retour) = wanted.page_of(found, 10);
    if rows.is_empty() {
        return Ok(Answer::functional(
            20007,
            "GFT_MSG_01.075 - La recherche n'a retourné aucun résultat",
        ));
    }
    let liste_factures_travaux = rows.into_iter().map(|invoice| row(invoice)).collect();
    Ok(Answer::ok(&Found {
        code_retour: 0,
        libelle: TRA_OK,
        liste_factures_travaux,
        parametres_retour,
    }))
}

fn instant(field: &str, text: Option<&str>, end: End) -> Result<Option<Timestamp>, Answer> {
    text.map(|text| {
        dates::read_instant(text, end)
            .ok_or_else(|| Answer::malformed(&format!("{field} : date « {text} »")))
    })
    .transpose()
}

/// Whether one of the account's structures plays the role; any role when none is asked for.
fn plays(account: &Account, role: Option<&str>, invoice: &Invoice) -> bool {
    let moa = invoice
        .moa
        .as_ref()
        .is_some_and(|structure| account.covers(structure.id));
    let moe = invoice
        .moe
        .as_ref()
        .is_some_and(|structure| account.covers(structure.id));
    let destinataire = account.covers(invoice.destinataire.id);
    match role {
        Some("MOA") => moa,
        Some("MOE") => moe,
        Some("DESTINATAIRE") => destinataire,
        Some(_) => false,
        None => moa || moe || destinataire,
    }
}

fn row(invoice: &Invoice) -> Row<'_> {
    Row {
        id_facture_travaux: invoice.id,
        numero_facture_travaux: &invoice.numero,
        statut_facture_travaux: &invoice.statut,
        type_facture_travaux: invoice.type_facture_travaux.as_deref(),
        type_demande_paiement: invoice.kind.code(),
        identifiant_fournisseur: &invoice.fournisseur.identifiant,
        type_identifiant_fournisseur: &invoice.fournisseur.type_identifiant,
        designation_fournisseur: &invoice.fournisseur.designation,
        id_destinataire: invoice.destinataire.id,
        identifiant_destinataire: &invoice.destinataire.siret,
        designation_destinataire: &invoice.destinataire.designation,
        id_service_executant: invoice.id_service,
        code_service_executant: invoice
            .service()
            .and_then(|service| service.code.as_deref()),
        date_facture_travaux: invoice.date_facture.to_string(),
        date_depot: dates::day(invoice.depose_le),
        date_heure_etat_courant: dates::milliseconds_with_offset(invoice.etat_courant_le),
        montant_ht: invoice.montants.ht,
        montant_ttc: invoice.montants.ttc,
        montant_a_payer: invoice.montants.a_payer,
        devise: &invoice.devise,
        facture_telechargee_par_destinataire: invoice.telechargee,
    }
}
