//! `consulter/recipiendaire`: one invoice, without its documents' bytes.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::super::answer::{Answer, TRA_OK, amount};
use super::super::paging::Wanted;
use super::super::request;
use crate::dates;
use crate::documents::{Document, TypePj};
use crate::state::{Account, Invoice, Ligne, Portal, Tva};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Param {
    #[serde(rename = "identifiantFactureCPP", deserialize_with = "request::int")]
    identifiant_facture_cpp: Option<i64>,
    #[serde(rename = "rechercheligneTvaRecap")]
    recherche_ligne_tva_recap: Option<PagesTva>,
    recherche_pj: Option<PagesPj>,
    recherche_ligne_poste: Option<PagesPoste>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PagesTva {
    #[serde(
        rename = "pageResultatDemandeeListeRecapitulatifTVA",
        deserialize_with = "request::int"
    )]
    page: Option<i64>,
    #[serde(
        rename = "nbResultatsParPageListeListeRecapitulatifTVA",
        deserialize_with = "request::int"
    )]
    per_page: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PagesPj {
    #[serde(
        rename = "pageResultatDemandeeListePieceJointe",
        deserialize_with = "request::int"
    )]
    page: Option<i64>,
    #[serde(
        rename = "nbResultatsParPageListePieceJointe",
        deserialize_with = "request::int"
    )]
    per_page: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PagesPoste {
    #[serde(
        rename = "pageResultatDemandeeLignesPoste",
        deserialize_with = "request::int"
    )]
    page: Option<i64>,
    #[serde(
        rename = "nbResultatsParPageLignesPoste",
        deserialize_with = "request::int"
    )]
    per_page: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Consulted<'a> {
    code_retour: i32,
    libelle: &'static str,
    facture: Facture<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facture<'a> {
    #[serde(rename = "identifiantFactureCPP")]
    identifiant_facture_cpp: i64,
    numero_facture: &'a str,
    statut_facture: &'a str,
    mode_depot: &'static str,
    cadre_de_facturation: Cadre<'a>,
    destinataire: Destinataire<'a>,
    fournisseur: Fournisseur<'a>,
    references: References<'a>,
    recapitulatif_de_tva: Recapitulatif,
    montant_total: MontantTotal,
    #[serde(skip_serializing_if = "Option::is_none")]
    piece_jointe_principale: Option<Principale>,
    liste_des_pieces_jointes: PiecesJointes,
    lignes_de_poste: LignesDePoste<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commentaire: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cadre<'a> {
    code_cadre_facturation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_moe: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiant_moe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    designation_moe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_moa: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiant_moa: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    designation_moa: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Destinataire<'a> {
    destinataire_etat: &'static str,
    id_destinataire: i64,
    code_destinataire: &'a str,
    libelle_destinataire: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_service_executant: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_service_executant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    libelle_service_executant: Option<&'a str>,
    adresse_destinataire_id: i64,
    adresse_destinataire_detail: &'a str,
    adresse_destinataire_code_postal: &'a str,
    adresse_destinataire_ville: &'a str,
    adresse_destinataire_code_pays: &'static str,
    adresse_destinataire_libelle_pays: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fournisseur<'a> {
    id_fournisseur: i64,
    type_identifiant_fournisseur: &'a str,
    code_fournisseur: &'a str,
    designation_fournisseur: &'a str,
    adresse_fournisseur_id: i64,
    adresse_fournisseur_detail: &'a str,
    adresse_fournisseur_code_postal: &'a str,
    adresse_fournisseur_ville: &'a str,
    adresse_fournisseur_code_pays: &'a str,
    coord_bancaires_fournisseur_type: &'static str,
    coord_bancaires_fournisseur_code_pays: &'a str,
    coord_bancaires_fournisseur_cle_iban: &'a str,
    coord_bancaires_fournisseur_compte_bancaire: &'a str,
    coord_bancaires_fournisseur_libelle: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct References<'a> {
    date_facture: String,
    date_depot: String,
    code_devise_facture: &'a str,
    libelle_devise_facture: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_facture: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_facture_travaux: Option<&'a str>,
    type_tva: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_marche: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_bon_commande: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_facture_origine: Option<&'a str>,
    mode_paiement: &'static str,
    taille_totale_pieces_jointes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    numero_dp_mandat: Option<&'a str>,
}

#[derive(Serialize)]
struct Recapitulatif {
    #[serde(rename = "ligneTva")]
    ligne_tva: Vec<LigneTva>,
    #[serde(rename = "pageCouranteLignesRecapitulativesTVA")]
    page: usize,
    #[serde(rename = "pagesLignesRecapitulativesTVA")]
    pages: usize,
    #[serde(rename = "nbResultatsParPageLignesRecapitulativesTVA")]
    per_page: usize,
    #[serde(rename = "totalLignesRecapitulativesTVA")]
    total: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LigneTva {
    #[serde(serialize_with = "amount")]
    ligne_tva_taux_manuel: Decimal,
    #[serde(serialize_with = "amount")]
    ligne_tva_montant_base_ht_par_taux: Decimal,
    #[serde(serialize_with = "amount")]
    ligne_tva_montant_tva_par_taux: Decimal,
}

#[derive(Serialize)]
struct MontantTotal {
    #[serde(rename = "montantHtTotal", serialize_with = "amount")]
    ht: Decimal,
    #[serde(rename = "montantTVA", serialize_with = "amount")]
    tva: Decimal,
    #[serde(rename = "montantTtcAvantRemiseGlobalTTC", serialize_with = "amount")]
    ttc_avant_remise: Decimal,
    #[serde(rename = "montantTtcTotal", serialize_with = "amount")]
    ttc: Decimal,
    #[serde(rename = "montantAPayer", serialize_with = "amount")]
    a_payer: Decimal,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Principale {
    id_liaison_piece_jointe_principale: i64,
    id_piece_jointe_principale: i64,
}

#[derive(Serialize)]
struct PiecesJointes {
    #[serde(rename = "pieceJointe")]
    piece_jointe: Vec<PieceJointe>,
    #[serde(rename = "pageCouranteListePiecesJointe")]
    page: usize,
    #[serde(rename = "pagesListePiecesJointe")]
    pages: usize,
    #[serde(rename = "nbResultatsParPageListePiecesJointe")]
    per_page: usize,
    #[serde(rename = "totalListePiecesJointe")]
    total: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PieceJointe {
    piece_jointe_type_code: &'static str,
    piece_jointe_type_libelle: String,
    piece_jointe_designation: String,
    piece_jointe_id_liaison: i64,
    piece_jointe_id: i64,
    piece_jointe_extension: String,
}

#[derive(Serialize)]
struct LignesDePoste<'a> {
    #[serde(rename = "lignePoste")]
    ligne_poste: Vec<LignePoste<'a>>,
    #[serde(rename = "pageCouranteLignesPoste")]
    page: usize,
    #[serde(rename = "pagesLignesPoste")]
    pages: usize,
    #[serde(rename = "nbResultatsParPageLignesPoste")]
    per_page: usize,
    #[serde(rename = "totalLignesPoste")]
    total: usize,
}

#[derive(Serialize)]
struct LignePoste<'a> {
    #[serde(rename = "lignePosteNumero")]
    numero: usize,
    #[serde(rename = "lignePosteDenomination")]
    denomination: &'a str,
    #[serde(rename = "lignePosteQuantite", serialize_with = "amount")]
    quantite: Decimal,
    #[serde(rename = "lignePosteUniteLibelle")]
    unite: &'static str,
    #[serde(rename = "lignePosteMontantUnitaireHT", serialize_with = "amount")]
    prix: Decimal,
    #[serde(rename = "lignePosteTauxTvaManuel", serialize_with = "amount")]
    taux: Decimal,
    #[serde(rename = "lignePosteMontantHtApresRemise", serialize_with = "amount")]
    ht: Decimal,
}

/// Answers with the invoice.
pub(in crate::api) fn answer(
    portal: &Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let invoice = super::visible(
        portal,
        account,
        param.identifiant_facture_cpp,
        "identifiantFactureCPP",
    )?;
    let (tva, pj) = (
        param.recherche_ligne_tva_recap.unwrap_or_default(),
        param.recherche_pj.unwrap_or_default(),
    );
    let poste = param.recherche_ligne_poste.unwrap_or_default();
    Ok(Answer::ok(&Consulted {
        code_retour: 0,
        libelle: TRA_OK,
        facture: Facture {
            identifiant_facture_cpp: invoice.id,
            numero_facture: &invoice.numero,
            statut_facture: &invoice.statut,
            mode_depot: invoice.mode_depot,
            cadre_de_facturation: cadre(&invoice),
            destinataire: destinataire(&invoice),
            fournisseur: fournisseur(&invoice),
            references: references(&invoice),
            recapitulatif_de_tva: recapitulatif(&invoice.tvas, pages(tva.page, tva.per_page)),
            montant_total: montant_total(&invoice),
            piece_jointe_principale: invoice.document_principal().map(|document| Principale {
                id_liaison_piece_jointe_principale: liaison(document),
                id_piece_jointe_principale: document.id,
            }),
            liste_des_pieces_jointes: pieces_jointes(
                &invoice.documents,
                pages(pj.page, pj.per_page),
            ),
            lignes_de_poste: lignes(&invoice.lignes, pages(poste.page, poste.per_page)),
            commentaire: invoice.commentaire_fournisseur.as_deref(),
        },
    }))
}

fn pages(page: Option<i64>, per_page: Option<i64>) -> Wanted {
    Wanted {
        maximum: None,
        page,
        per_page,
    }
}

fn liaison(document: &Document) -> i64 {
    document.id + 1_000_000
}

fn cadre(invoice: &Invoice) -> Cadre<'_> {
    let (moe, moa) = (invoice.moe.as_deref(), invoice.moa.as_deref());
    Cadre {
        code_cadre_facturation: &invoice.cadre,
        id_moe: moe.map(|structure| structure.id),
        identifiant_moe: moe.map(|structure| structure.siret.as_str()),
        designation_moe: moe.map(|structure| structure.designation.as_str()),
        id_moa: moa.map(|structure| structure.id),
        identifiant_moa: moa.map(|structure| structure.siret.as_str()),
        designation_moa: moa.map(|structure| structure.designation.as_str()),
    }
}

fn destinataire(invoice: &Invoice) -> Destinataire<'_> {
    let structure = &invoice.destinataire;
    let service = invoice.service();
    Destinataire {
        destinataire_etat: "NON",
        id_destinataire: structure.id,
        code_destinataire: &structure.siret,
        libelle_destinataire: &structure.designation,
        id_service_executant: invoice.id_service,
        code_service_executant: service.and_then(|service| service.code.as_deref()),
        libelle_service_executant: service.map(|service| service.libelle.as_str()),
        adresse_destinataire_id: structure.adresse.id,
        adresse_destinataire_detail: &structure.adresse.detail,
        adresse_destinataire_code_postal: &structure.adresse.code_postal,
        adresse_destinataire_ville: &structure.adresse.ville,
        adresse_destinataire_code_pays: "FR",
        adresse_destinataire_libelle_pays: "France",
    }
}

fn fournisseur(invoice: &Invoice) -> Fournisseur<'_> {
    let supplier = &invoice.fournisseur;
    Fournisseur {
        id_fournisseur: supplier.id,
        type_identifiant_fournisseur: &supplier.type_identifiant,
        code_fournisseur: &supplier.identifiant,
        designation_fournisseur: &supplier.designation,
        adresse_fournisseur_id: supplier.adresse.id,
        adresse_fournisseur_detail: &supplier.adresse.detail,
        adresse_fournisseur_code_postal: &supplier.adresse.code_postal,
        adresse_fournisseur_ville: &supplier.adresse.ville,
        adresse_fournisseur_code_pays: &supplier.pays,
        coord_bancaires_fournisseur_type: "IBAN",
        coord_bancaires_fournisseur_code_pays: supplier.iban.get(..2).unwrap_or_default(),
        coord_bancaires_fournisseur_cle_iban: supplier.iban.get(2..4).unwrap_or_default(),
        coord_bancaires_fournisseur_compte_bancaire: supplier.iban.get(4..).unwrap_or_default(),
        coord_bancaires_fournisseur_libelle: &supplier.banque,
    }
}

fn references(invoice: &Invoice) -> References<'_> {
    References {
        date_facture: invoice.date_facture.to_string(),
        date_depot: dates::day(invoice.depose_le),
        code_devise_facture: &invoice.devise,
        libelle_devise_facture: "Euro",
        type_facture: invoice
            .type_facture_travaux
            .is_none()
            .then_some(invoice.type_facture),
        type_facture_travaux: invoice.type_facture_travaux.as_deref(),
        type_tva: "TVA_SUR_DEBIT",
        numero_marche: invoice.numero_marche.as_deref(),
        numero_bon_commande: invoice.numero_bon_commande.as_deref(),
        numero_facture_origine: invoice.numero_origine.as_deref(),
        mode_paiement: "VIREMENT",
        taille_totale_pieces_jointes: invoice.taille(),
        numero_dp_mandat: invoice.numero_dp_mandat.as_deref(),
    }
}

fn recapitulatif(tvas: &[Tva], wanted: Wanted) -> Recapitulatif {
    let (rows, numbers) = wanted.page_of(tvas.iter().collect(), 10);
    let ligne_tva = rows
        .into_iter()
        .map(|tva| LigneTva {
            ligne_tva_taux_manuel: tva.taux,
            ligne_tva_montant_base_ht_par_taux: tva.base_ht,
            ligne_tva_montant_tva_par_taux: tva.montant,
        })
        .collect();
    Recapitulatif {
        ligne_tva,
        page: numbers.page_courante,
        pages: numbers.pages,
        per_page: numbers.nb_resultats_par_page,
        total: numbers.total,
    }
}

fn montant_total(invoice: &Invoice) -> MontantTotal {
    let totals = invoice.montants;
    MontantTotal {
        ht: totals.ht,
        tva: totals.ttc - totals.ht,
        ttc_avant_remise: totals.ttc,
        ttc: totals.ttc,
        a_payer: totals.a_payer,
    }
}

fn pieces_jointes(documents: &[Document], wanted: Wanted) -> PiecesJointes {
    let others = documents
        .iter()
        .filter(|document| document.type_pj == TypePj::Complementaire)
        .collect();
    let (rows, numbers) = wanted.page_of(others, 10);
    let piece_jointe = rows
        .into_iter()
        .map(|document| {
            let nom = document.nom_dans_pivot();
            let (designation, extension) = nom.rsplit_once('.').unwrap_or((nom.as_str(), ""));
            PieceJointe {
                piece_jointe_type_code: document.type_pj.code(),
                piece_jointe_type_libelle: document.categorie.clone(),
                piece_jointe_designation: designation.to_owned(),
                piece_jointe_id_liaison: liaison(document),
                piece_jointe_id: document.id,
                piece_jointe_extension: extension.trim_end().to_uppercase(),
            }
        })
        .collect();
    PiecesJointes {
        piece_jointe,
        page: numbers.page_courante,
        pages: numbers.pages,
        per_page: numbers.nb_resultats_par_page,
        total: numbers.total,
    }
}

fn lignes(lignes: &[Ligne], wanted: Wanted) -> LignesDePoste<'_> {
    let (rows, numbers) = wanted.page_of(lignes.iter().enumerate().collect(), 10);
    let ligne_poste = rows
        .into_iter()
        .map(|(index, ligne)| LignePoste {
            numero: index + 1,
            denomination: &ligne.denomination,
            quantite: ligne.quantite,
            unite: ligne.unite,
            prix: ligne.prix_unitaire,
            taux: ligne.taux_tva,
            ht: ligne.montant_ht,
        })
        .collect();
    LignesDePoste {
        ligne_poste,
        page: numbers.page_courante,
        pages: numbers.pages,
        per_page: numbers.nb_resultats_par_page,
        total: numbers.total,
    }
}
