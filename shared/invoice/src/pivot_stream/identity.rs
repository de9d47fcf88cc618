//! What the splitter reads of an invoice: enough to know which one it is and what its attachments are.

/// What identifies an invoice inside a pivot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `DonneesFacture/IdCPRO`: the `idFacture` of the API. Pivots before V2_02 have none.
    pub id_cpro: Option<u64>,
    /// `DonneesFacture/Id`: the supplier's invoice number.
    pub numero: Option<String>,
    /// `Fournisseur/Identifiant`: the supplier's SIRET, or another identifier for suppliers without one.
    pub fournisseur: Option<String>,
}

/// What a pivot says of one attachment (`PJ`). All texts are the sender's: names are not safe, types are not sure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PieceJointe {
    /// Its place among the invoice's `PJ` elements, from 1.
    pub position: u32,
    /// `NomPJ`, at most 50 characters, cut by the portal; may repeat inside an invoice and may end with a blank.
    pub nom: Option<String>,
    /// `NomPJOrigine`.
    pub nom_origine: Option<String>,
    /// `CategoriePJ`: free text such as `Facture PDF`.
    pub categorie: Option<String>,
    /// `TypePJ`: `01` invoice or credit note, `02` complementary.
    pub type_pj: Option<String>,
    /// `MimeTypePJ`.
    pub mime: Option<String>,
    /// Whether it has a `Contenu`. The schema allows a reference without content.
    pub has_content: bool,
}
