//! `FactureRechercheRecipiendaire`: one line of a recipient's search.

use rust_decimal::Decimal;
use serde::Serialize;

use super::super::answer::amount;
use crate::dates;
use crate::state::{Invoice, Structure};

/// One row. There is neither supplier id nor cadre in it: the swagger has none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row<'a> {
    id_facture: i64,
    type_demande_paiement: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_facture: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_facture_travaux: Option<&'a str>,
    numero_facture: &'a str,
    date_facture: String,
    date_depot: String,
    #[serde(rename = "montantHT", serialize_with = "amount")]
    montant_ht: Decimal,
    #[serde(rename = "montantTTC", serialize_with = "amount")]
    montant_ttc: Decimal,
    #[serde(serialize_with = "amount")]
    montant_a_payer: Decimal,
    devise: &'a str,
    statut: &'a str,
    date_heure_etat_courant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commentaire_etat_courant: Option<&'a str>,
    code_fournisseur: &'a str,
    type_identifiant_fournisseur: &'a str,
    designation_fournisseur: &'a str,
    id_destinataire: i64,
    code_destinataire: &'a str,
    designation_destinataire: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_service_executant: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_service_executant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nom_service_executant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_marche: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_bon_commande: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taille: Option<u64>,
    facture_telechargee_par_destinataire: bool,
    #[serde(rename = "codeMOE", skip_serializing_if = "Option::is_none")]
    code_moe: Option<&'a str>,
    #[serde(rename = "typeIdentifiantMOE", skip_serializing_if = "Option::is_none")]
    type_identifiant_moe: Option<&'static str>,
    #[serde(rename = "designationMOE", skip_serializing_if = "Option::is_none")]
    designation_moe: Option<&'a str>,
    #[serde(rename = "codeMOA", skip_serializing_if = "Option::is_none")]
    code_moa: Option<&'a str>,
    #[serde(rename = "typeIdentifiantMOA", skip_serializing_if = "Option::is_none")]
    type_identifiant_moa: Option<&'static str>,
    #[serde(rename = "designationMOA", skip_serializing_if = "Option::is_none")]
    designation_moa: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub(super) fn of(invoice: &'a Invoice, with_size: bool) -> Self {
        let service = invoice.service();
        let (moe, moa) = (invoice.moe.as_deref(), invoice.moa.as_deref());
        let code =
            |structure: Option<&'a Structure>| structure.map(|structure| structure.siret.as_str());
        let designation = |structure: Option<&'a Structure>| {
            structure.map(|structure| structure.designation.as_str())
        };
        Self {
            id_facture: invoice.id,
            type_demande_paiement: invoice.kind.code(),
            type_facture: invoice
                .type_facture_travaux
                .is_none()
                .then_some(invoice.type_facture),
            type_facture_travaux: invoice.type_facture_travaux.as_deref(),
            numero_facture: &invoice.numero,
            date_facture: invoice.date_facture.to_string(),
            date_depot: dates::day(invoice.depose_le),
            montant_ht: invoice.montants.ht,
            montant_ttc: invoice.montants.ttc,
            montant_a_payer: invoice.montants.a_payer,
            devise: &invoice.devise,
            statut: &invoice.statut,
            date_heure_etat_courant: dates::milliseconds_with_offset(invoice.etat_courant_le),
            commentaire_etat_courant: invoice.commentaire.as_deref(),
            code_fournisseur: &invoice.fournisseur.identifiant,
            type_identifiant_fournisseur: &invoice.fournisseur.type_identifiant,
            designation_fournisseur: &invoice.fournisseur.designation,
            id_destinataire: invoice.destinataire.id,
            code_destinataire: &invoice.destinataire.siret,
            designation_destinataire: &invoice.destinataire.designation,
            id_service_executant: invoice.id_service,
            code_service_executant: service.and_then(|service| service.code.as_deref()),
            nom_service_executant: service.map(|service| service.libelle.as_str()),
            numero_marche: invoice.numero_marche.as_deref(),
            numero_bon_commande: invoice.numero_bon_commande.as_deref(),
            taille: with_size.then(|| invoice.taille()),
            facture_telechargee_par_destinataire: invoice.telechargee,
            code_moe: code(moe),
            type_identifiant_moe: moe.map(|_| "SIRET"),
            designation_moe: designation(moe),
            code_moa: code(moa),
            type_identifiant_moa: moa.map(|_| "SIRET"),
            designation_moa: designation(moa),
        }
    }
}
