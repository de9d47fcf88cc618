//! The taxable amounts: BR-S-08 and its kin for the other categories.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::amounts::{CENT, amount, is_pivot, listed, missing, out_of_reach, rate};
use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{AllowanceOrCharge, Decimal as Written, Invoice, Line, LineKind, VatBreakdown};

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "BR-S-08",
            source: "EN 16931-1, §6.4.3",
            looks_at: "base de chaque taux normal ou réduit (BT-116) = lignes + frais - remises à ce taux",
        },
        judge: Judge::One(standard_rates),
    },
    Check {
        rule: Rule {
            id: "RELAIS-BASES-TVA",
            source: "EN 16931-1, §6.4.3 : BR-Z-08, BR-E-08, BR-AE-08, BR-IC-08, BR-G-08, BR-O-08, BR-AF-08, BR-AG-08 ; \
                     sans catégorie, par taux",
            looks_at: "base de chaque autre catégorie (BT-116) = lignes + frais - remises de cette catégorie",
        },
        judge: Judge::One(other_categories),
    },
];

fn standard_rates(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let breakdown = &invoice.vat_breakdown;
    if !is_pivot(invoice)
        && !breakdown.is_empty()
        && breakdown.iter().all(|entry| entry.category.is_none())
    {
        return Verdict::unknown(
            "le document ne donne pas de catégorie de TVA, voir RELAIS-BASES-TVA",
        );
    }
    let is_standard = |entry: &&VatBreakdown| entry.category.as_deref() == Some("S");
    judge(invoice, is_standard, "au taux normal ou réduit")
}

fn other_categories(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let is_other = |entry: &&VatBreakdown| entry.category.as_deref() != Some("S");
    judge(invoice, is_other, "exonérée, à taux zéro ou sans catégorie")
}

/// What is taxed alike: a category, and its rate where it has several.
type Kind<'a> = (Option<&'a str>, Option<Decimal>);

fn kind<'a>(category: &'a Option<String>, rate: &Option<Written>) -> Kind<'a> {
    match category.as_deref() {
        category @ Some("Z" | "E" | "AE" | "K" | "G" | "O") => (category, None),
        category => (category, rate.as_ref().map(Written::value)),
    }
}

/// What a line, an allowance, or a charge adds to a taxable amount.
struct Share<'a> {
    kind: Kind<'a>,
    amount: Option<Decimal>,
}

impl<'a> Share<'a> {
    fn of_line(line: &'a Line) -> Self {
        Self {
            kind: kind(&line.vat.category, &line.vat.rate),
            amount: line.net_amount.as_ref().map(Written::value),
        }
    }

    fn of_charge(entry: &'a AllowanceOrCharge) -> Self {
        Self {
            kind: kind(&entry.vat_category, &entry.vat_rate),
            amount: entry.amount.as_ref().map(Written::value),
        }
    }

    fn of_allowance(entry: &'a AllowanceOrCharge) -> Self {
        let charge = Self::of_charge(entry);
        Self {
            amount: charge.amount.map(|amount| -amount),
            ..charge
        }
    }
}

fn shares(invoice: &Invoice) -> impl Iterator<Item = Share<'_>> {
    let details = invoice
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Detail);
    let charges = invoice.charges.iter().map(Share::of_charge);
    let allowances = invoice.allowances.iter().map(Share::of_allowance);
    details.map(Share::of_line).chain(charges).chain(allowances)
}

/// The taxable amount of each kind; `None` where it has too many digits. `Err`: what is missing to tell.
fn expected(invoice: &Invoice) -> Result<BTreeMap<Kind<'_>, Option<Decimal>>, &'static str> {
    if !invoice
        .lines
        .iter()
        .any(|line| line.kind == LineKind::Detail)
    {
        return Err("la facture n'a pas de ligne");
    }
    let categorised = invoice
        .vat_breakdown
        .iter()
        .any(|entry| entry.category.is_some());
    let mut sums = BTreeMap::new();
    for share in shares(invoice) {
        let Some(amount) = share.amount else {
            return Err("une ligne, une remise ou un des frais n'a pas de montant");
        };
        if share.kind.0.is_none() && (categorised || share.kind.1.is_none()) {
            return Err(
                "une ligne, une remise ou un des frais n'a pas de catégorie ou de taux de TVA",
            );
        }
        sums.entry(share.kind)
            .and_modify(|sum: &mut Option<Decimal>| {
                *sum = sum.and_then(|sum| sum.checked_add(amount));
            })
            .or_insert(Some(amount));
    }
    Ok(sums)
}

fn judge(invoice: &Invoice, concerned: impl Fn(&&VatBreakdown) -> bool, what: &str) -> Verdict {
    if is_pivot(invoice) {
        return Verdict::unknown("le pivot ne porte ni catégorie de TVA ni remises de pied");
    }
    if invoice.vat_breakdown.is_empty() {
        return missing("la TVA n'est pas ventilée par taux", invoice);
    }
    if !invoice.vat_breakdown.iter().any(|entry| concerned(&entry)) {
        return Verdict::no_object(&format!("aucune base {what}"));
    }
    let sums = match expected(invoice) {
        Ok(sums) => sums,
        Err(why) => return missing(why, invoice),
    };
    let written = how_often(invoice);
    let (mut wrong, mut near) = (Vec::new(), Vec::new());
    for entry in invoice.vat_breakdown.iter().filter(&concerned) {
        let Some(base) = entry.taxable.as_ref().map(Written::value) else {
            return missing("un taux n'a pas de base (BT-116)", invoice);
        };
        let kind = kind(&entry.category, &entry.rate);
        let expected = sums.get(&kind).copied().unwrap_or(Some(Decimal::ZERO));
        let Some((expected, gap)) =
            expected.and_then(|sum| Some((sum, base.checked_sub(sum)?.abs())))
        else {
            return out_of_reach();
        };
        if gap.is_zero() {
            continue;
        }
        let cause = match written.get(&kind) {
            // `20` and `20.00` were taken for two rates.
            Some(times) if *times > 1 => ", car ce taux est ventilé plusieurs fois",
            _ => "",
        };
        let words = format!(
            "{}, base de {} alors que les lignes, frais et remises font {} (écart de {}){cause}",
            place(entry),
            amount(base, invoice),
            amount(expected, invoice),
            amount(gap, invoice),
        );
        if gap > CENT { &mut wrong } else { &mut near }.push(words);
    }
    if !wrong.is_empty() {
        return Verdict::failed(
            RefusalCode::CalculErr,
            format!(
                "La base de TVA n'est pas la somme de ce qu'elle taxe : {} ; demander au fournisseur une facture rectifiée.",
                listed(&wrong)
            ),
        );
    }
    if !near.is_empty() {
        return Verdict::remark(format!(
            "La base de TVA n'est pas la somme de ce qu'elle taxe, dans la tolérance d'un centime (règle G1.53) : {} ; \
             à signaler au fournisseur, sans refuser la facture.",
            listed(&near)
        ));
    }
    Verdict::ok("Chaque base de TVA est la somme des lignes, frais et remises qu'elle taxe.")
}

fn how_often(invoice: &Invoice) -> BTreeMap<Kind<'_>, usize> {
    let mut times = BTreeMap::new();
    for entry in &invoice.vat_breakdown {
        *times.entry(kind(&entry.category, &entry.rate)).or_default() += 1;
    }
    times
}

fn place(entry: &VatBreakdown) -> String {
    let at_rate = entry
        .rate
        .as_ref()
        .map(|percent| format!("à {}", rate(percent.value())));
    match (entry.category.as_deref(), at_rate) {
        (Some("S") | None, Some(at_rate)) => at_rate,
        (Some(category), Some(at_rate)) => format!("catégorie {category} {at_rate}"),
        (Some(category), None) => format!("catégorie {category}"),
        (None, None) => "sans catégorie ni taux".to_owned(),
    }
}
