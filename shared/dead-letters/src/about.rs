//! What a body says of an invoice, whatever else is wrong with it.

use serde_json::Value;

/// What could be told from a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) siret: Option<String>,
    pub(crate) id_facture: Option<u64>,
    pub(crate) event_type: Option<String>,
}

impl About {
    /// Reads what is there. A body that is no JSON tells nothing.
    pub(crate) fn of(body: &str) -> Self {
        let Ok(message) = serde_json::from_str::<Value>(body) else {
            return Self::default();
        };
        let data = message.get("data");
        let siret = data
            .and_then(|data| data.get("siret"))
            .or_else(|| data.and_then(|data| data.get("etablissement")?.get("siret")))
            .and_then(text)
            .filter(|siret| siret.len() == 14 && siret.bytes().all(|byte| byte.is_ascii_digit()));
        let id_facture = data
            .and_then(|data| data.get("idFacture"))
            .or_else(|| message.get("subject"))
            .and_then(text)
            .and_then(|id| id.parse().ok())
            .filter(|id| *id > 0);
        let event_type = message
            .get("type")
            .and_then(Value::as_str)
            .map(str::to_owned);
        Self {
            siret,
            id_facture,
            event_type,
        }
    }
}

/// A text or a number, as a text: an ERP may write either.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_a_command_and_an_event_tell_which_invoice_of_whom() {
        for body in [
            r#"{"type":"relais.invoice.job.v1","data":{"siret":"00000000013456","idFacture":7}}"#,
            r#"{"type":"relais.status.set.v1","data":{"siret":"00000000013456","idFacture":"7"}}"#,
            r#"{"type":"relais.invoice.received.v1","subject":"7","data":{"etablissement":{"siret":"00000000013456"}}}"#,
        ] {
            let about = About::of(body);
            assert_eq!(about.siret.as_deref(), Some("00000000013456"), "{body}");
            assert_eq!(about.id_facture, Some(7), "{body}");
            assert!(about.event_type.is_some());
        }
    }

    #[test]
    fn what_is_no_json_or_no_siret_tells_nothing() {
        assert_eq!(About::of("not JSON"), About::default());
        assert_eq!(About::of("[1]"), About::default());
        let about = About::of(r#"{"data":{"siret":"12","idFacture":-1}}"#);
        assert_eq!((about.siret, about.id_facture), (None, None));
    }
}
