//! The code lists of the API, all open: a code that is not in the list is kept as `Autre`, never an error.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lenient::Value;

/// Declares an open code list: the codes of the swagger, and `Autre` for any other.
macro_rules! codes {
    ($( $(#[$meta:meta])* $name:ident { $( $variant:ident = $code:literal, )* } )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!("`", $code, "`")] $variant, )*
            /// A code that the list does not have; empty when the answer gives none.
            Autre(String),
        }

        impl $name {
            /// The codes of the list, without `Autre`.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The code as the API writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Autre(code) => code,
                }
            }

            /// Whether the code is in the list of the swagger.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Autre(_))
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                match code {
                    $( $code => Self::$variant, )*
                    other => Self::Autre(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(code: String) -> Self {
                match Self::from(code.as_str()) {
                    Self::Autre(_) => Self::Autre(code),
                    known => known,
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(code))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
                output.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input).map(Self::from)
            }
        }

        impl Value for $name {
            fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
                Ok(String::value(input)?.map(Self::from))
            }
        }
    )*};
}

codes! {
    /// State of an invoice: the 56 codes of the swagger, and one that a client of the sandbox met.
    Statut {
        Brouillon = "BROUILLON",
        AValider1 = "A_VALIDER_1",
        ErreurFournisseurSurValideur = "ERREUR_FOURNISSEUR_SUR_VALIDEUR",
        Refusee1 = "REFUSEE_1",
        Validee1 = "VALIDEE_1",
        AbsenceValidation1HorsDelai = "ABSENCE_VALIDATION_1_HORS_DELAI",
        AValider2 = "A_VALIDER_2",
        ErreurCotraitantSurValideur = "ERREUR_COTRAITANT_SUR_VALIDEUR",
        Refusee2 = "REFUSEE_2",
        Validee2 = "VALIDEE_2",
        AbsenceValidation2HorsDelai = "ABSENCE_VALIDATION_2_HORS_DELAI",
        Deposee = "DEPOSEE",
        ErreurFournisseurSurMoe = "ERREUR_FOURNISSEUR_SUR_MOE",
        EnCoursAcheminement = "EN_COURS_ACHEMINEMENT",
        MiseADisposition = "MISE_A_DISPOSITION",
        ARecycler = "A_RECYCLER",
        Suspendue = "SUSPENDUE",
        Rejetee = "REJETEE",
        Mandatee = "MANDATEE",
        MiseEnPaiement = "MISE_EN_PAIEMENT",
        Comptabilisee = "COMPTABILISEE",
        MiseADispositionComptable = "MISE_A_DISPOSITION_COMPTABLE",
        Abandonnee = "ABANDONNEE",
        Supprimee = "SUPPRIMEE",
        Associee = "ASSOCIEE",
        EnCoursTraitementPivotS = "EN_COURS_TRAITEMENT_PIVOT_S",
        AValiderMoe = "A_VALIDER_MOE",
        RefuseeMoe = "REFUSEE_MOE",
        EnAttenteRecyclageFournisseur = "EN_ATTENTE_RECYCLAGE_FOURNISSEUR",
        ErreurMoeSurFournisseur = "ERREUR_MOE_SUR_FOURNISSEUR",
        ErreurMoaSurFournisseur = "ERREUR_MOA_SUR_FOURNISSEUR",
        InterpreteeOcr = "INTERPRETEE_OCR",
        Completee = "COMPLETEE",
        ErreurFournisseurSurMoa = "ERREUR_FOURNISSEUR_SUR_MOA",
        ErreurMoeSurMoa = "ERREUR_MOE_SUR_MOA",
        ErreurDestinatairePd = "ERREUR_DESTINATAIRE_PD",
        ErreurDestinataireEa = "ERREUR_DESTINATAIRE_EA",
        ServiceFait = "SERVICE_FAIT",
        NonConforme = "NON_CONFORME",
        AAssocierMoe = "A_ASSOCIER_MOE",
        ErreurDeMoe = "ERREUR_DE_MOE",
        MiseADispositionMoe = "MISE_A_DISPOSITION_MOE",
        PriseEnCompteMoe = "PRISE_EN_COMPTE_MOE",
        AAssocierMoa = "A_ASSOCIER_MOA",
        ErreurDeMoa = "ERREUR_DE_MOA",
        RefuseeMoa = "REFUSEE_MOA",
        AAssocierFournisseur = "A_ASSOCIER_FOURNISSEUR",
        RefuseeFournisseur = "REFUSEE_FOURNISSEUR",
        ACompleter = "A_COMPLETER",
        TransmiseMoa = "TRANSMISE_MOA",
        PriseEnCompteDestinataire = "PRISE_EN_COMPTE_DESTINATAIRE",
        RemplaceeParA22 = "REMPLACEE_PAR_A22",
        DupliqueApresRefus = "DUPLIQUE_APRES_REFUS",
        MiseADispositionMoa = "MISE_A_DISPOSITION_MOA",
        PriseEnCompteMoa = "PRISE_EN_COMPTE_MOA",
        TechniqueInconnu = "TECHNIQUE_INCONNU",
        AbsenceValidationMoeDelaiReglementaire = "ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE",
    }

    /// Kind of payment request. A search takes one of the first two per call.
    TypeDemandePaiement {
        Facture = "FACTURE",
        FactureTravaux = "FACTURE_TRAVAUX",
        MemoireJustice = "MEMOIRE_JUSTICE",
        DemandeRemboursement = "DEMANDE_REMBOURSEMENT",
    }

    /// Kind of invoice.
    TypeFacture {
        Facture = "FACTURE",
        Avoir = "AVOIR",
        Acompte = "ACOMPTE",
    }

    /// Kind of works document (marché de travaux).
    TypeFactureTravaux {
        DpDeSoustraitantTravaux = "DP_DE_SOUSTRAITANT_TRAVAUX",
        ProjetDecompteMensuel = "PROJET_DECOMPTE_MENSUEL",
        EtatAcompte = "ETAT_ACOMPTE",
        EtatAcompteValide = "ETAT_ACOMPTE_VALIDE",
        ProjetDecompteFinal = "PROJET_DECOMPTE_FINAL",
        ProjetDecompteGeneral = "PROJET_DECOMPTE_GENERAL",
        ProjetDecompteGeneralProcedureTacite = "PROJET_DECOMPTE_GENERAL_PROCEDURE_TACITE",
        DecompteGeneral = "DECOMPTE_GENERAL",
        DecompteGeneralSigne = "DECOMPTE_GENERAL_SIGNE",
        DecompteGeneralDefinitifTacite = "DECOMPTE_GENERAL_DEFINITIF_TACITE",
        DecompteGeneralDefinitifProcedureTacite = "DECOMPTE_GENERAL_DEFINITIF_PROCEDURE_TACITE",
    }

    /// Kind of identifier of a structure.
    TypeIdentifiant {
        Siret = "SIRET",
        UeHorsFrance = "UE_HORS_FRANCE",
        HorsUe = "HORS_UE",
        Ridet = "RIDET",
        Tahiti = "TAHITI",
        AutreIdentifiant = "AUTRE",
        Particulier = "PARTICULIER",
    }

    /// Billing frame: who deposits what for whom.
    CadreFacturation {
        A1FactureFournisseur = "A1_FACTURE_FOURNISSEUR",
        A2FactureFournisseurDejaPayee = "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
        A3MemoireJustice = "A3_MEMOIRE_JUSTICE",
        A4ProjetDecompteMensuelFournisseur = "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR",
        A5EtatAcompteFournisseur = "A5_ETAT_ACOMPTE_FOURNISSEUR",
        A6EtatAcompteValideFournisseur = "A6_ETAT_ACOMPTE_VALIDE_FOURNISSEUR",
        A7ProjetDecompteFinalFournisseur = "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR",
        A8DecompteGeneralDefinitifFournisseur = "A8_DECOMPTE_GENERAL_DEFINITIF_FOURNISSEUR",
        A9FactureSoustraitant = "A9_FACTURE_SOUSTRAITANT",
        A10ProjetDecompteMensuelSoustraitant = "A10_PROJET_DECOMPTE_MENSUEL_SOUSTRAITANT",
        A11ProjetDecompteFinalSoustraitant = "A11_PROJET_DECOMPTE_FINAL_SOUSTRAITANT",
        A12FactureCotraitant = "A12_FACTURE_COTRAITANT",
        A13ProjetDecompteMensuelCotraitant = "A13_PROJET_DECOMPTE_MENSUEL_COTRAITANT",
        A14ProjetDecompteFinalCotraitant = "A14_PROJET_DECOMPTE_FINAL_COTRAITANT",
        A15EtatAcompteMoe = "A15_ETAT_ACOMPTE_MOE",
        A16EtatAcompteValideMoe = "A16_ETAT_ACOMPTE_VALIDE_MOE",
        A17ProjetDecompteGeneralMoe = "A17_PROJET_DECOMPTE_GENERAL_MOE",
        A18DecompteGeneralMoe = "A18_DECOMPTE_GENERAL_MOE",
        A19EtatAcompteValideMoa = "A19_ETAT_ACOMPTE_VALIDE_MOA",
        A20DecompteGeneralMoa = "A20_DECOMPTE_GENERAL_MOA",
        A21DemandeRemboursementTic = "A21_DEMANDE_REMBOURSEMENT_TIC",
        A22ProjetDecompteGeneralFournisseurProcedureTacite = "A22_PROJET_DECOMPTE_GENERAL_FOURNISSEUR_PROCEDURE_TACITE",
        A23DecompteGeneralDefinitifTaciteFournisseur = "A23_DECOMPTE_GENERAL_DEFINITIF_TACITE_FOURNISSEUR",
        A24DecompteGeneralDefinitifTaciteMoe = "A24_DECOMPTE_GENERAL_DEFINITIF_TACITE_MOE",
        A25DecompteGeneralDefinitifMoeProcedureTacite = "A25_DECOMPTE_GENERAL_DEFINITIF_MOE_PROCEDURE_TACITE",
        SansCadreDeFacturation = "SANS_CADRE_DE_FACTURATION",
    }

    /// How the invoice came to Chorus Pro.
    ModeDepot {
        SaisieWeb = "SAISIE_WEB",
        PortailPdf = "PORTAIL_PDF",
        EdiXmlStruct = "EDI_XML_STRUCT",
        EdiMixte = "EDI_MIXTE",
        EdiPdfArchive = "EDI_PDF_ARCHIVE",
        SaisiePortail = "SAISIE_PORTAIL",
        SaisieApi = "SAISIE_API",
        DepotPdfPortail = "DEPOT_PDF_PORTAIL",
        DepotPdfSignePortail = "DEPOT_PDF_SIGNE_PORTAIL",
        DepotPdfApi = "DEPOT_PDF_API",
        DepotPdfSigneApi = "DEPOT_PDF_SIGNE_API",
        Edi = "EDI",
        UploadPortail = "UPLOAD_PORTAIL",
        UploadApi = "UPLOAD_API",
        EdiNumerisation = "EDI_NUMERISATION",
    }

    /// Means of payment.
    ModePaiement {
        Cheque = "CHEQUE",
        Prelevement = "PRELEVEMENT",
        Virement = "VIREMENT",
        Espece = "ESPECE",
        AutreMoyen = "AUTRE",
        Report = "REPORT",
    }

    /// VAT regime of the invoice.
    TypeTva {
        TvaSurDebit = "TVA_SUR_DEBIT",
        TvaSurEncaissement = "TVA_SUR_ENCAISSEMENT",
        Exoneration = "EXONERATION",
        SansTva = "SANS_TVA",
    }

    /// What a user did with an invoice.
    CodeAction {
        TelechargementFacture = "TELECHARGEMENT_FACTURE",
        AcquittementRejet = "ACQUITTEMENT_REJET",
        AcquittementSuspension = "ACQUITTEMENT_SUSPENSION",
        TraitementRejet = "TRAITEMENT_REJET",
    }

    /// The role in which works documents are searched.
    RoleUtilisateur {
        Fournisseur = "FOURNISSEUR",
        Moe = "MOE",
        Moa = "MOA",
        Valideur = "VALIDEUR",
        Destinataire = "DESTINATAIRE",
    }

    /// Sort direction.
    TriSens {
        Descendant = "Descendant",
        Ascendant = "Ascendant",
    }

    /// Sort column of the recipient's search. There is none for the state date nor for `idFacture`.
    TriColonne {
        TypeDemandePaiement = "TypeDemandePaiement",
        CodeFournisseur = "CodeFournisseur",
        TypeIdentifiantFournisseur = "TypeIdentifiantFournisseur",
        Fournisseur = "Fournisseur",
        CodeServiceFournisseur = "CodeServiceFournisseur",
        NomServiceFournisseur = "NomServiceFournisseur",
        CodeDestinataire = "CodeDestinataire",
        Destinataire = "Destinataire",
        CodeServiceExecutant = "CodeServiceExecutant",
        NomServiceExecutant = "NomServiceExecutant",
        TypeFacture = "TypeFacture",
        TypeFactureTravaux = "TypeFactureTravaux",
        NumeroFacture = "NumeroFacture",
        DateFacture = "DateFacture",
        DateDepot = "DateDepot",
        MontantHT = "MontantHT",
        MontantTTC = "MontantTTC",
        MontantAPayer = "MontantAPayer",
        Devise = "Devise",
        Statut = "Statut",
        NumeroMarche = "NumeroMarche",
        NumeroBonCommande = "NumeroBonCommande",
        FactureTelechargeeParDestinataire = "FactureTelechargeeParDestinataire",
    }

    /// What `telecharger/groupe` delivers: one XML pivot for all invoices with their attachments inside, or PDF (a ZIP when there are several files).
    FormatTelechargement {
        Pivot = "PIVOT",
        Pdf = "PDF",
    }
}

impl Default for Statut {
    /// No status given.
    fn default() -> Self {
        Self::Autre(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_goes_both_ways() {
        for code in Statut::CODES {
            let statut = Statut::from(*code);
            assert!(statut.is_known());
            assert_eq!(statut.as_str(), *code);
        }
        assert_eq!(Statut::from("MISE_A_DISPOSITION"), Statut::MiseADisposition);
    }

    #[test]
    fn an_unknown_code_is_kept_as_it_is() {
        let statut: Statut = serde_json::from_str("\"VISEE_PAR_LA_PLATEFORME\"").unwrap();
        assert_eq!(statut, Statut::Autre("VISEE_PAR_LA_PLATEFORME".into()));
        assert_eq!(
            serde_json::to_string(&statut).unwrap(),
            "\"VISEE_PAR_LA_PLATEFORME\""
        );
    }
}
