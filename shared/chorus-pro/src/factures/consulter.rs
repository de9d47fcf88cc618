use serde::Deserialize;

use super::FactureConsultee;
use crate::{Account, Error, Operation, TriSens, values::request};

request! {
    /// What to consult: the invoice, and the pages of its three lists.
    pub struct ConsulterRecipiendaire {
        /// The user; the account in the header identifies it, so leave it out.
        id_utilisateur_courant: Option<i64> = "idUtilisateurCourant",
        /// The invoice's id, `idFacture` elsewhere.
        identifiant_facture_cpp: i64 = "identifiantFactureCPP",
        /// Language of the labels, `FR` (the portal's default) or `EN`.
        code_langue: Option<String> = "codeLangue",
        /// Paging of the VAT lines (the small `l` is the portal's).
        recherche_ligne_tva_recap: Option<RechercheLigneTvaRecap> = "rechercheligneTvaRecap",
        /// Paging of the attachments.
        recherche_pj: Option<RecherchePj> = "recherchePj",
        /// Paging of the lines.
        recherche_ligne_poste: Option<RechercheLignePoste> = "rechercheLignePoste",
    }

    /// Paging of the VAT lines.
    pub struct RechercheLigneTvaRecap {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeListeRecapitulatifTVA",
        /// Lines a page ("ListeListe" is the portal's).
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageListeListeRecapitulatifTVA",
        /// Direction.
        tri_sens: Option<TriSens> = "triSensListeRecapitulatifTVA",
        /// Column, such as `LigneTvaTauxRefCode`.
        tri_colonne: Option<String> = "triColonneListeRecapitulatifTVA",
    }

    /// Paging of the attachments.
    pub struct RecherchePj {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeListePieceJointe",
        /// Attachments a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageListePieceJointe",
        /// Direction.
        tri_sens: Option<TriSens> = "triSensListePiecesJointes",
        /// Column, such as `PieceJointeDesignation`.
        tri_colonne: Option<String> = "triColonneListePiecesJointes",
    }

    /// Paging of the lines.
    pub struct RechercheLignePoste {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandeeLignesPoste",
        /// Lines a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPageLignesPoste",
        /// Direction.
        tri_sens: Option<TriSens> = "triSensListeLignesPoste",
        /// Column, such as `LignePosteNumero`.
        tri_colonne: Option<String> = "triColonneListeLignesPoste",
    }
}

impl ConsulterRecipiendaire {
    /// An invoice with the first `par_page` entries of each of its lists.
    #[must_use]
    pub fn new(id_facture: i64, par_page: u32) -> Self {
        Self {
            identifiant_facture_cpp: id_facture,
            code_langue: Some("FR".to_owned()),
            recherche_ligne_tva_recap: Some(RechercheLigneTvaRecap {
                page_resultat_demandee: Some(1),
                nb_resultats_par_page: Some(par_page),
                ..RechercheLigneTvaRecap::default()
            }),
            recherche_pj: Some(RecherchePj {
                page_resultat_demandee: Some(1),
                nb_resultats_par_page: Some(par_page),
                ..RecherchePj::default()
            }),
            recherche_ligne_poste: Some(RechercheLignePoste {
                page_resultat_demandee: Some(1),
                nb_resultats_par_page: Some(par_page),
                ..RechercheLignePoste::default()
            }),
            ..Self::default()
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ReponseConsultation {
    #[serde(default, deserialize_with = "crate::values::read")]
    pub(crate) facture: Option<FactureConsultee>,
}

impl Account {
    /// `factures/v1/consulter/recipiendaire`: everything about one invoice but its documents.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn consulter_recipiendaire(
        &self,
        what: &ConsulterRecipiendaire,
    ) -> Result<FactureConsultee, Error> {
        let answer = self
            .about([what.identifiant_facture_cpp])
            .call(Operation::ConsulterRecipiendaire, what)
            .await?;
        let body: ReponseConsultation = answer.read()?;
        body.facture
            .ok_or_else(|| answer.content("facture", "it is missing from a successful answer"))
    }
}
