//! What must hold once everything has come to rest.

use std::{collections::BTreeMap, fmt};

use archive::keys::Episode;
use aws_lc_rs::digest::{SHA256, digest};
use chorus_pro_sim::state::{HistoStatut, Invoice};
use messages::{Message, Resultat, StatusApplied};
use serde::Deserialize;

use crate::cloud::Queue;

use super::{ARCHIVE, ERP, ERP_DEAD, JOBS, JOBS_DEAD, Order, STATUSES, STATUSES_DEAD, View, World};

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Something is missing, or not what it should be.
    Lost(String),
    /// Something was done or said more than once.
    Twice(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) | Self::Twice(what) => f.write_str(what),
        }
    }
}

impl World {
    /// Everything that is not as it must be; nothing when all is well.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let twice = |what: &String| Problem::Twice(what.clone());
        let mut problems: Vec<Problem> = self.erp.complaints().iter().map(twice).collect();
        problems.extend(self.watch.complaints().iter().map(twice));
        let mut orders: BTreeMap<u64, Vec<&Order>> = BTreeMap::new();
        for order in self.erp.orders().values() {
            let id = order.command.data.id_facture;
            orders.entry(id).or_default().push(order);
        }
        for invoice in self.simulator().invoices() {
            let of = |problem: String| format!("invoice {}: {problem}", invoice.id);
            let id = u64::try_from(invoice.id).unwrap_or_default();
            let lost = self.problems_of(&invoice).into_iter();
            problems.extend(lost.map(of).map(Problem::Lost));
            let asked = orders.get(&id).map(Vec::as_slice).unwrap_or_default();
            let twice = set_twice(&invoice, asked).into_iter();
            problems.extend(twice.map(of).map(Problem::Twice));
        }
        problems.extend(self.problems_of_orders());
        for name in [JOBS, ERP, STATUSES, JOBS_DEAD, ERP_DEAD, STATUSES_DEAD] {
            let (left, expired) = self.cloud.queues(|queues, _| {
                queues
                    .queue(name)
                    .map_or((0, 0), |queue| (queue.len(), queue.expired()))
            });
            if left + expired > 0 {
                let reasons = self.reasons(name);
                problems.push(Problem::Lost(format!(
                    "{left} messages are in {name}, {expired} expired: {reasons:?}"
                )));
            }
        }
        problems
    }

    /// Why messages were given up, where somebody said so.
    fn reasons(&self, queue: &str) -> Vec<String> {
        self.cloud.queues(|queues, _| {
            let letters = queues.queue(queue).into_iter().flat_map(Queue::letters);
            letters
                .filter_map(|letter| letter.attributes.get("relais-reason").cloned())
                .collect()
        })
    }

    fn problems_of(&self, invoice: &Invoice) -> Vec<String> {
        let Some(view) = self
            .erp
            .views()
            .get(&u64::try_from(invoice.id).unwrap_or_default())
        else {
            return vec!["the ERP has never heard of it".to_owned()];
        };
        let mut problems = Vec::new();
        problems.extend(present_differs(invoice, view));
        problems.extend(announcements_differ(invoice, view));
        problems.extend(self.archive_differs(invoice, view));
        problems
    }

    fn problems_of_orders(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (id, order) in self.erp.orders() {
            match order.outcomes.len() {
                0 => problems.push(Problem::Lost(format!("{id} has no outcome"))),
                1 => {}
                more => problems.push(Problem::Twice(format!("{id} has {more} outcomes"))),
            }
            for (kind, results) in order.outcomes.values() {
                let met = [Resultat::Applique, Resultat::DejaFait, Resultat::Depasse];
                let all_met = results.iter().all(|result| met.contains(result));
                if all_met != (*kind == StatusApplied::TYPE) {
                    let what = format!("{id} ended as {kind} with {results:?}");
                    problems.push(Problem::Lost(what));
                }
            }
        }
        problems
    }

    /// What is archived of the invoice against what the portal has.
    fn archive_differs(&self, invoice: &Invoice, view: &View) -> Vec<String> {
        #[derive(Deserialize)]
        struct Manifest {
            #[serde(default)]
            pivot: Option<Stored>,
            #[serde(default)]
            invoice: Option<Stored>,
            documents: Vec<Stored>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Stored {
            key: String,
            sha256: String,
            version_id: String,
        }
        let mut problems = Vec::new();
        let mut latest = Vec::new();
        for announced in &view.announced {
            let folder = format!(
                "{}/{:012}/{}",
                invoice.destinataire.siret, invoice.id, announced.episode
            );
            self.cloud.buckets(|buckets| {
                let fact = buckets.object(ARCHIVE, &format!("{folder}/archived.json"));
                let manifest = fact.and_then(|o| serde_json::from_slice::<Manifest>(&o.bytes).ok());
                let Some(manifest) = manifest else {
                    problems.push(format!(
                        "{} was announced and is not archived",
                        announced.episode
                    ));
                    return;
                };
                if buckets
                    .object(ARCHIVE, &format!("{folder}/published.json"))
                    .is_none()
                {
                    problems.push(format!("{} has no published.json", announced.episode));
                }
                if announced.with_documents == manifest.documents.is_empty() {
                    problems.push(format!(
                        "{} has documents and says it has none, or the other way",
                        announced.episode
                    ));
                }
                if announced.with_documents {
                    latest = manifest
                        .documents
                        .iter()
                        .map(|d| d.sha256.clone())
                        .collect();
                }
                for stored in manifest
                    .documents
                    .into_iter()
                    .chain(manifest.pivot)
                    .chain(manifest.invoice)
                {
                    match buckets.version(ARCHIVE, &stored.key, &stored.version_id) {
                        Some(object) if sha256(&object.bytes) == stored.sha256 => {}
                        Some(_) => problems.push(format!(
                            "{} has another hash than its manifest says",
                            stored.key
                        )),
                        None => problems.push(format!(
                            "{} is in a manifest and not in the archive",
                            stored.key
                        )),
                    }
                }
            });
        }
        let mut on_portal: Vec<String> = invoice
            .documents
            .iter()
            .filter_map(|document| document.bytes(invoice).ok())
            .map(|bytes| sha256(&bytes))
            .collect();
        on_portal.sort();
        latest.sort();
        if latest != on_portal {
            problems.push(format!(
                "the portal has {} documents; the {} that were archived last are not the same",
                on_portal.len(),
                latest.len()
            ));
        }
        problems
    }
}

fn present_differs(invoice: &Invoice, view: &View) -> Option<String> {
    let present = view.present()?;
    let episode = Episode::new(invoice.etat_courant_le, &invoice.statut).to_string();
    (present.statut != invoice.statut || present.episode != episode).then(|| {
        format!(
            "the portal says {episode}, the ERP believes {}",
            present.episode
        )
    })
}

/// From the first that was announced on, every status is announced once, in its order.
///
/// What lies before the first one may be told late: its message was held up while a later one went through.
fn announcements_differ(invoice: &Invoice, view: &View) -> Option<String> {
    let happened: Vec<&str> = invoice
        .historique
        .iter()
        .map(|entry| entry.code.as_str())
        .collect();
    let first = view.announced.first()?;
    let told = |late_ones: bool| -> Vec<&str> {
        view.announced
            .iter()
            .filter(|announced| late_ones || announced.since >= first.since)
            .map(|announced| announced.statut.as_str())
            .collect()
    };
    let in_order = happened.ends_with(&told(true)) || happened.ends_with(&told(false));
    (!in_order).then(|| {
        let happened: Vec<String> = invoice
            .historique
            .iter()
            .map(|entry| format!("{} {}", entry.le.strftime("%d %H:%M:%S"), entry.code))
            .collect();
        let told: Vec<&str> = view.announced.iter().map(|a| a.episode.as_str()).collect();
        format!("the portal's history is {happened:?}, the ERP was told {told:?}")
    })
}

/// Whether Relais has set something more often than it was asked to.
fn set_twice(invoice: &Invoice, orders: &[&Order]) -> Vec<String> {
    let mut problems = Vec::new();
    let by_relais =
        |entry: &HistoStatut| entry.par.as_ref().is_some_and(|par| par.prenom == "TECH");
    for (before, after) in invoice
        .historique
        .iter()
        .zip(invoice.historique.iter().skip(1))
    {
        if by_relais(after) && before.code == after.code {
            problems.push(format!("Relais set {} on {}", after.code, before.code));
        }
    }
    // What each status may have been set for, by the mark that it bears, if any.
    let mut asked: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for order in orders {
        for step in order.command.data.nouveau_statut.statuses() {
            *asked.entry((step, order.mark())).or_default() += 1;
            if order.mark().is_some() {
                // Only one of several steps bears the mark.
                *asked.entry((step, None)).or_default() += 1;
            }
        }
    }
    let mut done: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
    for entry in invoice.historique.iter().filter(|entry| by_relais(entry)) {
        done.entry((&entry.code, entry.commentaire.as_deref()))
            .or_default()
            .push(entry.le.strftime("%d %H:%M:%S").to_string());
    }
    for (what, times) in done {
        if asked.get(&what).copied().unwrap_or_default() < times.len() {
            problems.push(format!(
                "Relais set {} for {:?} at {times:?}",
                what.0, what.1
            ));
        }
    }
    problems
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}
