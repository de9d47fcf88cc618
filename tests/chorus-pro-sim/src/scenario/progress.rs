//! How far a scenario is: what was done by whom, what came of it, and what is next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::player::Player;
use super::when;
use crate::state::Portal;

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The step with this number.
    Step(usize),
    /// The robot with this name.
    Robot(&'static str),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened.
    Done,
    /// It could not be; `what` says why.
    Refused,
    /// It is for the connected ERP to do.
    LeftToTheErp,
}

/// One thing that a step or a robot has done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// When, by the portal's clock.
    pub at: Timestamp,
    /// The same, counted in days from the first.
    pub day: String,
    /// Who did it.
    pub by: Who,
    /// The label of the invoice, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Its identifier, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_facture: Option<i64>,
    /// Whether it happened.
    pub outcome: Outcome,
    /// One sentence.
    pub what: String,
}

/// What happens next unless somebody does something before.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// When, by the portal's clock.
    pub at: Timestamp,
    /// The same, counted in days from the first.
    pub day: String,
    /// Who will do it.
    pub by: Who,
}

/// A step and where it stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Counted from 1, in the order of the file.
    pub step: usize,
    /// Its first instant.
    pub day: String,
    /// Its verb.
    #[serde(rename = "do")]
    pub verb: &'static str,
    /// The label of its invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// How often it was done, refused ones included.
    pub done: usize,
    /// How often it will be done.
    pub to_come: usize,
    /// What came of it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// The invoice behind a label.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Labelled {
    /// Its identifier.
    pub id_facture: i64,
    /// Where it stands.
    pub statut: String,
    /// All that it went through, oldest first.
    pub historique: Vec<String>,
}

/// How far a scenario is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Its title.
    pub title: String,
    /// The portal's present.
    pub now: Timestamp,
    /// The same, counted in days from the first.
    pub day: String,
    /// `1d per 2s`; absent when the clock runs like the machine's.
    pub speed: Option<String>,
    /// How many steps were done, each repetition counted.
    pub done: usize,
    /// How many are to come.
    pub to_come: usize,
    /// No step is to come and no robot has anything to react to.
    pub finished: bool,
    /// What is next.
    pub next: Option<Next>,
    /// The invoices that have labels.
    pub invoices: BTreeMap<String, Labelled>,
    /// The steps in the order of the file.
    pub steps: Vec<StepView>,
    /// Everything that was done, in its order, by steps and by robots.
    pub log: Vec<Done>,
}

impl Player {
    /// How far the scenario is.
    pub(crate) fn progress(&mut self, portal: &Portal) -> Progress {
        let (now, first_day) = (portal.clock.now(), self.scenario().first_day);
        let next = self.due(portal).map(|due| Next {
            at: due.at,
            day: when::as_day(due.at, first_day),
            by: self.who(due),
        });
        let (total, to_come) = self.counts();
        let scenario = self.scenario();
        Progress {
            title: scenario.title.clone(),
            now,
            day: when::as_day(now, first_day),
            speed: scenario.speed_text.clone(),
            done: total - to_come,
            to_come,
            finished: next.is_none(),
            next,
            invoices: self.labelled(portal),
            steps: self.steps(),
            log: self.log().to_vec(),
        }
    }

    fn labelled(&self, portal: &Portal) -> BTreeMap<String, Labelled> {
        let view = |(label, id): (&String, &i64)| {
            let invoice = portal.invoice(*id)?;
            let labelled = Labelled {
                id_facture: *id,
                statut: invoice.statut.clone(),
                historique: invoice
                    .historique
                    .iter()
                    .map(|entry| entry.code.clone())
                    .collect(),
            };
            Some((label.clone(), labelled))
        };
        self.labels().iter().filter_map(view).collect()
    }

    fn steps(&self) -> Vec<StepView> {
        let scenario = self.scenario();
        let view = |step: &super::Step| {
            let mut done = self
                .log()
                .iter()
                .filter(|done| done.by == Who::Step(step.number));
            let last = done.clone().next_back().map(|done| done.what.clone());
            let count = done.by_ref().count();
            StepView {
                step: step.number,
                day: step
                    .at
                    .first()
                    .map(|at| when::as_day(*at, scenario.first_day))
                    .unwrap_or_default(),
                verb: step.deed.verb(),
                invoice: step.invoice.clone(),
                done: count,
                to_come: step.at.len().saturating_sub(count),
                what: last,
            }
        };
        scenario.steps.iter().map(view).collect()
    }
}
