//! The cadre de facturation: what kind of deposit an invoice is, and by whom.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! cadres {
    ($( $variant:ident = $pivot:literal, $code:literal, $libelle:literal; )+) => {
        /// A cadre de facturation, A1 to A25, as the API and the pivot name it.
        ///
        /// Open: another code is [`Cadre::Autre`] and keeps its text. Serialised as the API's code; read from either
        /// form (`"A9"` or `"A9_FACTURE_SOUSTRAITANT"`).
        ///
        /// Sources: the enum `cadreFacturation` of the swagger "Factures", the documentation of the pivot's XSD V2_02.
        /// A11 is in the API but not in the XSD; the XSD says "MOE" for A19 and A20, the codes say MOA: the codes are followed.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cadre {
            $(
                #[doc = concat!($pivot, ", `", $code, "`: ", $libelle, ".")]
                $variant,
            )+
            /// `SANS_CADRE_DE_FACTURATION`: only ever in the answer of a consultation.
            SansCadre,
            /// A code outside the official list, as received.
            Autre(String),
        }

        impl Cadre {
            /// The twenty-five cadres, A1 first.
            pub const CONNUS: &'static [Cadre] = &[$(Cadre::$variant),+];

            /// The API's code.
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    $(Cadre::$variant => $code,)+
                    Cadre::SansCadre => SANS_CADRE,
                    Cadre::Autre(code) => code,
                }
            }

            /// The short code of the pivot (`Cadre`), where there is one.
            #[must_use]
            pub fn code_pivot(&self) -> Option<&'static str> {
                match self {
                    $(Cadre::$variant => Some($pivot),)+
                    Cadre::SansCadre | Cadre::Autre(_) => None,
                }
            }

            /// What it means, in French, for people.
            #[must_use]
            pub fn libelle(&self) -> &'static str {
                match self {
                    $(Cadre::$variant => $libelle,)+
                    Cadre::SansCadre => "Sans cadre de facturation",
                    Cadre::Autre(_) => "Cadre de facturation inconnu",
                }
            }

            fn connu(code: &str) -> Option<Cadre> {
                match code {
                    $($pivot | $code => Some(Cadre::$variant),)+
                    SANS_CADRE => Some(Cadre::SansCadre),
                    _ => None,
                }
            }
        }
    };
}

const SANS_CADRE: &str = "SANS_CADRE_DE_FACTURATION";

cadres! {
    A1 = "A1", "A1_FACTURE_FOURNISSEUR", "Dépôt par un fournisseur d'une facture";
    A2 = "A2", "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "Dépôt par un fournisseur d'une facture déjà payée";
    A3 = "A3", "A3_MEMOIRE_JUSTICE", "Dépôt par un fournisseur d'un mémoire de frais de justice";
    A4 = "A4", "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR", "Dépôt par un fournisseur d'un projet de décompte mensuel";
    A5 = "A5", "A5_ETAT_ACOMPTE_FOURNISSEUR", "Dépôt par un fournisseur d'un état d'acompte";
    A6 = "A6", "A6_ETAT_ACOMPTE_VALIDE_FOURNISSEUR", "Dépôt par un fournisseur d'un état d'acompte validé";
    A7 = "A7", "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR", "Dépôt par un fournisseur d'un projet de décompte final";
    A8 = "A8", "A8_DECOMPTE_GENERAL_DEFINITIF_FOURNISSEUR", "Dépôt par un fournisseur d'un décompte général et définitif";
    A9 = "A9", "A9_FACTURE_SOUSTRAITANT", "Dépôt par un sous-traitant d'une facture";
    A10 = "A10", "A10_PROJET_DECOMPTE_MENSUEL_SOUSTRAITANT", "Dépôt par un sous-traitant d'un projet de décompte mensuel";
    A11 = "A11", "A11_PROJET_DECOMPTE_FINAL_SOUSTRAITANT", "Dépôt par un sous-traitant d'un projet de décompte final";
    A12 = "A12", "A12_FACTURE_COTRAITANT", "Dépôt par un cotraitant d'une facture";
    A13 = "A13", "A13_PROJET_DECOMPTE_MENSUEL_COTRAITANT", "Dépôt par un cotraitant d'un projet de décompte mensuel";
    A14 = "A14", "A14_PROJET_DECOMPTE_FINAL_COTRAITANT", "Dépôt par un cotraitant d'un projet de décompte final";
    A15 = "A15", "A15_ETAT_ACOMPTE_MOE", "Dépôt par une maîtrise d'œuvre d'un état d'acompte";
    A16 = "A16", "A16_ETAT_ACOMPTE_VALIDE_MOE", "Dépôt par une maîtrise d'œuvre d'un état d'acompte validé";
    A17 = "A17", "A17_PROJET_DECOMPTE_GENERAL_MOE", "Dépôt par une maîtrise d'œuvre d'un projet de décompte général";
    A18 = "A18", "A18_DECOMPTE_GENERAL_MOE", "Dépôt par une maîtrise d'œuvre d'un décompte général";
    A19 = "A19", "A19_ETAT_ACOMPTE_VALIDE_MOA", "Dépôt par une maîtrise d'ouvrage d'un état d'acompte validé";
    A20 = "A20", "A20_DECOMPTE_GENERAL_MOA", "Dépôt par une maîtrise d'ouvrage d'un décompte général";
    A21 = "A21", "A21_DEMANDE_REMBOURSEMENT_TIC", "Dépôt d'une demande de remboursement de taxe intérieure de consommation (TIC)";
    A22 = "A22", "A22_PROJET_DECOMPTE_GENERAL_FOURNISSEUR_PROCEDURE_TACITE",
        "Dépôt par un fournisseur ou un mandataire d'un projet de décompte général (procédure tacite)";
    A23 = "A23", "A23_DECOMPTE_GENERAL_DEFINITIF_TACITE_FOURNISSEUR",
        "Dépôt par un fournisseur d'un décompte général et définitif tacite";
    A24 = "A24", "A24_DECOMPTE_GENERAL_DEFINITIF_TACITE_MOE",
        "Dépôt par une maîtrise d'œuvre d'un décompte général et définitif tacite";
    A25 = "A25", "A25_DECOMPTE_GENERAL_DEFINITIF_MOE_PROCEDURE_TACITE",
        "Dépôt par une maîtrise d'œuvre d'un décompte général et définitif (procédure tacite)";
}

impl Cadre {
    /// Whether the document belongs to a works contract's circuit, where a MOE and a MOA come before the payer.
    #[must_use]
    pub fn est_travaux(&self) -> bool {
        !matches!(
            self,
            Cadre::A1
                | Cadre::A2
                | Cadre::A3
                | Cadre::A9
                | Cadre::A12
                | Cadre::A21
                | Cadre::SansCadre
                | Cadre::Autre(_)
        )
    }

    /// Whether the money has been paid already (purchasing card): no legal clock runs.
    #[must_use]
    pub fn est_deja_paye(&self) -> bool {
        matches!(self, Cadre::A2)
    }
}

impl From<&str> for Cadre {
    fn from(code: &str) -> Self {
        Cadre::connu(code).unwrap_or_else(|| Cadre::Autre(code.to_owned()))
    }
}

impl fmt::Display for Cadre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Cadre {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Cadre {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer).map(|code| Cadre::from(code.as_ref()))
    }
}

impl JsonSchema for Cadre {
    fn schema_name() -> Cow<'static, str> {
        "Cadre".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<&str> = Cadre::CONNUS.iter().map(Cadre::code).collect();
        json_schema!({
            "type": "string",
            "description": "Cadre de facturation. Liste ouverte : un code inconnu doit être accepté et conservé.",
            "examples": codes,
        })
    }
}
