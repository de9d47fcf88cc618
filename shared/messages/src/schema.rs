//! The JSON Schemas of the messages, made from the Rust types.
//!
//! Each describes a whole message, the body of a queue message as it is; what it says of `data` alone is at its anchor `data`, which
//! is what `dataschema` names. They are in `schemas/`, and a test holds them against this module.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{
    CloudEvent, InvoiceJob, InvoiceReceived, Message, SetStatus, StatusApplied, StatusChanged,
    StatusRefused,
};

/// The schema of one type of message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageSchema {
    /// The CloudEvents `type`.
    pub event_type: &'static str,
    /// The schema, JSON Schema 2020-12.
    pub schema: Value,
}

impl MessageSchema {
    /// The name of its file in `schemas/`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.schema.json", self.event_type)
    }
}

/// The schemas of all messages.
#[must_use]
pub fn all() -> Vec<MessageSchema> {
    vec![
        sent::<InvoiceReceived>(),
        sent::<StatusChanged>(),
        sent::<StatusApplied>(),
        sent::<StatusRefused>(),
        received::<SetStatus>(),
        sent::<InvoiceJob>(),
    ]
}

/// What we write: an optional field that is absent is left out, never `null`.
fn sent<T: Message>() -> MessageSchema {
    let mut message = made_by::<T>(SchemaSettings::draft2020_12().for_serialize());
    without_null(&mut message.schema);
    message
}

/// What we read.
fn received<T: Message>() -> MessageSchema {
    made_by::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

fn made_by<T: Message>(settings: SchemaSettings) -> MessageSchema {
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<CloudEvent<T>>()
        .to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert(
            "$id".to_owned(),
            json!(format!("urn:relais:schema:{}", T::TYPE)),
        );
        root.insert("title".to_owned(), json!(T::TYPE));
        let data = root
            .get_mut("$defs")
            .and_then(|definitions| definitions.get_mut(T::schema_name().as_ref()));
        if let Some(data) = data.and_then(Value::as_object_mut) {
            let description = data.get("description").cloned();
            data.insert("$anchor".to_owned(), json!("data"));
            root.extend(description.map(|text| ("description".to_owned(), text)));
        }
    }
    unwrap_lines(&mut schema);
    MessageSchema {
        event_type: T::TYPE,
        schema,
    }
}

/// Lets a paragraph of a description be one line: our comments are broken where the screen ends, which means nothing to a reader.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                let paragraphs: Vec<String> =
                    text.split("\n\n").map(|p| p.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
            object.values_mut().for_each(unwrap_lines);
        }
        _ => {}
    }
}

/// Takes `null` out of what a field may be.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            drop_null_type(object);
            drop_null_alternative(object);
            object.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

fn drop_null_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else {
        return;
    };
    types.retain(|name| name != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        object.insert("type".to_owned(), only);
    }
}

fn drop_null_alternative(object: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = object.get_mut("anyOf") else {
        return;
    };
    alternatives.retain(|alternative| alternative.get("type").is_none_or(|name| name != "null"));
    if let [Value::Object(only)] = alternatives.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        object.extend(only);
    }
}
