//! The player: lets everything happen in the order of the portal's clock, each thing at the instant at which it is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::progress::{Done, Outcome, Who};
use super::robots::{self, ANEW, Reaction, Rule};
use super::step::{By, Deed, Step};
use super::{Erp, Scenario, when};
use crate::faults::Faults;
use crate::options::Options;
use crate::state::{Invoice, Portal};

/// A scenario that is being played.
#[derive(Debug)]
pub(crate) struct Player {
    scenario: Arc<Scenario>,
    seed: u64,
    events: Vec<(Timestamp, usize)>,
    /// How many of the events are done.
    reached: usize,
    labels: BTreeMap<String, i64>,
    log: Vec<Done>,
    /// What robots have reacted to: rule, invoice, occasion.
    reacted: BTreeSet<(usize, i64, Option<i64>)>,
    played_until: Timestamp,
    /// What was next when the portal had seen so many movements.
    looked: Option<(i64, Option<Due>)>,
}

/// What is next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The step at this index.
    Step(usize),
    /// The rule at this index, for this invoice.
    Rule(usize, i64),
}

impl Player {
    /// A player for the scenario of the options, if any; it gives the portal's clock its speed.
    pub(crate) fn for_options(options: &Options, portal: &mut Portal) -> Option<Self> {
        let scenario = Arc::new(options.scenario.clone()?);
        portal.clock.run_at(scenario.speed);
        Some(Self {
            seed: options.seed,
            events: scenario.events(),
            reached: 0,
            labels: BTreeMap::new(),
            log: Vec::new(),
            reacted: BTreeSet::new(),
            played_until: scenario.starts,
            looked: None,
            scenario,
        })
    }

    pub(super) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    pub(super) fn labels(&self) -> &BTreeMap<String, i64> {
        &self.labels
    }

    pub(super) fn log(&self) -> &[Done] {
        &self.log
    }

    /// All steps and those to come, each repetition counted.
    pub(super) fn counts(&self) -> (usize, usize) {
        let total = self.events.len();
        (total, total.saturating_sub(self.reached))
    }

    pub(super) fn who(&self, due: Due) -> Who {
        match due.what {
            What::Step(index) => {
                Who::Step(self.scenario.steps.get(index).map_or(0, |step| step.number))
            }
            What::Rule(index, _) => {
                Who::Robot(self.scenario.rules.get(index).map_or("", |rule| rule.robot))
            }
        }
    }

    /// Lets everything happen that is due by the portal's present, and leaves the clock standing there until it is called again.
    pub(crate) fn catch_up(&mut self, portal: &mut Portal, faults: &Mutex<Faults>) {
        portal.clock.unpin();
        let now = portal.clock.now();
        // A clock that was put back makes nothing undone, and what is due from then on bears its own instants.
        if now < self.played_until {
            self.played_until = now;
            self.looked = None;
        }
        while let Some(due) = self.due(portal).filter(|due| due.at <= now) {
            portal.clock.pin(due.at);
            self.played_until = due.at;
            self.play(portal, faults, due);
        }
        self.played_until = now;
        portal.clock.pin(now);
    }

    /// Pushes the clock to what is next, lets that and all else of the same instant happen, and tells it.
    pub(crate) fn next(&mut self, portal: &mut Portal, faults: &Mutex<Faults>) -> Vec<Done> {
        let before = self.log.len();
        if let Some(due) = self.due(portal) {
            portal.clock.set(due.at.max(portal.clock.now()));
            self.catch_up(portal, faults);
        }
        self.log.get(before..).unwrap_or_default().to_vec()
    }

    /// The next step or reaction; steps go first, then the robots in their order.
    pub(super) fn due(&mut self, portal: &Portal) -> Option<Due> {
        if let Some((movements, due)) = self.looked
            && movements == portal.movements()
        {
            return due.map(|due| self.not_in_the_past(due));
        }
        let step = self.events.get(self.reached).map(|(at, index)| Due {
            at: *at,
            what: What::Step(*index),
        });
        let reactions = portal
            .invoices()
            .flat_map(|invoice| self.reactions(invoice));
        let due = step
            .into_iter()
            .chain(reactions)
            .map(|due| self.not_in_the_past(due))
            .min_by_key(|due| (due.at, due.what));
        self.looked = Some((portal.movements(), due));
        due
    }

    /// A status dated back by hand is reacted to at the present: no history goes backwards.
    fn not_in_the_past(&self, due: Due) -> Due {
        Due {
            at: due.at.max(self.played_until),
            ..due
        }
    }

    fn reactions(&self, invoice: &Arc<Invoice>) -> impl Iterator<Item = Due> {
        let rules = self.scenario.rules.iter().enumerate();
        rules.filter_map(|(index, rule)| {
            let at = rule.due(invoice, self.seed)?;
            let occasion = (index, invoice.id, rule.occasion(invoice));
            (!self.reacted.contains(&occasion)).then_some(Due {
                at,
                what: What::Rule(index, invoice.id),
            })
        })
    }

    fn play(&mut self, portal: &mut Portal, faults: &Mutex<Faults>, due: Due) {
        let scenario = Arc::clone(&self.scenario);
        self.looked = None;
        // Values of its own: how many tokens the client has asked for until then does not change what is deposited.
        let own = ChaCha8Rng::seed_from_u64(self.seed_of(due.what));
        let shared = std::mem::replace(&mut portal.rng, own);
        match due.what {
            What::Step(index) => {
                self.reached += 1;
                if let Some(step) = scenario.steps.get(index) {
                    self.step(portal, faults, due, step);
                }
            }
            What::Rule(index, id) => {
                let invoice = portal.invoice(id).cloned();
                if let (Some(rule), Some(invoice)) = (scenario.rules.get(index), invoice) {
                    self.reacted.insert((index, id, rule.occasion(&invoice)));
                    self.react(portal, due, rule, &invoice);
                }
            }
        }
        portal.rng = shared;
    }

    fn seed_of(&self, what: What) -> u64 {
        let (kind, number) = match what {
            What::Step(_) => (0, self.reached),
            What::Rule(index, id) => (id.unsigned_abs(), index),
        };
        self.seed
            ^ kind.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (number as u64)
                .wrapping_add(1)
                .wrapping_mul(0xD1B5_4A32_D192_ED03)
    }

    fn step(&mut self, portal: &mut Portal, faults: &Mutex<Faults>, due: Due, step: &Step) {
        let label = step.invoice.clone();
        let mut id = label
            .as_ref()
            .and_then(|label| self.labels.get(label))
            .copied();
        if let Deed::Status(wanted) = &step.deed
            && wanted.par == By::Erp
            && self.scenario.erp == Erp::Connected
        {
            let what = format!("the ERP is expected to ask for {}", wanted.statut);
            return self.note(due, label, id, Outcome::LeftToTheErp, what);
        }
        let before = id
            .and_then(|id| portal.invoice(id))
            .map(|invoice| invoice.statut.clone());
        match step.deed.perform(portal, faults, id) {
            Err(reason) => self.note(
                due,
                label,
                id,
                Outcome::Refused,
                format!("{}: {reason}", step.deed.verb()),
            ),
            Ok(made) => {
                if let [only] = made.as_slice() {
                    id = Some(*only);
                }
                if let (Some(label), Some(id)) = (&label, id) {
                    self.labels.insert(label.clone(), id);
                }
                let what = match (&step.deed, made.len()) {
                    (Deed::Faults(rules), _) => format!("faults in force: {}", rules.len()),
                    (Deed::Download, _) => "downloaded by a person on the portal".to_owned(),
                    (Deed::Generate(_), count) => format!("generated invoices deposited: {count}"),
                    _ => moved(portal, before.as_deref(), id),
                };
                self.note(due, label, id, Outcome::Done, what);
            }
        }
    }

    fn react(&mut self, portal: &mut Portal, due: Due, rule: &Rule, invoice: &Arc<Invoice>) {
        let mut label = self.label_of(invoice.id);
        match robots::react(portal, invoice, &rule.does) {
            Err(reason) => self.note(due, label, Some(invoice.id), Outcome::Refused, reason),
            Ok(after) => {
                let anew = matches!(rule.does, Reaction::DepositAnew);
                label = label.map(|label| if anew { label + ANEW } else { label });
                if let (Some(label), true) = (&label, anew) {
                    self.labels.insert(label.clone(), after.id);
                }
                let before = Some(invoice.statut.as_str()).filter(|_| !anew);
                let what = match anew {
                    true => format!(
                        "deposited anew, {} instead of {}",
                        after.numero, invoice.numero
                    ),
                    false => moved(portal, before, Some(after.id)),
                };
                self.note(due, label, Some(after.id), Outcome::Done, what);
            }
        }
    }

    fn label_of(&self, id: i64) -> Option<String> {
        let mut labels = self.labels.iter();
        labels
            .find(|(_, known)| **known == id)
            .map(|(label, _)| label.clone())
    }

    fn note(
        &mut self,
        due: Due,
        invoice: Option<String>,
        id_facture: Option<i64>,
        outcome: Outcome,
        what: String,
    ) {
        let done = Done {
            at: due.at,
            day: when::as_day(due.at, self.scenario.first_day),
            by: self.who(due),
            invoice,
            id_facture,
            outcome,
            what,
        };
        self.log.push(done);
    }
}

/// `MANDATEE to MISE_EN_PAIEMENT`, or what was deposited.
fn moved(portal: &Portal, before: Option<&str>, id: Option<i64>) -> String {
    let Some(invoice) = id.and_then(|id| portal.invoice(id)) else {
        return "done".to_owned();
    };
    match before {
        Some(before) => format!("{before} to {}", invoice.statut),
        None => format!("{} deposited, {}", invoice.numero, invoice.statut),
    }
}
