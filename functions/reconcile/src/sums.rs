//! What one side of a comparison adds up to: counts, amounts, and a hash.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use messages::Amount;
use rust_decimal::Decimal;

use crate::{
    names::{Name, Names},
    report::{Side, Sum},
};

/// An invoice, as far as it is added up.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) id: u64,
    /// The instant of its state, in seconds since 1970.
    pub(crate) at: i64,
    pub(crate) statut: Name,
    pub(crate) ttc: Option<Decimal>,
    pub(crate) devise: Name,
}

/// Invoices and what they come to, by currency.
#[derive(Debug, Default)]
pub(crate) struct Count {
    count: u64,
    ttc: BTreeMap<Name, Decimal>,
}

impl Count {
    pub(crate) fn add(&mut self, item: Item) {
        self.count += 1;
        if let Some(amount) = item.ttc {
            add_to(&mut self.ttc, item.devise, amount);
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.count += other.count;
        for (devise, amount) in &other.ttc {
            add_to(&mut self.ttc, *devise, *amount);
        }
    }

    pub(crate) fn sum(self, names: &Names) -> Sum {
        let amounts = self.ttc.into_iter();
        Sum {
            count: self.count,
            ttc: amounts
                .map(|(devise, sum)| (names.of(devise).to_owned(), Amount::from(sum.normalize())))
                .collect(),
        }
    }
}

fn add_to(sums: &mut BTreeMap<Name, Decimal>, devise: Name, amount: Decimal) {
    let sum = sums.entry(devise).or_default();
    // 28 digits: a sum that outgrows them is of no public body.
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

/// One side while it is added up, in the order of `idFacture`.
pub(crate) struct Summing {
    statuts: BTreeMap<Name, Count>,
    context: Context,
    line: String,
}

impl Summing {
    pub(crate) fn new() -> Self {
        Self {
            statuts: BTreeMap::new(),
            context: Context::new(&SHA256),
            line: String::new(),
        }
    }

    pub(crate) fn add(&mut self, names: &Names, item: Item) {
        use std::fmt::Write as _;
        self.statuts.entry(item.statut).or_default().add(item);
        let instant = Timestamp::from_second(item.at).unwrap_or_default();
        let amount = item
            .ttc
            .map(|ttc| Amount::from(ttc.normalize()).to_string());
        self.line.clear();
        let _ = writeln!(
            self.line,
            "{};{};{instant};{}",
            item.id,
            names.of(item.statut),
            amount.as_deref().unwrap_or_default()
        );
        self.context.update(self.line.as_bytes());
    }

    pub(crate) fn side(self, names: &Names) -> Side {
        let mut all = Count::default();
        let mut statuts = BTreeMap::new();
        for (statut, count) in self.statuts {
            all.add_all(&count);
            statuts.insert(names.of(statut).to_owned(), count.sum(names));
        }
        let Sum { count, ttc } = all.sum(names);
        Side {
            count,
            ttc,
            statuts,
            sha256: hexadecimal(self.context),
        }
    }
}

/// The hash as it stands in reports.
pub(crate) fn hexadecimal(context: Context) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in context.finish().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
