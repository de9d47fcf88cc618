//! The configuration document as people write it: whole, wrong, and in between.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;

fn good() -> Value {
    json!({
        "piste": {
            "client_id": "relais-demo", "client_secret": "relais-demo-secret",
            "token_url": "https://oauth.piste.gouv.fr/api/oauth/token", "api_url": "https://api.piste.gouv.fr/"
        },
        "establishments": [
            {
                "name": "Mairie d'Exemple", "siret": "00000000013456",
                "technical_account": {"login": "TECH_1_1@cpro.fr", "password": "hunter2"},
                "payment_delay_days": 30, "works_roles": ["MOA"], "collect_since": "2026-09-01",
                "fetch": true, "push": false, "structure_id": 25_784_152
            },
            {
                "name": "Hôpital d'Exemple", "siret": "00000000039991",
                "technical_account": {"login": "TECH_1_3@cpro.fr", "password": "hunter3"},
                "payment_delay_days": 50, "collect_since": "2026-09-01"
            }
        ]
    })
}

fn problems(document: &Value) -> Vec<String> {
    Document::parse(&document.to_string())
        .expect_err("problems are expected")
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_whole_document_is_read() {
    let Parsed { document, warnings } = Document::parse(&good().to_string()).expect("good");
    assert!(warnings.is_empty(), "{warnings:?}");
    let town = document.establishment("00000000013456").expect("known");
    assert_eq!(town.works_roles, [WorksRole::Moa]);
    assert_eq!(town.structure_id, Some(25_784_152));
    assert_eq!(town.technical_account.password.expose_secret(), "hunter2");
    assert!(town.fetch && !town.push);
    assert_eq!(document.piste.api_url, "https://api.piste.gouv.fr");
    assert!(document.establishment("00000000000000").is_none());
}

#[test]
fn what_is_not_said_has_its_default() {
    let Parsed { document, .. } = Document::parse(&good().to_string()).expect("good");
    let hospital = document.establishment("00000000039991").expect("known");
    assert!(hospital.fetch && hospital.push && hospital.works_roles.is_empty());
    assert_eq!(hospital.payment_delay.days(), 50);
    assert_eq!(hospital.structure_id, None);
}

#[test]
fn everything_wrong_is_reported_at_once_by_its_path() {
    let mut document = good();
    document["piste"]["client_secret"] = json!("");
    document["piste"]["token_url"] = json!("http://piste.example/token");
    document["piste"]
        .as_object_mut()
        .expect("object")
        .remove("api_url");
    document["establishments"][0]["payment_delay_days"] = json!(45);
    document["establishments"][0]["collect_since"] = json!("2026-02-30");
    document["establishments"][0]["works_roles"] = json!(["MOA", "CHEF"]);
    document["establishments"][0]["fetch"] = json!("yes");
    document["establishments"][1]["siret"] = json!("12");
    document["establishments"][1]["technical_account"] = json!("TECH");
    assert_eq!(
        problems(&document),
        [
            "piste.client_secret: is empty",
            "piste.token_url: must be https (http is for this machine only)",
            "piste.api_url: is missing",
            "establishments[0].payment_delay_days: 45 is not 30, 50 or 60",
            "establishments[0].works_roles[1]: is not \"MOA\" or \"MOE\"",
            "establishments[0].collect_since: is not a date like \"2026-09-01\"",
            "establishments[0].fetch: is not true or false",
            "establishments[1].siret: \"12\" is not 14 digits",
            "establishments[1].technical_account: is not an object",
        ]
    );
}

#[test]
fn what_an_empty_document_lacks_is_named_without_its_parts() {
    assert_eq!(
        problems(&json!({})),
        ["piste: is missing", "establishments: is missing"]
    );
}

#[test]
fn a_siret_belongs_to_one_establishment() {
    let mut document = good();
    document["establishments"][1]["siret"] = json!("00000000013456");
    assert_eq!(
        problems(&document),
        ["establishments[1].siret: \"00000000013456\" is already that of establishments[0]"]
    );
}

#[test]
fn a_document_without_establishments_is_of_no_use() {
    let mut document = good();
    document["establishments"] = json!([]);
    assert_eq!(
        problems(&document),
        ["establishments: has no establishment"]
    );
}

#[test]
fn fields_that_are_not_known_are_warnings() {
    let mut document = good();
    document["colour"] = json!("blue");
    document["establishments"][1]["technical_account"]["note"] = json!("x");
    let warnings = Document::parse(&document.to_string())
        .expect("good")
        .warnings;
    assert_eq!(
        warnings,
        [
            "colour: is not a known field",
            "establishments[1].technical_account.note: is not a known field"
        ]
    );
}

#[test]
fn the_portal_on_this_machine_may_speak_http() {
    for url in [
        "http://127.0.0.1:9400",
        "http://localhost:9400",
        "http://[::1]:9400",
    ] {
        let mut document = good();
        document["piste"]["api_url"] = json!(url);
        assert!(Document::parse(&document.to_string()).is_ok(), "{url}");
    }
    for url in [
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "https://",
        "https://a:b@c.fr",
    ] {
        let mut document = good();
        document["piste"]["api_url"] = json!(url);
        assert_eq!(problems(&document).len(), 1, "{url}");
    }
}

#[test]
fn a_text_that_is_not_json_is_named_so_with_its_place() {
    for text in ["", "{", "[1,2", "not json", "{\"piste\": }"] {
        let error = Document::parse(text).expect_err("not JSON").to_string();
        assert!(
            error.contains("not JSON") && error.contains("line 1"),
            "{error}"
        );
    }
    let error = Document::parse("[]")
        .expect_err("not an object")
        .to_string();
    assert!(error.contains("is not an object"), "{error}");
}

#[test]
fn a_byte_order_mark_left_by_an_editor_is_no_harm() {
    assert!(Document::parse(&format!("\u{feff}{}", good())).is_ok());
}

#[test]
fn no_secret_shows_in_debug_or_in_an_error() {
    let mut document = good();
    let debug = format!(
        "{:?}",
        Document::parse(&document.to_string()).expect("good")
    );
    assert!(
        !debug.contains("hunter") && !debug.contains("relais-demo-secret"),
        "{debug}"
    );
    document["establishments"][0]["technical_account"]["password"] = json!(["hunter2"]);
    document["piste"]["client_id"] = json!({"secret": "hunter2"});
    let error = problems(&document).join("\n");
    assert!(!error.contains("hunter"), "{error}");
}

#[test]
fn a_convention_may_share_the_delay_in_another_way_than_the_law() {
    let mut document = good();
    document["establishments"][0]["payment_delay_split"] =
        json!({"ordonnateur": 20, "comptable": 10});
    let Parsed { document, warnings } = Document::parse(&document.to_string()).expect("good");
    assert!(warnings.is_empty(), "{warnings:?}");
    let split = |siret| {
        let establishment = document.establishment(siret).expect("known");
        establishment
            .payment_delay_split
            .map(|s| (s.ordonnateur, s.comptable))
    };
    assert_eq!(split("00000000013456"), Some((20, 10)));
    assert_eq!(split("00000000039991"), None);
}

#[test]
fn rates_are_read_digit_for_digit() {
    let mut document = good();
    document["ecb_rates"] = json!([{"from": "2027-01-06", "rate": "2.40"}]);
    document["ecb_rates_checked_on"] = json!("2027-01-10");
    let document = Document::parse(&document.to_string())
        .expect("good")
        .document;
    let [rate] = document.ecb_rates.as_slice() else {
        panic!("one rate is expected");
    };
    assert_eq!(
        (rate.from.to_string(), rate.rate.to_string()),
        ("2027-01-06".to_owned(), "2.40".to_owned())
    );
    assert_eq!(
        document.ecb_rates_checked_on.map(|day| day.to_string()),
        Some("2027-01-10".to_owned())
    );
}

#[test]
fn every_mistake_about_the_delay_is_named() {
    let mut document = good();
    document["establishments"][0]["payment_delay_split"] =
        json!({"ordonnateur": 21, "comptable": 10});
    document["establishments"][1]["payment_delay_split"] = json!({"ordonnateur": -1});
    document["ecb_rates"] = json!([
        {"from": "2026-07-01", "rate": 2.4},
        {"from": "2026-07-01", "rate": "2,40"},
        {"from": "1 July", "rate": "0.024"},
        {"from": "2026-09-01", "rate": "240"},
        {"rate": "-1"},
        "2.40",
    ]);
    document["ecb_rates_checked_on"] = json!(20_261_010);
    assert_eq!(
        problems(&document),
        [
            "establishments[0].payment_delay_split: 21 + 10 days are more than payment_delay_days, 30",
            "establishments[1].payment_delay_split.ordonnateur: is not a number of days",
            "establishments[1].payment_delay_split.comptable: is missing",
            "ecb_rates[0].rate: is a number: write it as a text, like \"2.40\"",
            "ecb_rates[1].from: 2026-07-01 has a rate already, further up",
            "ecb_rates[1].rate: \"2,40\" is not a rate in percent like \"2.40\", from 0 to 20",
            "ecb_rates[2].from: is not a date like \"2026-09-01\"",
            "ecb_rates[2].rate: \"0.024\" is not a rate in percent like \"2.40\", from 0 to 20",
            "ecb_rates[3].rate: \"240\" is not a rate in percent like \"2.40\", from 0 to 20",
            "ecb_rates[4].from: is missing",
            "ecb_rates[4].rate: \"-1\" is not a rate in percent like \"2.40\", from 0 to 20",
            "ecb_rates[5]: is not an object",
            "ecb_rates_checked_on: is not a text",
        ]
    );
}

#[test]
fn a_delay_that_is_wrong_itself_is_not_also_too_short_for_its_split() {
    let mut document = good();
    document["establishments"][0]["payment_delay_days"] = json!(45);
    document["establishments"][0]["payment_delay_split"] =
        json!({"ordonnateur": 35, "comptable": 10});
    assert_eq!(
        problems(&document),
        ["establishments[0].payment_delay_days: 45 is not 30, 50 or 60"]
    );
}
