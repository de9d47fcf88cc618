//! `relais status`: everything on one page.

use std::{fmt::Write as _, process::ExitCode};

use archive::{BucketStore, Decision, keys};
use clap::Args;
use dead_letters::{Desk, Queue};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use lambda_kit::config::Document;
use listing::PortalList;
use relais_poll::cursor::Cursor;
use relais_probe::{examination::Verdict, result::ProbeResult};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    place::{self, Place},
    show, switch,
    trouble::Trouble,
};

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
/// Days back that a report is looked for.
const REPORT_DAYS: i32 = 7;

/// How it is printed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// En JSON.
    #[arg(long)]
    json: bool,
}

/// The page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    at: Timestamp,
    establishments: Vec<OfEstablishment>,
    queues: Vec<OfQueue>,
    /// The circuit breakers, as they lie in the state bucket.
    breakers: Vec<(String, Value)>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfEstablishment {
    siret: String,
    nom: String,
    fetch: bool,
    push: bool,
    /// Each list of the portal, and how far it has been collected.
    lists: Vec<OfList>,
    probe: Option<ProbeResult>,
    /// The day of the last completeness report, and the report.
    report: Option<(String, Value)>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfList {
    list: String,
    /// Everything that changed before this is queued.
    watermark: Option<Timestamp>,
    /// Days of an older backlog that are still to be collected.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_behind: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfQueue {
    queue: Queue,
    visible: u64,
    in_flight: u64,
    dead: u64,
    /// Dead letters that wait for a person, by their facts.
    waiting: usize,
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let mut needed = vec![place::STATE, place::CONFIG];
    needed.extend(Queue::ALL.iter().flat_map(|queue| place::of_queue(*queue)));
    let place = Place::open(&needed).await?;
    let document = place.document().await?;
    let state = place.state()?;
    let status = Status {
        at: place.now(),
        establishments: establishments(&state, &document, place.now()).await?,
        queues: queues(&place, &state).await?,
        breakers: breakers(&state).await?,
    };
    if arguments.json {
        show::json(&status)?;
    } else {
        show::print(&page(&status));
    }
    Ok(ExitCode::SUCCESS)
}

/// An object, or nothing when it is not of the shape that this version knows: a page with a gap is better than none.
async fn known<T: DeserializeOwned>(state: &BucketStore, key: &str) -> Result<Option<T>, Trouble> {
    match state.read_json(key).await {
        Ok(value) => Ok(value),
        Err(error) if error.decision() == Decision::GiveUp => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn establishments(
    state: &BucketStore,
    document: &Document,
    now: Timestamp,
) -> Result<Vec<OfEstablishment>, Trouble> {
    let mut all = Vec::new();
    for establishment in &document.establishments {
        let siret = &establishment.siret;
        let mut lists = Vec::new();
        for list in PortalList::of(establishment) {
            let name = list.name();
            let cursor: Option<Cursor> = known(state, &keys::cursor(siret, name)?).await?;
            let backlog = cursor.as_ref().and_then(|cursor| cursor.backlog);
            lists.push(OfList {
                list: name.to_owned(),
                watermark: cursor.and_then(|cursor| cursor.watermark),
                days_behind: backlog.map(|backlog| backlog.days_left()),
            });
        }
        let switches = switch::read(state, siret).await?;
        all.push(OfEstablishment {
            siret: siret.clone(),
            nom: establishment.name.clone(),
            fetch: establishment.fetch && switches.as_ref().is_none_or(|s| s.fetch),
            push: establishment.push && switches.as_ref().is_none_or(|s| s.push),
            lists,
            probe: known(state, &keys::probe(siret)?).await?,
            report: last_report(state, siret, now).await?,
        });
    }
    Ok(all)
}

async fn last_report(
    state: &BucketStore,
    siret: &str,
    now: Timestamp,
) -> Result<Option<(String, Value)>, Trouble> {
    let today = now.to_zoned(PARIS).date();
    for back in 0..REPORT_DAYS {
        let Ok(day) = today.checked_sub(back.days()) else {
            break;
        };
        if let Some(report) = known(state, &keys::report(day, siret)?).await? {
            return Ok(Some((day.to_string(), report)));
        }
    }
    Ok(None)
}

async fn queues(place: &Place, state: &BucketStore) -> Result<Vec<OfQueue>, Trouble> {
    let desk = Desk::new(state.clone(), "");
    let mut all = Vec::new();
    for queue in Queue::ALL {
        let lane = place.lane(queue)?;
        let depth = lane.origin.depth().await?;
        let (facts, _) = desk.facts(queue).await?;
        all.push(OfQueue {
            queue,
            visible: depth.visible,
            in_flight: depth.in_flight,
            dead: lane.dead.depth().await?.total(),
            waiting: facts
                .values()
                .filter(|fact| fact.resolution.is_none())
                .count(),
        });
    }
    Ok(all)
}

async fn breakers(state: &BucketStore) -> Result<Vec<(String, Value)>, Trouble> {
    let mut all = Vec::new();
    for key in state.list_keys("breakers/").await? {
        if let Some(breaker) = known(state, &key).await? {
            let name = key
                .trim_start_matches("breakers/")
                .trim_end_matches(".json");
            all.push((name.to_owned(), breaker));
        }
    }
    Ok(all)
}

fn page(status: &Status) -> String {
    let mut page = format!("Relais, le {} (heure de Paris)\n", show::second(status.at));
    for establishment in &status.establishments {
        section(&mut page, establishment, status.at);
    }
    let _ = writeln!(
        page,
        "\n{:<10} {:>10} {:>10} {:>14} {:>22}",
        "file", "en attente", "en cours", "lettres mortes", "dont sans décision"
    );
    for of in &status.queues {
        let _ = writeln!(
            page,
            "{:<10} {:>10} {:>10} {:>14} {:>22}",
            of.queue.name(),
            of.visible,
            of.in_flight,
            of.dead,
            of.waiting
        );
    }
    if status.queues.iter().any(|of| of.dead > 0 || of.waiting > 0) {
        page.push_str("Pour les voir : relais dlq list\n");
    }
    if !status.breakers.is_empty() {
        page.push_str("\nDisjoncteurs et débit\n");
    }
    for (name, breaker) in &status.breakers {
        let _ = writeln!(page, "  {name:<15} {}", circuit(breaker));
    }
    page
}

/// A breaker in words: `open` and `rate` are there while they hold.
fn circuit(breaker: &Value) -> String {
    let text = |path: &str| breaker.pointer(path).and_then(Value::as_str);
    let when = |path: &str| {
        text(path)
            .and_then(|at| at.parse().ok())
            .map_or_else(|| "?".to_owned(), show::instant)
    };
    let mut said = Vec::new();
    if breaker.get("open").is_some_and(|open| !open.is_null()) {
        said.push(format!(
            "OUVERT depuis le {} ({}), prochain essai le {}",
            when("/open/since"),
            text("/open/why").unwrap_or("sans raison connue"),
            when("/open/nextTrial")
        ));
    }
    if let Some(calls) = breaker.pointer("/rate/callsPerMinute") {
        said.push(format!(
            "débit réduit à {calls} appels par minute jusqu'au {}",
            when("/rate/until")
        ));
    }
    if said.is_empty() {
        said.push("fermé : tout passe".to_owned());
    }
    said.join(" ; ")
}

fn section(page: &mut String, of: &OfEstablishment, now: Timestamp) {
    let _ = writeln!(page, "\n{}  {}", of.siret, of.nom);
    for (name, on) in [("fetch", of.fetch), ("push", of.push)] {
        if !on {
            let _ = writeln!(page, "  {name} est COUPÉ (relais switch)");
        }
    }
    for OfList {
        list,
        watermark,
        days_behind,
    } in &of.lists
    {
        let text = watermark.map_or_else(
            || "aucune facture vue encore".to_owned(),
            |at| {
                format!(
                    "jusqu'au changement du {} (il y a {})",
                    show::instant(at),
                    show::ago(at, now)
                )
            },
        );
        let backlog = days_behind
            .map(|days| format!(" ; reprise de l'historique : encore {days} jours"))
            .unwrap_or_default();
        let _ = writeln!(page, "  {:<19} {text}{backlog}", list.to_lowercase());
    }
    let _ = writeln!(
        page,
        "  {:<19} {}",
        "compte",
        account(of.probe.as_ref(), now)
    );
    if let Some(action) = of.probe.as_ref().and_then(|probe| probe.action.as_ref()) {
        let _ = writeln!(page, "  {:<19} {action}", "");
    }
    let report = of.report.as_ref().map_or_else(
        || format!("aucun rapport depuis {REPORT_DAYS} jours"),
        |(day, report)| match report.get("green").and_then(Value::as_bool) {
            Some(true) => format!("tout y est, rapport du {day}"),
            Some(false) => format!(
                "PAS COMPLET, rapport du {day} : voyez reports/{day}/{}.json",
                of.siret
            ),
            None => format!("rapport du {day}"),
        },
    );
    let _ = writeln!(page, "  {:<19} {report}", "complétude");
}

fn account(probe: Option<&ProbeResult>, now: Timestamp) -> String {
    let Some(probe) = probe else {
        return "jamais vérifié (relais doctor)".to_owned();
    };
    let when = format!("vérifié il y a {}", show::ago(probe.at, now));
    let days = probe.days_left.map_or_else(String::new, |days| {
        format!(", mot de passe valable encore {days} jours")
    });
    match probe.verdict {
        Verdict::Well => format!("en ordre{days}, {when}"),
        other => format!(
            "NE VA PAS ({}), {when}",
            serde_json::to_value(other)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default()
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_open_breaker_says_since_when_and_why() {
        let open = json!({"version": 1, "open": {"why": "HTTP 503", "since": "2026-11-23T09:15:00Z", "nextTrial": "2026-11-23T09:30:00Z"}});
        assert_eq!(
            circuit(&open),
            "OUVERT depuis le 2026-11-23 10:15 (HTTP 503), prochain essai le 2026-11-23 10:30"
        );
        assert_eq!(circuit(&json!({"version": 1})), "fermé : tout passe");
    }

    #[test]
    fn the_page_says_what_is_cut_what_waits_and_whether_all_is_there() {
        let at: Timestamp = "2026-11-23T09:15:00Z".parse().unwrap();
        let status = Status {
            at,
            establishments: vec![OfEstablishment {
                siret: "00000000013456".into(),
                nom: "Mairie".into(),
                fetch: true,
                push: false,
                lists: vec![OfList {
                    list: "FACTURE".into(),
                    watermark: Some(at),
                    days_behind: Some(12),
                }],
                probe: None,
                report: Some(("2026-11-23".into(), json!({"green": false}))),
            }],
            queues: vec![OfQueue {
                queue: Queue::Jobs,
                visible: 3,
                in_flight: 1,
                dead: 2,
                waiting: 2,
            }],
            breakers: vec![],
        };
        let page = page(&status);
        for line in [
            "push est COUPÉ",
            "facture             jusqu'au changement du 2026-11-23 10:15 (il y a 0 s) ; reprise de l'historique : encore 12 jours",
            "jamais vérifié",
            "PAS COMPLET, rapport du 2026-11-23 : voyez reports/2026-11-23/00000000013456.json",
            "relais dlq list",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
    }
}
