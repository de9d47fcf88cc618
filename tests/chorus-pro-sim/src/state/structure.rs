//! The parties: public structures with their services, and suppliers.

use jiff::civil::Date;

/// A postal address.
#[derive(Debug, Clone)]
pub struct Adresse {
    /// Technical identifier of the address.
    pub id: i64,
    /// Street and number.
    pub detail: String,
    /// Postcode.
    pub code_postal: String,
    /// Town.
    pub ville: String,
}

/// A service of a structure.
#[derive(Debug, Clone)]
pub struct Service {
    /// `idService`.
    pub id: i64,
    /// `codeService`; one service of the data set has none.
    pub code: Option<String>,
    /// `libelleService`.
    pub libelle: String,
    /// Whether invoices may still be addressed to it.
    pub actif: bool,
    /// Whether an engagement number is compulsory.
    pub engagement_obligatoire: bool,
}

/// A public establishment.
#[derive(Debug, Clone)]
pub struct Structure {
    /// `idStructureCPP`.
    pub id: i64,
    /// Its fourteen digits. Qualification SIRETs are fictitious and need no check digit.
    pub siret: String,
    /// Its name.
    pub designation: String,
    /// Where it is.
    pub adresse: Adresse,
    /// Its services.
    pub services: Vec<Service>,
    /// Whether it acts as the owner of works.
    pub est_moa: bool,
    /// Legal payment delay in days; not a Chorus Pro field, used in `/_sim/config` only.
    pub payment_delay_days: u8,
    /// When the technical account's password ends.
    pub password_expires: Date,
}

impl Structure {
    /// The service with this `idService`.
    #[must_use]
    pub fn service(&self, id: i64) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

/// A supplier, with the bank account that its invoices carry.
#[derive(Debug, Clone)]
pub struct Supplier {
    /// `idFournisseur`.
    pub id: i64,
    /// `SIRET`, `UE_HORS_FRANCE`…
    pub type_identifiant: String,
    /// SIRET, or the foreign identifier.
    pub identifiant: String,
    /// Its name.
    pub designation: String,
    /// Two letters.
    pub pays: String,
    /// VAT number.
    pub tva: String,
    /// Where it is.
    pub adresse: Adresse,
    /// A fictitious IBAN with valid check digits.
    pub iban: String,
    /// The bank's name.
    pub banque: String,
}

impl Supplier {
    /// The pivot's number for the kind of identifier.
    #[must_use]
    pub fn code_type_identifiant(&self) -> u8 {
        match self.type_identifiant.as_str() {
            "SIRET" => 1,
            "UE_HORS_FRANCE" => 2,
            "HORS_UE" => 3,
            "RIDET" => 4,
            "TAHITI" => 5,
            "PARTICULIER" => 7,
            _ => 6,
        }
    }

    /// The first nine characters of the identifier: the SIREN of a French supplier.
    #[must_use]
    pub fn siren(&self) -> &str {
        self.identifiant.get(..9).unwrap_or(&self.identifiant)
    }
}

/// Somebody who acts on the portal. Invented; a client must not let these reach its logs or events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personne {
    /// Family name.
    pub nom: String,
    /// First name.
    pub prenom: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub telephone: Option<String>,
}
