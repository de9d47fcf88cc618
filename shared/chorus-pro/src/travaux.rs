//! `facturesTravaux/v1`: works documents in the circuit of the maître d'œuvre and the maître d'ouvrage.
//!
//! No swagger of this API is public: names are those of AIFE's page and of clients in production.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    Account, Borne, CadreFacturation, Error, ModeDepot, Montant, Operation, Page, Parcours,
    RoleUtilisateur, Statut, TriSens, TypeDemandePaiement, TypeFactureTravaux, TypeIdentifiant,
    factures::FactureRecue,
    paging::{PAR_PAGE, Paging, ParametresRetour, RawList, Row, Search, no_result, rows},
    values::{request, response},
};

/// "La recherche n'a retourné aucun résultat" (GFT_MSG_01.075).
const NO_RESULT: i64 = 20007;

request! {
    /// Criteria of `facturesTravaux/v1/rechercher`; those given are joined by AND.
    pub struct RechercheTravaux {
        /// The role in which the search is made: MOA for a public recipient who is maître d'ouvrage.
        role_utilisateur: Option<RoleUtilisateur> = "roleUtilisateur",
        /// The supplier's structure.
        id_structure_fournisseur: Option<i64> = "idStructureFournisseur",
        /// The supplier's service.
        id_service_fournisseur: Option<i64> = "idServiceFournisseur",
        /// The structure of the maître d'œuvre.
        id_structure_moe: Option<i64> = "idStructureMoe",
        /// The service of the maître d'œuvre.
        id_service_moe: Option<i64> = "idServiceMoe",
        /// The structure of the maître d'ouvrage.
        id_structure_moa: Option<i64> = "idStructureMoa",
        /// The service of the maître d'ouvrage.
        id_service_moa: Option<i64> = "idServiceMoa",
        /// The recipient's `idStructureCPP`.
        id_destinataire: Option<i64> = "idDestinataire",
        /// The recipient's `idService`.
        id_service_executant: Option<i64> = "idServiceExecutant",
        /// Kinds of works documents.
        liste_type_facture_travaux: Vec<TypeFactureTravaux> = "listeTypeFactureTravaux",
        /// Deposited from.
        periode_date_depot_du: Option<Borne> = "periodeDateDepotDu",
        /// Deposited until.
        periode_date_depot_au: Option<Borne> = "periodeDateDepotAu",
        /// Billing frame.
        cadre_facturation: Option<CadreFacturation> = "cadreFacturation",
        /// Current states.
        liste_statut_courant: Vec<Statut> = "listeStatutCourant",
        /// The structure that validated.
        id_structure_valideur: Option<i64> = "idStructureValideur",
        /// Date of the document from.
        periode_date_facture_travaux_du: Option<Borne> = "periodeDateFactureTravauxDu",
        /// Date of the document until.
        periode_date_facture_travaux_au: Option<Borne> = "periodeDateFactureTravauxAu",
        /// Amount without VAT, from.
        montant_ht_min: Option<Montant> = "montantHTMin",
        /// Amount without VAT, to.
        montant_ht_max: Option<Montant> = "montantHTMax",
        /// Amount with VAT, from.
        montant_ttc_min: Option<Montant> = "montantTTCMin",
        /// Amount with VAT, to.
        montant_ttc_max: Option<Montant> = "montantTTCMax",
        /// Amount to pay, from (a capital `P` here).
        montant_a_payer_min: Option<Montant> = "montantAPayerMin",
        /// Amount to pay, to (a capital `P` here).
        montant_a_payer_max: Option<Montant> = "montantAPayerMax",
        /// Bank account, by its identifier.
        id_coordonnee_bancaire: Option<i64> = "idCoordonneeBancaire",
        /// Number of the document.
        numero_facture_travaux: Option<String> = "numeroFactureTravaux",
        /// Contract number.
        numero_marche: Option<String> = "numeroMarche",
        /// Order (engagement) number.
        numero_bon_commande: Option<String> = "numeroBonCommande",
        /// How it came to Chorus Pro.
        mode_depot: Option<ModeDepot> = "modeDepot",
        /// Number of the deposited flow.
        numero_flux_depot: Option<String> = "numeroFluxDepot",
        /// Only documents that no other follows.
        uniquement_sans_piece_suivante: Option<bool> = "uniquementSansPieceSuivante",
        /// `AVEC_ET_SANS_SERVICE`…
        avec_sans_service: Option<String> = "avecSansService",
        /// Current state reached from.
        periode_date_heure_etat_courant_du: Option<Borne> = "periodeDateHeureEtatCourantDu",
        /// Current state reached until.
        periode_date_heure_etat_courant_au: Option<Borne> = "periodeDateHeureEtatCourantAu",
        /// Downloaded or not; absent for both.
        flag_telecharge: Option<bool> = "flagTelecharge",
        /// Paging and sort.
        recherche_facture_travaux: Option<ParamRechercheTravaux> = "rechercheFactureTravaux",
    }

    /// Paging and sort of the search.
    pub struct ParamRechercheTravaux {
        /// Page asked for, from 1.
        page_resultat_demandee: Option<u32> = "pageResultatDemandee",
        /// Rows a page.
        nb_resultats_par_page: Option<u32> = "nbResultatsParPage",
        /// Direction.
        tri_sens: Option<TriSens> = "triSens",
        /// Column; only `TypeDemandePaiement` is known.
        tri_colonne: Option<String> = "triColonne",
    }
}

response! {
    /// A row of the search: a works document in its current state.
    ///
    /// Its `Debug` names the document and its state only.
    pub row struct FactureTravaux {
        /// The id: `idFacture` in `telecharger/groupe` and `traiter/recue`.
        id_facture_travaux: i64 = "idFactureTravaux",
        /// Number given by the supplier.
        numero_facture_travaux: Option<String> = "numeroFactureTravaux",
        /// Current state; an empty `Autre` when the row has none.
        statut_facture_travaux: Statut = "statutFactureTravaux",
        /// Kind of works document.
        type_facture_travaux: Option<TypeFactureTravaux> = "typeFactureTravaux",
        /// FACTURE_TRAVAUX.
        type_demande_paiement: Option<TypeDemandePaiement> = "typeDemandePaiement",
        /// Identifier of the supplier.
        identifiant_fournisseur: Option<String> = "identifiantFournisseur",
        /// Kind of that identifier.
        type_identifiant_fournisseur: Option<TypeIdentifiant> = "typeIdentifiantFournisseur",
        /// Name of the supplier.
        designation_fournisseur: Option<String> = "designationFournisseur",
        /// Service of the supplier.
        code_service_fournisseur: Option<String> = "codeServiceFournisseur",
        /// `idStructureCPP` of the recipient.
        id_destinataire: Option<i64> = "idDestinataire",
        /// SIRET of the recipient.
        identifiant_destinataire: Option<String> = "identifiantDestinataire",
        /// Name of the recipient.
        designation_destinataire: Option<String> = "designationDestinataire",
        /// `idService` of the recipient.
        id_service_executant: Option<i64> = "idServiceExecutant",
        /// Code of that service, under one name…
        code_service_executant: Option<String> = "codeServiceExecutant",
        /// …or the other: sources disagree.
        identifiant_service_executant: Option<String> = "identifiantServiceExecutant",
        /// Service of the maître d'ouvrage.
        code_service_moa: Option<String> = "codeServiceMoa",
        /// Service of the maître d'œuvre.
        code_service_moe: Option<String> = "codeServiceMoe",
        /// Date of the document.
        date_facture_travaux: Option<Date> = "dateFactureTravaux",
        /// Date of deposit.
        date_depot: Option<Date> = "dateDepot",
        /// When the current state was reached.
        date_heure_etat_courant: Option<Timestamp> = "dateHeureEtatCourant",
        /// Amount without VAT.
        montant_ht: Option<Decimal> = "montantHT",
        /// Amount with VAT.
        montant_ttc: Option<Decimal> = "montantTTC",
        /// Amount to pay.
        montant_a_payer: Option<Decimal> = "montantAPayer",
        /// Currency, `EUR`.
        devise: Option<String> = "devise",
        /// Whether anybody of the recipient has downloaded it.
        facture_telechargee_par_destinataire: Option<bool> = "factureTelechargeeParDestinataire",
    }
}

impl FactureTravaux {
    /// Code of the recipient's service, whichever name it came under.
    #[must_use]
    pub fn service_executant(&self) -> Option<&str> {
        self.code_service_executant
            .as_deref()
            .or(self.identifiant_service_executant.as_deref())
    }
}

/// The row as the recipient's own search would show it, under its names; what this search does not say is absent.
impl From<FactureTravaux> for FactureRecue {
    fn from(row: FactureTravaux) -> Self {
        Self {
            code_service_executant: row.service_executant().map(str::to_owned),
            id_facture: row.id_facture_travaux,
            devise: row.devise,
            type_demande_paiement: row
                .type_demande_paiement
                .or(Some(TypeDemandePaiement::FactureTravaux)),
            code_fournisseur: row.identifiant_fournisseur,
            type_identifiant_fournisseur: row.type_identifiant_fournisseur,
            designation_fournisseur: row.designation_fournisseur,
            code_service_fournisseur: row.code_service_fournisseur,
            id_destinataire: row.id_destinataire,
            code_destinataire: row.identifiant_destinataire,
            designation_destinataire: row.designation_destinataire,
            id_service_executant: row.id_service_executant,
            type_facture_travaux: row.type_facture_travaux,
            numero_facture: row.numero_facture_travaux,
            date_facture: row.date_facture_travaux,
            date_depot: row.date_depot,
            montant_ht: row.montant_ht,
            montant_ttc: row.montant_ttc,
            montant_a_payer: row.montant_a_payer,
            statut: row.statut_facture_travaux,
            facture_telechargee_par_destinataire: row.facture_telechargee_par_destinataire,
            date_heure_etat_courant: row.date_heure_etat_courant,
            champs_illisibles: row.champs_illisibles,
            ..Self::default()
        }
    }
}

impl fmt::Debug for FactureTravaux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactureTravaux")
            .field("id_facture_travaux", &self.id_facture_travaux)
            .field("statut_facture_travaux", &self.statut_facture_travaux)
            .field("date_heure_etat_courant", &self.date_heure_etat_courant)
            .field("champs_illisibles", &self.champs_illisibles)
            .finish_non_exhaustive()
    }
}

impl Row for FactureTravaux {
    const ID: &'static str = "idFactureTravaux";

    fn has_id(&self) -> bool {
        self.id_facture_travaux != 0
    }

    fn episode(&self) -> (i64, Statut, Option<Timestamp>) {
        (
            self.id_facture_travaux,
            self.statut_facture_travaux.clone(),
            self.date_heure_etat_courant,
        )
    }

    fn note_unreadable(&mut self, field: String) {
        self.champs_illisibles.push(field);
    }
}

#[derive(Deserialize)]
struct ReponseRecherche {
    #[serde(rename = "listeFacturesTravaux", default)]
    liste: RawList,
    #[serde(rename = "parametresRetour", default)]
    parametres_retour: Option<ParametresRetour>,
}

impl Account {
    /// `facturesTravaux/v1/rechercher`: one page of works documents. "No result" (20007) is an empty page.
    ///
    /// # Errors
    /// See [`Error`]; in particular [`ErrorKind::Content`](crate::ErrorKind::Content) for a success without paging or list.
    pub async fn rechercher_travaux(
        &self,
        criteria: &RechercheTravaux,
    ) -> Result<Page<FactureTravaux>, Error> {
        let answer = match self
            .call(Operation::RechercherFacturesTravaux, criteria)
            .await
        {
            Ok(answer) => answer,
            Err(error) => return no_result(error, |code, _| code == NO_RESULT),
        };
        let body: ReponseRecherche = answer.read()?;
        // Nested here; at the top level in the documentation of 2016.
        let paging = match body.parametres_retour {
            Some(paging) => paging,
            None => answer.read()?,
        };
        let rows = rows(&answer, "listeFacturesTravaux", &body.liste)?;
        Paging(&paging).page(&answer, rows, "listeFacturesTravaux")
    }

    /// All pages of `facturesTravaux/v1/rechercher`, 1000 rows each, every row once, complete or an error.
    #[must_use]
    pub fn parcourir_travaux(&self, criteria: RechercheTravaux) -> Parcours<RechercheTravaux> {
        Parcours::new(self, criteria, PAR_PAGE)
    }
}

impl Search for RechercheTravaux {
    type Row = FactureTravaux;

    const OPERATION: Operation = Operation::RechercherFacturesTravaux;

    async fn page(
        &self,
        account: &Account,
        page: u32,
        par_page: u32,
    ) -> Result<Page<FactureTravaux>, Error> {
        let paging = ParamRechercheTravaux {
            page_resultat_demandee: Some(page),
            nb_resultats_par_page: Some(par_page),
            ..ParamRechercheTravaux::default()
        };
        let criteria = Self {
            recherche_facture_travaux: Some(paging),
            ..self.clone()
        };
        account.rechercher_travaux(&criteria).await
    }
}
