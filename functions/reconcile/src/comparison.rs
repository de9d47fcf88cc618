//! A month of deposits on both sides: counts, sums, hashes, and what is lacking.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use messages::Amount;
use rust_decimal::Decimal;

use crate::{
    holdings::{Appearance, Held, Holdings, Unannounced},
    month::{Days, Month},
    names::{Name, Names},
    report::{Findings, KindReport, Lists, MonthReport, NAMED, Named, Side, Sum},
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
    pub(crate) findings: Findings,
    /// A hash of the invoices that are on the portal no more; `None` when there are none.
    pub(crate) gone: Option<String>,
}

/// One kind while it is compared.
struct Kind {
    portal: Summing,
    archive: Summing,
    in_flight: u64,
    findings: Findings,
}

impl Comparison<'_> {
    /// Compares. `listed` holds a row for each invoice and list; when a row came twice because its invoice changed while the list was read, the
    /// later state counts.
    pub(crate) fn of(&self, mut listed: Vec<Listed>, kinds: &[Name]) -> Compared {
        listed.sort_by_key(|row| (row.id, row.kind, row.at));
        let mut rows: Vec<Listed> = Vec::with_capacity(listed.len());
        for row in listed {
            match rows.last_mut() {
                Some(last) if (last.id, last.kind) == (row.id, row.kind) => *last = row,
                _ => rows.push(row),
            }
        }
        let mut sums: BTreeMap<Name, Kind> = kinds.iter().map(|k| (*k, Kind::new())).collect();
        let mut lists = Lists::default();
        let gone = self.gone(&rows);
        let mut gone_left = gone.iter().peekable();
        for row in &rows {
            // Both sides are hashed in the order of idFacture.
            while let Some(held) = gone_left.next_if(|held| held.id < row.id) {
                self.on_portal_no_more(held, &mut sums, &mut lists);
            }
            self.listed(row, &mut sums, &mut lists);
        }
        for held in gone_left {
            self.on_portal_no_more(held, &mut sums, &mut lists);
        }
        let gone = gone_hash(&gone);
        self.conclude(sums, lists, gone)
    }

    fn listed(&self, row: &Listed, sums: &mut BTreeMap<Name, Kind>, lists: &mut Lists) {
        const NONE: &[Unannounced] = &[];
        let held = self.holdings.get(row.id);
        let unannounced = self
            .holdings
            .unannounced
            .get(&row.id)
            .map_or(NONE, Vec::as_slice);
        let verdict = self.judge.of(row, held, unannounced);
        let kind = sums.entry(row.kind).or_insert_with(Kind::new);
        if verdict.standing == Standing::InFlight {
            kind.in_flight += 1;
        } else {
            kind.portal.add(
                &self.holdings.names,
                row.id,
                row.at,
                row.statut,
                row.ttc,
                row.devise,
            );
            if let Some(held) = held {
                // A change that is held has one name on both sides, though the archive may have it by its minute.
                let (at, statut) = match verdict.standing {
                    Standing::Held => (row.at, row.statut),
                    _ => (held.at, held.statut),
                };
                kind.archive.add(
                    &self.holdings.names,
                    row.id,
                    at,
                    statut,
                    held.ttc,
                    held.devise,
                );
            }
        }
        let shown = Appearance {
            at: row.at,
            statut: row.statut,
        };
        let latest = held.map(|held| self.episode(appearance(held)));
        let name = |archive: Option<String>| Named {
            month: self.month,
            kind: self.holdings.names.of(row.kind).to_owned(),
            id_facture: row.id,
            portal: Some(self.episode(shown)),
            archive,
        };
        let findings = &mut kind.findings;
        let tell = |count: &mut u64, list: &mut Vec<Named>, archive: Option<String>| {
            *count += 1;
            if list.len() < NAMED {
                list.push(name(archive));
            }
        };
        match verdict.standing {
            Standing::Missing => tell(&mut findings.missing, &mut lists.missing, None),
            Standing::Behind => tell(&mut findings.behind, &mut lists.behind, latest.clone()),
            Standing::Ahead => tell(&mut findings.ahead, &mut lists.ahead, latest.clone()),
            Standing::Held | Standing::InFlight => {}
        }
        if verdict.unannounced {
            let overdue = unannounced.iter().find(|one| self.judge.is_overdue(one));
            let episode = overdue.map(|one| one.episode.to_string());
            tell(&mut findings.unannounced, &mut lists.unannounced, episode);
        }
        if verdict.without_documents {
            tell(
                &mut findings.without_documents,
                &mut lists.without_documents,
                latest.clone(),
            );
        }
        if verdict.amount_differs {
            tell(
                &mut findings.amount_differs,
                &mut lists.amount_differs,
                latest,
            );
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

    fn on_portal_no_more(&self, held: &Held, sums: &mut BTreeMap<Name, Kind>, lists: &mut Lists) {
        let names = &self.holdings.names;
        let kind = sums.entry(held.kind).or_insert_with(Kind::new);
        kind.archive
            .add(names, held.id, held.at, held.statut, held.ttc, held.devise);
        kind.findings.on_portal_no_more += 1;
        if lists.on_portal_no_more.len() < NAMED {
            lists.on_portal_no_more.push(Named {
                month: self.month,
                kind: names.of(held.kind).to_owned(),
                id_facture: held.id,
                portal: None,
                archive: Some(self.episode(appearance(held))),
            });
        }
    }

    fn conclude(&self, sums: BTreeMap<Name, Kind>, lists: Lists, gone: Option<String>) -> Compared {
        let names = &self.holdings.names;
        let kinds: BTreeMap<String, KindReport> = sums
            .into_iter()
            .map(|(kind, sums)| (names.of(kind).to_owned(), sums.report(names)))
            .collect();
        let findings = kinds
            .values()
            .fold(Findings::default(), |all, kind| all.and(kind.findings));
        let told = gone.is_none() || gone.as_deref() == self.gone_told;
        Compared {
            report: MonthReport {
                from: self.days.from,
                to: self.days.to,
                proven_at: self.holdings.as_of,
                green: findings.are_none_of_the_listed() && told,
                kinds,
            },
            lists,
            findings,
            gone,
        }
    }

    fn episode(&self, appearance: Appearance) -> String {
        self.holdings.episode(appearance).to_string()
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

fn hexadecimal(context: Context) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Kind {
    fn new() -> Self {
        Self {
            portal: Summing::new(),
            archive: Summing::new(),
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
            in_flight: self.in_flight,
            findings: self.findings,
        }
    }
}

/// One side while it is added up.
struct Summing {
    statuts: BTreeMap<Name, (u64, BTreeMap<Name, Decimal>)>,
    context: Context,
    line: String,
}

impl Summing {
    fn new() -> Self {
        Self {
            statuts: BTreeMap::new(),
            context: Context::new(&SHA256),
            line: String::new(),
        }
    }

    fn add(
        &mut self,
        names: &Names,
        id: u64,
        at: i64,
        statut: Name,
        ttc: Option<Decimal>,
        devise: Name,
    ) {
        use std::fmt::Write as _;
        let (count, sums) = self.statuts.entry(statut).or_default();
        *count += 1;
        if let Some(amount) = ttc {
            let sum = sums.entry(devise).or_default();
            // 28 digits: a sum that outgrows them is of no public body.
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
        let instant = Timestamp::from_second(at).unwrap_or_default();
        let amount = ttc.map(|ttc| Amount::from(ttc.normalize()).to_string());
        self.line.clear();
        let _ = writeln!(
            self.line,
            "{id};{};{instant};{}",
            names.of(statut),
            amount.as_deref().unwrap_or_default()
        );
        self.context.update(self.line.as_bytes());
    }

    fn side(self, names: &Names) -> Side {
        let mut side = Side {
            sha256: hexadecimal(self.context),
            ..Side::default()
        };
        let mut all: BTreeMap<Name, Decimal> = BTreeMap::new();
        for (statut, (count, sums)) in self.statuts {
            for (devise, amount) in &sums {
                let sum = all.entry(*devise).or_default();
                *sum = sum.checked_add(*amount).unwrap_or(*sum);
            }
            side.count += count;
            let sum = Sum {
                count,
                ttc: amounts(names, sums),
            };
            side.statuts.insert(names.of(statut).to_owned(), sum);
        }
        side.ttc = amounts(names, all);
        side
    }
}

fn amounts(names: &Names, sums: BTreeMap<Name, Decimal>) -> BTreeMap<String, Amount> {
    sums.into_iter()
        .map(|(devise, sum)| (names.of(devise).to_owned(), Amount::from(sum.normalize())))
        .collect()
}
