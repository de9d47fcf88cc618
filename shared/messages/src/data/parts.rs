//! What several messages have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Amount;

/// The public body that received the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Etablissement {
    /// Its SIRET, 14 digits.
    #[schemars(regex(pattern = "^[0-9]{14}$"))]
    pub siret: String,
    /// Its name in the configuration of Relais.
    pub nom: String,
}

/// Who sent the invoice. No bank account: that is in the archive (`invoice.json`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fournisseur {
    /// Its identifier, of the kind that `typeIdentifiant` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiant: Option<String>,
    /// `SIRET`, `UE_HORS_FRANCE`, `HORS_UE`, `RIDET`, `TAHITI`, `AUTRE`, `PARTICULIER`; others may come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_identifiant: Option<String>,
    /// Its name (`designationFournisseur`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raison_sociale: Option<String>,
    /// Its own service, when it named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

/// A service of a structure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nom: Option<String>,
}

/// The recipient's own references, as the supplier gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct References {
    /// The commitment or purchase order (`numeroBonCommande`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numero_engagement: Option<String>,
    /// The public contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numero_marche: Option<String>,
}

/// The amounts that the portal lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Montants {
    /// Without tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ht: Option<Amount>,
    /// With tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttc: Option<Amount>,
    /// What remains to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_payer: Option<Amount>,
    /// ISO 4217 code of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devise: Option<String>,
}

/// What the recipient's structure asks of its suppliers, by the portal's directory (`consulter/structures`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exigences {
    /// A service code on each invoice (`codeServiceDoitEtreRenseigne`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<bool>,
    /// The number of an engagement (`numeroEJDoitEtreRenseigne`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engagement: Option<bool>,
    /// One or the other (`gestionNumeroEJOuCodeService`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_ou_engagement: Option<bool>,
}

/// What only a works invoice has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Travaux {
    /// `PROJET_DECOMPTE_MENSUEL`, `ETAT_ACOMPTE`, `DECOMPTE_GENERAL`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_facture_travaux: Option<String>,
    /// The maîtrise d'œuvre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moe: Option<Fournisseur>,
    /// The maîtrise d'ouvrage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moa: Option<Fournisseur>,
}

/// Where the archive holds the invoice: S3 keys of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivePointers {
    /// The bucket.
    pub bucket: String,
    /// The folder of this episode, with the slash at its end.
    pub prefix: String,
    /// The portal's own file (`pivot.xml`), when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// The normalised invoice (`invoice.json`), when its content could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// The list of all files with sizes and hashes (`archived.json`).
    pub manifest: String,
}

/// One document of the invoice, in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The S3 key, in the archive's bucket.
    pub key: String,
    /// The name that the supplier gave it, as it is: for people, never for a file system.
    pub nom: String,
    /// `PRINCIPAL` or `COMPLEMENTAIRE`; others may come.
    pub role: String,
    /// `TypePJ` of the portal: `01` the invoice, `02` a complement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_pj: Option<String>,
    /// `CategoriePJ` of the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categorie: Option<String>,
    /// What it really is, by its content.
    pub media_type: String,
    /// Bytes.
    pub taille: u64,
    /// SHA-256 of the bytes, hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Whether the earlier episode did not have it; absent when there is no earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nouveau: Option<bool>,
}

/// Something that the accountant should know before booking the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// A stable name to sort by.
    pub code: String,
    /// A sentence, in French.
    pub message: String,
    /// The refusal code of Chorus Pro that would fit, when one does: a proposal for the accountant.
    #[serde(rename = "codeRefus", skip_serializing_if = "Option::is_none", default)]
    pub code_refus: Option<String>,
}
