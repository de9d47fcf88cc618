//! Every key of every answer is in the official swagger, wherever its copies are at hand.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Caller, HISTORIQUE, RECHERCHER, TRAITER};

fn folder() -> PathBuf {
    let shared = std::env::var_os("RELAIS_SHARED_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    shared.join("reference/chorus-pro")
}

fn swagger(name: &str) -> Option<Value> {
    let path = folder().join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            eprintln!("{} is not here, skipped", path.display());
            None
        }
    }
}

/// Walks the answer along the definition; every key must be there, every code in its enum, every value of its type.
fn check(swagger: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        return check(swagger, &swagger["definitions"][name], value, at);
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let known = schema["properties"]
                    .get(key)
                    .unwrap_or_else(|| panic!("{at}.{key} is not in the swagger"));
                check(swagger, known, field, &format!("{at}.{key}"));
            }
            for required in schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                assert!(
                    fields.contains_key(required.as_str().unwrap()),
                    "{at} lacks {required}"
                );
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| check(swagger, &schema["items"], item, at)),
        Value::String(text) => {
            assert_eq!(schema["type"], "string", "{at}");
            if let Some(codes) = schema.get("enum").and_then(Value::as_array) {
                assert!(
                    codes.iter().any(|code| code == text),
                    "{at}: {text} is not in {codes:?}"
                );
            }
        }
        Value::Number(number) => {
            let expected = if number.is_f64() {
                &["number"][..]
            } else {
                &["integer", "number"]
            };
            assert!(
                expected.contains(&schema["type"].as_str().unwrap()),
                "{at}: {number}"
            );
        }
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{at}"),
        Value::Null => panic!("{at} is null: absent fields are left out"),
    }
}

fn check_answer(swagger: &Value, path: &str, answer: &Value) {
    let schema = &swagger["paths"][path]["post"]["responses"]["200"]["schema"];
    assert!(schema.is_object(), "{path} is not in the swagger");
    check(swagger, schema, answer, path);
}

#[tokio::test]
async fn invoices_answer_as_the_official_swagger_says() {
    let Some(swagger) = swagger("swagger-cpro-factures-v1.json") else {
        return;
    };
    let caller = Caller::with(150).await;
    for kind in ["FACTURE", "FACTURE_TRAVAUX"] {
        let answer = caller
            .search(json!({"typeDemandePaiement": kind, "recupererTaille": true}))
            .await;
        check_answer(&swagger, "/v1/rechercher/recipiendaire", &answer);
        for row in answer["listeFactures"].as_array().unwrap() {
            let consulted = caller
                .call(
                    "factures/v1/consulter/recipiendaire",
                    json!({"identifiantFactureCPP": row["idFacture"]}),
                )
                .await;
            check_answer(&swagger, "/v1/consulter/recipiendaire", &consulted);
        }
    }
    let id = caller.deposit(json!({})).await;
    caller.download("PIVOT", &[id], None).await;
    let treated = caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "SUSPENDUE", "motif": "x"}),
        )
        .await;
    check_answer(&swagger, "/v1/traiter/recue", &treated);
    check_answer(
        &swagger,
        "/v1/consulter/historique",
        &caller.call(HISTORIQUE, json!({"idFacture": id})).await,
    );
    let to_treat = caller
        .call(
            "factures/v1/rechercher/atraiter/recipiendaire",
            json!({"idStructure": 25_784_152}),
        )
        .await;
    check_answer(&swagger, "/v1/rechercher/atraiter/recipiendaire", &to_treat);
    check_answer(
        &swagger,
        "/v1/rechercher/recipiendaire",
        &caller.search(json!({"numeroFacture": "aucune"})).await,
    );
}

#[tokio::test]
async fn structures_answer_as_the_official_swagger_says() {
    let Some(swagger) = swagger("swagger-cpro-structures-v1.json") else {
        return;
    };
    let caller = Caller::with(0).await;
    let found = caller
        .call(
            "structures/v1/rechercher",
            json!({"structure": {"statutStructure": "ACTIF", "typeStructure": "PUBLIQUE"}}),
        )
        .await;
    check_answer(&swagger, "/v1/rechercher", &found);
    assert_eq!(found["parametresRetour"]["total"], 3);
    let consulted = caller
        .call(
            "structures/v1/consulter",
            json!({"idStructureCPP": 25_784_152, "codeLangue": "fr"}),
        )
        .await;
    check_answer(&swagger, "/v1/consulter", &consulted);
    let services = caller
        .call(
            "structures/v1/rechercher/services",
            json!({"idStructure": 25_784_152}),
        )
        .await;
    check_answer(&swagger, "/v1/rechercher/services", &services);
    assert!(
        services["listeServices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|service| service.get("codeService").is_none())
    );
}

#[tokio::test]
async fn every_documented_filter_of_the_search_is_accepted() {
    let Some(swagger) = swagger("swagger-cpro-factures-v1.json") else {
        return;
    };
    let caller = Caller::with(5).await;
    let fields = swagger["definitions"]["RechercherFactureRecipiendaireParam"]["properties"]
        .as_object()
        .unwrap();
    let all: serde_json::Map<String, Value> = fields
        .keys()
        .map(|key| (key.clone(), Value::Null))
        .collect();
    assert_eq!(
        caller.call(RECHERCHER, Value::Object(all)).await["codeRetour"],
        0
    );
    for example in [
        "aife-doc_rechercher-recipiendaire.request.json",
        "constructed_rechercher-recipiendaire.delta.request.json",
    ] {
        let text = std::fs::read_to_string(folder().join("examples").join(example)).unwrap();
        let answer = caller
            .call(RECHERCHER, serde_json::from_str(&text).unwrap())
            .await;
        assert!(
            [0, 20000].contains(&answer["codeRetour"].as_i64().unwrap()),
            "{answer}"
        );
    }
}
