//! Without a wire: the same portal, the same answers.

use bytes::Bytes;
use chorus_pro_sim::direct::{self, Reached};
use chorus_pro_sim::{FaultKind, FaultRule, Operation};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::client::{Caller, RECHERCHER, TELECHARGER};

async fn directly(caller: &Caller, operation: &str, body: &Value) -> Reached {
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", caller.token);
    for (name, value) in [
        ("authorization", bearer.as_str()),
        ("cpro-account", &caller.account),
        ("content-type", "application/json"),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let body = Bytes::from(body.to_string());
    let path = format!("/cpro/{operation}");
    let portal = caller.running.simulator();
    direct::answer(portal, "POST", &path, headers, body)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_call_without_a_wire_is_answered_and_noted_as_one_with_it() {
    let caller = Caller::with(3).await;
    let ids: Vec<Value> = caller
        .running
        .simulator()
        .invoices()
        .iter()
        .map(|invoice| json!({"idFacture": invoice.id}))
        .take(1)
        .collect();
    for (operation, body) in [
        (
            RECHERCHER,
            json!({"paramRecherche": {"nbResultatsMaximum": 99, "nbResultatsParPage": 10}}),
        ),
        (
            TELECHARGER,
            json!({"format": "PDF", "avecPiecesJointesComplementaires": "Oui", "listeFacture": ids}),
        ),
        (
            TELECHARGER,
            json!({"format": "PDF", "listeFacture": [{"idFacture": 1}]}),
        ),
        ("inconnu/v1/rien", json!({})),
    ] {
        let by_wire = caller.send(operation, &body).await.unwrap();
        let Reached::Whole(without) = directly(&caller, operation, &body).await else {
            panic!("{operation} was not answered whole");
        };
        assert_eq!(by_wire.status(), without.status(), "{operation}");
        let kind = |headers: &HeaderMap| headers.get("content-type").cloned();
        assert_eq!(kind(by_wire.headers()), kind(without.headers()));
        assert_eq!(
            &by_wire.bytes().await.unwrap(),
            without.body(),
            "{operation}"
        );
        let entries = caller.running.simulator().journal().entries();
        let [.., first, second] = entries.as_slice() else {
            panic!("two calls are noted");
        };
        let noted = |entry: &chorus_pro_sim::journal::Entry| {
            (entry.operation, entry.response.status, entry.response.bytes)
        };
        assert_eq!(noted(first), noted(second));
    }
}

#[tokio::test]
async fn what_breaks_on_the_wire_breaks_without_it() {
    let caller = Caller::with(3).await;
    let portal = caller.running.simulator();
    let search = json!({"paramRecherche": {"nbResultatsMaximum": 99, "nbResultatsParPage": 10}});
    let Reached::Whole(whole) = directly(&caller, RECHERCHER, &search).await else {
        panic!("nothing is wrong yet");
    };
    let strike = |kind| portal.set_faults(vec![FaultRule::always(kind)]).unwrap();

    strike(FaultKind::Truncated);
    let Reached::Broken(half) = directly(&caller, RECHERCHER, &search).await else {
        panic!("the connection breaks in the middle");
    };
    assert!(half.body().len() < whole.body().len() && whole.body().starts_with(half.body()));

    strike(FaultKind::CutJson);
    let Reached::Whole(half) = directly(&caller, RECHERCHER, &search).await else {
        panic!("the message is whole, its JSON is not");
    };
    assert!(serde_json::from_slice::<Value>(half.body()).is_err());

    strike(FaultKind::Dropped);
    let dropped = directly(&caller, RECHERCHER, &search).await;
    assert!(matches!(dropped, Reached::Nothing), "{dropped:?}");
    assert_eq!(
        portal.journal().calls(Operation::RechercherRecipiendaire),
        4
    );
}
