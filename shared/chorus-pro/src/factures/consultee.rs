//! What `factures/v1/consulter/recipiendaire` says about an invoice.

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use crate::{
    CadreFacturation, Confidentiel, ModeDepot, ModePaiement, Statut, TypeFacture,
    TypeFactureTravaux, TypeIdentifiant, TypeTva, values::response,
};

response! {
    /// An invoice as the recipient may consult it: everything but the documents, which are only listed.
    pub struct FactureConsultee {
        /// The id: `idFacture` elsewhere.
        identifiant_facture_cpp: Option<i64> = "identifiantFactureCPP",
        /// Number given by the supplier.
        numero_facture: Option<String> = "numeroFacture",
        /// Current state.
        statut_facture: Option<Statut> = "statutFacture",
        /// How it came to Chorus Pro.
        mode_depot: Option<ModeDepot> = "modeDepot",
        /// Recipient.
        destinataire: Option<Destinataire> = "destinataire",
        /// Supplier.
        fournisseur: Option<Fournisseur> = "fournisseur",
        /// Billing frame.
        cadre_de_facturation: Option<CadreDeFacturation> = "cadreDeFacturation",
        /// Works document before.
        piece_precedente: Option<PiecePrecedente> = "piecePrecedente",
        /// Works document after.
        piece_suivante: Option<PieceSuivante> = "pieceSuivante",
        /// Dates, references, terms.
        references: Option<References> = "references",
        /// VAT per rate.
        recapitulatif_de_tva: Option<RecapitulatifDeTva> = "recapitulatifDeTva",
        /// Totals.
        montant_total: Option<MontantTotal> = "montantTotal",
        /// Main document.
        piece_jointe_principale: Option<PieceJointePrincipale> = "pieceJointePrincipale",
        /// Attachments.
        liste_des_pieces_jointes: Option<PiecesJointes> = "listeDesPiecesJointes",
        /// Lines.
        lignes_de_poste: Option<LignesDePoste> = "lignesDePoste",
        /// Comment of the supplier.
        commentaire: Option<String> = "commentaire",
    }

    /// The recipient.
    pub struct Destinataire {
        /// Whether the recipient is the State (OUI, NON).
        destinataire_etat: Option<String> = "destinataireEtat",
        /// `idStructureCPP`.
        id_destinataire: Option<i64> = "idDestinataire",
        /// SIRET.
        code_destinataire: Option<String> = "codeDestinataire",
        /// Name.
        libelle_destinataire: Option<String> = "libelleDestinataire",
        /// `idService`.
        id_service_executant: Option<i64> = "idServiceExecutant",
        /// Code of the service.
        code_service_executant: Option<String> = "codeServiceExecutant",
        /// Name of the service.
        libelle_service_executant: Option<String> = "libelleServiceExecutant",
        /// Internal identifier of the address.
        adresse_destinataire_id: Option<i64> = "adresseDestinataireId",
        /// Street and number.
        adresse_destinataire_detail: Option<String> = "adresseDestinataireDetail",
        /// Address, second line.
        adresse_destinataire_complement1: Option<String> = "adresseDestinataireComplement1",
        /// Address, third line.
        adresse_destinataire_complement2: Option<String> = "adresseDestinataireComplement2",
        /// Postal code.
        adresse_destinataire_code_postal: Option<String> = "adresseDestinataireCodePostal",
        /// Town.
        adresse_destinataire_ville: Option<String> = "adresseDestinataireVille",
        /// Country, two letters.
        adresse_destinataire_code_pays: Option<String> = "adresseDestinataireCodePays",
        /// Country.
        adresse_destinataire_libelle_pays: Option<String> = "adresseDestinataireLibellePays",
    }

    /// The supplier, with its bank account.
    pub struct Fournisseur {
        /// Internal identifier of the structure.
        id_fournisseur: Option<i64> = "idFournisseur",
        /// Kind of the identifier.
        type_identifiant_fournisseur: Option<TypeIdentifiant> = "typeIdentifiantFournisseur",
        /// Identifier, a SIRET or another.
        code_fournisseur: Option<String> = "codeFournisseur",
        /// Name, which may be a person's.
        designation_fournisseur: Option<Confidentiel> = "designationFournisseur",
        /// Internal identifier of the service.
        id_service_fournisseur: Option<i64> = "idServiceFournisseur",
        /// Code of the service.
        code_service_fournisseur: Option<String> = "codeServiceFournisseur",
        /// Name of the service.
        libelle_service_fournisseur: Option<String> = "libelleServiceFournisseur",
        /// Internal identifier of the address.
        adresse_fournisseur_id: Option<i64> = "adresseFournisseurId",
        /// Street and number.
        adresse_fournisseur_detail: Option<Confidentiel> = "adresseFournisseurDetail",
        /// Address, second line.
        adresse_fournisseur_complement1: Option<Confidentiel> = "adresseFournisseurComplement1",
        /// Address, third line.
        adresse_fournisseur_complement2: Option<Confidentiel> = "adresseFournisseurComplement2",
        /// Postal code.
        adresse_fournisseur_code_postal: Option<String> = "adresseFournisseurCodePostal",
        /// Town.
        adresse_fournisseur_ville: Option<String> = "adresseFournisseurVille",
        /// Country, two letters.
        adresse_fournisseur_code_pays: Option<String> = "adresseFournisseurCodePays",
        /// Country.
        adresse_fournisseur_libelle_pays: Option<String> = "adresseFournisseurLibellePays",
        /// Number in the trade register.
        numero_rcs_fournisseur: Option<String> = "numeroRcsFournisseur",
        /// Check digits of the IBAN.
        coord_bancaires_fournisseur_cle_iban: Option<Confidentiel> = "coordBancairesFournisseurCleIban",
        /// Check digits of the RIB.
        coord_bancaires_fournisseur_cle_rib: Option<Confidentiel> = "coordBancairesFournisseurCleRib",
        /// Bank code.
        coord_bancaires_fournisseur_code_banque: Option<Confidentiel> = "coordBancairesFournisseurCodeBanque",
        /// Branch code (without `Fournisseur` in its name: the portal's).
        coord_bancaires_code_guichet: Option<Confidentiel> = "coordBancairesCodeGuichet",
        /// BIC.
        coord_bancaires_bic_swift: Option<Confidentiel> = "coordBancairesBicSwift",
        /// Country of the account.
        coord_bancaires_fournisseur_code_pays: Option<String> = "coordBancairesFournisseurCodePays",
        /// Account number.
        coord_bancaires_fournisseur_compte_bancaire: Option<Confidentiel> = "coordBancairesFournisseurCompteBancaire",
        /// Internal identifier of the account.
        coord_bancaires_fournisseur_id: Option<i64> = "coordBancairesFournisseurId",
        /// RIB or IBAN.
        coord_bancaires_fournisseur_type: Option<String> = "coordBancairesFournisseurType",
        /// Label of the account.
        coord_bancaires_fournisseur_libelle: Option<Confidentiel> = "coordBancairesFournisseurLibelle",
        /// Factor.
        affactureur: Option<Affactureur> = "affactureur",
    }

    /// The factor, when the claim was assigned.
    pub struct Affactureur {
        /// Internal identifier.
        affactureur_id: Option<i64> = "affactureurId",
        /// Identifier.
        affactureur_code: Option<String> = "affactureurCode",
        /// Kind of the identifier.
        affactureur_type_identifiant: Option<TypeIdentifiant> = "affactureurTypeIdentifiant",
        /// Name.
        affactureur_raison_sociale: Option<Confidentiel> = "affactureurRaisonSociale",
        /// Country.
        affactureur_code_pays: Option<String> = "affactureurCodePays",
    }

    /// The billing frame, with those who validated and the works contract's parties.
    pub struct CadreDeFacturation {
        /// Billing frame.
        code_cadre_facturation: Option<CadreFacturation> = "codeCadreFacturation",
        /// Internal identifier of validator 1.
        id_valideur1: Option<i64> = "idValideur1",
        /// Kind of its identifier.
        type_identifiant_valideur1: Option<TypeIdentifiant> = "typeIdentifiantValideur1",
        /// Its identifier.
        code_valideur1: Option<String> = "codeValideur1",
        /// Its name.
        raison_sociale_valideur1: Option<Confidentiel> = "raisonSocialeValideur1",
        /// Family name of the person.
        nom_valideur1: Option<Confidentiel> = "nomValideur1",
        /// First name of the person.
        prenom_valideur1: Option<Confidentiel> = "prenomValideur1",
        /// When it validated.
        date_validation1: Option<Timestamp> = "dateValidation1",
        /// Internal identifier of validator 2.
        id_valideur2: Option<i64> = "idValideur2",
        /// Kind of its identifier.
        type_identifiant_valideur2: Option<TypeIdentifiant> = "typeIdentifiantValideur2",
        /// Its identifier.
        code_valideur2: Option<String> = "codeValideur2",
        /// Its name.
        raison_sociale_valideur2: Option<Confidentiel> = "raisonSocialeValideur2",
        /// Family name of the person.
        nom_valideur2: Option<Confidentiel> = "nomValideur2",
        /// First name of the person.
        prenom_valideur2: Option<Confidentiel> = "prenomValideur2",
        /// When it validated.
        date_validation2: Option<Timestamp> = "dateValidation2",
        /// Internal identifier of the maître d'œuvre.
        id_moe: Option<i64> = "idMoe",
        /// Kind of its identifier.
        type_identifiant_moe: Option<TypeIdentifiant> = "typeIdentifiantMoe",
        /// Its identifier.
        identifiant_moe: Option<String> = "identifiantMoe",
        /// Its name.
        raison_sociale_moe: Option<Confidentiel> = "raisonSocialeMoe",
        /// Family name of the person.
        nom_moe: Option<Confidentiel> = "nomMoe",
        /// First name of the person.
        prenom_moe: Option<Confidentiel> = "prenomMoe",
        /// Internal identifier of its service.
        id_service_moe: Option<i64> = "idServiceMoe",
        /// Code of its service.
        code_service_moe: Option<String> = "codeServiceMoe",
        /// Name of its service.
        nom_service_moe: Option<String> = "nomServiceMoe",
        /// Internal identifier of the maître d'ouvrage.
        id_moa: Option<i64> = "idMoa",
        /// Kind of its identifier.
        type_identifiant_moa: Option<TypeIdentifiant> = "typeIdentifiantMoa",
        /// Its identifier.
        identifiant_moa: Option<String> = "identifiantMoa",
        /// Its name.
        raison_sociale_moa: Option<String> = "raisonSocialeMoa",
        /// Internal identifier of its service.
        id_service_moa: Option<i64> = "idServiceMoa",
        /// Code of its service.
        code_service_moa: Option<String> = "codeServiceMoa",
        /// Name of its service.
        nom_service_moa: Option<String> = "nomServiceMoa",
        /// Its designation.
        designation_valideur2: Option<Confidentiel> = "designationValideur2",
        /// Its designation.
        designation_moe: Option<Confidentiel> = "designationMoe",
        /// Its designation.
        designation_moa: Option<String> = "designationMoa",
    }

    /// The works document before this one.
    pub struct PiecePrecedente {
        /// Billing frame.
        cadre_facturation_piece_precedente: Option<CadreFacturation> = "cadreFacturationPiecePrecedente",
        /// Its id.
        id_piece_precedente: Option<i64> = "idPiecePrecedente",
        /// Its number.
        numero_piece_precedente: Option<String> = "numeroPiecePrecedente",
        /// Its recipient's `idStructureCPP`.
        id_destinataire_piece_precedente: Option<i64> = "idDestinatairePiecePrecedente",
        /// Its recipient's SIRET.
        identifiant_destinataire_piece_precedente: Option<String> = "identifiantDestinatairePiecePrecedente",
        /// Its recipient's name.
        raison_sociale_destinataire_piece_precedente: Option<String> = "raisonSocialeDestinatairePiecePrecedente",
        /// Its recipient's `idService`.
        id_service_executant_piece_precedente: Option<i64> = "idServiceExecutantPiecePrecedente",
        /// Its recipient's service code.
        code_service_executant_piece_precedente: Option<String> = "codeServiceExecutantPiecePrecedente",
        /// Its recipient's service name.
        nom_service_executant_piece_precedente: Option<String> = "nomServiceExecutantPiecePrecedente",
    }

    /// The works document after this one.
    pub struct PieceSuivante {
        /// Billing frame.
        cadre_facturation_piece_suivante: Option<CadreFacturation> = "cadreFacturationPieceSuivante",
        /// Its id.
        id_piece_suivante: Option<i64> = "idPieceSuivante",
        /// Its number.
        numero_piece_suivante: Option<String> = "numeroPieceSuivante",
    }

    /// Dates, references and terms.
    pub struct References {
        /// Date of the invoice.
        date_facture: Option<Date> = "dateFacture",
        /// Date of deposit.
        date_depot: Option<Date> = "dateDepot",
        /// Currency, `EUR`.
        code_devise_facture: Option<String> = "codeDeviseFacture",
        /// Name of the currency.
        libelle_devise_facture: Option<String> = "libelleDeviseFacture",
        /// FACTURE, AVOIR, ACOMPTE.
        type_facture: Option<TypeFacture> = "typeFacture",
        /// Kind of works document.
        type_facture_travaux: Option<TypeFactureTravaux> = "typeFactureTravaux",
        /// VAT regime.
        type_tva: Option<TypeTva> = "typeTva",
        /// Code of the reason for an exemption.
        motif_exoneration_tva: Option<String> = "motifExonerationTva",
        /// Reason for an exemption.
        libelle_motif_exoneration_tva: Option<String> = "libelleMotifExonerationTva",
        /// Contract number.
        numero_marche: Option<String> = "numeroMarche",
        /// Order (engagement) number.
        numero_bon_commande: Option<String> = "numeroBonCommande",
        /// Number of the invoice that a credit note corrects.
        numero_facture_origine: Option<String> = "numeroFactureOrigine",
        /// Means of payment.
        mode_paiement: Option<ModePaiement> = "modePaiement",
        /// When it was created on the portal.
        date_creation_facture: Option<Timestamp> = "dateCreationFacture",
        /// When payment is due, as the supplier says.
        date_echeance_paiement: Option<Date> = "dateEcheancePaiement",
        /// Size of all attachments in bytes.
        taille_totale_pieces_jointes: Option<Decimal> = "tailleTotalePiecesJointes",
        /// Number of the mandat or payment request that the recipient gave.
        numero_dp_mandat: Option<String> = "numeroDpMandat",
    }

    /// VAT per rate, paged.
    pub struct RecapitulatifDeTva {
        /// Rates.
        ligne_tva: Vec<LigneTva> = "ligneTva",
        /// Number of this page, from 1.
        page_courante_lignes_recapitulatives_tva: Option<i64> = "pageCouranteLignesRecapitulativesTVA",
        /// Number of pages.
        pages_lignes_recapitulatives_tva: Option<i64> = "pagesLignesRecapitulativesTVA",
        /// Entries a page.
        nb_resultats_par_page_lignes_recapitulatives_tva: Option<i64> = "nbResultatsParPageLignesRecapitulativesTVA",
        /// Entries in all pages.
        total_lignes_recapitulatives_tva: Option<i64> = "totalLignesRecapitulativesTVA",
    }

    /// VAT of one rate.
    pub struct LigneTva {
        /// Internal identifier of the rate.
        ligne_tva_taux_ref_id: Option<i64> = "ligneTvaTauxRefId",
        /// Code of the rate.
        ligne_tva_taux_ref_code: Option<String> = "ligneTvaTauxRefCode",
        /// Label of the rate.
        ligne_tva_taux_ref_libelle: Option<String> = "ligneTvaTauxRefLibelle",
        /// Rate in percent, from the list of rates.
        ligne_tva_taux_ref_valeur: Option<Decimal> = "ligneTvaTauxRefValeur",
        /// Rate in percent, as keyed in.
        ligne_tva_taux_manuel: Option<Decimal> = "ligneTvaTauxManuel",
        /// Amount without VAT.
        ligne_tva_montant_base_ht_par_taux: Option<Decimal> = "ligneTvaMontantBaseHtParTaux",
        /// VAT.
        ligne_tva_montant_tva_par_taux: Option<Decimal> = "ligneTvaMontantTvaParTaux",
    }

    /// Totals.
    pub struct MontantTotal {
        /// Without VAT.
        montant_ht_total: Option<Decimal> = "montantHtTotal",
        /// VAT.
        montant_tva: Option<Decimal> = "montantTVA",
        /// With VAT, before the overall discount.
        montant_ttc_avant_remise_global_ttc: Option<Decimal> = "montantTtcAvantRemiseGlobalTTC",
        /// Overall discount, VAT included.
        montant_remise_globale_ttc: Option<Decimal> = "montantRemiseGlobaleTTC",
        /// Reason of the discount.
        motif_remise_globale_ttc: Option<String> = "motifRemiseGlobaleTTC",
        /// With VAT.
        montant_ttc_total: Option<Decimal> = "montantTtcTotal",
        /// To pay.
        montant_a_payer: Option<Decimal> = "montantAPayer",
    }

    /// The main document.
    pub struct PieceJointePrincipale {
        /// Identifier of its link to the invoice.
        id_liaison_piece_jointe_principale: Option<i64> = "idLiaisonPieceJointePrincipale",
        /// Its identifier.
        id_piece_jointe_principale: Option<i64> = "idPieceJointePrincipale",
    }

    /// The attachments, paged; there is no call to fetch one by its id.
    pub struct PiecesJointes {
        /// Attachments of this page.
        piece_jointe: Vec<PieceJointe> = "pieceJointe",
        /// Number of this page, from 1.
        page_courante_liste_pieces_jointe: Option<i64> = "pageCouranteListePiecesJointe",
        /// Number of pages.
        pages_liste_pieces_jointe: Option<i64> = "pagesListePiecesJointe",
        /// Entries a page.
        nb_resultats_par_page_liste_pieces_jointe: Option<i64> = "nbResultatsParPageListePiecesJointe",
        /// Entries in all pages.
        total_liste_pieces_jointe: Option<i64> = "totalListePiecesJointe",
    }

    /// An attachment.
    pub struct PieceJointe {
        /// 01 main, 02 complementary.
        piece_jointe_type_code: Option<String> = "pieceJointeTypeCode",
        /// Label of the kind.
        piece_jointe_type_libelle: Option<String> = "pieceJointeTypeLibelle",
        /// Name.
        piece_jointe_designation: Option<String> = "pieceJointeDesignation",
        /// The line it belongs to.
        piece_jointe_numero_ligne_facture: Option<i64> = "pieceJointeNumeroLigneFacture",
        /// Identifier of its link to the invoice.
        piece_jointe_id_liaison: Option<i64> = "pieceJointeIdLiaison",
        /// Its identifier.
        piece_jointe_id: Option<i64> = "pieceJointeId",
        /// Extension, without a dot.
        piece_jointe_extension: Option<String> = "pieceJointeExtension",
    }

    /// The lines, paged; a PDF deposit has none.
    pub struct LignesDePoste {
        /// Lines of this page.
        ligne_poste: Vec<LignePoste> = "lignePoste",
        /// Number of this page, from 1.
        page_courante_lignes_poste: Option<i64> = "pageCouranteLignesPoste",
        /// Number of pages.
        pages_lignes_poste: Option<i64> = "pagesLignesPoste",
        /// Entries a page.
        nb_resultats_par_page_lignes_poste: Option<i64> = "nbResultatsParPageLignesPoste",
        /// Entries in all pages.
        total_lignes_poste: Option<i64> = "totalLignesPoste",
    }

    /// A line.
    pub struct LignePoste {
        /// Number.
        ligne_poste_numero: Option<i64> = "lignePosteNumero",
        /// Reference of the product.
        ligne_poste_reference: Option<String> = "lignePosteReference",
        /// What it is.
        ligne_poste_denomination: Option<String> = "lignePosteDenomination",
        /// Quantity.
        ligne_poste_quantite: Option<Decimal> = "lignePosteQuantite",
        /// Code of the unit.
        ligne_poste_unite_code: Option<i64> = "lignePosteUniteCode",
        /// Unit.
        ligne_poste_unite_libelle: Option<String> = "lignePosteUniteLibelle",
        /// Unit price without VAT.
        ligne_poste_montant_unitaire_ht: Option<Decimal> = "lignePosteMontantUnitaireHT",
        /// Discount without VAT.
        ligne_poste_montant_remise_ht: Option<Decimal> = "lignePosteMontantRemiseHT",
        /// VAT rate, a text.
        ligne_poste_taux_tva: Option<String> = "lignePosteTauxTva",
        /// VAT rate in percent, as keyed in.
        ligne_poste_taux_tva_manuel: Option<Decimal> = "lignePosteTauxTvaManuel",
        /// Without VAT, after discount.
        ligne_poste_montant_ht_apres_remise: Option<Decimal> = "lignePosteMontantHtApresRemise",
        /// VAT.
        ligne_poste_montant_tva: Option<Decimal> = "lignePosteMontantTva",
        /// With VAT, after discount.
        ligne_poste_montant_ttc_apres_remise: Option<Decimal> = "lignePosteMontantTtcApresRemise",
    }
}
