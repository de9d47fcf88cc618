use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use super::wire::retry_after;
use crate::{Error, ErrorKind, Forbidden, Operation};

/// The body of an answer whose envelope has been read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) operation: Operation,
    pub(crate) body: Bytes,
    pub(crate) correlation_id: Option<String>,
}

impl Answer {
    /// An error about this answer.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.operation, kind).with_correlation_id(self.correlation_id.as_deref())
    }

    /// An error about the content at a place of this answer.
    pub(crate) fn content(&self, path: impl Into<String>, reason: impl Into<String>) -> Error {
        self.error(ErrorKind::Content {
            path: path.into(),
            reason: reason.into(),
        })
    }

    /// Reads the whole body as one of the answer types.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        deserialize(&self.body).map_err(|(path, reason)| self.content(path, reason))
    }
}

/// Reads JSON; an error says where (`listeFactures[3].idFacture`) and what, without the value itself.
pub(crate) fn deserialize<T: DeserializeOwned>(json: &[u8]) -> Result<T, (String, String)> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        (path, reason(error.inner()))
    })
}

/// serde_json's messages quote what they found (`invalid type: string "…"`), which may be personal: keep the kind and the place only.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once('"') {
        Some((before, _)) => {
            format!(
                "{} (line {}, column {})",
                before.trim_end(),
                error.line(),
                error.column()
            )
        }
        None => text,
    }
}

/// What every answer begins with.
#[derive(Deserialize)]
struct Envelope {
    #[serde(
        rename = "codeRetour",
        default,
        deserialize_with = "crate::values::read"
    )]
    code_retour: Option<i64>,
    #[serde(default, deserialize_with = "crate::values::read")]
    libelle: Option<String>,
}

/// Whether `codeRetour` is 0. Test the code, never the text: `libelle` of a success differs from one service to the next.
pub(crate) fn check_envelope(
    body: &[u8],
    status: u16,
    content_type: Option<&str>,
) -> Result<(), ErrorKind> {
    match serde_json::from_slice::<Envelope>(body) {
        Ok(Envelope {
            code_retour: Some(0),
            ..
        }) => Ok(()),
        Ok(Envelope {
            code_retour: Some(code_retour),
            libelle,
        }) => Err(ErrorKind::Refused {
            code_retour,
            libelle: libelle.unwrap_or_default(),
        }),
        Ok(Envelope {
            code_retour: None, ..
        }) => Err(ErrorKind::Content {
            path: "codeRetour".to_owned(),
            reason: "it is missing".to_owned(),
        }),
        Err(error) if error.is_data() => Err(ErrorKind::Content {
            path: "codeRetour".to_owned(),
            reason: reason(&error),
        }),
        Err(error) => Err(not_json(&error, body, status, content_type)),
    }
}

/// The answer of the one operation without an envelope is JSON at least.
pub(crate) fn check_json(
    body: &[u8],
    status: u16,
    content_type: Option<&str>,
) -> Result<(), ErrorKind> {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_json(&error, body, status, content_type)),
    }
}

fn not_json(
    error: &serde_json::Error,
    body: &[u8],
    status: u16,
    content_type: Option<&str>,
) -> ErrorKind {
    if error.is_eof() && !body.trim_ascii().is_empty() {
        ErrorKind::Truncated {
            length: body.len() as u64,
        }
    } else {
        ErrorKind::NotChorus {
            status,
            content_type: content_type.map(str::to_owned),
        }
    }
}

/// What an answer with a status other than 2xx means.
pub(crate) fn refusal(status: u16, headers: &HeaderMap, body: &[u8], sent: &[u8]) -> ErrorKind {
    let own = own_words(body);
    match status {
        401 => ErrorKind::Unauthorised {
            challenge: header(headers, WWW_AUTHENTICATE.as_str()),
        },
        403 => ErrorKind::Forbidden {
            shape: forbidden(body, sent),
        },
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::Throttled {
            retry_after: retry_after(headers),
        },
        408 | 500.. => ErrorKind::Unavailable {
            status,
            retry_after: retry_after(headers),
            libelle: own.map(|(_, libelle)| libelle),
        },
        // Chorus Pro's own refusal, or a page that PISTE's gateway throws in at random.
        400 | 404 => match own {
            Some((code_retour, libelle)) => ErrorKind::Refused {
                code_retour,
                libelle,
            },
            None => not_chorus(status, headers),
        },
        300..=399 => not_chorus(status, headers),
        _ => match own {
            Some((code_retour, libelle)) => ErrorKind::Refused {
                code_retour,
                libelle,
            },
            None => ErrorKind::Http { status },
        },
    }
}

fn not_chorus(status: u16, headers: &HeaderMap) -> ErrorKind {
    ErrorKind::NotChorus {
        status,
        content_type: header(headers, CONTENT_TYPE.as_str()),
    }
}

fn own_words(body: &[u8]) -> Option<(i64, String)> {
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    envelope
        .code_retour
        .map(|code| (code, envelope.libelle.unwrap_or_default()))
}

fn forbidden(body: &[u8], sent: &[u8]) -> Forbidden {
    let Ok(answered) = serde_json::from_slice::<Value>(body) else {
        return Forbidden::Unexplained;
    };
    let nothing = answered.as_object().is_some_and(serde_json::Map::is_empty);
    let echo = serde_json::from_slice::<Value>(sent).is_ok_and(|sent| sent == answered);
    match (nothing, echo) {
        (true, true) => Forbidden::NotRoutedOrRefused,
        (true, false) => Forbidden::NotRouted,
        (false, true) => Forbidden::Refused,
        (false, false) => Forbidden::Unexplained,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_shapes_of_a_403_are_told_apart() {
        let sent = br#"{"idFacture":1,"nbResultatsMaximum":50}"#;
        assert_eq!(forbidden(b"{}", sent), Forbidden::NotRouted);
        assert_eq!(
            forbidden(br#"{ "nbResultatsMaximum": 50, "idFacture": 1 }"#, sent),
            Forbidden::Refused
        );
        assert_eq!(forbidden(b"", sent), Forbidden::Unexplained);
        assert_eq!(forbidden(b"<html>", sent), Forbidden::Unexplained);
        assert_eq!(forbidden(b"{}", b"{}"), Forbidden::NotRoutedOrRefused);
    }

    #[test]
    fn the_envelope_decides_and_its_text_does_not() {
        assert!(
            check_envelope(br#"{"codeRetour":0,"libelle":"GCU_MSG_01_000"}"#, 200, None).is_ok()
        );
        assert!(check_envelope(br#"{"codeRetour":"0"}"#, 200, None).is_ok());
        let refused = check_envelope(br#"{"codeRetour":20002,"libelle":"non"}"#, 200, None);
        assert!(
            matches!(refused, Err(ErrorKind::Refused { code_retour: 20002, libelle }) if libelle == "non")
        );
        assert!(matches!(
            check_envelope(b"{}", 200, None),
            Err(ErrorKind::Content { .. })
        ));
        assert!(matches!(
            check_envelope(b"[]", 200, None),
            Err(ErrorKind::Content { .. })
        ));
        assert!(matches!(
            check_envelope(br#"{"codeRetour":0,"li"#, 200, None),
            Err(ErrorKind::Truncated { .. })
        ));
        assert!(matches!(
            check_envelope(b"", 200, None),
            Err(ErrorKind::NotChorus { .. })
        ));
        assert!(matches!(
            check_envelope(b"<html>", 200, None),
            Err(ErrorKind::NotChorus { .. })
        ));
    }

    #[test]
    fn a_reason_never_quotes_the_value() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its type is read")]
        struct Strict {
            code: i64,
        }
        let (path, reason) =
            deserialize::<Strict>(br#"{"code":"FR7630006000011234567890189"}"#).unwrap_err();
        assert_eq!(path, "code");
        assert!(!reason.contains("FR76"), "{reason}");
    }
}
