//! What stands before every operation: the ordered checks, the faults, the journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use crate::api::{self, Answer, Body, Operation};
use crate::faults::{FaultKind, FaultRule, Shape, When};
use crate::journal::{Entry, Message, Reply, body_of};
use crate::simulator::Simulator;
use crate::state::Portal;

/// One call, read whole.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How a call ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    /// The answer stops after half of it; `breaks` says whether the connection breaks there.
    Cut {
        answer: Answer,
        breaks: bool,
    },
    /// No answer at all.
    Dropped,
}

/// A call that has ended, with what the journal says of it so far.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) correlation_id: String,
    pub(crate) record: Record,
}

/// The journal's entry in the making: complete once the last byte is out.
#[derive(Debug)]
pub(crate) struct Record {
    at: Timestamp,
    started: Instant,
    operation: Operation,
    method: String,
    path: String,
    account: Option<String>,
    request: Message,
    faults: Vec<String>,
}

impl Record {
    pub(crate) fn finish(self, simulator: &Simulator, response: Reply) {
        simulator.journal().record(Entry {
            seq: 0,
            at: self.at,
            operation: self.operation,
            method: self.method,
            path: self.path,
            account: self.account,
            request: self.request,
            response,
            ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            faults: self.faults,
        });
    }

    pub(crate) fn hides_token(&self) -> bool {
        self.operation == Operation::Token
    }
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Login and password of the technical account, as far as the header can be read.
    fn technical_account(&self) -> Option<(String, String)> {
        let decoded = STANDARD.decode(self.header("cpro-account").trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (login, password) = text.split_once(':')?;
        Some((login.to_owned(), password.to_owned()))
    }

    fn bearer(&self) -> Option<&str> {
        self.header("authorization")
            .strip_prefix("Bearer ")
            .map(str::trim)
    }
}

/// Answers one call: faults before, the portal, faults after. Runs to its end even when the caller has gone.
pub(crate) async fn handle(simulator: Arc<Simulator>, call: Call) -> Ended {
    let started = Instant::now();
    let operation = Operation::at(&call.path);
    let account = call.technical_account().map(|(login, _)| login);
    // First the present: a scenario may bring faults with it.
    let at = simulator.now();
    let plan = simulator.faults().plan(operation, account.as_deref());

    tokio::time::sleep(plan.delay_before).await;
    let outcome = match plan.fault {
        Some(rule) if rule.when() == When::Before => strike(&rule, &call),
        fault => {
            let answer = answer(&mut simulator.portal(), operation, &call);
            match fault {
                None => Outcome::Answered(answer),
                Some(rule) => match rule.kind {
                    FaultKind::Truncated => Outcome::Cut {
                        answer,
                        breaks: true,
                    },
                    FaultKind::CutJson => Outcome::Cut {
                        answer,
                        breaks: false,
                    },
                    _ => strike(&rule, &call),
                },
            }
        }
    };
    tokio::time::sleep(plan.delay_after).await;

    let record = Record {
        at,
        started,
        operation,
        account,
        request: Message {
            headers: safe_headers(&call),
            body: safe_body(&call, operation),
        },
        method: call.method,
        path: call.path,
        faults: plan.names,
    };
    Ended {
        outcome,
        correlation_id: simulator.correlation_id(),
        record,
    }
}

/// The checks, in the portal's order: bearer, path, technical account, method, content type; the body is read by the operation.
fn answer(portal: &mut Portal, operation: Operation, call: &Call) -> Answer {
    if operation == Operation::Token {
        return api::answer_token(
            portal,
            &call.method,
            call.header("content-type"),
            &call.body,
        );
    }
    if !call
        .bearer()
        .is_some_and(|token| portal.token_is_valid(token))
    {
        // An unknown path belongs to no registered API: the gateway names another realm.
        let known = operation != Operation::Unknown;
        return Answer::unauthorized(if known {
            r#"Bearer realm="PISTE""#
        } else {
            r#"Bearer realm="DefaultRealm""#
        });
    }
    if operation == Operation::Unknown {
        return Answer::not_routed();
    }
    let expected_method = if operation == Operation::HealthCheck {
        "GET"
    } else {
        "POST"
    };
    let account = call
        .technical_account()
        .and_then(|(login, password)| portal.account(&login, &password).cloned());
    let account = match account {
        Some(account) if !account.expired => account,
        _ if operation == Operation::HealthCheck => crate::state::Account {
            login: String::new(),
            password: String::new(),
            structures: Vec::new(),
            expired: false,
            may_modify: false,
        },
        _ => {
            return Answer::unauthorized(
                r#"Bearer realm="PISTE", error="invalid_account", error_description="Compte technique inconnu ou mot de passe expiré""#,
            );
        }
    };
    if call.method != expected_method {
        return Answer::with(405, Body::Empty);
    }
    if operation != Operation::HealthCheck && !is_json(call.header("content-type")) {
        return Answer::refused(415, "Format de la requête non supporté");
    }
    api::answer(portal, operation, &account, &call.body)
}

fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

/// The answer of a fault.
fn strike(rule: &FaultRule, call: &Call) -> Outcome {
    let retry_after = rule.retry_after.as_ref().map(ToString::to_string);
    let answer = match rule.kind {
        FaultKind::Dropped => return Outcome::Dropped,
        FaultKind::TooManyRequests => page(429, "Le quota PISTE est temporairement dépassé"),
        FaultKind::ServerError => page(rule.status.unwrap_or(500), "Erreur interne du serveur"),
        FaultKind::Maintenance => page(503, "Chorus Pro est en maintenance"),
        FaultKind::NotJson => page(200, "Chorus Pro"),
        FaultKind::EmptyToken => empty_token(rule.shape),
        FaultKind::ExpiredPassword => Answer::unauthorized(
            r#"Bearer realm="PISTE", error="invalid_account", error_description="Le mot de passe du compte technique a expiré""#,
        ),
        FaultKind::Unauthorized => {
            Answer::unauthorized(r#"Bearer realm="PISTE", error="invalid_token""#)
        }
        FaultKind::Forbidden => match rule.shape {
            Some(Shape::Echo) => Answer::with(403, Body::Echo(call.body.to_vec())),
            Some(Shape::Empty) => Answer::with(403, Body::Empty),
            _ => Answer::not_routed(),
        },
        FaultKind::Latency | FaultKind::CutJson | FaultKind::Truncated => {
            page(500, "Erreur interne du serveur")
        }
    };
    Outcome::Answered(Answer {
        retry_after,
        ..answer
    })
}

fn page(status: u16, title: &str) -> Answer {
    let html = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{status} {title}</h1></body></html>\n"
    );
    Answer::with(status, Body::Html(html))
}

fn empty_token(shape: Option<Shape>) -> Answer {
    let body = match shape {
        Some(Shape::Empty) => return Answer::with(200, Body::Empty),
        Some(Shape::EmptyObject) => "{}",
        _ => r#"{"access_token":"","token_type":"Bearer","expires_in":3600,"scope":"openid"}"#,
    };
    Answer::with(200, Body::Json(body.as_bytes().to_vec()))
}

/// The headers with their secrets replaced.
fn safe_headers(call: &Call) -> BTreeMap<String, String> {
    call.headers
        .iter()
        .map(|(name, value)| {
            let shown = match name.as_str() {
                "authorization" => "***".to_owned(),
                "cpro-account" => call
                    .technical_account()
                    .map_or_else(|| "***".to_owned(), |(login, _)| format!("{login}:***")),
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.as_str().to_owned(), shown)
        })
        .collect()
}

fn safe_body(call: &Call, operation: Operation) -> Option<Box<serde_json::value::RawValue>> {
    if operation != Operation::Token {
        return body_of(&call.body);
    }
    // The credentials of a form may stand anywhere in it: only what is known to be harmless is shown.
    let shown: Vec<String> = api::read_form(&call.body)
        .into_iter()
        .map(|(key, value)| match key.as_str() {
            "grant_type" | "client_id" | "scope" => format!("{key}={value}"),
            _ => format!("{key}=***"),
        })
        .collect();
    body_of(shown.join("&").as_bytes())
}
