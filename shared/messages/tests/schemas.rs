//! The schemas in `schemas/` are those of the Rust types, and the examples in `examples/` follow them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::{fs, path::PathBuf};

use messages::{
    AboutInvoice, CloudEvent, InvoiceJob, InvoiceReceived, Message, SetStatus, StatusApplied,
    StatusChanged, StatusRefused, schema,
};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn example(file: &str) -> String {
    let path = folder("examples").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn validator(event_type: &str) -> jsonschema::Validator {
    let schema = schema::all()
        .into_iter()
        .find(|s| s.event_type == event_type)
        .unwrap_or_else(|| panic!("{event_type} has no schema"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema.schema)
        .unwrap_or_else(|error| panic!("{event_type}: {error}"))
}

/// The example is read, its id is the one that our code makes, and writing it again gives the same JSON.
fn holds<T: Message>(file: &str, remake: impl Fn(CloudEvent<T>) -> CloudEvent<T>) {
    let text = example(file);
    let json: Value = serde_json::from_str(&text).expect("an example is JSON");
    let errors: Vec<String> = validator(T::TYPE)
        .iter_errors(&json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{file}: {errors:#?}");
    let event = CloudEvent::<T>::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let written = serde_json::to_value(remake(event)).expect("JSON");
    assert_eq!(written, json, "{file}");
}

#[test]
fn the_schemas_in_the_repository_are_those_of_the_types() {
    let update = std::env::var_os("RELAIS_UPDATE_SCHEMAS").is_some();
    for mut schema in schema::all() {
        // The order of keys would else depend on the features that other crates turn on.
        schema.schema.sort_all_objects();
        let path = folder("schemas").join(schema.file_name());
        let made = format!(
            "{}\n",
            serde_json::to_string_pretty(&schema.schema).expect("JSON")
        );
        if update {
            fs::write(&path, &made).expect("written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == made,
            "{} is not the schema of the type any more: run `RELAIS_UPDATE_SCHEMAS=1 cargo test -p messages` and look at the difference",
            path.display()
        );
    }
}

#[test]
fn there_is_no_schema_without_a_type() {
    let known: Vec<String> = schema::all()
        .iter()
        .map(schema::MessageSchema::file_name)
        .collect();
    for entry in fs::read_dir(folder("schemas")).expect("a folder") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("UTF-8");
        assert!(known.contains(&name), "{name} belongs to no type");
    }
}

#[test]
fn each_example_follows_its_schema_and_comes_back_unchanged() {
    holds::<InvoiceReceived>("relais.invoice.received.v1.json", |e| e.data.into_event());
    holds::<InvoiceReceived>("relais.invoice.received.v1.completed.json", |e| {
        e.data.into_event()
    });
    holds::<StatusChanged>("relais.invoice.status-changed.v1.json", |e| {
        e.data.into_event()
    });
    holds::<StatusApplied>("relais.status.applied.v1.json", |e| e.data.into_event());
    holds::<StatusRefused>("relais.status.refused.v1.json", |e| e.data.into_event());
    holds::<InvoiceJob>("relais.invoice.job.v1.json", |e| e.data.into_event());
    holds::<SetStatus>("relais.status.set.v1.json", |e| {
        e.data.into_event(e.id, e.source)
    });
}

#[test]
fn the_shortest_command_is_enough() {
    let text = example("relais.status.set.v1.minimal.json");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert!(validator(SetStatus::TYPE).is_valid(&json));
    let command = CloudEvent::<SetStatus>::parse(&text).expect("a command");
    assert_eq!(command.data.nouveau_statut.statuses(), ["SERVICE_FAIT"]);
    assert!(!command.data.insister && command.data.motif.is_none());
}

#[test]
fn a_schema_refuses_what_the_type_refuses() {
    let good: Value =
        serde_json::from_str(&example("relais.invoice.received.v1.json")).expect("JSON");
    let validator = validator(InvoiceReceived::TYPE);
    assert!(validator.is_valid(&good));
    for (pointer, bad) in [
        ("/data/montants/ttc", Value::from(1200.5)),
        ("/data/idFacture", Value::from("3346947")),
        ("/data/etablissement/siret", Value::from("12")),
        ("/data/dateHeureEtatCourant", Value::from("23/11/2026")),
        ("/data/documents/0/sha256", Value::from("abc")),
        ("/data/delai/echeance", Value::Null),
        ("/type", Value::from("relais.invoice.received.v2")),
        ("/specversion", Value::from("0.3")),
    ] {
        let mut json = good.clone();
        *json
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer} is not in the example")) = bad;
        assert!(!validator.is_valid(&json), "{pointer}");
        // `null` for an optional field is read, though never written.
        if pointer != "/data/delai/echeance" && pointer != "/data/documents/0/sha256" {
            assert!(
                CloudEvent::<InvoiceReceived>::parse(&json.to_string()).is_err(),
                "{pointer}"
            );
        }
    }
}

#[test]
fn data_schema_names_an_anchor_that_is_there() {
    for schema in schema::all() {
        let text = schema.schema.to_string();
        assert!(
            text.contains("\"$anchor\":\"data\""),
            "{}",
            schema.event_type
        );
        assert_eq!(
            schema.schema["$id"],
            format!("urn:relais:schema:{}", schema.event_type)
        );
    }
    let event: Value =
        serde_json::from_str(&example("relais.invoice.received.v1.json")).expect("JSON");
    assert_eq!(
        event["dataschema"],
        "urn:relais:schema:relais.invoice.received.v1#data"
    );
}

#[test]
fn a_field_that_a_later_version_adds_is_no_harm() {
    let mut json: Value =
        serde_json::from_str(&example("relais.invoice.received.v1.json")).expect("JSON");
    json["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    json["data"]["couleur"] = "bleu".into();
    json["data"]["documents"][0]["pages"] = 3.into();
    assert!(validator(InvoiceReceived::TYPE).is_valid(&json));
    let event = CloudEvent::<InvoiceReceived>::parse(&json.to_string()).expect("still read");
    assert_eq!(event.data.id_facture(), 3_346_947);
}

fn field_names(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| field_names(item, names)),
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                names.extend(properties.keys().map(|name| name.to_lowercase()));
            }
            object.values().for_each(|value| field_names(value, names));
        }
        _ => {}
    }
}

#[test]
fn no_message_has_a_place_for_a_bank_account_or_an_agent() {
    for schema in schema::all() {
        let mut names = Vec::new();
        field_names(&schema.schema, &mut names);
        assert!(
            names.contains(&"idfacture".to_owned()),
            "{}",
            schema.event_type
        );
        for word in [
            "iban",
            "bic",
            "compte",
            "rib",
            "prenom",
            "email",
            "telephone",
            "utilisateur",
        ] {
            let found = names
                .iter()
                .find(|name| name.contains(word) && *name != "comptable");
            assert_eq!(found, None, "{}", schema.event_type);
        }
    }
}
