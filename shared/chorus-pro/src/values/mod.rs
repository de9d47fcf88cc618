//! How single values are read and written: leniently on the way in, exactly on the way out.
//!
//! Real answers leave fields out or set them to null, write numbers as strings, an object where a list is announced, and
//! dates in five shapes. All of that is read here, once, so that the types of the operations stay tables of names.

mod codes;
mod confidentiel;
mod dates;
mod lenient;
mod request;
mod response;

pub use codes::{
    CadreFacturation, CodeAction, FormatTelechargement, ModeDepot, ModePaiement, RoleUtilisateur,
    Statut, TriColonne, TriSens, TypeDemandePaiement, TypeFacture, TypeFactureTravaux,
    TypeIdentifiant, TypeTva,
};
pub use confidentiel::Confidentiel;
pub use dates::Borne;
pub use request::Montant;

pub(crate) use dates::au_plus_tard;
pub(crate) use lenient::{Value, read};
pub(crate) use request::{absent, request};
pub(crate) use response::response;
