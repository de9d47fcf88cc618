//! Scenarios: what happens on the portal by itself as days go by, so that a month is rehearsed in a minute.
//!
//! A scenario is a JSON file of *steps*, each at its instant, about invoices that have labels, and of *robots*, which react to
//! whatever becomes of any invoice: the supplier who completes what is suspended, the accountant who pays what is mandated. Both
//! are worked through in the order of the portal's clock, and everything bears the instant at which it was due, however far the
//! clock has jumped: the same file, seed and calls at the same instants give the same histories.
//!
//! It knows nothing of HTTP; `/_sim/scenario` shows it.

mod error;
mod fields;
mod player;
mod progress;
mod rehearsal;
mod robots;
mod step;
mod when;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::value::RawValue;

pub use error::ScenarioError;
pub(crate) use player::Player;
pub use progress::{Done, Labelled, Next, Outcome, Progress, StepView, Who};

use crate::clock::Speed;
use crate::dates;
use crate::options::Options;
use crate::seed;
use crate::state::Portal;
use error::Problems;
use fields::Fields;
use robots::Rule;
use step::Step;

/// A scenario that has been read and found right.
#[derive(Debug, Clone)]
pub struct Scenario {
    title: String,
    starts: Timestamp,
    first_day: Date,
    speed: Option<Speed>,
    speed_text: Option<String>,
    erp: Erp,
    steps: Vec<Step>,
    rules: Vec<Rule>,
}

/// Who decides about the invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Erp {
    /// The script, by the steps that say `"par": "erp"`.
    Scripted,
    /// Your own ERP: those steps only tell what it is expected to do.
    Connected,
}

impl Scenario {
    /// Reads a scenario. It starts at `now`, or else when it says itself, or else at the first minute of today.
    ///
    /// # Errors
    ///
    /// When anything in it is not right: all of it is told, each with the number of its step.
    pub fn read(text: &str, now: Option<Timestamp>) -> Result<Self, ScenarioError> {
        let mut problems = Problems::default();
        let scenario = read(text, now, &mut problems);
        match (problems.error(), scenario) {
            (None, Some(scenario)) => Ok(scenario),
            (error, _) => Err(error.unwrap_or_default()),
        }
    }

    /// What the portal's clock shows at the start.
    #[must_use]
    pub fn starts(&self) -> Timestamp {
        self.starts
    }
}

impl fmt::Display for Scenario {
    /// `a month at a town hall: 24 steps from 2026-10-05 08:00, 1d per 2s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (title, starts) = (&self.title, dates::minute(self.starts));
        let speed = self.speed_text.as_deref();
        let speed = speed.unwrap_or("driven by POST /_sim/scenario/next and /_sim/clock");
        write!(
            f,
            "{title}: {} steps from {starts}, {speed}",
            self.steps.len()
        )
    }
}

/// A portal to try things on: the same establishments for every seed.
fn scratch() -> Portal {
    seed::without_invoices(&Options::default(), Timestamp::UNIX_EPOCH)
}

fn read(text: &str, now: Option<Timestamp>, problems: &mut Problems) -> Option<Scenario> {
    // Position matters here: the file as a whole may be no JSON at all.
    let raw: Box<RawValue> = problems.keep("the file", serde_json::from_str(text))?;
    let mut fields = Fields::of("the file", &raw, problems)?;
    let title: Option<String> = fields.take("title", problems);
    let (starts, first_day) = start(&mut fields, now, problems)?;
    let ends = fields.read("ends", problems, |text| when::instant(text, first_day));
    let speed_text: Option<String> = fields.take("speed", problems);
    let speed = speed_text
        .as_deref()
        .and_then(|text| problems.keep("speed", when::speed(text)))
        .map(|speed| Speed {
            until: ends,
            ..speed
        });
    let erp = fields.read("erp", problems, |text| match text {
        "scripted" => Ok(Erp::Scripted),
        "connected" => Ok(Erp::Connected),
        other => Err(format!(
            "\"{other}\" is neither \"scripted\" nor \"connected\""
        )),
    });
    let raw_steps: Vec<Box<RawValue>> = fields.take("steps", problems).unwrap_or_default();
    let (mut steps, mut unread) = (Vec::new(), BTreeSet::new());
    for (number, raw) in (1..).zip(&raw_steps) {
        match step::read(number, raw, first_day, problems) {
            Some(step) => steps.push(step),
            None => unread.extend(step::label(raw)),
        }
    }
    let rules = fields
        .take::<Box<RawValue>>("robots", problems)
        .map(|raw| robots::read(&raw, problems))
        .unwrap_or_default();
    fields.end("title, starts, ends, speed, erp, steps, robots", problems);
    if raw_steps.is_empty() && rules.is_empty() && problems.is_empty() {
        problems.add(
            "the file",
            "it has neither steps nor robots: nothing would happen",
        );
    }
    let scenario = Scenario {
        title: title.unwrap_or_else(|| "a scenario".to_owned()),
        starts,
        first_day,
        speed,
        speed_text,
        erp: erp.unwrap_or(Erp::Scripted),
        steps,
        rules,
    };
    rehearsal::rehearse(&scenario, unread, problems);
    Some(scenario)
}

/// The instant of the start, and the day that is day 1.
fn start(
    fields: &mut Fields,
    now: Option<Timestamp>,
    problems: &mut Problems,
) -> Option<(Timestamp, Date)> {
    let today = dates::day_of(Timestamp::now());
    let given: Option<String> = fields.take("starts", problems);
    let given = match given {
        Some(text) if text.trim().starts_with("day ") => {
            problems.add(
                "starts",
                "days are counted from it; write \"2026-11-23 08:00\"",
            );
            return None;
        }
        Some(text) => Some(problems.keep("starts", when::instant(&text, today))?),
        None => None,
    };
    let starts = now
        .or(given)
        .or_else(|| dates::local(today, Time::midnight()))?;
    Some((starts, dates::day_of(starts)))
}

impl Scenario {
    /// The instants in their order; at the same one, the order of the file.
    fn events(&self) -> Vec<(Timestamp, usize)> {
        let mut events: Vec<(Timestamp, usize)> = self
            .steps
            .iter()
            .enumerate()
            .flat_map(|(index, step)| step.at.iter().map(move |at| (*at, index)))
            .collect();
        events.sort_unstable();
        events
    }
}
