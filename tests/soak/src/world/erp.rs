//! The ERP: what it has been told, what it believes, what it asks for.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;
use jiff::Timestamp;
use messages::{
    CloudEvent, InvoiceReceived, Message, Resultat, SetStatus, StatusApplied, StatusChanged,
    StatusRefused, Steps,
};

use super::infrastructure::{ERP, STATUSES};
use crate::cloud::{Cloud, Delivery, Letter};

const SOURCE: &str = "urn:erp:soak";

/// What an ERP asks for. Some of it is possible, some is not.
const WISHES: [&[&str]; 12] = [
    &["SERVICE_FAIT"],
    &["SERVICE_FAIT"],
    &["MANDATEE"],
    &["MANDATEE"],
    &["SUSPENDUE"],
    &["REJETEE"],
    &["A_RECYCLER"],
    &["MISE_A_DISPOSITION_COMPTABLE"],
    &["MISE_EN_PAIEMENT"],
    &["SERVICE_FAIT", "MANDATEE"],
    &["SERVICE_FAIT", "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE"],
    &["MANDATEE", "SUSPENDUE"],
];

/// One status of an invoice, as it was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The episode.
    pub episode: String,
    /// The status.
    pub statut: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether it came with documents.
    pub with_documents: bool,
    /// Whether Relais said that it knew a later one already.
    pub overtaken: bool,
}

/// What the ERP knows of an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The establishment.
    pub siret: String,
    /// What was announced, in the order in which it came, each thing once.
    pub announced: Vec<Announced>,
}

impl View {
    /// The status that the ERP believes to be the present one.
    #[must_use]
    pub fn present(&self) -> Option<&Announced> {
        // The latest by its date; of several at one instant, the one that came last.
        self.announced
            .iter()
            .max_by_key(|announced| announced.since)
    }
}

/// A command that was sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// The command.
    pub command: CloudEvent<SetStatus>,
    /// What it was answered, by event id: the type, and the results of its steps.
    pub outcomes: BTreeMap<String, (&'static str, Vec<Resultat>)>,
}

impl Order {
    /// The mark that the command leaves in the portal's history, where its reason goes.
    #[must_use]
    pub fn mark(&self) -> Option<&str> {
        self.command.data.motif.as_deref()
    }
}

/// The ERP.
#[derive(Debug)]
pub struct Erp {
    rng: Rng,
    views: BTreeMap<u64, View>,
    orders: BTreeMap<String, Order>,
    /// Every event, by id.
    seen: HashMap<String, String>,
    deliveries: u64,
    complaints: Vec<String>,
}

impl Erp {
    pub(super) fn new() -> Self {
        Self {
            rng: Rng::with_seed(0),
            views: BTreeMap::new(),
            orders: BTreeMap::new(),
            seen: HashMap::new(),
            deliveries: 0,
            complaints: Vec::new(),
        }
    }

    /// What it knows of each invoice.
    #[must_use]
    pub fn views(&self) -> &BTreeMap<u64, View> {
        &self.views
    }

    /// What it asked for.
    #[must_use]
    pub fn orders(&self) -> &BTreeMap<String, Order> {
        &self.orders
    }

    /// How many different events it was told, and how many times something was told.
    #[must_use]
    pub fn events(&self) -> (u64, u64) {
        (self.seen.len() as u64, self.deliveries)
    }

    /// What should never have come.
    #[must_use]
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Reads one batch. With `crash`, it dies before it has deleted all of it.
    pub(super) fn read(&mut self, cloud: &Cloud, crash: bool) -> usize {
        let deliveries = cloud.receive(ERP, 10);
        let kept = if crash {
            self.rng.usize(0..=deliveries.len())
        } else {
            deliveries.len()
        };
        for delivery in &deliveries {
            self.take(delivery);
        }
        cloud.queues(|queues, now| {
            for delivery in deliveries.iter().take(kept) {
                queues.delete(ERP, &delivery.receipt, now);
            }
        });
        deliveries.len()
    }

    fn take(&mut self, delivery: &Delivery) {
        let body = &delivery.letter.body;
        self.deliveries += 1;
        let taken = match delivery.letter.attributes.get("type").map(String::as_str) {
            Some(InvoiceReceived::TYPE) => self.read_as::<InvoiceReceived>(body, Self::received),
            Some(StatusChanged::TYPE) => self.read_as::<StatusChanged>(body, Self::changed),
            Some(StatusApplied::TYPE) => self.read_as::<StatusApplied>(body, Self::applied),
            Some(StatusRefused::TYPE) => self.read_as::<StatusRefused>(body, Self::refused),
            other => Err(format!("an event of the type {other:?}")),
        };
        if let Err(complaint) = taken {
            self.complaints.push(complaint);
        }
    }

    /// Acts on an event the first time it comes; later it must be the same.
    fn read_as<T: Message>(
        &mut self,
        body: &str,
        act: fn(&mut Self, CloudEvent<T>),
    ) -> Result<(), String> {
        let event = CloudEvent::<T>::parse(body)
            .map_err(|error| format!("an event that cannot be read: {error}"))?;
        match self.seen.get(&event.id) {
            Some(before) if before == body => Ok(()),
            Some(_) => Err(format!(
                "event {} came again and said something else",
                event.id
            )),
            None => {
                self.seen.insert(event.id.clone(), body.to_owned());
                act(self, event);
                Ok(())
            }
        }
    }

    fn received(&mut self, CloudEvent { data, .. }: CloudEvent<InvoiceReceived>) {
        let announced = Announced {
            episode: data.episode,
            statut: data.statut,
            since: data.date_heure_etat_courant,
            with_documents: true,
            overtaken: false,
        };
        self.announced(data.id_facture, data.etablissement.siret, announced);
    }

    fn changed(&mut self, CloudEvent { data, .. }: CloudEvent<StatusChanged>) {
        let announced = Announced {
            episode: data.episode,
            statut: data.statut,
            since: data.date_heure_etat_courant,
            with_documents: false,
            overtaken: data.depasse,
        };
        self.announced(data.id_facture, data.etablissement.siret, announced);
    }

    fn announced(&mut self, id_facture: u64, siret: String, announced: Announced) {
        let view = self.views.entry(id_facture).or_default();
        if view.announced.is_empty() && !announced.with_documents {
            self.complaints.push(format!(
                "invoice {id_facture}: the first news is a status without documents"
            ));
        }
        if view
            .announced
            .iter()
            .any(|a| a.episode == announced.episode)
        {
            self.complaints.push(format!(
                "invoice {id_facture}: episode {} was announced as two things",
                announced.episode
            ));
        }
        view.siret = siret;
        view.announced.push(announced);
    }

    fn applied(&mut self, event: CloudEvent<StatusApplied>) {
        let results = event.data.settlement.etapes.iter().map(|e| e.resultat);
        self.answered(
            &event.data.settlement.command_id,
            event.id,
            StatusApplied::TYPE,
            results.collect(),
        );
    }

    fn refused(&mut self, event: CloudEvent<StatusRefused>) {
        let results = event.data.settlement.etapes.iter().map(|e| e.resultat);
        self.answered(
            &event.data.settlement.command_id,
            event.id,
            StatusRefused::TYPE,
            results.collect(),
        );
    }

    fn answered(
        &mut self,
        command: &str,
        event: String,
        kind: &'static str,
        results: Vec<Resultat>,
    ) {
        match self.orders.get_mut(command) {
            Some(order) => {
                order.outcomes.insert(event, (kind, results));
            }
            None => self
                .complaints
                .push(format!("an outcome of {command}, which nobody asked for")),
        }
    }

    /// Decides something about one of its invoices, sensible or not; whether it has any.
    pub fn decide(&mut self, cloud: &Cloud, rng: &mut Rng) -> bool {
        let Some((id_facture, view)) = rng.choice(self.views.iter()) else {
            return false;
        };
        let Some(wish) = rng.choice(WISHES) else {
            return false;
        };
        let number = self.orders.len() + 1;
        let believed = view.present().map(|present| present.statut.clone());
        let command = SetStatus {
            siret: view.siret.clone(),
            id_facture: *id_facture,
            nouveau_statut: steps(wish),
            motif: (rng.u8(0..8) > 0).then(|| format!("commande-{number}: à revoir")),
            numero_dp_mandat: (rng.u8(0..10) > 0).then(|| format!("BJ-{number}")),
            reference_erp: Some(format!("ref-{number}")),
            statut_actuel: match rng.u8(0..10) {
                0 => Some("COMPTABILISEE".to_owned()),
                1..5 => believed,
                _ => None,
            },
            insister: rng.u8(0..5) == 0,
        };
        self.send(cloud, command);
        true
    }

    /// Sends a command, and remembers it.
    pub fn send(&mut self, cloud: &Cloud, command: SetStatus) {
        let id = format!("commande-{}", self.orders.len() + 1);
        let command = command.into_event(id.clone(), SOURCE);
        self.post(cloud, &command);
        self.orders.insert(
            id,
            Order {
                command,
                outcomes: BTreeMap::new(),
            },
        );
    }

    /// Sends one of its commands again, as an ERP does that is not sure.
    pub fn send_again(&mut self, cloud: &Cloud, rng: &mut Rng) -> bool {
        let Some(order) = rng.choice(self.orders.values()) else {
            return false;
        };
        self.post(cloud, &order.command);
        true
    }

    fn post(&self, cloud: &Cloud, command: &CloudEvent<SetStatus>) {
        let SetStatus {
            siret, id_facture, ..
        } = &command.data;
        let letter = Letter {
            body: command.to_json().expect("a command is JSON"),
            group: Some(format!("{siret}-{id_facture}")),
            ..Letter::default()
        };
        cloud.queues(|queues, now| queues.send(STATUSES, letter, now));
    }
}

fn steps(wish: &[&str]) -> Steps {
    let value = serde_json::json!(wish);
    serde_json::from_value(value).expect("statuses are steps")
}
