//! Reading a message that someone else wrote: what is wrong is said with the path of the field.

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    envelope::{CloudEvent, Message, SPEC_VERSION},
    error::{FieldProblem, MessageError},
};

/// The longest part of a value that is shown in an error.
const SHOWN_CHARS: usize = 200;

#[derive(Deserialize)]
struct Envelope<'a> {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    r#type: Option<String>,
    subject: Option<String>,
    time: Option<Timestamp>,
    datacontenttype: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl<T: Message> CloudEvent<T> {
    /// Reads the body of a queue message.
    ///
    /// # Errors
    ///
    /// What is wrong, with the path of the field. No later attempt can succeed.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        event(body)
    }
}

fn event<T: Message>(body: &str) -> Result<CloudEvent<T>, MessageError> {
    let envelope: Envelope<'_> =
        json(body, "").map_err(|error| error.unwrap_or_else(MessageError::Envelope))?;
    let Envelope {
        specversion,
        id,
        source,
        r#type,
        subject,
        time,
        datacontenttype,
        data,
    } = envelope;
    let specversion = present("specversion", specversion).map_err(MessageError::Envelope)?;
    if specversion != SPEC_VERSION {
        let problem = format!("{:?} is not {SPEC_VERSION:?}", shown(&specversion));
        return Err(MessageError::Envelope(FieldProblem::new(
            "specversion",
            problem,
        )));
    }
    let found = present("type", r#type).map_err(MessageError::Envelope)?;
    if found != T::TYPE {
        return Err(MessageError::WrongType {
            expected: T::TYPE,
            found: shown(&found),
        });
    }
    let id = present("id", id).map_err(MessageError::Envelope)?;
    let source = present("source", source).map_err(MessageError::Envelope)?;
    check_content_type(datacontenttype.as_deref()).map_err(MessageError::Envelope)?;
    let data =
        data.ok_or_else(|| MessageError::Envelope(FieldProblem::new("data", "is missing")))?;
    let data: T =
        json(data.get(), "data").map_err(|error| error.unwrap_or_else(MessageError::Data))?;
    data.check().map_err(MessageError::Data)?;
    Ok(CloudEvent {
        id,
        source,
        subject,
        time,
        data,
    })
}

fn present(name: &str, value: Option<String>) -> Result<String, FieldProblem> {
    match value {
        None => Err(FieldProblem::new(name, "is missing")),
        Some(text) if text.trim().is_empty() => Err(FieldProblem::new(name, "is empty")),
        Some(text) => Ok(text),
    }
}

/// `application/json`, any `…+json`, or nothing said, which means JSON.
fn check_content_type(content_type: Option<&str>) -> Result<(), FieldProblem> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(FieldProblem::new(
        "datacontenttype",
        format!("{:?} is not JSON", shown(content_type)),
    ))
}

/// Either the text is not JSON, or a field of it is wrong.
type JsonError = Result<MessageError, FieldProblem>;

fn json<'de, T: Deserialize<'de>>(text: &'de str, parent: &str) -> Result<T, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = joined(parent, &error.path().to_string());
        classified(path, error.inner())
    })?;
    reader
        .end()
        .map_err(|error| classified(parent.to_owned(), &error))?;
    Ok(value)
}

fn classified(path: String, error: &serde_json::Error) -> JsonError {
    if error.is_data() {
        let path = if path.is_empty() {
            "(message)".to_owned()
        } else {
            path
        };
        Err(FieldProblem::new(path, without_place(error)))
    } else {
        Ok(MessageError::NotJson {
            line: error.line().max(1),
            column: error.column().max(1),
        })
    }
}

fn joined(parent: &str, path: &str) -> String {
    match (parent, path) {
        (parent, "." | "") => parent.to_owned(),
        ("", path) => path.to_owned(),
        (parent, path) if path.starts_with('[') => format!("{parent}{path}"),
        (parent, path) => format!("{parent}.{path}"),
    }
}

/// The line and column of a text inside a text help nobody; the path does.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    shown(text.get(..end).unwrap_or(&text))
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Who sent a command and about which invoice, as far as a body that is not a good command still tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandIdentity {
    /// The command's `id`.
    pub id: String,
    /// The command's `source`.
    pub source: String,
    /// The establishment that it names, 14 digits.
    pub siret: String,
    /// The invoice that it names.
    pub id_facture: u64,
}

impl CommandIdentity {
    /// What can be told from a body; `None` unless all four are there. With it a bad command can be answered with a refusal, which
    /// the ERP sees, instead of a dead letter, which an operator sees.
    #[must_use]
    pub fn of(body: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Data {
            siret: String,
            #[serde(rename = "idFacture")]
            id_facture: u64,
        }
        #[derive(Deserialize)]
        struct Body {
            id: String,
            source: String,
            data: Data,
        }
        let Body { id, source, data } = lenient(body)?;
        let known = !id.trim().is_empty() && !source.trim().is_empty() && is_siret(&data.siret);
        known.then_some(Self {
            id,
            source,
            siret: data.siret,
            id_facture: data.id_facture,
        })
    }
}

fn lenient<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

/// 14 digits. The control key is not looked at: the fictitious ones of the qualification platform have none.
pub(crate) fn is_siret(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit())
}

pub(crate) fn check_siret(siret: &str) -> Result<(), FieldProblem> {
    if is_siret(siret) {
        return Ok(());
    }
    Err(FieldProblem::new(
        "data.siret",
        format!("{:?} is not 14 digits", shown(siret)),
    ))
}
