//! The rehearsal: what can be tried before the start is tried on a portal of its own, in the order of the instants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::error::Problems;
use super::robots::{ANEW, Reaction};
use super::step::{Deed, Step};
use super::{Scenario, scratch};
use crate::control::Deposit;
use crate::dates;
use crate::state::{Invoice, Portal};

/// Tries instants, deposits, labels and services. `unread` are the labels of steps that could not be read.
pub(super) fn rehearse(scenario: &Scenario, unread: BTreeSet<String>, problems: &mut Problems) {
    let mut rehearsal = Rehearsal {
        starts: scenario.starts,
        anew: scenario
            .rules
            .iter()
            .any(|rule| matches!(rule.does, Reaction::DepositAnew)),
        portal: scratch(),
        labels: BTreeMap::new(),
        unread,
        problems,
    };
    let mut tried = BTreeSet::new();
    for (at, index) in scenario.events() {
        if let Some(step) = scenario.steps.get(index).filter(|_| tried.insert(index)) {
            rehearsal.step(at, step);
        }
    }
}

/// What is known at one step. One mistake is told once, not again at every step that follows from it.
struct Rehearsal<'a> {
    starts: Timestamp,
    /// Whether the supplier deposits refused invoices anew.
    anew: bool,
    portal: Portal,
    /// What a label stands for; nothing after a deposit that is not right.
    labels: BTreeMap<String, Option<Arc<Invoice>>>,
    unread: BTreeSet<String>,
    problems: &'a mut Problems,
}

impl Rehearsal<'_> {
    fn step(&mut self, at: Timestamp, step: &Step) {
        let place = format!("step {}", step.number);
        let early = at < self.starts;
        if early {
            let (at, starts) = (dates::minute(at), dates::minute(self.starts));
            self.problems
                .add(&place, format!("at: {at} is before the start, {starts}"));
        }
        match (&step.deed, &step.invoice) {
            (Deed::Deposit(deposit), label) => self.deposit(&place, deposit, label.as_deref()),
            (Deed::Generate(_) | Deed::Faults(_), _) | (_, None) => {}
            (deed, Some(label)) if !early => self.about(&place, deed, label),
            _ => {}
        }
    }

    fn deposit(&mut self, place: &str, deposit: &Deposit, label: Option<&str>) {
        let made = deposit.clone().put_into(&mut self.portal);
        let made = self.problems.keep(place, made);
        let Some(label) = label else {
            return;
        };
        if self.labels.insert(label.to_owned(), made).is_some() {
            let twice = format!("invoice: \"{label}\" is deposited twice; choose another label");
            self.problems.add(place, twice);
        }
    }

    fn about(&mut self, place: &str, deed: &Deed, label: &str) {
        match self.labelled(label) {
            Some(Some(invoice)) => service_exists(deed, &invoice, place, self.problems),
            Some(None) => {}
            None if self.unread.contains(label) => {}
            None => {
                let known: Vec<&str> = self.labels.keys().map(String::as_str).collect();
                let unknown = unknown_label(label, &known);
                self.problems.add(place, unknown);
            }
        }
    }

    /// `mobilier/2` is what the supplier makes of `mobilier` once it was refused.
    fn labelled(&self, label: &str) -> Option<Option<Arc<Invoice>>> {
        let first = label.strip_suffix(ANEW).filter(|_| self.anew);
        let found = self.labels.get(label).or_else(|| self.labels.get(first?));
        found.cloned()
    }
}

fn unknown_label(label: &str, known: &[&str]) -> String {
    let known = match known {
        [] => "nothing".to_owned(),
        known => known.join(", "),
    };
    format!("invoice: no step before it deposits \"{label}\"; deposited by then: {known}")
}

fn service_exists(deed: &Deed, invoice: &Invoice, place: &str, problems: &mut Problems) {
    let Deed::Recycle(supplied) = deed else {
        return;
    };
    let Some(wanted) = &supplied.code_service else {
        return;
    };
    let mut services = invoice.destinataire.services.iter();
    let found = services
        .any(|service| service.code.as_ref() == Some(wanted) || service.id.to_string() == *wanted);
    if !found {
        let siret = &invoice.destinataire.siret;
        problems.add(
            place,
            format!("codeService: {siret} has no service {wanted}"),
        );
    }
}
