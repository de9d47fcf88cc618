//! What a call is answered with, before it becomes HTTP.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::state::Invoice;

/// Success of the search and consult services.
pub(crate) const TRA_OK: &str = "TRA_MSG_00.000";
/// Success of the history and treatment services: the text is not the same everywhere.
pub(crate) const GCU_OK: &str = "GCU_MSG_01_000";

/// What a download holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Pivot,
    Pdf { complements: bool },
}

/// A download to be generated as it is sent.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) invoices: Vec<Arc<Invoice>>,
    pub(crate) format: Format,
    pub(crate) day: Date,
    pub(crate) flux: i64,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    Json(Vec<u8>),
    Html(String),
    /// The request's own body, sent back as it came.
    Echo(Vec<u8>),
    Download(Download),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) www_authenticate: Option<&'static str>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Body,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    code_retour: i32,
    libelle: &'a str,
}

impl Answer {
    pub(crate) fn with(status: u16, body: Body) -> Self {
        Self {
            status,
            www_authenticate: None,
            retry_after: None,
            body,
        }
    }

    /// HTTP 200 with this JSON.
    pub(crate) fn ok<T: Serialize>(value: &T) -> Self {
        Self::json(200, value)
    }

    pub(crate) fn json<T: Serialize>(status: u16, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::with(status, Body::Json(bytes)),
            Err(error) => Self::with(500, Body::Html(error.to_string())),
        }
    }

    /// HTTP 200 with a `codeRetour` that says no.
    pub(crate) fn functional(code_retour: i32, libelle: &str) -> Self {
        Self::ok(&Envelope {
            code_retour,
            libelle,
        })
    }

    /// An HTTP error of Chorus Pro itself.
    pub(crate) fn refused(status: u16, libelle: &str) -> Self {
        Self::json(
            status,
            &Envelope {
                code_retour: i32::from(status),
                libelle,
            },
        )
    }

    pub(crate) fn malformed(why: &str) -> Self {
        Self::refused(400, &format!("Requête mal formulée : {why}"))
    }

    pub(crate) fn unauthorized(realm: &'static str) -> Self {
        Self {
            www_authenticate: Some(realm),
            ..Self::with(401, Body::Empty)
        }
    }

    /// What the gateway says of a path that it does not route.
    pub(crate) fn not_routed() -> Self {
        Self::with(403, Body::Json(b"{}".to_vec()))
    }

    /// The demand does not exist, for any service that names one invoice.
    pub(crate) fn unknown_invoice() -> Self {
        Self::functional(
            20000,
            "GDP_MSG_11.008 - La demande de paiement n'existe pas.",
        )
    }

    pub(crate) fn no_right() -> Self {
        Self::functional(
            20001,
            "GDP_MSG_11.005 - L'utilisateur n'a pas les habilitations nécessaires pour soumettre la demande.",
        )
    }
}

/// Writes an amount as a JSON number, digit for digit.
pub(crate) fn amount<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let text = value.normalize().to_string();
    RawValue::from_string(text)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}
