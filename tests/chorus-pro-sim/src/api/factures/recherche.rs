//! `rechercher/recipiendaire`.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::Serialize;

use super::super::answer::{Answer, TRA_OK};
use super::super::request;
use super::criteria::{Criteria, Param, ParamRecherche};
use super::row::Row;
use crate::state::{Account, Invoice, Portal};

const COLONNES: [&str; 23] = [
    "TypeDemandePaiement",
    "CodeFournisseur",
    "TypeIdentifiantFournisseur",
    "Fournisseur",
    "CodeServiceFournisseur",
    "NomServiceFournisseur",
    "CodeDestinataire",
    "Destinataire",
    "CodeServiceExecutant",
    "NomServiceExecutant",
    "TypeFacture",
    "TypeFactureTravaux",
    "NumeroFacture",
    "DateFacture",
    "DateDepot",
    "MontantHT",
    "MontantTTC",
    "MontantAPayer",
    "Devise",
    "Statut",
    "NumeroMarche",
    "NumeroBonCommande",
    "FactureTelechargeeParDestinataire",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    code_retour: i32,
    libelle: &'static str,
    liste_factures: Vec<Row<'a>>,
    // Top level here, nested in the other searches.
    page_courante: usize,
    pages: usize,
    nb_resultats_par_page: usize,
    total: usize,
}

/// Answers the search.
pub(in crate::api) fn answer(
    portal: &Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let criteria = Criteria::check(&param, portal)?;
    let default_paging = ParamRecherche::default();
    let paging = param.param_recherche.as_ref().unwrap_or(&default_paging);
    request::one_of(
        "triSens",
        paging.tri_sens.as_deref(),
        &["Descendant", "Ascendant"],
    )?;
    request::one_of("triColonne", paging.tri_colonne.as_deref(), &COLONNES)?;

    let now = portal.clock.now();
    let mut found: Vec<&Arc<Invoice>> = portal
        .invoices()
        .filter(|invoice| account.covers(invoice.destinataire.id) && criteria.accepts(invoice))
        .filter(|invoice| portal.is_listed(invoice, now))
        .collect();
    sort(&mut found, paging);
    let (rows, numbers) = paging.wanted().cut(&portal.behaviour, found);
    if rows.is_empty() {
        return Ok(Answer::functional(
            20000,
            "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat",
        ));
    }
    let with_size = param.recuperer_taille == Some(true);
    Ok(Answer::ok(&Found {
        code_retour: 0,
        libelle: TRA_OK,
        liste_factures: rows
            .into_iter()
            .map(|invoice| Row::of(invoice, with_size))
            .collect(),
        page_courante: numbers.page_courante,
        pages: numbers.pages,
        nb_resultats_par_page: numbers.nb_resultats_par_page,
        total: numbers.total,
    }))
}

/// Sorts by the column asked for, the date of deposit otherwise; equal rows follow their identifiers.
pub(super) fn sort(found: &mut [&Arc<Invoice>], paging: &ParamRecherche) {
    let column = paging.tri_colonne.as_deref().unwrap_or("DateDepot");
    let descending = paging.tri_sens.as_deref() != Some("Ascendant");
    found.sort_by(|a, b| {
        let order = compare(a, b, column).then(a.id.cmp(&b.id));
        if descending { order.reverse() } else { order }
    });
}

fn compare(a: &Invoice, b: &Invoice, column: &str) -> Ordering {
    match column {
        "CodeFournisseur" => a.fournisseur.identifiant.cmp(&b.fournisseur.identifiant),
        "TypeIdentifiantFournisseur" => a
            .fournisseur
            .type_identifiant
            .cmp(&b.fournisseur.type_identifiant),
        "Fournisseur" | "DesignationFournisseur" => {
            a.fournisseur.designation.cmp(&b.fournisseur.designation)
        }
        "CodeDestinataire" => a.destinataire.siret.cmp(&b.destinataire.siret),
        "Destinataire" | "DesignationDestinataire" => {
            a.destinataire.designation.cmp(&b.destinataire.designation)
        }
        "CodeServiceExecutant" => a
            .service()
            .map(|service| &service.code)
            .cmp(&b.service().map(|service| &service.code)),
        "NomServiceExecutant" => a
            .service()
            .map(|service| &service.libelle)
            .cmp(&b.service().map(|service| &service.libelle)),
        "TypeFacture" => a.type_facture.cmp(b.type_facture),
        "TypeFactureTravaux" => a.type_facture_travaux.cmp(&b.type_facture_travaux),
        "NumeroFacture" => a.numero.cmp(&b.numero),
        "DateFacture" => a.date_facture.cmp(&b.date_facture),
        "MontantHT" => a.montants.ht.cmp(&b.montants.ht),
        "MontantTTC" => a.montants.ttc.cmp(&b.montants.ttc),
        "MontantAPayer" => a.montants.a_payer.cmp(&b.montants.a_payer),
        "Devise" => a.devise.cmp(&b.devise),
        "Statut" => a.statut.cmp(&b.statut),
        "NumeroMarche" => a.numero_marche.cmp(&b.numero_marche),
        "NumeroBonCommande" => a.numero_bon_commande.cmp(&b.numero_bon_commande),
        "FactureTelechargeeParDestinataire" => a.telechargee.cmp(&b.telechargee),
        "DateDepot" => a.depose_le.cmp(&b.depose_le),
        _ => Ordering::Equal,
    }
}
