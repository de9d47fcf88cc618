//! Who acts on the portal: suppliers, the accountant, a person of the establishment.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chorus_pro_sim::{
    Deposit, DepositDocument, Generated, Simulator,
    state::{Actor, Invoice},
    statuts,
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

/// What a person of the establishment may do by hand, and the accountant too.
const BY_HAND: [&str; 8] = [
    statuts::SUSPENDUE,
    statuts::REJETEE,
    statuts::A_RECYCLER,
    statuts::SERVICE_FAIT,
    statuts::MANDATEE,
    statuts::MISE_A_DISPOSITION_COMPTABLE,
    statuts::COMPTABILISEE,
    statuts::MISE_EN_PAIEMENT,
];

/// The people around a portal. Each does something only where the portal allows it; whether something was done is the answer.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    portal: &'a Simulator,
    now: Timestamp,
}

impl<'a> People<'a> {
    pub(super) fn new(portal: &'a Simulator) -> Self {
        let now = portal.now();
        Self { portal, now }
    }

    /// A supplier deposits an invoice for an establishment.
    pub fn deposit(&self, siret: &str, rng: &mut Rng) -> bool {
        let works = rng.u8(0..10) == 0;
        let deposit = Deposit {
            siret: Some(siret.to_owned()),
            type_demande_paiement: works.then(|| "FACTURE_TRAVAUX".to_owned()),
            documents: Some(attachments(rng, "facture")),
            ..Deposit::default()
        };
        self.portal.deposit(deposit).is_ok()
    }

    /// A supplier completes an invoice that was suspended.
    pub fn complete(&self, rng: &mut Rng) -> bool {
        let suspended = |invoice: &Invoice| {
            invoice.statut == statuts::SUSPENDUE && self.has_been_so_for_a_while(invoice)
        };
        let Some(invoice) = self.any(rng, suspended) else {
            return false;
        };
        let documents = match rng.bool() {
            true => self.portal.attachments(&attachments(rng, "complement")),
            false => Ok(Vec::new()),
        };
        documents.is_ok_and(|documents| {
            self.portal
                .complete(invoice.id, documents, Some("voici"))
                .is_ok()
        })
    }

    /// A supplier sends an invoice to another service.
    pub fn recycle(&self, rng: &mut Rng) -> bool {
        let to_recycle = |invoice: &Invoice| {
            invoice.statut == statuts::A_RECYCLER && self.has_been_so_for_a_while(invoice)
        };
        self.any(rng, to_recycle)
            .is_some_and(|invoice| self.portal.recycle(invoice.id, None).is_ok())
    }

    /// A person of the establishment sets a status on the portal.
    pub fn decide_by_hand(&self, rng: &mut Rng) -> bool {
        self.set_any(rng, &BY_HAND, &Actor::Person)
    }

    /// The accountant takes charge of a mandate, or books it.
    pub fn take_charge(&self, rng: &mut Rng) -> bool {
        let targets = [
            statuts::MISE_A_DISPOSITION_COMPTABLE,
            statuts::COMPTABILISEE,
        ];
        self.set_any(rng, &targets, &Actor::Accountant)
    }

    /// The accountant pays.
    pub fn pay(&self, rng: &mut Rng) -> bool {
        let payable = [
            statuts::MANDATEE,
            statuts::MISE_A_DISPOSITION_COMPTABLE,
            statuts::COMPTABILISEE,
        ];
        self.any(rng, |invoice| payable.contains(&invoice.statut.as_str()))
            .is_some_and(|invoice| self.portal.pay(invoice.id).is_ok())
    }

    /// Sets one of these statuses, other than the present one, where the portal's matrix allows it.
    fn set_any(&self, rng: &mut Rng, targets: &[&str], actor: &Actor) -> bool {
        let Some(target) = rng.choice(targets) else {
            return false;
        };
        let may = |invoice: &Invoice| {
            invoice.statut != *target && statuts::may_move(&invoice.statut, target, true)
        };
        self.any(rng, may).is_some_and(|invoice| {
            self.portal
                .set_status(invoice.id, target, Some("à la main"), actor)
                .is_ok()
        })
    }

    /// No supplier answers within the minute. Were an invoice suspended, completed and suspended again in one minute of the portal's
    /// history, nobody could tell the two suspensions apart by it.
    fn has_been_so_for_a_while(&self, invoice: &Invoice) -> bool {
        self.now.duration_since(invoice.etat_courant_le) > SignedDuration::from_secs(60)
    }

    fn any(&self, rng: &mut Rng, fits: impl Fn(&Invoice) -> bool) -> Option<Arc<Invoice>> {
        let portal = self.portal.portal();
        let fitting = portal.invoices().filter(|invoice| fits(invoice));
        let mut chosen = None;
        for (before, invoice) in fitting.enumerate() {
            // Each of those that fit so far is chosen with the same chance.
            if rng.usize(0..=before) == 0 {
                chosen = Some(invoice);
            }
        }
        chosen.cloned()
    }
}

/// One or two small attachments; now and then a structured invoice.
fn attachments(rng: &mut Rng, name: &str) -> Vec<DepositDocument> {
    let first = match rng.u8(0..20) {
        0 => DepositDocument {
            nom_pj: Some(format!("{name}.xml")),
            generated: Some(Generated::Cii),
            ..DepositDocument::default()
        },
        _ => text(rng, name),
    };
    let mut all = vec![first];
    if rng.u8(0..4) == 0 {
        all.push(text(rng, "annexe"));
    }
    all
}

fn text(rng: &mut Rng, name: &str) -> DepositDocument {
    let text = format!("{name} {:x}\n", rng.u128(..)).repeat(rng.usize(1..9));
    DepositDocument {
        nom_pj: Some(format!("{name}.txt")),
        contenu: Some(STANDARD.encode(text)),
        ..DepositDocument::default()
    }
}
