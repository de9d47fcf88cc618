//! Steps: what happens at a given instant, and to which invoice.

use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::Problems;
use super::fields::Fields;
use super::when;
use crate::control::{Deposit, Supplied};
use crate::dates;
use crate::faults::{FaultRule, Faults};
use crate::state::{Account, Actor, Portal};
use crate::statuts;

/// One step of the file.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Counted from 1, in the order of the file.
    pub(super) number: usize,
    /// When: more than one instant for a step that repeats.
    pub(super) at: Vec<Timestamp>,
    /// The label of the invoice.
    pub(super) invoice: Option<String>,
    pub(super) deed: Deed,
}

/// What a step does.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Deposit(Box<Deposit>),
    Generate(usize),
    Complete(Supplied),
    Recycle(Supplied),
    Pay(Paid),
    Status(SetStatus),
    Download,
    Faults(Vec<FaultRule>),
}

/// The words for it, in the order in which they are explained.
const VERBS: &str = "deposit, complete, recycle, pay, status, download, faults";

impl Deed {
    /// The word that the file has for it.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Deposit(_) | Self::Generate(_) => "deposit",
            Self::Complete(_) => "complete",
            Self::Recycle(_) => "recycle",
            Self::Pay(_) => "pay",
            Self::Status(_) => "status",
            Self::Download => "download",
            Self::Faults(_) => "faults",
        }
    }

    /// What does not go together: a verb, a label, a repetition.
    fn unfit(&self, labelled: bool, repeats: bool) -> Option<String> {
        let verb = self.verb();
        match self {
            Self::Deposit(_) if repeats && labelled => {
                Some("invoice: a deposit that repeats makes several and has no label".to_owned())
            }
            Self::Generate(_) | Self::Faults(_) if labelled => Some(format!(
                "invoice: this \"{verb}\" is not about one invoice and has no label"
            )),
            Self::Deposit(_) | Self::Generate(_) => None,
            _ if repeats => Some(
                "every: only a deposit repeats; a robot does things again and again".to_owned(),
            ),
            Self::Faults(_) => None,
            _ => (!labelled).then(|| format!("invoice: \"{verb}\" needs the label of an invoice")),
        }
    }
}

/// Fields of `pay`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Paid {
    commentaire: Option<String>,
}

/// Fields of `status`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SetStatus {
    pub(super) statut: String,
    pub(super) commentaire: Option<String>,
    #[serde(default)]
    pub(super) par: By,
    #[serde(rename = "numeroDPMandat")]
    pub(super) numero_dp_mandat: Option<String>,
}

/// By whom a status is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    /// A person of the establishment, on the portal: whatever the matrix says.
    #[default]
    Person,
    /// The accountant.
    Accountant,
    /// The supplier.
    Supplier,
    /// Chorus Pro itself.
    System,
    /// The works' manager.
    Moe,
    /// The ERP, by `traiter/recue`: within the matrix, and only while the script plays it.
    Erp,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRules {
    faults: Vec<FaultRule>,
}

/// The label in a step that could not be read.
pub(super) fn label(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Labelled {
        invoice: Option<String>,
    }
    let labelled: Labelled = serde_json::from_str(raw.get()).ok()?;
    labelled.invoice
}

/// Reads one step; what is wrong with it goes to `problems`.
pub(super) fn read(
    number: usize,
    raw: &RawValue,
    first_day: Date,
    problems: &mut Problems,
) -> Option<Step> {
    let mut fields = Fields::of(&format!("step {number}"), raw, problems)?;
    let at = instants(&mut fields, first_day, problems);
    let invoice: Option<String> = fields.take("invoice", problems);
    let place = fields.place().to_owned();
    if !fields.has("do") {
        problems.add(&place, format!("do: a verb is missing; there are {VERBS}"));
    }
    let verb: String = fields.take("do", problems)?;
    let deed = deed(&verb, fields, problems)?;
    let repeats = at.as_ref().is_some_and(|at| at.len() > 1);
    if let Some(problem) = deed.unfit(invoice.is_some(), repeats) {
        problems.add(&place, problem);
    }
    let at = at?;
    Some(Step {
        number,
        at,
        invoice,
        deed,
    })
}

/// `at`, and again `every` so long, `times` in all.
fn instants(
    fields: &mut Fields,
    first_day: Date,
    problems: &mut Problems,
) -> Option<Vec<Timestamp>> {
    const MOST: usize = 10_000;
    let place = fields.place().to_owned();
    if !fields.has("at") {
        problems.add(&place, "at: an instant is missing; write \"day 3 09:00\"");
    }
    let at = fields.read("at", problems, |text| when::instant(text, first_day));
    let paired = fields.has("every") == fields.has("times");
    if !paired {
        problems.add(
            &place,
            "every and times come together: \"every\": \"1d\", \"times\": 20",
        );
    }
    let every = fields.read("every", problems, when::length);
    let times: Option<usize> = fields.take("times", problems);
    let (Some(every), Some(times)) = (every, times) else {
        return Some(vec![at?]);
    };
    if !(1..=MOST).contains(&times) {
        problems.add(&place, format!("times: from 1 to {MOST}"));
        return None;
    }
    let repeated = std::iter::successors(at, |before| dates::after(*before, every));
    Some(repeated.take(times).collect::<Vec<_>>()).filter(|all| !all.is_empty())
}

fn deed(verb: &str, mut fields: Fields, problems: &mut Problems) -> Option<Deed> {
    let place = fields.place().to_owned();
    Some(match verb {
        "deposit" => match fields.take::<usize>("count", problems) {
            Some(count) => {
                fields.rest::<Nothing>(problems)?;
                Deed::Generate(count)
            }
            None => Deed::Deposit(Box::new(fields.rest(problems)?)),
        },
        "complete" => Deed::Complete(fields.rest(problems)?),
        "recycle" => Deed::Recycle(fields.rest(problems)?),
        "pay" => Deed::Pay(fields.rest(problems)?),
        "status" => {
            let wanted: SetStatus = fields.rest(problems)?;
            wanted.check(&place, problems);
            Deed::Status(wanted)
        }
        "download" => {
            fields.rest::<Nothing>(problems)?;
            Deed::Download
        }
        "faults" => {
            let rules: FaultRules = fields.rest(problems)?;
            problems.keep(&place, Faults::none(0).set(rules.faults.clone()));
            Deed::Faults(rules.faults)
        }
        other => {
            problems.add(
                &place,
                format!("do: unknown verb \"{other}\"; there are {VERBS}"),
            );
            return None;
        }
    })
}

impl SetStatus {
    fn check(&self, place: &str, problems: &mut Problems) {
        if !statuts::is_official(&self.statut) {
            problems.add(
                place,
                format!("statut: \"{}\" is not a status of Chorus Pro", self.statut),
            );
            return;
        }
        if self.par != By::Erp {
            return;
        }
        if !statuts::targets_from(statuts::MISE_A_DISPOSITION, true).contains(&self.statut.as_str())
        {
            problems.add(
                place,
                format!(
                    "statut: a recipient cannot ask for {}; leave \"par\": \"erp\" out",
                    self.statut
                ),
            );
        }
        let reason = self.commentaire.as_deref().unwrap_or_default().trim();
        if statuts::needs_motif(&self.statut) && reason.is_empty() {
            problems.add(
                place,
                format!("commentaire: {} needs a reason", self.statut),
            );
        }
    }

    fn set(&self, portal: &mut Portal, id: i64) -> Result<(), String> {
        let actor = match self.par {
            By::Person => Actor::Person,
            By::Accountant => Actor::Accountant,
            By::Supplier => Actor::Supplier,
            By::System => Actor::System,
            By::Moe => Actor::Moe,
            By::Erp => return self.treat(portal, id),
        };
        let set = portal.set_status(id, &self.statut, self.commentaire.clone(), &actor);
        set.map_err(|error| error.to_string())?;
        if let Some(mandat) = self.numero_dp_mandat.clone() {
            portal
                .set_mandate(id, mandat)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// What the establishment's technical account may do, and no more.
    fn treat(&self, portal: &mut Portal, id: i64) -> Result<(), String> {
        let invoice = portal.invoice(id).ok_or("the invoice is not there")?;
        let (present, structure) = (invoice.statut.clone(), invoice.destinataire.id);
        if !statuts::may_move(
            &present,
            &self.statut,
            portal.behaviour.returns_after_mandate,
        ) {
            return Err(format!(
                "it is {present}: traiter/recue would refuse {} with 20002",
                self.statut
            ));
        }
        let covers = |account: &&Account| account.covers(structure);
        let account = portal.accounts.iter().find(covers).cloned();
        let account = account.ok_or("no technical account has a right to it")?;
        let (motif, mandat) = (self.commentaire.clone(), self.numero_dp_mandat.clone());
        let treated = portal.treat(id, &self.statut, motif, mandat, &account);
        treated.map(|_| ()).map_err(|error| error.to_string())
    }
}

impl Deed {
    /// Does it to the invoice `id`, or to the portal as a whole; gives what it deposited.
    pub(super) fn perform(
        &self,
        portal: &mut Portal,
        faults: &Mutex<Faults>,
        id: Option<i64>,
    ) -> Result<Vec<i64>, String> {
        let about = id.ok_or("no invoice has this label yet");
        match self {
            Self::Deposit(deposit) => {
                let made = deposit.as_ref().clone().put_into(portal);
                return made
                    .map(|invoice| vec![invoice.id])
                    .map_err(|error| error.to_string());
            }
            Self::Generate(count) => {
                let made = crate::seed::deposit_now(portal, *count);
                return Ok(made.iter().map(|invoice| invoice.id).collect());
            }
            Self::Complete(supplied) => {
                supplied
                    .complete(portal, about?)
                    .map_err(|error| error.to_string())?;
            }
            Self::Recycle(supplied) => {
                supplied
                    .recycle(portal, about?)
                    .map_err(|error| error.to_string())?;
            }
            Self::Pay(paid) => {
                portal
                    .pay(about?, paid.commentaire.clone())
                    .map_err(|error| error.to_string())?;
            }
            Self::Status(wanted) => wanted.set(portal, about?)?,
            Self::Download => {
                portal
                    .mark_downloaded(about?, &Actor::Person)
                    .map_err(|error| error.to_string())?;
            }
            Self::Faults(rules) => {
                let mut faults = faults
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                faults
                    .set(rules.clone())
                    .map_err(|error| error.to_string())?;
            }
        }
        Ok(Vec::new())
    }
}
