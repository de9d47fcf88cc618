use std::fmt;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    Account, Borne, CadreFacturation, Error, Montant, Operation, Page, Parcours, Statut,
    TriColonne, TriSens, TypeDemandePaiement, TypeFacture, TypeFactureTravaux, TypeIdentifiant,
    paging::{PAR_PAGE, Paging, ParametresRetour, RawList, Row, Search, no_result, rows},
    values::{request, response},
};

/// "La recherche n'a retourné aucun résultat" (TRA_MSG_00.015).
const NO_RESULT: i64 = 20000;

request! {
    /// Criteria of `factures/v1/rechercher/recipiendaire`; those given are joined by AND.
    pub struct RechercheRecipiendaire {
        /// The user; the account in the header identifies it, so leave it out.
        id_utilisateur_courant: Option<i64> = "idUtilisateurCourant",
        /// FACTURE (what the portal takes when absent) or FACTURE_TRAVAUX: one kind per call.
        type_demande_paiement: Option<TypeDemandePaiement> = "typeDemandePaiement",
        /// The recipient's `idStructureCPP`.
        id_destinataire: Option<i64> = "idDestinataire",
        /// The recipient's `idService`.
        id_service_executant: Option<i64> = "idServiceExecutant",
        /// Invoice number.
        numero_facture: Option<String> = "numeroFacture",
        /// Deposited from.
        periode_date_depot_du: Option<Borne> = "periodeDateDepotDu",
        /// Deposited until.
        periode_date_depot_au: Option<Borne> = "periodeDateDepotAu",
        /// FACTURE, AVOIR.
        liste_type_facture: Vec<TypeFacture> = "listeTypeFacture",
        /// Kinds of works documents.
        liste_type_facture_travaux: Vec<TypeFactureTravaux> = "listeTypeFactureTravaux",
        /// Suppliers, by their internal identifiers.
        liste_fournisseurs: Vec<CritereFournisseur> = "listeFournisseurs",
        /// Widens the suppliers to their SIREN.
        recherche_siren_fournisseur: Option<bool> = "rechercheSirenFournisseur",
        /// The structure that validated.
        id_structure_valideur: Option<i64> = "idStructureValideur",
        /// Billing frame.
        cadre_facturation: Option<CadreFacturation> = "cadreFacturation",
        /// Current states.
        statut_courant: Vec<Statut> = "statutCourant",
        /// Invoice date from.
        periode_date_facture_du: Option<Borne> = "periodeDateFactureDu",
        /// Invoice date until.
        periode_date_facture_au: Option<Borne> = "periodeDateFactureAu",
        /// Amount without VAT, from.
        montant_ht_min: Option<Montant> = "montantHTMin",
        /// Amount without VAT, to.
        montant_ht_max: Option<Montant> = "montantHTMax",
        /// Amount with VAT, from.
        montant_ttc_min: Option<Montant> = "montantTTCMin",
        /// Amount with VAT, to.
        montant_ttc_max: Option<Montant> = "montantTTCMax",
        /// Amount to pay, from (the small `p` is the portal's).
        montant_a_payer_min: Option<Montant> = "montantApayerMin",
        /// Amount to pay, to (the small `p` is the portal's).
        montant_a_payer_max: Option<Montant> = "montantApayerMax",
        /// Contract number.
        numero_marche: Option<String> = "numeroMarche",
        /// Order (engagement) number.
        numero_bon_commande: Option<String> = "numeroBonCommande",
        /// Downloaded or not; absent for both. Anybody's download sets it: it is no cursor.
        facture_telechargee_par_destinataire: Option<bool> = "factureTelechargeeParDestinataire",
        /// Paging and sort. Without it the portal gives 10 rows.
        param_recherche: Option<ParamRecherche> = "paramRecherche",
        /// Fill `taille` of the rows.
        recuperer_taille: Option<bool> = "recupererTaille",
        /// Current state reached from: the window that finds what changed, deposited whenever.
        periode_date_heure_etat_courant_du: Option<Borne> = "periodeDateHeureEtatCourantDu",
        /// Current state reached until.
        periode_date_heure_etat_courant_au: Option<Borne> = "periodeDateHeureEtatCourantAu",
    }

    /// A supplier among the criteria.
    pub struct CritereFournisseur {
        /// Internal identifier of the supplier's structure.
        id_fournisseur: Option<i64> = "idFournisseur",
        /// Its services.
        liste_id_service: Vec<i64> = "listeIdService",
    }

    /// Paging and sort of the search.
    pub struct ParamRecherche {
        /// Cap of the whole result; the portal's default was 200, which would cut a search off.
        nb_resultats_maximum: Option<i32> = "nbResultatsMaximum",
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandee",
        /// Rows a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPage",
        /// Direction.
        tri_sens: Option<TriSens> = "triSens",
        /// Column.
        tri_colonne: Option<TriColonne> = "triColonne",
    }
}

impl ParamRecherche {
    /// A page of a search whose pages hang together: no cap, sorted by invoice number, which does not change while the pages are read.
    #[must_use]
    pub fn page(page: u32, par_page: u32) -> Self {
        Self {
            nb_resultats_maximum: Some(999_999),
            page_resultat_demandee: Some(page),
            nb_resultats_par_page: Some(par_page),
            tri_sens: Some(TriSens::Ascendant),
            tri_colonne: Some(TriColonne::NumeroFacture),
        }
    }
}

response! {
    /// A row of the search: an invoice in its current state.
    ///
    /// Its `Debug` names the invoice and its state only: the supplier of an invoice may be a person.
    pub row struct FactureRecue {
        /// The technical id used in all other calls.
        id_facture: i64 = "idFacture",
        /// Currency, `EUR`.
        devise: Option<String> = "devise",
        /// FACTURE, FACTURE_TRAVAUX…
        type_demande_paiement: Option<TypeDemandePaiement> = "typeDemandePaiement",
        /// Identifier of the supplier, a SIRET or another as `type_identifiant_fournisseur` says.
        code_fournisseur: Option<String> = "codeFournisseur",
        /// Kind of the supplier's identifier.
        type_identifiant_fournisseur: Option<TypeIdentifiant> = "typeIdentifiantFournisseur",
        /// Name of the supplier.
        designation_fournisseur: Option<String> = "designationFournisseur",
        /// Service of the supplier.
        code_service_fournisseur: Option<String> = "codeServiceFournisseur",
        /// Name of that service.
        nom_service_fournisseur: Option<String> = "nomServiceFournisseur",
        /// `idStructureCPP` of the recipient.
        id_destinataire: Option<i64> = "idDestinataire",
        /// SIRET of the recipient.
        code_destinataire: Option<String> = "codeDestinataire",
        /// Name of the recipient.
        designation_destinataire: Option<String> = "designationDestinataire",
        /// `idService` of the recipient.
        id_service_executant: Option<i64> = "idServiceExecutant",
        /// Code of that service.
        code_service_executant: Option<String> = "codeServiceExecutant",
        /// Name of that service.
        nom_service_executant: Option<String> = "nomServiceExecutant",
        /// FACTURE, AVOIR, ACOMPTE.
        type_facture: Option<TypeFacture> = "typeFacture",
        /// Kind of works document.
        type_facture_travaux: Option<TypeFactureTravaux> = "typeFactureTravaux",
        /// Number given by the supplier.
        numero_facture: Option<String> = "numeroFacture",
        /// Date of the invoice.
        date_facture: Option<Date> = "dateFacture",
        /// Date of deposit.
        date_depot: Option<Date> = "dateDepot",
        /// Amount without VAT.
        montant_ht: Option<Decimal> = "montantHT",
        /// Amount with VAT.
        montant_ttc: Option<Decimal> = "montantTTC",
        /// Amount to pay.
        montant_a_payer: Option<Decimal> = "montantAPayer",
        /// Current state; an empty `Autre` when the row has none.
        statut: Statut = "statut",
        /// Contract number.
        numero_marche: Option<String> = "numeroMarche",
        /// Order (engagement) number.
        numero_bon_commande: Option<String> = "numeroBonCommande",
        /// Size of the dossier in bytes, when `recuperer_taille` asked for it.
        taille: Option<i64> = "taille",
        /// Whether anybody of the recipient has downloaded it.
        facture_telechargee_par_destinataire: Option<bool> = "factureTelechargeeParDestinataire",
        /// Identifier of the maître d'œuvre.
        code_moe: Option<String> = "codeMOE",
        /// Kind of that identifier.
        type_identifiant_moe: Option<TypeIdentifiant> = "typeIdentifiantMOE",
        /// Name of the maître d'œuvre.
        designation_moe: Option<String> = "designationMOE",
        /// Identifier of the maître d'ouvrage.
        code_moa: Option<String> = "codeMOA",
        /// Kind of that identifier.
        type_identifiant_moa: Option<TypeIdentifiant> = "typeIdentifiantMOA",
        /// Name of the maître d'ouvrage.
        designation_moa: Option<String> = "designationMOA",
        /// When the current state was reached, to the millisecond.
        date_heure_etat_courant: Option<Timestamp> = "dateHeureEtatCourant",
        /// Comment of the current state.
        commentaire_etat_courant: Option<String> = "commentaireEtatCourant",
    }
}

impl fmt::Debug for FactureRecue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactureRecue")
            .field("id_facture", &self.id_facture)
            .field("type_demande_paiement", &self.type_demande_paiement)
            .field("statut", &self.statut)
            .field("date_heure_etat_courant", &self.date_heure_etat_courant)
            .field("champs_illisibles", &self.champs_illisibles)
            .finish_non_exhaustive()
    }
}

impl Row for FactureRecue {
    const ID: &'static str = "idFacture";

    fn has_id(&self) -> bool {
        self.id_facture != 0
    }

    fn episode(&self) -> (i64, Statut, Option<Timestamp>) {
        (
            self.id_facture,
            self.statut.clone(),
            self.date_heure_etat_courant,
        )
    }

    fn note_unreadable(&mut self, field: String) {
        self.champs_illisibles.push(field);
    }
}

/// Paging is at the top level here.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ReponseRecherche {
    #[serde(rename = "listeFactures", default)]
    liste_factures: RawList,
}

impl Account {
    /// `factures/v1/rechercher/recipiendaire`: one page of the invoices received. "No result" (20000) is an empty page.
    ///
    /// # Errors
    /// See [`Error`]; in particular [`ErrorKind::Content`](crate::ErrorKind::Content) for a success without paging or list.
    pub async fn rechercher_recipiendaire(
        &self,
        criteria: &RechercheRecipiendaire,
    ) -> Result<Page<FactureRecue>, Error> {
        let answer = match self
            .call(Operation::RechercherRecipiendaire, criteria)
            .await
        {
            Ok(answer) => answer,
            Err(error) => return no_result(error, |code, _| code == NO_RESULT),
        };
        let body: ReponseRecherche = answer.read()?;
        let paging: ParametresRetour = answer.read()?;
        let rows = rows(&answer, "listeFactures", &body.liste_factures)?;
        Paging(&paging).page(&answer, rows, "listeFactures")
    }

    /// All pages of `factures/v1/rechercher/recipiendaire`, 1000 rows each, every row once, complete or an error.
    #[must_use]
    pub fn parcourir_recipiendaire(
        &self,
        criteria: RechercheRecipiendaire,
    ) -> Parcours<RechercheRecipiendaire> {
        self.parcourir_recipiendaire_par(criteria, PAR_PAGE)
    }

    /// The same with another page size.
    #[must_use]
    pub fn parcourir_recipiendaire_par(
        &self,
        criteria: RechercheRecipiendaire,
        par_page: u32,
    ) -> Parcours<RechercheRecipiendaire> {
        Parcours::new(self, criteria, par_page)
    }
}

impl Search for RechercheRecipiendaire {
    type Row = FactureRecue;

    const OPERATION: Operation = Operation::RechercherRecipiendaire;

    async fn page(
        &self,
        account: &Account,
        page: u32,
        par_page: u32,
    ) -> Result<Page<FactureRecue>, Error> {
        let criteria = Self {
            param_recherche: Some(ParamRecherche::page(page, par_page)),
            ..self.clone()
        };
        account.rechercher_recipiendaire(&criteria).await
    }
}
