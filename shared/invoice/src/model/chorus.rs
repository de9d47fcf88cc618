//! What Chorus Pro says of an invoice in its pivot, outside EN 16931.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Date;

/// What the pivot says of an invoice beside the invoice itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chorus {
    /// `IdCPRO`: the `idFacture` of the API. Absent from pivots before V2_02.
    #[serde(rename = "idCPRO", default, skip_serializing_if = "Option::is_none")]
    pub id_cpro: Option<String>,
    /// `Cadre`, the cadre de facturation: `A1`…`A25`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cadre: Option<String>,
    /// `Renvoi`: whether the invoice was made available again (`Non`, `Complétée`, `Recyclée`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renvoi: Option<String>,
    /// `ModeEmission`: how it came to the portal (`flux`, `numérisation`, `saisie`, `PDF`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode_emission: Option<String>,
    /// `DateReception`: when the portal received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_reception: Option<Date>,
    /// `DateMiseADispositionMOE`: when a works invoice was made available to the maîtrise d'œuvre.
    #[serde(
        rename = "dateMiseADispositionMOE",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub date_mise_a_disposition_moe: Option<Date>,
    /// `NomService`: the name of the service the code of which is BT-10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nom_service: Option<String>,
    /// `TypeIdentifiant` of the supplier: 1 SIRET, 2 European outside France, 3 outside the EU, 4 RIDET, 5 TAHITI,
    /// 6 being registered, 7 private person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_identifiant_fournisseur: Option<String>,
    /// `IdFactureOrigine` as written. Chorus Pro fills it with the invoice's own number, so it is BT-25 only on a credit
    /// note, and only when it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_facture_origine: Option<String>,
    /// `CycleDeValidation`: what happened to it on the portal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cycle_de_validation: Vec<ValidationStep>,
}

/// `ValidationUnitaire`: one step on the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationStep {
    /// `DateStatut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// `CodeStatut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `ComplementStatut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// `Commentaire`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commentaire: Option<String>,
    /// `ProducteurStatut/Id`: the identifier of whoever did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producteur: Option<String>,
    /// `ProducteurStatut/RaisonSociale`: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raison_sociale_producteur: Option<String>,
}
