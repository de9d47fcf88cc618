//! Where in a pivot we are: the few elements that the splitter knows, by their place and not by their name alone.

/// An open element, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `CPPFacturePivotUnitaire`: one invoice.
    Unit,
    Fournisseur,
    DonneesFacture,
    PieceJointe,
    Contenu,
    /// An element whose text is read.
    Field(Field),
    /// Anything else.
    Other,
}

/// An element whose text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Fournisseur,
    Numero,
    IdCpro,
    Nom,
    NomOrigine,
    Categorie,
    TypePj,
    Mime,
}

impl Place {
    /// The place of an element from its parent's place and its local name.
    pub(super) fn of(parent: Option<Place>, name: &[u8], in_unit: bool) -> Self {
        match (parent, name) {
            (_, b"CPPFacturePivotUnitaire") if !in_unit => Self::Unit,
            (Some(Self::Unit), b"Fournisseur") => Self::Fournisseur,
            (Some(Self::Unit), b"DonneesFacture") => Self::DonneesFacture,
            (Some(Self::Unit), b"PJ") => Self::PieceJointe,
            (Some(Self::Fournisseur), b"Identifiant") => Self::Field(Field::Fournisseur),
            (Some(Self::DonneesFacture), b"Id") => Self::Field(Field::Numero),
            (Some(Self::DonneesFacture), b"IdCPRO") => Self::Field(Field::IdCpro),
            (Some(Self::PieceJointe), b"Contenu") => Self::Contenu,
            (Some(Self::PieceJointe), b"NomPJ") => Self::Field(Field::Nom),
            (Some(Self::PieceJointe), b"NomPJOrigine") => Self::Field(Field::NomOrigine),
            (Some(Self::PieceJointe), b"CategoriePJ") => Self::Field(Field::Categorie),
            (Some(Self::PieceJointe), b"TypePJ") => Self::Field(Field::TypePj),
            (Some(Self::PieceJointe), b"MimeTypePJ") => Self::Field(Field::Mime),
            _ => Self::Other,
        }
    }
}
