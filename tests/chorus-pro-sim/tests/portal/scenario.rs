//! Scenarios being played.

use chorus_pro_sim::scenario::{Outcome, Who};
use chorus_pro_sim::{Options, Running, Scenario, start};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Caller, HISTORIQUE, MAIRIE, TRAITER};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday 5 October 2026, 08:00 in France; the clock stands still but for what a test does.
fn read(mut file: Value) -> Scenario {
    if file.get("starts").is_none() {
        file["starts"] = "2026-10-05 08:00".into();
    }
    Scenario::read(&file.to_string(), None).unwrap()
}

pub(crate) async fn playing(scenario: Scenario, invoices: usize) -> Running {
    let options = Options {
        invoices,
        scenario: Some(scenario),
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    stand_still(&running);
    running
}

/// At the very start: some milliseconds have passed since.
fn stand_still(running: &Running) {
    let starts = running
        .simulator()
        .options()
        .scenario
        .as_ref()
        .unwrap()
        .starts();
    let mut portal = running.simulator().portal();
    portal.clock.freeze(true);
    portal.clock.set(starts);
}

async fn calling(file: Value) -> Caller {
    let caller = Caller::starting(Options {
        scenario: Some(read(file)),
        ..Options::default()
    })
    .await;
    stand_still(&caller.running);
    caller
}

fn a_suspended_one() -> Value {
    json!({"at": "day 1 09:00", "do": "deposit", "invoice": "f", "siret": MAIRIE, "typeFacture": "FACTURE", "statut": "SUSPENDUE"})
}

#[tokio::test]
async fn the_supplier_answers_what_the_erp_suspends_so_many_days_later() {
    let deposit = json!({"at": "day 1 09:00", "do": "deposit", "invoice": "f", "siret": MAIRIE, "typeFacture": "FACTURE"});
    let caller =
        calling(json!({"steps": [deposit], "robots": {"supplier": {"completes_after": "2d 3h"}}}))
            .await;
    let simulator = caller.running.simulator();
    simulator.advance(SignedDuration::from_hours(4));
    let id = simulator.scenario().unwrap().invoices["f"].id_facture;
    let token = crate::client::token(&caller.http, &caller.running.url()).await;
    let caller = Caller { token, ..caller };
    let answer = caller
        .call(
            TRAITER,
            json!({"idFacture": id, "nouveauStatut": "SUSPENDUE", "motif": "RIB manquant"}),
        )
        .await;
    assert_eq!(answer["codeRetour"], 0, "{answer}");

    let simulator = caller.running.simulator();
    simulator.advance(SignedDuration::from_hours(50));
    assert_eq!(simulator.invoice(id).unwrap().statut, "SUSPENDUE");
    simulator.advance(SignedDuration::from_hours(30));
    let completed = simulator.invoice(id).unwrap();
    assert_eq!(
        (completed.statut.as_str(), completed.etat_courant_le),
        ("COMPLETEE", at("2026-10-07T13:00:00Z"))
    );
    assert_eq!(
        completed.documents.last().unwrap().nom,
        "Pièce demandée.pdf"
    );

    let token = crate::client::token(&caller.http, &caller.running.url()).await;
    let caller = Caller { token, ..caller };
    let history = caller.call(HISTORIQUE, json!({"idFacture": id})).await;
    let newest = &history["historiquesDesStatuts"]["histoStatut"][0];
    assert_eq!(
        (
            &newest["histoStatutCode"],
            &newest["histoStatutDatePassage"]
        ),
        (&json!("COMPLETEE"), &json!("2026-10-07 15:00"))
    );
}

#[tokio::test]
async fn the_accountant_pays_his_share_of_what_is_mandated_and_no_more() {
    let deposits = json!({"at": "day 1 09:00", "do": "deposit", "typeFacture": "FACTURE", "statut": "MANDATEE", "every": "1m", "times": 200});
    let scenario = read(
        json!({"steps": [deposits], "robots": {"accountant": {"pays_after": "25d", "share": 0.75}}}),
    );
    let running = playing(scenario, 0).await;
    running
        .simulator()
        .advance(SignedDuration::from_hours(24 * 40));
    let (paid, left): (Vec<_>, Vec<_>) = running
        .simulator()
        .invoices()
        .into_iter()
        .partition(|invoice| invoice.statut == "MISE_EN_PAIEMENT");
    assert_eq!(paid.len() + left.len(), 200);
    assert!((130..=170).contains(&paid.len()), "{}", paid.len());
    assert!(left.iter().all(|invoice| invoice.statut == "MANDATEE"));
    let first: Vec<_> = paid[0]
        .historique
        .iter()
        .rev()
        .take(2)
        .map(|entry| {
            (
                entry.code.as_str(),
                entry.par.as_ref().unwrap().prenom.as_str(),
            )
        })
        .collect();
    assert_eq!(
        first,
        [
            ("MISE_EN_PAIEMENT", "Hélios"),
            ("MISE_A_DISPOSITION_COMPTABLE", "Hélios")
        ]
    );
}

#[tokio::test]
async fn a_person_changes_an_invoice_once_and_only_where_he_works() {
    let deposit = |siret: &str| json!({"at": "day 1 09:00", "do": "deposit", "siret": siret, "typeFacture": "FACTURE"});
    let rule = json!({"when": "MISE_A_DISPOSITION", "after": "6h", "sets": "A_RECYCLER", "commentaire": "pas chez nous", "siret": MAIRIE});
    let robots = json!({"person": [rule], "supplier": {"recycles_after": "1d"}});
    let running = playing(
        read(json!({"steps": [deposit(MAIRIE), deposit("00000000022226")], "robots": robots})),
        0,
    )
    .await;
    running
        .simulator()
        .advance(SignedDuration::from_hours(24 * 10));
    let invoices = running.simulator().invoices();
    let past: Vec<_> = invoices[0]
        .historique
        .iter()
        .map(|entry| entry.code.as_str())
        .collect();
    assert_eq!(
        past,
        [
            "DEPOSEE",
            "MISE_A_DISPOSITION",
            "A_RECYCLER",
            "DEPOSEE",
            "MISE_A_DISPOSITION"
        ]
    );
    assert_eq!(
        invoices[0].historique[2].commentaire.as_deref(),
        Some("pas chez nous")
    );
    assert_eq!(invoices[1].historique.len(), 2);
}

#[tokio::test]
async fn steps_are_driven_one_by_one_and_progress_tells_what_each_did() {
    let pay = json!({"at": "day 4 10:00", "do": "pay", "invoice": "f"});
    let caller = calling(json!({"title": "two steps", "steps": [pay, a_suspended_one()], "robots": {"supplier": {"completes_after": "2d"}}})).await;
    let (_, before) = caller.control(Method::GET, "/scenario", json!({})).await;
    assert_eq!(
        (
            &before["title"],
            &before["done"],
            &before["toCome"],
            &before["finished"]
        ),
        (&json!("two steps"), &json!(0), &json!(2), &json!(false))
    );
    assert_eq!(before["next"]["by"], json!({"step": 2}));

    let (status, first) = caller
        .control(Method::POST, "/scenario/next", json!({}))
        .await;
    assert_eq!(
        (status, &first["now"], &first["day"]),
        (200, &json!("2026-10-05T07:00:00Z"), &json!("day 1 09:00"))
    );
    assert_eq!(
        (&first["did"][0]["by"], &first["did"][0]["invoice"]),
        (&json!({"step": 2}), &json!("f"))
    );
    assert_eq!(first["next"]["by"], json!({"robot": "supplier"}));
    let (_, second) = caller
        .control(Method::POST, "/scenario/next", json!({}))
        .await;
    assert_eq!(
        (&second["day"], &second["did"][0]["what"]),
        (&json!("day 3 09:00"), &json!("SUSPENDUE to COMPLETEE"))
    );
    caller
        .control(Method::POST, "/scenario/next", json!({}))
        .await;

    let (_, after) = caller.control(Method::GET, "/scenario", json!({})).await;
    assert_eq!(
        (&after["done"], &after["toCome"], &after["finished"]),
        (&json!(2), &json!(0), &json!(true))
    );
    assert_eq!(after["steps"][0]["what"], "COMPLETEE to MISE_EN_PAIEMENT");
    assert_eq!(after["invoices"]["f"]["statut"], "MISE_EN_PAIEMENT");
    assert_eq!(after["log"].as_array().unwrap().len(), 3);
    let (status, nothing) = caller
        .control(Method::POST, "/scenario/next", json!({}))
        .await;
    assert_eq!(
        (status, &nothing["did"], &nothing["next"]),
        (200, &json!([]), &Value::Null)
    );
}

#[tokio::test]
async fn without_a_scenario_there_is_a_sentence_that_says_so() {
    let caller = Caller::with(0).await;
    for (method, path) in [(Method::GET, "/scenario"), (Method::POST, "/scenario/next")] {
        let (status, said) = caller.control(method, path, json!({})).await;
        assert_eq!(status, 404);
        assert!(
            said["error"].as_str().unwrap().contains("--scenario FILE"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_is_told_and_the_scenario_goes_on() {
    let complete = json!({"at": "day 2 09:00", "do": "complete", "invoice": "f", "documents": [{"nomPJ": "RIB.pdf"}]});
    let again = json!({"at": "day 3 09:00", "do": "complete", "invoice": "f"});
    let download = json!({"at": "day 4 09:00", "do": "download", "invoice": "f"});
    let running = playing(
        read(json!({"steps": [a_suspended_one(), complete, again, download]})),
        0,
    )
    .await;
    running
        .simulator()
        .advance(SignedDuration::from_hours(24 * 5));
    let progress = running.simulator().scenario().unwrap();
    let outcomes: Vec<_> = progress
        .log
        .iter()
        .map(|done| (done.by, done.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Who::Step(1), Outcome::Done),
            (Who::Step(2), Outcome::Done),
            (Who::Step(3), Outcome::Refused),
            (Who::Step(4), Outcome::Done),
        ]
    );
    assert!(
        progress.log[2].what.contains("COMPLETEE, not SUSPENDUE"),
        "{}",
        progress.log[2].what
    );
    assert!(running.simulator().invoices()[0].telechargee);
}

#[tokio::test]
async fn a_connected_erp_is_left_to_decide_and_told_what_is_expected() {
    let deposit = json!({"at": "day 1 09:00", "do": "deposit", "invoice": "f", "siret": MAIRIE, "typeFacture": "FACTURE"});
    let mandate = json!({"at": "day 2 09:00", "do": "status", "invoice": "f", "statut": "MANDATEE", "par": "erp"});
    let running = playing(
        read(json!({"erp": "connected", "steps": [deposit, mandate]})),
        0,
    )
    .await;
    running
        .simulator()
        .advance(SignedDuration::from_hours(24 * 5));
    let progress = running.simulator().scenario().unwrap();
    assert_eq!(progress.invoices["f"].statut, "MISE_A_DISPOSITION");
    assert_eq!(progress.log[1].outcome, Outcome::LeftToTheErp);
    assert!(
        progress.log[1].what.contains("MANDATEE"),
        "{}",
        progress.log[1].what
    );
}

#[tokio::test]
async fn faults_come_and_go_with_the_portals_days() {
    let on = json!({"at": "day 2 02:00", "do": "faults", "faults": [{"kind": "maintenance"}]});
    let off = json!({"at": "day 2 06:00", "do": "faults", "faults": []});
    let caller = calling(json!({"steps": [on, off]})).await;
    let search = json!({"paramRecherche": {"nbResultatsParPage": 10}});
    for (hours, expected) in [(1, 200), (18, 503), (4, 200)] {
        caller
            .running
            .simulator()
            .advance(SignedDuration::from_hours(hours));
        let (_, listed) = caller.control(Method::GET, "/faults", json!({})).await;
        assert_eq!(
            listed["faults"].as_array().unwrap().len(),
            usize::from(expected == 503)
        );
        let token = crate::client::token(&caller.http, &caller.running.url()).await;
        let answer = caller
            .http
            .post(format!(
                "{}/cpro/{}",
                caller.running.url(),
                crate::client::RECHERCHER
            ))
            .bearer_auth(token)
            .header("cpro-account", &caller.account)
            .json(&search)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), expected);
    }
}

#[tokio::test]
async fn at_a_day_in_two_seconds_days_go_by_and_a_token_lives_as_long_as_its_caller_believes() {
    let file = json!({"starts": "2026-10-05 08:00", "ends": "day 4 09:00", "speed": "1d per 10ms", "steps": [a_suspended_one()],
        "robots": {"supplier": {"completes_after": "1d"}}});
    let caller = Caller::starting(Options {
        scenario: Some(read(file)),
        ..Options::default()
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    // The token is three days old by the portal's clock, and some milliseconds by the caller's.
    let found = caller.search(json!({})).await;
    assert_eq!(found["listeFactures"][0]["statut"], "COMPLETEE");
    // Past its end the clock runs like any other.
    let now = caller.running.simulator().now();
    let end = at("2026-10-08T07:00:00Z");
    assert!(
        now >= end && now < end + SignedDuration::from_mins(1),
        "{now}"
    );
}

#[tokio::test]
async fn a_reset_plays_the_scenario_from_its_start() {
    let caller = calling(json!({"steps": [a_suspended_one()]})).await;
    caller
        .running
        .simulator()
        .advance(SignedDuration::from_hours(24));
    assert_eq!(caller.running.simulator().scenario().unwrap().done, 1);
    let (status, _) = caller.control(Method::POST, "/reset", json!({})).await;
    assert_eq!(status, 200);
    let progress = caller.running.simulator().scenario().unwrap();
    assert_eq!(
        (progress.done, progress.to_come, progress.log.len()),
        (0, 1, 0)
    );
    assert!(progress.now < at("2026-10-05T06:10:00Z"));
    assert!(caller.running.simulator().invoices().is_empty());
}

#[tokio::test]
async fn a_clock_put_back_undoes_nothing_and_does_nothing_twice() {
    let pay = json!({"at": "day 5 09:00", "do": "pay", "invoice": "f"});
    let running = playing(read(json!({"steps": [a_suspended_one(), pay], "robots": {"supplier": {"completes_after": "1d"}}})), 0).await;
    let simulator = running.simulator();
    simulator.advance(SignedDuration::from_hours(24 * 3));
    assert_eq!(simulator.scenario().unwrap().log.len(), 2);
    simulator.advance(SignedDuration::from_hours(-48));
    simulator.advance(SignedDuration::from_hours(24 * 9));
    let progress = simulator.scenario().unwrap();
    assert_eq!(progress.log.len(), 3, "{:?}", progress.log);
    assert_eq!(progress.log[2].at, at("2026-10-09T07:00:00Z"));
}
