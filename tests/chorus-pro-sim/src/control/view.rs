//! An invoice with everything that the portal knows of it, also what its API never says.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::documents::{Defect, TypePj};
use crate::state::{Invoice, Personne};

/// The whole state of one invoice. Amounts are texts: every digit counts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    id_facture: i64,
    numero_facture: &'a str,
    siret: &'a str,
    id_destinataire: i64,
    id_service_executant: Option<i64>,
    code_service: Option<&'a str>,
    type_demande_paiement: &'static str,
    type_facture: &'static str,
    type_facture_travaux: Option<&'a str>,
    cadre_facturation: &'a str,
    moa: Option<&'a str>,
    moe: Option<&'a str>,
    date_facture: String,
    depose_le: Timestamp,
    statut: &'a str,
    date_heure_etat_courant: Timestamp,
    commentaire: Option<&'a str>,
    #[serde(rename = "numeroDPMandat")]
    numero_dp_mandat: Option<&'a str>,
    #[serde(rename = "montantHT")]
    montant_ht: Decimal,
    #[serde(rename = "montantTTC")]
    montant_ttc: Decimal,
    #[serde(rename = "montantAPayer")]
    montant_a_payer: Decimal,
    devise: &'a str,
    numero_marche: Option<&'a str>,
    numero_bon_commande: Option<&'a str>,
    fournisseur: Supplier<'a>,
    iban: &'a str,
    renvoi: &'static str,
    telechargee: bool,
    telechargements: usize,
    taille: u64,
    pivot_tronque: bool,
    documents: Vec<Doc>,
    historique: Vec<Histo<'a>>,
    actions: Vec<Act<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Supplier<'a> {
    id_fournisseur: i64,
    type_identifiant: &'a str,
    identifiant: &'a str,
    designation: &'a str,
    pays: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Doc {
    id: i64,
    #[serde(rename = "nomPJ")]
    nom_pj: String,
    #[serde(rename = "typePJ")]
    type_pj: TypePj,
    #[serde(rename = "categoriePJ")]
    categorie_pj: String,
    #[serde(rename = "mimeTypePJ")]
    mime_type_pj: String,
    taille: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    defect: Option<Defect>,
}

#[derive(Debug, Serialize)]
struct Histo<'a> {
    id: i64,
    statut: &'a str,
    le: Timestamp,
    commentaire: Option<&'a str>,
    par: Option<Person<'a>>,
}

#[derive(Debug, Serialize)]
struct Act<'a> {
    id: i64,
    code: &'static str,
    le: Timestamp,
    par: Option<Person<'a>>,
}

#[derive(Debug, Serialize)]
struct Person<'a> {
    nom: &'a str,
    prenom: &'a str,
    email: Option<&'a str>,
    telephone: Option<&'a str>,
}

fn person(personne: &Personne) -> Person<'_> {
    Person {
        nom: &personne.nom,
        prenom: &personne.prenom,
        email: personne.email.as_deref(),
        telephone: personne.telephone.as_deref(),
    }
}

impl<'a> View<'a> {
    pub(super) fn of(invoice: &'a Invoice) -> Self {
        let supplier = &invoice.fournisseur;
        Self {
            id_facture: invoice.id,
            numero_facture: &invoice.numero,
            siret: &invoice.destinataire.siret,
            id_destinataire: invoice.destinataire.id,
            id_service_executant: invoice.id_service,
            code_service: invoice
                .service()
                .and_then(|service| service.code.as_deref()),
            type_demande_paiement: invoice.kind.code(),
            type_facture: invoice.type_facture,
            type_facture_travaux: invoice.type_facture_travaux.as_deref(),
            cadre_facturation: &invoice.cadre,
            moa: invoice
                .moa
                .as_ref()
                .map(|structure| structure.siret.as_str()),
            moe: invoice
                .moe
                .as_ref()
                .map(|structure| structure.siret.as_str()),
            date_facture: invoice.date_facture.to_string(),
            depose_le: invoice.depose_le,
            statut: &invoice.statut,
            date_heure_etat_courant: invoice.etat_courant_le,
            commentaire: invoice.commentaire.as_deref(),
            numero_dp_mandat: invoice.numero_dp_mandat.as_deref(),
            montant_ht: invoice.montants.ht,
            montant_ttc: invoice.montants.ttc,
            montant_a_payer: invoice.montants.a_payer,
            devise: &invoice.devise,
            numero_marche: invoice.numero_marche.as_deref(),
            numero_bon_commande: invoice.numero_bon_commande.as_deref(),
            fournisseur: Supplier {
                id_fournisseur: supplier.id,
                type_identifiant: &supplier.type_identifiant,
                identifiant: &supplier.identifiant,
                designation: &supplier.designation,
                pays: &supplier.pays,
            },
            iban: &supplier.iban,
            renvoi: invoice.renvoi.label(),
            telechargee: invoice.telechargee,
            telechargements: invoice.telechargements(),
            taille: invoice.taille(),
            pivot_tronque: invoice.pivot_tronque,
            documents: documents(invoice),
            historique: historique(invoice),
            actions: actions(invoice),
        }
    }
}

fn documents(invoice: &Invoice) -> Vec<Doc> {
    let view = |document: &crate::documents::Document| Doc {
        id: document.id,
        nom_pj: document.nom_dans_pivot(),
        type_pj: document.type_pj,
        categorie_pj: document.categorie.clone(),
        mime_type_pj: document.mime.clone(),
        taille: document.size(invoice),
        defect: document.defect,
    };
    invoice.documents.iter().map(view).collect()
}

fn historique(invoice: &Invoice) -> Vec<Histo<'_>> {
    invoice.historique.iter().map(histo).collect()
}

fn histo(entry: &crate::state::HistoStatut) -> Histo<'_> {
    Histo {
        id: entry.id,
        statut: &entry.code,
        le: entry.le,
        commentaire: entry.commentaire.as_deref(),
        par: entry.par.as_ref().map(person),
    }
}

fn actions(invoice: &Invoice) -> Vec<Act<'_>> {
    invoice.actions.iter().map(act).collect()
}

fn act(entry: &crate::state::Action) -> Act<'_> {
    Act {
        id: entry.id,
        code: entry.code,
        le: entry.le,
        par: entry.par.as_ref().map(person),
    }
}
