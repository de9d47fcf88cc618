//! The CloudEvents envelope.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};

use crate::error::FieldProblem;

/// The version of CloudEvents that is written and understood.
pub(crate) const SPEC_VERSION: &str = "1.0";
const JSON: &str = "application/json";

/// What may be the `data` of a message.
pub trait Message: Serialize + DeserializeOwned + JsonSchema {
    /// The CloudEvents `type`, with its version at the end.
    const TYPE: &'static str;

    /// What the shape alone does not say (14 digits, at least one status).
    ///
    /// # Errors
    ///
    /// The first field that is wrong, and what is wrong with it.
    fn check(&self) -> Result<(), FieldProblem> {
        Ok(())
    }
}

/// A message: CloudEvents 1.0, JSON, structured mode.
///
/// It is written with `specversion`, `datacontenttype` and `dataschema`, which are always the same for a type. Attributes that it does
/// not know (extensions) are ignored when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEvent<T> {
    /// Unique for its source; a repeat of the same event has the same id.
    pub id: String,
    /// Who says so: `urn:relais:{siret}` for our events.
    pub source: String,
    /// What it is about: the `idFacture` for our events.
    pub subject: Option<String>,
    /// When what it says happened.
    pub time: Option<Timestamp>,
    /// What it says.
    pub data: T,
}

impl<T: Message> CloudEvent<T> {
    /// The CloudEvents `type`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        T::TYPE
    }

    /// The body of a queue message.
    ///
    /// # Errors
    ///
    /// None for the types of this crate, whose fields can all be written as JSON; `serde_json` leaves the possibility.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    pub(crate) fn about(
        siret: &str,
        id_facture: u64,
        id: String,
        time: Timestamp,
        data: T,
    ) -> Self {
        Self {
            id,
            source: format!("urn:relais:{siret}"),
            subject: Some(id_facture.to_string()),
            time: Some(time),
            data,
        }
    }
}

/// Where the schema of a type's `data` is known under: a name, not an address. It is an anchor in the schema of the whole message.
pub(crate) fn data_schema(event_type: &str) -> String {
    format!("urn:relais:schema:{event_type}#data")
}

impl<T: Message> Serialize for CloudEvent<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", SPEC_VERSION)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("type", T::TYPE)?;
        if let Some(subject) = &self.subject {
            map.serialize_entry("subject", subject)?;
        }
        if let Some(time) = &self.time {
            map.serialize_entry("time", time)?;
        }
        map.serialize_entry("datacontenttype", JSON)?;
        map.serialize_entry("dataschema", &data_schema(T::TYPE))?;
        map.serialize_entry("data", &self.data)?;
        map.end()
    }
}

impl<T: Message> JsonSchema for CloudEvent<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("CloudEvent_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "required": ["specversion", "id", "source", "type", "data"],
            "properties": {
                "specversion": {"const": SPEC_VERSION, "description": "The version of CloudEvents."},
                "id": {"type": "string", "minLength": 1, "description": "Unique for its source. A repeat of the same message has the same id."},
                "source": {"type": "string", "format": "uri-reference", "minLength": 1, "description": "Who sends it; `urn:relais:{siret}` when it is Relais."},
                "type": {"const": T::TYPE},
                "subject": {"type": "string", "minLength": 1, "description": "The idFacture."},
                "time": {"type": "string", "format": "date-time", "description": "When what it says happened."},
                "datacontenttype": {"const": JSON},
                "dataschema": {"type": "string", "format": "uri", "minLength": 1, "description": "The name of the schema of `data`."},
                "data": generator.subschema_for::<T>(),
            }
        })
    }
}
