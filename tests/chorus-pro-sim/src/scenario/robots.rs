//! Robots: rules by which supplier, accountant, works' manager and people at the portal react to whatever becomes of an invoice.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{Span, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::value::RawValue;

use super::error::Problems;
use super::fields::Fields;
use super::when;
use crate::control::{Deposit, DepositDocument, DepositSupplier, Supplied};
use crate::dates;
use crate::state::{Actor, Invoice, Kind, Portal};
use crate::statuts;

/// One reaction: what becomes of an invoice so long after it reached a status.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) robot: &'static str,
    statuts: Vec<String>,
    /// Counted from the mandate where there is one, or else from the present status.
    since_mandate: bool,
    after: Span,
    once: bool,
    only: Only,
    pub(super) does: Reaction,
}

/// To which invoices a robot reacts.
#[derive(Debug, Clone)]
struct Only {
    share: f64,
    siret: Option<String>,
    draw: u64,
}

/// What a robot does.
#[derive(Debug, Clone)]
pub(super) enum Reaction {
    /// The supplier completes.
    Complete(Supplied),
    /// The supplier recycles, to the next open service of the recipient unless it is named.
    Recycle(Supplied),
    /// The supplier deposits a refused invoice under a new number.
    DepositAnew,
    /// The accountant pays.
    Pay,
    /// Statuses in a row.
    Set {
        statuts: Vec<(String, Actor)>,
        commentaire: Option<String>,
    },
}

/// What a label gets when the supplier deposits its invoice anew: `mobilier` becomes `mobilier/2`.
pub(super) const ANEW: &str = "/2";

impl Rule {
    /// When the rule applies to an invoice as it is; nothing when it never does.
    pub(super) fn due(&self, invoice: &Invoice, seed: u64) -> Option<Timestamp> {
        let reacts = self.statuts.contains(&invoice.statut)
            && self
                .only
                .siret
                .as_ref()
                .is_none_or(|siret| *siret == invoice.destinataire.siret)
            && self.only.includes(invoice.id, seed);
        if !reacts {
            return None;
        }
        let mandate = invoice
            .historique
            .iter()
            .rev()
            .find(|entry| entry.code == statuts::MANDATEE);
        let since = match mandate {
            Some(entry) if self.since_mandate => entry.le,
            _ => invoice.etat_courant_le,
        };
        dates::after(since, self.after)
    }

    /// By what the rule remembers that it has reacted: to this entry of the history, or to the invoice.
    pub(super) fn occasion(&self, invoice: &Invoice) -> Option<i64> {
        if self.once {
            return None;
        }
        invoice.historique.last().map(|entry| entry.id)
    }
}

impl Only {
    /// Drawn from the seed and the invoice alone: the order of events does not matter.
    fn includes(&self, id: i64, seed: u64) -> bool {
        let mixed = seed
            ^ id.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ self.draw.wrapping_mul(0xD1B5_4A32_D192_ED03);
        ChaCha8Rng::seed_from_u64(mixed).random_bool(self.share)
    }
}

/// Acts, and says what came of it; the label of a deposit anew is left to the caller.
pub(super) fn react(
    portal: &mut Portal,
    invoice: &Arc<Invoice>,
    does: &Reaction,
) -> Result<Arc<Invoice>, String> {
    let id = invoice.id;
    match does {
        Reaction::Complete(supplied) => supplied
            .complete(portal, id)
            .map_err(|error| error.to_string()),
        Reaction::Recycle(supplied) => {
            let mut supplied = supplied.clone();
            let named = supplied.code_service.take();
            supplied.code_service = named.or_else(|| another_service(invoice));
            supplied
                .recycle(portal, id)
                .map_err(|error| error.to_string())
        }
        Reaction::DepositAnew => {
            let deposit = anew(portal, invoice);
            deposit.put_into(portal).map_err(|error| error.to_string())
        }
        Reaction::Pay => portal.pay(id, None).map_err(|error| error.to_string()),
        Reaction::Set {
            statuts,
            commentaire,
        } => {
            let mut moved = Arc::clone(invoice);
            for (statut, actor) in statuts {
                moved = portal
                    .set_status(id, statut, commentaire.clone(), actor)
                    .map_err(|error| error.to_string())?;
            }
            Ok(moved)
        }
    }
}

fn another_service(invoice: &Invoice) -> Option<String> {
    let mut services = invoice.destinataire.services.iter();
    let other = services.find(|service| {
        service.actif && service.code.is_some() && Some(service.id) != invoice.id_service
    })?;
    other.code.clone()
}

/// The same invoice under a new number, dated today.
fn anew(portal: &Portal, refused: &Invoice) -> Deposit {
    const NUMBER: usize = 20;
    let suffix = "-BIS";
    let kept: String = refused.numero.chars().take(NUMBER - suffix.len()).collect();
    let works = refused.kind == Kind::FactureTravaux;
    Deposit {
        siret: Some(refused.destinataire.siret.clone()),
        code_service: Some(
            refused
                .id_service
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
        type_demande_paiement: Some(refused.kind.code().to_owned()),
        type_facture: Some(refused.type_facture.to_owned()),
        type_facture_travaux: refused.type_facture_travaux.clone().filter(|_| works),
        cadre_facturation: Some(refused.cadre.clone()),
        numero_facture: Some(format!("{kept}{suffix}")),
        numero_facture_origine: refused.numero_origine.clone(),
        date_facture: Some(dates::day_of(portal.clock.now())),
        montant_ht: Some(refused.montants.ht),
        montant_ttc: Some(refused.montants.ttc),
        montant_a_payer: Some(refused.montants.a_payer),
        devise: Some(refused.devise.clone()),
        numero_marche: refused.numero_marche.clone(),
        numero_bon_commande: refused.numero_bon_commande.clone(),
        fournisseur: Some(DepositSupplier {
            identifiant: Some(refused.fournisseur.identifiant.clone()),
            ..DepositSupplier::default()
        }),
        moa: refused
            .moa
            .as_ref()
            .map(|structure| structure.siret.clone()),
        moe: refused
            .moe
            .as_ref()
            .map(|structure| structure.siret.clone()),
        ..Deposit::default()
    }
}

/// Reads `robots`, and leaves the rules in the order in which they act at the same instant.
pub(super) fn read(raw: &RawValue, problems: &mut Problems) -> Vec<Rule> {
    let mut rules = Vec::new();
    let Some(mut robots) = Fields::of("robots", raw, problems) else {
        return rules;
    };
    let readers: [(&str, Reads); 4] = [
        ("supplier", supplier),
        ("accountant", accountant),
        ("moe", moe),
        ("moa", moa),
    ];
    for (draw, (robot, reader)) in (0_u64..).zip(readers) {
        let Some(raw) = robots.take::<Box<RawValue>>(robot, problems) else {
            continue;
        };
        robot_of(
            robot,
            &format!("robots.{robot}"),
            draw,
            &raw,
            problems,
            &mut rules,
            reader,
        );
    }
    let people: Vec<Box<RawValue>> = robots.take("person", problems).unwrap_or_default();
    for (index, raw) in (1_u64..).zip(&people) {
        robot_of(
            "person",
            &format!("robots.person {index}"),
            100 + index,
            raw,
            problems,
            &mut rules,
            person,
        );
    }
    robots.end("supplier, accountant, moe, moa, person", problems);
    rules
}

fn robot_of(
    robot: &'static str,
    place: &str,
    draw: u64,
    raw: &RawValue,
    problems: &mut Problems,
    rules: &mut Vec<Rule>,
    reader: Reads,
) {
    let Some(mut fields) = Fields::of(place, raw, problems) else {
        return;
    };
    let share: Option<f64> = fields.take("share", problems);
    if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        problems.add(place, "share: a part of all invoices, from 0 to 1");
    }
    let siret: Option<String> = fields.take("siret", problems);
    let known = super::scratch();
    if let Some(siret) = siret
        .as_deref()
        .filter(|siret| known.structure_by_siret(siret).is_none())
    {
        problems.add(place, format!("siret: no establishment has SIRET {siret}"));
    }
    let only = Only {
        share: share.unwrap_or(1.0).clamp(0.0, 1.0),
        siret,
        draw,
    };
    let mut reader_of = Reader {
        robot,
        fields,
        problems,
        only,
        rules,
        known: BTreeMap::new(),
    };
    reader(&mut reader_of);
    reader_of.end();
}

/// How one robot is read.
type Reads = fn(&mut Reader<'_>);

/// Reads one robot's fields into its rules.
struct Reader<'a> {
    robot: &'static str,
    fields: Fields,
    problems: &'a mut Problems,
    only: Only,
    rules: &'a mut Vec<Rule>,
    /// The names of the delays that the robot knows, and whether they were given.
    known: BTreeMap<&'static str, bool>,
}

impl Reader<'_> {
    fn text(&mut self, name: &str) -> Option<String> {
        self.fields.take(name, self.problems)
    }

    /// A rule for each delay that is given.
    fn rule(
        &mut self,
        delay: &'static str,
        statuts: &[&str],
        does: impl FnOnce(&mut Self) -> Reaction,
    ) {
        let given: Option<String> = self.fields.take(delay, self.problems);
        self.known.insert(delay, given.is_some());
        let Some(given) = given else {
            return;
        };
        let place = format!("{}: {delay}", self.fields.place());
        let Some(after) = self.problems.keep(&place, when::length(&given)) else {
            return;
        };
        let does = does(self);
        self.rules.push(Rule {
            robot: self.robot,
            statuts: statuts.iter().map(|statut| (*statut).to_owned()).collect(),
            since_mandate: matches!(does, Reaction::Pay),
            after,
            once: self.robot == "person" || matches!(does, Reaction::DepositAnew),
            only: self.only.clone(),
            does,
        });
    }

    fn end(self) {
        let names: Vec<&str> = self.known.keys().copied().collect();
        if !self.known.values().any(|given| *given) {
            self.fields.complain(
                self.problems,
                format!("it would do nothing; give {}", names.join(" or ")),
            );
        }
        let known = format!("{}, share, siret", names.join(", "));
        self.fields.end(&known, self.problems);
    }
}

fn supplier(reader: &mut Reader<'_>) {
    reader.rule("completes_after", &[statuts::SUSPENDUE], |reader| {
        let documents: Option<Vec<DepositDocument>> =
            reader.fields.take("documents", reader.problems);
        let asked_for = || DepositDocument {
            nom_pj: Some("Pièce demandée.pdf".to_owned()),
            ..DepositDocument::default()
        };
        Reaction::Complete(Supplied {
            commentaire: reader.text("commentaire"),
            documents: documents.unwrap_or_else(|| vec![asked_for()]),
            ..Supplied::default()
        })
    });
    reader.rule("recycles_after", &[statuts::A_RECYCLER], |reader| {
        Reaction::Recycle(Supplied {
            code_service: reader.text("codeService"),
            ..Supplied::default()
        })
    });
    reader.rule("deposits_anew_after", &[statuts::REJETEE], |_| {
        Reaction::DepositAnew
    });
}

fn accountant(reader: &mut Reader<'_>) {
    reader.rule("takes_charge_after", &[statuts::MANDATEE], |_| {
        set(&[(statuts::MISE_A_DISPOSITION_COMPTABLE, Actor::Accountant)])
    });
    let payable = [
        statuts::MANDATEE,
        statuts::MISE_A_DISPOSITION_COMPTABLE,
        statuts::COMPTABILISEE,
    ];
    reader.rule("pays_after", &payable, |_| Reaction::Pay);
}

fn moe(reader: &mut Reader<'_>) {
    let waiting = ["MISE_A_DISPOSITION_MOE", "A_ASSOCIER_MOE"];
    reader.rule("takes_after", &waiting, |_| {
        set(&[("PRISE_EN_COMPTE_MOE", Actor::Moe)])
    });
    reader.rule("passes_on_after", &["PRISE_EN_COMPTE_MOE"], |_| {
        set(&[
            ("TRANSMISE_MOA", Actor::Moe),
            ("MISE_A_DISPOSITION_MOA", Actor::System),
        ])
    });
}

fn moa(reader: &mut Reader<'_>) {
    let waiting = ["MISE_A_DISPOSITION_MOA", "A_ASSOCIER_MOA"];
    reader.rule("takes_after", &waiting, |_| {
        set(&[("PRISE_EN_COMPTE_MOA", Actor::Person)])
    });
    reader.rule("agrees_after", &["PRISE_EN_COMPTE_MOA"], |_| {
        set(&[(statuts::MISE_A_DISPOSITION, Actor::System)])
    });
}

fn set(statuts: &[(&str, Actor)]) -> Reaction {
    Reaction::Set {
        statuts: statuts
            .iter()
            .map(|(statut, actor)| ((*statut).to_owned(), actor.clone()))
            .collect(),
        commentaire: None,
    }
}

fn person(reader: &mut Reader<'_>) {
    let (from, to) = (reader.text("when"), reader.text("sets"));
    for (name, statut) in [("when", &from), ("sets", &to)] {
        let problem = match statut {
            None => format!("{name}: a status is missing"),
            Some(statut) if statuts::is_official(statut) => continue,
            Some(statut) => format!("{name}: \"{statut}\" is not a status of Chorus Pro"),
        };
        reader.fields.complain(reader.problems, problem);
    }
    let commentaire = reader.text("commentaire");
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    reader.rule("after", &[&from], |_| Reaction::Set {
        statuts: vec![(to, Actor::Person)],
        commentaire,
    });
}
