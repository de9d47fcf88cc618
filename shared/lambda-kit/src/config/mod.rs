//! The configuration document: the PISTE client, the portal's addresses, and every establishment with its technical account.
//!
//! It is strict about what is wrong and says everything that is, each by its path (`establishments[1].siret: …`). A field that
//! it does not know is a [warning](Parsed::warnings): a document written for a later version still works.

mod delay;
mod document;
mod reader;
mod source;

#[cfg(test)]
mod tests;

pub use delay::{DelaySplit, EcbRate, PaymentDelay};
pub use document::{Document, Establishment, Parsed, Piste, TechnicalAccount, WorksRole};
pub use reader::{ConfigError, Problem};
pub use source::{ConfigSource, ConfigStore, DEFAULT_MAX_AGE, LoadError};
