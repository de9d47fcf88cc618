//! The codes: one list, from which the enum, the codes and their descriptions all come.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::description::{Auteur, Description};

macro_rules! statuts {
    ($( $variant:ident = $code:literal, $label:literal, $id:expr, [$($auteur:ident),+]; )+) => {
        /// The status of an invoice, under the exact code that Chorus Pro uses on the wire.
        ///
        /// Open: a code that is not in the official enum is [`Statut::Autre`] and keeps its text, so that an unknown
        /// status passes through Relais unharmed. Serialised as the bare code.
        ///
        /// Build one with [`From`] (`Statut::from("MANDATEE")`), never with `Autre` directly: a known code inside
        /// `Autre` would not be equal to its own variant.
        ///
        /// Source of the codes: the enum shared by every status field of the swagger "Factures" of Chorus Pro
        /// (56 values), and `ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE`, seen with API users only.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Statut {
            $(
                #[doc = concat!("`", $code, "`: ", $label, ".")]
                $variant,
            )+
            /// A code outside the official enum, as received.
            Autre(String),
        }

        impl Statut {
            /// Every status of the official enum, in its order.
            pub const CONNUS: &'static [Statut] = &[$(Statut::$variant),+];

            /// The code on the wire.
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    $(Statut::$variant => $code,)+
                    Statut::Autre(code) => code,
                }
            }

            fn connu(code: &str) -> Option<Statut> {
                match code {
                    $($code => Some(Statut::$variant),)+
                    _ => None,
                }
            }

            pub(super) fn description(&self) -> Description {
                match self {
                    $(Statut::$variant => Description { libelle: $label, id_statut: $id, auteurs: &[$(Auteur::$auteur),+] },)+
                    Statut::Autre(_) => Description { libelle: "Statut inconnu", id_statut: None, auteurs: &[Auteur::Inconnu] },
                }
            }
        }
    };
}

// Code; French label; IdStatut of the EDI status message (CPPStatut V1_19), where it is published; who sets it.
// Labels with an IdStatut are those of the EDI message, the others are readings of the code.
statuts! {
    Brouillon = "BROUILLON", "Brouillon", None, [Fournisseur];
    AValider1 = "A_VALIDER_1", "À valider (premier valideur)", None, [Systeme];
    ErreurFournisseurSurValideur = "ERREUR_FOURNISSEUR_SUR_VALIDEUR", "Erreur du fournisseur sur le valideur", None, [Valideur];
    Refusee1 = "REFUSEE_1", "Refusée par le premier valideur", None, [Valideur];
    Validee1 = "VALIDEE_1", "Validée par le premier valideur", None, [Valideur];
    AbsenceValidation1HorsDelai = "ABSENCE_VALIDATION_1_HORS_DELAI", "Absence de première validation dans le délai", None, [Systeme];
    AValider2 = "A_VALIDER_2", "À valider (second valideur)", None, [Systeme];
    ErreurCotraitantSurValideur = "ERREUR_COTRAITANT_SUR_VALIDEUR", "Erreur du cotraitant sur le valideur", None, [Valideur];
    Refusee2 = "REFUSEE_2", "Refusée par le second valideur", None, [Valideur];
    Validee2 = "VALIDEE_2", "Validée par le second valideur", None, [Valideur];
    AbsenceValidation2HorsDelai = "ABSENCE_VALIDATION_2_HORS_DELAI", "Absence de seconde validation dans le délai", None, [Systeme];
    Deposee = "DEPOSEE", "Déposée", Some(1), [Systeme];
    ErreurFournisseurSurMoe = "ERREUR_FOURNISSEUR_SUR_MOE", "Erreur du fournisseur sur la maîtrise d'œuvre", None, [Moe];
    EnCoursAcheminement = "EN_COURS_ACHEMINEMENT", "En cours d'acheminement vers le destinataire", Some(2), [Systeme];
    MiseADisposition = "MISE_A_DISPOSITION", "Mise à disposition du destinataire", Some(3), [Systeme, Destinataire];
    ARecycler = "A_RECYCLER", "À recycler", Some(4), [Destinataire];
    Suspendue = "SUSPENDUE", "Suspendue", Some(6), [Destinataire];
    Rejetee = "REJETEE", "Rejetée par l'ordonnateur", Some(5), [Destinataire];
    Mandatee = "MANDATEE", "Mandatée / demande de paiement validée", Some(8), [Destinataire];
    MiseEnPaiement = "MISE_EN_PAIEMENT", "Mise en paiement", Some(11), [Destinataire, Comptable];
    Comptabilisee = "COMPTABILISEE", "Comptabilisée", Some(10), [Destinataire, Comptable];
    MiseADispositionComptable = "MISE_A_DISPOSITION_COMPTABLE", "Mise à disposition du comptable", Some(9), [Destinataire, Comptable];
    Abandonnee = "ABANDONNEE", "Abandonnée", None, [Fournisseur];
    Supprimee = "SUPPRIMEE", "Supprimée", None, [Fournisseur];
    Associee = "ASSOCIEE", "Associée", None, [Moe, Moa];
    EnCoursTraitementPivotS = "EN_COURS_TRAITEMENT_PIVOT_S", "En cours de traitement (pivot S)", None, [Systeme];
    AValiderMoe = "A_VALIDER_MOE", "À valider par la maîtrise d'œuvre", None, [Systeme];
    RefuseeMoe = "REFUSEE_MOE", "Refusée par la maîtrise d'œuvre", None, [Moe];
    EnAttenteRecyclageFournisseur = "EN_ATTENTE_RECYCLAGE_FOURNISSEUR", "En attente de recyclage par le fournisseur", None, [Moe, Moa];
    ErreurMoeSurFournisseur = "ERREUR_MOE_SUR_FOURNISSEUR", "Erreur de la maîtrise d'œuvre sur le fournisseur", None, [Fournisseur];
    ErreurMoaSurFournisseur = "ERREUR_MOA_SUR_FOURNISSEUR", "Erreur de la maîtrise d'ouvrage sur le fournisseur", None, [Fournisseur];
    InterpreteeOcr = "INTERPRETEE_OCR", "Interprétée par reconnaissance de caractères", None, [Systeme];
    Completee = "COMPLETEE", "Complétée", Some(12), [Fournisseur];
    ErreurFournisseurSurMoa = "ERREUR_FOURNISSEUR_SUR_MOA", "Erreur du fournisseur sur la maîtrise d'ouvrage", None, [Moa];
    ErreurMoeSurMoa = "ERREUR_MOE_SUR_MOA", "Erreur de la maîtrise d'œuvre sur la maîtrise d'ouvrage", None, [Moa];
    ErreurDestinatairePd = "ERREUR_DESTINATAIRE_PD", "Erreur de destinataire (projet de décompte)", None, [Moe, Moa];
    ErreurDestinataireEa = "ERREUR_DESTINATAIRE_EA", "Erreur de destinataire (état d'acompte)", None, [Moe, Moa];
    ServiceFait = "SERVICE_FAIT", "Service fait", Some(7), [Destinataire];
    NonConforme = "NON_CONFORME", "Non conforme", None, [Systeme];
    AAssocierMoe = "A_ASSOCIER_MOE", "À associer par la maîtrise d'œuvre", None, [Systeme];
    ErreurDeMoe = "ERREUR_DE_MOE", "Erreur de maîtrise d'œuvre", None, [Moe];
    MiseADispositionMoe = "MISE_A_DISPOSITION_MOE", "Mise à disposition de la maîtrise d'œuvre", None, [Systeme];
    PriseEnCompteMoe = "PRISE_EN_COMPTE_MOE", "Prise en compte par la maîtrise d'œuvre", None, [Moe];
    AAssocierMoa = "A_ASSOCIER_MOA", "À associer par la maîtrise d'ouvrage", None, [Systeme];
    ErreurDeMoa = "ERREUR_DE_MOA", "Erreur de maîtrise d'ouvrage", None, [Moa];
    RefuseeMoa = "REFUSEE_MOA", "Refusée par la maîtrise d'ouvrage", None, [Moa];
    AAssocierFournisseur = "A_ASSOCIER_FOURNISSEUR", "À associer par le fournisseur", None, [Systeme];
    RefuseeFournisseur = "REFUSEE_FOURNISSEUR", "Refusée par le fournisseur", None, [Fournisseur];
    ACompleter = "A_COMPLETER", "À compléter", None, [Moe, Moa];
    TransmiseMoa = "TRANSMISE_MOA", "Transmise à la maîtrise d'ouvrage", None, [Moe, Destinataire];
    PriseEnCompteDestinataire = "PRISE_EN_COMPTE_DESTINATAIRE", "Prise en compte par le destinataire", None, [Destinataire];
    RemplaceeParA22 = "REMPLACEE_PAR_A22", "Remplacée par un projet de décompte général (A22)", None, [Systeme];
    DupliqueApresRefus = "DUPLIQUE_APRES_REFUS", "Dupliquée après refus", None, [Fournisseur];
    MiseADispositionMoa = "MISE_A_DISPOSITION_MOA", "Mise à disposition de la maîtrise d'ouvrage", None, [Systeme];
    PriseEnCompteMoa = "PRISE_EN_COMPTE_MOA", "Prise en compte par la maîtrise d'ouvrage", None, [Moa];
    TechniqueInconnu = "TECHNIQUE_INCONNU", "Statut technique inconnu", None, [Systeme];
    AbsenceValidationMoeDelaiReglementaire = "ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE",
        "Absence de validation par la maîtrise d'œuvre dans le délai réglementaire", None, [Systeme];
}

impl Statut {
    /// Whether the code is in the official enum. A `false` is worth counting: the portal has moved on.
    #[must_use]
    pub fn est_connu(&self) -> bool {
        !matches!(self, Statut::Autre(_))
    }
}

impl From<&str> for Statut {
    fn from(code: &str) -> Self {
        Statut::connu(code).unwrap_or_else(|| Statut::Autre(code.to_owned()))
    }
}

impl From<String> for Statut {
    fn from(code: String) -> Self {
        Statut::connu(&code).unwrap_or(Statut::Autre(code))
    }
}

impl FromStr for Statut {
    type Err = Infallible;

    fn from_str(code: &str) -> Result<Self, Infallible> {
        Ok(Statut::from(code))
    }
}

impl fmt::Display for Statut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl AsRef<str> for Statut {
    fn as_ref(&self) -> &str {
        self.code()
    }
}

impl Serialize for Statut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Statut {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer).map(|code| Statut::from(code.as_ref()))
    }
}

impl JsonSchema for Statut {
    fn schema_name() -> Cow<'static, str> {
        "Statut".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<&str> = Statut::CONNUS.iter().map(Statut::code).collect();
        json_schema!({
            "type": "string",
            "description": "Statut Chorus Pro. Liste ouverte : un code inconnu doit être accepté et conservé.",
            "examples": codes,
        })
    }
}
