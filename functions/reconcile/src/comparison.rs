//! A month of deposits on both sides, list by list: counts, sums, hashes, and what is lacking.
//!
//! The archive does not know in which lists the portal shows a document: it is held once, and stands on the archive's side of each list
//! that shows it. What no list shows any more is judged over all of them together, and told under its kind.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};

use crate::{
    findings::{Finding, Findings, Lists, NAMED, Named},
    holdings::{Appearance, Held, Holdings, Unannounced},
    month::{Days, Month},
    names::{Name, Names},
    report::{KindReport, MonthReport},
    sums::{Count, Item, Summing, hexadecimal},
    verdict::{Judge, Listed, Standing},
};

/// What the portal lists of a month, and what it is compared with.
pub(crate) struct Comparison<'a> {
    pub(crate) month: Month,
    pub(crate) days: Days,
    pub(crate) judge: Judge,
    pub(crate) holdings: &'a Holdings,
    /// The hash of the invoices that an earlier report has told to be on the portal no more.
    pub(crate) gone_told: Option<&'a str>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) report: MonthReport,
    pub(crate) lists: Lists,
    /// A hash of the invoices that are on the portal no more; `None` when there are none.
    pub(crate) gone: Option<String>,
}

/// One of the portal's lists while it is compared.
struct Kind {
    portal: Summing,
    archive: Summing,
    also_listed: Count,
    in_flight: u64,
    findings: Findings,
}

/// All of them, and the documents in them.
struct Tally {
    kinds: BTreeMap<Name, Kind>,
    findings: Findings,
    lists: Lists,
}

impl Comparison<'_> {
    /// Compares. `listed` holds a row for each document and list; when a row came twice because its invoice changed while the list was
    /// read, the later state counts. `kinds` names the lists that were read, in their order.
    pub(crate) fn of(&self, listed: Vec<Listed>, kinds: &[Name]) -> Compared {
        let rows = last_of_each(listed, kinds);
        let gone = self.gone(&rows);
        let mut tally = Tally::new(kinds);
        let mut gone_left = gone.iter().peekable();
        // Both sides are hashed in the order of idFacture.
        for document in rows.chunk_by(|a, b| a.id == b.id) {
            let before = |held: &&&Held| document.first().is_some_and(|row| held.id < row.id);
            while let Some(held) = gone_left.next_if(before) {
                self.on_portal_no_more(held, &mut tally);
            }
            self.listed(document, &mut tally);
        }
        for held in gone_left {
            self.on_portal_no_more(held, &mut tally);
        }
        self.conclude(tally, gone_hash(&gone))
    }

    /// A document, by its row in each list that shows it.
    fn listed(&self, document: &[Listed], tally: &mut Tally) {
        let names = &self.holdings.names;
        let mut found = Findings::default();
        let mut counted = false;
        for row in document {
            let held = self.holdings.get(row.id);
            let unannounced = self.holdings.unannounced_of(row.id);
            let verdict = self.judge.of(row, held, unannounced);
            let kind = tally.kinds.entry(row.kind).or_insert_with(Kind::new);
            if verdict.standing == Standing::InFlight {
                kind.in_flight += 1;
            } else {
                kind.portal.add(names, row.item());
                if counted {
                    kind.also_listed.add(row.item());
                }
                counted = true;
                if let Some(held) = held {
                    kind.archive
                        .add(names, on_our_side(held, row, verdict.standing));
                }
            }
            for finding in verdict.findings() {
                *kind.findings.of(finding) += 1;
                let times = found.of(finding);
                *times += 1;
                if *times == 1 {
                    *tally.findings.of(finding) += 1;
                    name(&mut tally.lists, finding, || {
                        self.named(finding, row, held, unannounced)
                    });
                }
            }
        }
    }

    fn named(
        &self,
        finding: Finding,
        row: &Listed,
        held: Option<&Held>,
        unannounced: &[Unannounced],
    ) -> Named {
        let overdue = || unannounced.iter().find(|one| self.judge.is_overdue(one));
        let archive = match finding {
            Finding::Unannounced => overdue().map(|one| one.episode.to_string()),
            _ => held.map(|held| self.episode(appearance(held))),
        };
        let shown = Appearance {
            at: row.at,
            statut: row.statut,
        };
        Named {
            month: self.month,
            kind: self.holdings.names.of(row.kind).to_owned(),
            id_facture: row.id,
            portal: Some(self.episode(shown)),
            archive,
        }
    }

    /// Held with a deposit in these days, and in none of the lists.
    fn gone(&self, rows: &[Listed]) -> Vec<&Held> {
        let listed: BTreeSet<u64> = rows.iter().map(|row| row.id).collect();
        self.holdings
            .invoices
            .iter()
            .filter(|held| held.depot.is_some_and(|day| self.days.contains(day)))
            .filter(|held| !listed.contains(&held.id))
            .collect()
    }

    fn on_portal_no_more(&self, held: &Held, tally: &mut Tally) {
        let names = &self.holdings.names;
        let kind = tally.kinds.entry(held.kind).or_insert_with(Kind::new);
        kind.archive.add(names, held.item());
        let finding = Finding::OnPortalNoMore;
        *kind.findings.of(finding) += 1;
        *tally.findings.of(finding) += 1;
        name(&mut tally.lists, finding, || Named {
            month: self.month,
            kind: names.of(held.kind).to_owned(),
            id_facture: held.id,
            portal: None,
            archive: Some(self.episode(appearance(held))),
        });
    }

    fn conclude(&self, tally: Tally, gone: Option<String>) -> Compared {
        let names = &self.holdings.names;
        let Tally {
            kinds,
            findings,
            lists,
        } = tally;
        let told = gone.is_none() || gone.as_deref() == self.gone_told;
        let kinds = kinds.into_iter();
        Compared {
            report: MonthReport {
                from: self.days.from,
                to: self.days.to,
                proven_at: self.holdings.as_of,
                green: findings.are_none_of_the_listed() && told,
                findings,
                kinds: kinds
                    .map(|(kind, of_it)| (names.of(kind).to_owned(), of_it.report(names)))
                    .collect(),
            },
            lists,
            gone,
        }
    }

    fn episode(&self, appearance: Appearance) -> String {
        self.holdings.episode(appearance).to_string()
    }
}

/// One row for each document and list, by document, its lists in the order of `kinds`.
fn last_of_each(mut listed: Vec<Listed>, kinds: &[Name]) -> Vec<Listed> {
    let place = |kind: Name| kinds.iter().position(|one| *one == kind);
    listed.sort_by_key(|row| (row.id, place(row.kind), row.at));
    let mut rows: Vec<Listed> = Vec::with_capacity(listed.len());
    for row in listed {
        match rows.last_mut() {
            Some(last) if (last.id, last.kind) == (row.id, row.kind) => *last = row,
            _ => rows.push(row),
        }
    }
    rows
}

fn name(lists: &mut Lists, finding: Finding, named: impl FnOnce() -> Named) {
    let list = lists.of(finding);
    if list.len() < NAMED {
        list.push(named());
    }
}

/// What the archive adds to a list. A change that is held has one name on both sides, though the archive may have it by its minute.
fn on_our_side(held: &Held, row: &Listed, standing: Standing) -> Item {
    match standing {
        Standing::Held => Item {
            at: row.at,
            statut: row.statut,
            ..held.item()
        },
        _ => held.item(),
    }
}

fn appearance(held: &Held) -> Appearance {
    Appearance {
        at: held.at,
        statut: held.statut,
    }
}

fn gone_hash(gone: &[&Held]) -> Option<String> {
    if gone.is_empty() {
        return None;
    }
    let mut context = Context::new(&SHA256);
    for held in gone {
        context.update(format!("{}\n", held.id).as_bytes());
    }
    Some(hexadecimal(context))
}

impl Held {
    fn item(&self) -> Item {
        Item {
            id: self.id,
            at: self.at,
            statut: self.statut,
            ttc: self.ttc,
            devise: self.devise,
        }
    }
}

impl Listed {
    fn item(&self) -> Item {
        Item {
            id: self.id,
            at: self.at,
            statut: self.statut,
            ttc: self.ttc,
            devise: self.devise,
        }
    }
}

impl Tally {
    fn new(kinds: &[Name]) -> Self {
        Self {
            kinds: kinds.iter().map(|kind| (*kind, Kind::new())).collect(),
            findings: Findings::default(),
            lists: Lists::default(),
        }
    }
}

impl Kind {
    fn new() -> Self {
        Self {
            portal: Summing::new(),
            archive: Summing::new(),
            also_listed: Count::default(),
            in_flight: 0,
            findings: Findings::default(),
        }
    }

    fn report(self, names: &Names) -> KindReport {
        let (portal, archive) = (self.portal.side(names), self.archive.side(names));
        KindReport {
            equal: portal.sha256 == archive.sha256,
            portal,
            archive,
            also_listed: self.also_listed.sum(names),
            in_flight: self.in_flight,
            findings: self.findings,
        }
    }
}
