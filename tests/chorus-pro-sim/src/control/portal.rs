//! `/_sim/`: what is there, configuration, clock, behaviour, accounts, reset.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use bytes::Bytes;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::{Failure, read};
use crate::api::Operation;
use crate::dates;
use crate::simulator::Simulator;
use crate::state::{Behaviour, Portal};

/// `GET /_sim/`: a map of what may be called.
pub(super) async fn index(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let operations: Vec<String> = Operation::ALL
        .into_iter()
        .map(|operation| match operation {
            Operation::Token => "POST /api/oauth/token".to_owned(),
            Operation::HealthCheck => format!("GET /cpro/{}", operation.name()),
            _ => format!("POST /cpro/{}", operation.name()),
        })
        .collect();
    Json(json!({
        "now": simulator.now(),
        "invoices": simulator.invoices().len(),
        "portal": operations,
        "control": [
            "GET /_sim/config", "GET /_sim/structures", "GET /_sim/accounts", "PATCH /_sim/accounts",
            "GET /_sim/invoices?siret=&statut=&kind=&offset=&limit=", "POST /_sim/invoices", "GET /_sim/invoices/{id}",
            "GET /_sim/invoices/{id}/documents/{document}", "POST /_sim/invoices/{id}/complete",
            "POST /_sim/invoices/{id}/recycle", "POST /_sim/invoices/{id}/pay", "POST /_sim/invoices/{id}/status",
            "POST /_sim/invoices/{id}/download", "GET|PUT|POST|DELETE /_sim/faults", "GET|POST /_sim/clock",
            "GET /_sim/scenario", "POST /_sim/scenario/next", "GET|PATCH /_sim/behaviour", "GET /_sim/journal?operation=&after=&limit=", "GET /_sim/journal/summary",
            "DELETE /_sim/journal", "POST /_sim/reset",
        ],
    }))
}

/// Anything else below `/_sim/`.
pub(super) async fn unknown(uri: Uri) -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        format!("there is no {}; GET /_sim/ lists what there is", uri.path()),
    )
}

/// `GET /_sim/config`: a Relais configuration for this portal, at the address it was called by.
pub(super) async fn config(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
) -> Json<Value> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1:9400");
    Json(simulator.config(&format!("http://{host}")))
}

/// A Relais configuration that fits `portal` at `base_url`.
pub(crate) fn relais_config(portal: &Portal, base_url: &str) -> Value {
    let since = dates::day_of(portal.clock.now()).saturating_sub(30.days());
    let establishments: Vec<Value> = portal
        .accounts
        .iter()
        .flat_map(|account| account.structures.iter().map(move |id| (account, *id)))
        .filter_map(|(account, id)| {
            let structure = portal.structure(id)?;
            Some(json!({
                "name": structure.designation,
                "siret": structure.siret,
                "technical_account": {"login": account.login, "password": account.password},
                "payment_delay_days": structure.payment_delay_days,
                "works_roles": if structure.est_moa { vec!["MOA"] } else { vec![] },
                "collect_since": since.to_string(),
                "fetch": true,
                "push": true,
                "structure_id": structure.id,
            }))
        })
        .collect();
    json!({
        "piste": {
            "client_id": portal.application.client_id,
            "client_secret": portal.application.client_secret,
            "token_url": format!("{base_url}/api/oauth/token"),
            "api_url": base_url,
        },
        "establishments": establishments,
    })
}

/// `GET /_sim/structures`.
pub(super) async fn structures(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    let portal = simulator.portal();
    let view = |structure: &Arc<crate::state::Structure>| {
        let services: Vec<Value> = structure
            .services
            .iter()
            .map(|service| json!({"idService": service.id, "codeService": service.code, "libelleService": service.libelle, "actif": service.actif}))
            .collect();
        json!({"idStructureCPP": structure.id, "siret": structure.siret, "designation": structure.designation, "services": services})
    };
    Json(Value::Array(portal.structures.iter().map(view).collect()))
}

fn accounts_view(portal: &Portal) -> Json<Value> {
    let view = |account: &crate::state::Account| {
        let sirets: Vec<&str> = account
            .structures
            .iter()
            .filter_map(|id| portal.structure(*id))
            .map(|structure| structure.siret.as_str())
            .collect();
        json!({"login": account.login, "sirets": sirets, "expired": account.expired, "mayModify": account.may_modify})
    };
    Json(Value::Array(portal.accounts.iter().map(view).collect()))
}

/// `GET /_sim/accounts`: without their passwords; `/_sim/config` has those.
pub(super) async fn accounts(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    accounts_view(&simulator.portal())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountChange {
    login: String,
    expired: Option<bool>,
    may_modify: Option<bool>,
    password: Option<String>,
    sirets: Option<Vec<String>>,
    /// The day its password ends, as the directory tells it of each of its structures.
    password_expires: Option<jiff::civil::Date>,
}

/// `PATCH /_sim/accounts`: expire a password, change it, take rights away, or add an account by a new login.
pub(super) async fn change_account(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let change: AccountChange = read(&body)?;
    let mut portal = simulator.portal();
    let structures = change
        .sirets
        .map(|sirets| {
            let find = |siret: &String| {
                let unknown = || {
                    Failure::new(
                        StatusCode::BAD_REQUEST,
                        format!("sirets: no establishment has SIRET {siret}"),
                    )
                };
                portal
                    .structure_by_siret(siret)
                    .map(|structure| structure.id)
                    .ok_or_else(unknown)
            };
            sirets.iter().map(find).collect::<Result<Vec<i64>, _>>()
        })
        .transpose()?;
    if !portal
        .accounts
        .iter()
        .any(|account| account.login == change.login)
    {
        let password = change.password.clone();
        let password = password.ok_or_else(|| {
            Failure::new(StatusCode::BAD_REQUEST, "a new account needs a password")
        })?;
        let login = change.login.clone();
        portal.accounts.push(crate::state::Account {
            login,
            password,
            structures: Vec::new(),
            expired: false,
            may_modify: true,
        });
    }
    if let Some(account) = portal
        .accounts
        .iter_mut()
        .find(|account| account.login == change.login)
    {
        account.expired = change.expired.unwrap_or(account.expired);
        account.may_modify = change.may_modify.unwrap_or(account.may_modify);
        account.password = change.password.unwrap_or_else(|| account.password.clone());
        account.structures = structures.unwrap_or_else(|| account.structures.clone());
        let of = account.structures.clone();
        let ending = change.password_expires;
        for structure in portal
            .structures
            .iter_mut()
            .filter(|one| of.contains(&one.id))
        {
            if let Some(day) = ending {
                Arc::make_mut(structure).password_expires = day;
            }
        }
    }
    Ok(accounts_view(&portal))
}

/// `GET /_sim/behaviour`.
pub(super) async fn behaviour(State(simulator): State<Arc<Simulator>>) -> Json<Behaviour> {
    Json(simulator.portal().behaviour.clone())
}

/// `PATCH /_sim/behaviour`: only the fields given change.
pub(super) async fn change_behaviour(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<Behaviour>, Failure> {
    let changes: serde_json::Map<String, Value> = read(&body)?;
    let mut portal = simulator.portal();
    let refused = |error: serde_json::Error| {
        Failure::new(
            StatusCode::BAD_REQUEST,
            format!("the behaviour is not as expected: {error}"),
        )
    };
    let mut merged = serde_json::to_value(&portal.behaviour).map_err(refused)?;
    if let Value::Object(fields) = &mut merged {
        fields.extend(changes);
    }
    portal.behaviour = serde_json::from_value(merged).map_err(refused)?;
    Ok(Json(portal.behaviour.clone()))
}

#[derive(Serialize)]
pub(super) struct ClockView {
    now: Timestamp,
    paris: String,
    frozen: bool,
}

fn clock_view(portal: &Portal) -> Json<ClockView> {
    let now = portal.clock.now();
    Json(ClockView {
        now,
        paris: dates::milliseconds_with_offset(now),
        frozen: portal.clock.is_frozen(),
    })
}

/// `GET /_sim/clock`.
pub(super) async fn clock(State(simulator): State<Arc<Simulator>>) -> Json<ClockView> {
    clock_view(&simulator.portal())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClockChange {
    advance: Option<Span>,
    set: Option<Timestamp>,
    freeze: Option<bool>,
}

/// `POST /_sim/clock`: `{"advance": "3d 4h"}`, `{"set": "2026-12-01T08:00:00Z"}`, `{"freeze": true}`.
pub(super) async fn change_clock(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<ClockView>, Failure> {
    let change: ClockChange = read(&body)?;
    let by = change.advance.map(|span| length(&span)).transpose()?;
    let mut portal = simulator.portal();
    if let Some(freeze) = change.freeze {
        portal.clock.freeze(freeze);
    }
    if let Some(at) = change.set {
        portal.clock.set(at);
    }
    if let Some(by) = by {
        portal.clock.advance(by);
    }
    Ok(clock_view(&portal))
}

/// A day is 24 hours here: the clock is pushed by a length, not to a date.
fn length(span: &Span) -> Result<SignedDuration, Failure> {
    let refused =
        |error: jiff::Error| Failure::new(StatusCode::BAD_REQUEST, format!("advance: {error}"));
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(refused)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reset {
    seed: Option<u64>,
    invoices: Option<usize>,
}

/// `POST /_sim/reset`: everything as at the start, with another seed or number of invoices when given.
pub(super) async fn reset(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let reset: Reset = read(&body)?;
    let invoices = simulator.reset(reset.seed, reset.invoices)?;
    Ok(Json(
        json!({"invoices": invoices, "seed": reset.seed.unwrap_or(simulator.options().seed)}),
    ))
}
