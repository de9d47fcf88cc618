//! The typed client of the Chorus Pro API (through PISTE) for a public recipient.
//!
//! It knows HTTP, PISTE's token, the API's names to the letter (their typos included), its quirks, and what each error asks for. It does not
//! know AWS, nor what a status means for an invoice, nor what is inside a downloaded file.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use chorus_pro::{Borne, Client, ClientConfig, TechnicalAccount, factures::*};
//!
//! let (token_url, api_url) = ClientConfig::SANDBOX;
//! let client = Client::new(ClientConfig::new(token_url, api_url, "client-id", "client-secret".into()))?;
//! let account = client.account(&TechnicalAccount {
//!     login: "TECH_1_1@cpro.fr".to_owned(),
//!     password: "password".into(),
//! })?;
//!
//! let mut pages = account.parcourir_recipiendaire(RechercheRecipiendaire {
//!     periode_date_heure_etat_courant_du: Some(Borne::depuis("2026-11-23T08:00:00Z".parse()?)),
//!     ..RechercheRecipiendaire::default()
//! });
//! while let Some(rows) = pages.suivante().await? {
//!     for row in rows {
//!         let mut download = account.telecharger_groupe(&TelechargerGroupe::pivot(&[row.id_facture])).await?;
//!         while let Some(piece) = download.chunk().await? {
//!             // The pivot, decoded, piece by piece.
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! One module for each family of the API ([`factures`], [`travaux`], [`structures`], [`transverses`]), each a table of the names that its
//! swagger gives, with the operations as methods of [`Account`]. How a single value is read (numbers as strings, five shapes of dates, open code
//! lists, amounts digit for digit) is in `values`; how a search is read to its end in `paging`; the token, the rate limit, retries and the
//! meaning of each HTTP answer in `http`; the scanner that decodes a file out of its JSON in [`streaming`].
//!
//! # What holds
//!
//! * A search is complete or an error: an answer without paging, a short page, fewer rows than announced are never an end.
//! * What changes something (`traiter/recue`) is never sent twice unless the first time certainly did nothing; [`Error::effect`] says what is known.
//! * Memory does not grow with a download, nor with the number of pages beyond the keys of their rows.
//! * Unknown fields and codes pass; a value that cannot be read costs that value and names it.
//! * No secret, bank account or person's name is in a `Debug` text, an error or a log event.

mod client;
#[cfg(test)]
mod conformity;
mod error;
pub mod factures;
mod http;
mod operation;
mod paging;
pub mod streaming;
pub mod structures;
pub mod transverses;
pub mod travaux;
mod values;

pub use client::{Account, Client, ClientConfig, Listener, Retries, TechnicalAccount, Timeouts};
pub use error::{Decision, Effect, Error, ErrorKind, Forbidden, Waiting};
pub use http::{Sending, Transport};
pub use operation::Operation;
pub use paging::{PAR_PAGE, Page, Parcours};
pub use values::{
    Borne, CadreFacturation, CodeAction, Confidentiel, FormatTelechargement, ModeDepot,
    ModePaiement, Montant, RoleUtilisateur, Statut, TriColonne, TriSens, TypeDemandePaiement,
    TypeFacture, TypeFactureTravaux, TypeIdentifiant, TypeTva,
};
