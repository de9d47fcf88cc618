//! One large base64 field taken out of a JSON answer while it arrives.
//!
//! `telecharger/groupe` answers `{"codeRetour": 0, "libelle": "…", "fichierResultat": "<160 MB of base64>"}`. The file goes on as
//! bytes, piece by piece; everything else is kept (it is small, and bounded) and handed back as JSON at the end, because the
//! return code may come after the file.

mod field;
mod json;

pub use field::{Base64Field, FieldError};
