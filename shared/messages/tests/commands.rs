//! Commands as an ERP may send them, good and bad: each bad one is answered with the path of what is wrong.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use messages::{CloudEvent, CommandIdentity, MessageError, SetStatus};
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "specversion": "1.0", "id": "mandat-2026-118-1", "source": "urn:erp:finances", "type": "relais.status.set.v1",
        "data": {"siret": "00000000013456", "idFacture": 3_346_947, "nouveauStatut": "SERVICE_FAIT"}
    })
}

fn parse(command: &Value) -> Result<CloudEvent<SetStatus>, MessageError> {
    CloudEvent::parse(&command.to_string())
}

fn error(change: impl FnOnce(&mut Value)) -> (&'static str, String) {
    let mut command = good();
    change(&mut command);
    let error = parse(&command).expect_err("a bad command");
    (error.class(), error.to_string())
}

fn without(pointer: &'static str, name: &'static str) -> (&'static str, String) {
    error(|command| {
        command
            .pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .expect("an object")
            .remove(name);
    })
}

#[test]
fn a_body_that_is_not_json_is_named_so_with_its_place() {
    for body in [
        "",
        "   ",
        "{",
        "SERVICE_FAIT",
        "{\"specversion\": \"1.0\",}",
        "{\"a\": 1} trailing",
        "\u{feff}",
    ] {
        let error = CloudEvent::<SetStatus>::parse(body).expect_err("not JSON");
        assert!(
            matches!(error, MessageError::NotJson { .. }),
            "{body:?}: {error}"
        );
        assert_eq!(error.class(), "message.not-json");
    }
    let cut = good().to_string();
    let cut = &cut[..cut.len() - 3];
    assert!(matches!(
        CloudEvent::<SetStatus>::parse(cut),
        Err(MessageError::NotJson { .. })
    ));
}

#[test]
fn json_that_is_not_an_object_is_not_a_cloudevent() {
    for body in ["null", "[]", "42", "\"x\""] {
        let error = CloudEvent::<SetStatus>::parse(body).expect_err("not an event");
        assert_eq!(error.class(), "message.not-a-cloudevent", "{body}: {error}");
    }
}

#[test]
fn a_missing_attribute_of_the_envelope_is_named() {
    for name in ["specversion", "id", "source", "type", "data"] {
        let (class, text) = without("", name);
        assert_eq!(class, "message.not-a-cloudevent");
        assert!(text.ends_with(&format!("{name}: is missing")), "{text}");
    }
}

#[test]
fn a_wrong_envelope_is_refused_by_its_attribute() {
    for (name, value) in [
        ("specversion", json!("0.3")),
        ("specversion", json!(1.0)),
        ("id", json!("")),
        ("id", json!(17)),
        ("source", json!("  ")),
        ("time", json!("yesterday")),
        ("datacontenttype", json!("text/xml")),
    ] {
        let (class, text) = error(|command| command[name] = value.clone());
        assert_eq!(class, "message.not-a-cloudevent");
        assert!(
            text.contains(&format!("{name}: ")),
            "{name}={value}: {text}"
        );
    }
}

#[test]
fn another_type_of_message_says_which_was_expected() {
    let (class, text) = error(|command| command["type"] = json!("relais.invoice.received.v1"));
    assert_eq!(class, "message.wrong-type");
    assert!(
        text.contains("relais.invoice.received.v1") && text.contains("relais.status.set.v1"),
        "{text}"
    );
}

#[test]
fn a_missing_field_is_named() {
    for name in ["siret", "idFacture", "nouveauStatut"] {
        let (class, text) = without("/data", name);
        assert_eq!(class, "message.bad-data");
        assert_eq!(text, format!("data: missing field `{name}`"));
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_by_its_path() {
    for (name, value, path) in [
        ("idFacture", json!("3346947"), "data.idFacture"),
        ("idFacture", json!(1.5), "data.idFacture"),
        ("idFacture", json!(-1), "data.idFacture"),
        ("idFacture", json!(0), "data.idFacture"),
        ("idFacture", json!(null), "data.idFacture"),
        ("siret", json!(13_456), "data.siret"),
        ("siret", json!("123 456 789 01234"), "data.siret"),
        ("siret", json!("٠٠٠٠٠٠٠"), "data.siret"),
        ("nouveauStatut", json!(7), "data.nouveauStatut"),
        ("nouveauStatut", json!([]), "data.nouveauStatut"),
        ("nouveauStatut", json!(""), "data.nouveauStatut"),
        (
            "nouveauStatut",
            json!(["SERVICE_FAIT", " "]),
            "data.nouveauStatut",
        ),
        (
            "nouveauStatut",
            json!(["SERVICE_FAIT", 8]),
            "data.nouveauStatut[1]",
        ),
        ("motif", json!({"texte": "x"}), "data.motif"),
        ("insister", json!("oui"), "data.insister"),
    ] {
        let (class, text) = error(|command| command["data"][name] = value.clone());
        assert_eq!(class, "message.bad-data");
        assert!(
            text.starts_with(&format!("{path}: ")),
            "{name}={value}: {text}"
        );
    }
    let (_, text) = error(|command| command["data"] = json!([1, 2]));
    assert!(text.starts_with("data"), "{text}");
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let mut command = good();
    command["traceparent"] = json!("00-…-01");
    command["data"]["commentaireInterne"] = json!({"a": [1, 2]});
    assert_eq!(parse(&command).expect("read").data.id_facture, 3_346_947);
}

#[test]
fn one_status_or_several_are_read_in_their_order() {
    let mut command = good();
    assert_eq!(
        parse(&command).expect("one").data.nouveau_statut.statuses(),
        ["SERVICE_FAIT"]
    );
    command["data"]["nouveauStatut"] = json!(["SERVICE_FAIT", " MANDATEE "]);
    let several = parse(&command).expect("several");
    assert_eq!(
        several.data.nouveau_statut.statuses(),
        ["SERVICE_FAIT", "MANDATEE"]
    );
    let written: Value = serde_json::from_str(&several.to_json().expect("JSON")).expect("JSON");
    assert_eq!(
        written["data"]["nouveauStatut"],
        json!(["SERVICE_FAIT", "MANDATEE"])
    );
}

#[test]
fn a_status_that_nobody_knows_is_read_as_it_is() {
    let mut command = good();
    command["data"]["nouveauStatut"] = json!("STATUT_DE_2031");
    assert_eq!(
        parse(&command)
            .expect("read")
            .data
            .nouveau_statut
            .statuses(),
        ["STATUT_DE_2031"]
    );
}

#[test]
fn a_motif_of_ten_thousand_characters_with_emoji_is_read_whole() {
    let motif = "é😀\u{1f1eb}\u{1f1f7}a\n".repeat(2_000);
    let mut command = good();
    command["data"]["motif"] = json!(motif);
    assert_eq!(
        parse(&command).expect("read").data.motif.as_deref(),
        Some(motif.as_str())
    );
}

#[test]
fn the_text_of_an_error_stays_short_whatever_was_sent() {
    for name in ["idFacture", "siret", "insister"] {
        let (_, text) = error(|command| command["data"][name] = json!("😀".repeat(10_000)));
        assert!(
            text.chars().count() < 400,
            "{} characters",
            text.chars().count()
        );
    }
    let (_, text) = error(|command| command["type"] = json!("x".repeat(10_000)));
    assert!(text.chars().count() < 400);
}

#[test]
fn a_command_sent_again_has_the_same_key_and_another_has_another() {
    let key = |id: &str, source: &str| {
        let mut command = good();
        command["id"] = json!(id);
        command["source"] = json!(source);
        parse(&command).expect("read").push_key()
    };
    assert_eq!(key("../../1", "erp"), key("../../1", "erp"));
    assert_eq!(key("../../1", "erp").len(), 64);
    assert_ne!(key("1", "erp"), key("2", "erp"));
    assert_ne!(key("1", "erp"), key("1", "other"));
}

#[test]
fn a_bad_command_still_tells_who_sent_it_when_it_can() {
    let mut command = good();
    command["data"]["nouveauStatut"] = json!(7);
    let identity = CommandIdentity::of(&command.to_string()).expect("all four are there");
    assert_eq!(
        (
            identity.id.as_str(),
            identity.siret.as_str(),
            identity.id_facture
        ),
        ("mandat-2026-118-1", "00000000013456", 3_346_947)
    );
    command["data"]["siret"] = json!("12");
    assert_eq!(CommandIdentity::of(&command.to_string()), None);
    assert_eq!(CommandIdentity::of("{"), None);
}
