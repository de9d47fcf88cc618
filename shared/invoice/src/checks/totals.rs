//! The totals of the document: BR-CO-10 to BR-CO-16.

use super::amounts::{Equation, amount, is_pivot, missing, out_of_reach, sum};
use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{AllowanceOrCharge, Decimal, Invoice, LineKind};

const SOURCE: &str = "EN 16931-1, §6.4.2";

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "BR-CO-10",
            source: SOURCE,
            looks_at: "total des lignes (BT-106) = somme des montants nets des lignes (BT-131)",
        },
        judge: Judge::One(lines_total),
    },
    Check {
        rule: Rule {
            id: "BR-CO-11",
            source: SOURCE,
            looks_at: "total des remises (BT-107) = somme des remises de pied (BT-92)",
        },
        judge: Judge::One(allowances_total),
    },
    Check {
        rule: Rule {
            id: "BR-CO-12",
            source: SOURCE,
            looks_at: "total des frais (BT-108) = somme des frais de pied (BT-99)",
        },
        judge: Judge::One(charges_total),
    },
    Check {
        rule: Rule {
            id: "BR-CO-13",
            source: SOURCE,
            looks_at: "total HT (BT-109) = BT-106 - BT-107 + BT-108",
        },
        judge: Judge::One(total_without_vat),
    },
    Check {
        rule: Rule {
            id: "BR-CO-14",
            source: SOURCE,
            looks_at: "total de TVA (BT-110) = somme de la TVA par taux (BT-117)",
        },
        judge: Judge::One(vat_total),
    },
    Check {
        rule: Rule {
            id: "BR-CO-15",
            source: SOURCE,
            looks_at: "total TTC (BT-112) = BT-109 + BT-110",
        },
        judge: Judge::One(total_with_vat),
    },
    Check {
        rule: Rule {
            id: "BR-CO-16",
            source: SOURCE,
            looks_at: "net à payer (BT-115) = BT-112 - BT-113 + BT-114",
        },
        judge: Judge::One(amount_due),
    },
];

fn value(decimal: Option<&Decimal>) -> Option<rust_decimal::Decimal> {
    decimal.map(Decimal::value)
}

fn value_or_zero(decimal: Option<&Decimal>) -> rust_decimal::Decimal {
    value(decimal).unwrap_or_default()
}

fn lines_total(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(written) = value(invoice.totals.lines.as_ref()) else {
        return missing("le total des lignes (BT-106) n'est pas indiqué", invoice);
    };
    let details = || {
        invoice
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Detail)
    };
    let count = details().count();
    if count == 0 {
        return missing("la facture n'a pas de ligne", invoice);
    }
    if let Some(line) = details().find(|line| line.net_amount.is_none()) {
        let id = line.id.as_deref().unwrap_or("sans numéro");
        return missing(&format!("la ligne {id} n'a pas de montant"), invoice);
    }
    let Some(expected) = sum(details().filter_map(|line| value(line.net_amount.as_ref()))) else {
        return out_of_reach();
    };
    let computed = if count == 1 {
        "la seule ligne".to_owned()
    } else {
        format!("la somme des {count} lignes")
    };
    Equation {
        announced: "Le total des lignes (BT-106)",
        written,
        computed: &computed,
        expected,
        refusal: RefusalCode::CalculErr,
    }
    .judge(invoice)
}

fn allowances_total(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let words = Words {
        none: "aucune remise de pied",
        without_amount: "une remise de pied n'a pas de montant (BT-92)",
        announced: "Le total des remises (BT-107)",
        computed: "la somme des remises de pied",
    };
    of_document(
        invoice,
        &invoice.allowances,
        invoice.totals.allowances.as_ref(),
        &words,
    )
}

fn charges_total(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let words = Words {
        none: "aucun frais de pied",
        without_amount: "un des frais de pied n'a pas de montant (BT-99)",
        announced: "Le total des frais (BT-108)",
        computed: "la somme des frais de pied",
    };
    of_document(
        invoice,
        &invoice.charges,
        invoice.totals.charges.as_ref(),
        &words,
    )
}

struct Words<'a> {
    none: &'a str,
    without_amount: &'a str,
    announced: &'a str,
    computed: &'a str,
}

/// A total of allowances or charges. One that is not written is zero.
fn of_document(
    invoice: &Invoice,
    entries: &[AllowanceOrCharge],
    total: Option<&Decimal>,
    words: &Words<'_>,
) -> Verdict {
    if is_pivot(invoice) {
        return Verdict::unknown("le pivot ne porte ni remises ni frais de pied");
    }
    if entries.is_empty() && total.is_none() {
        return Verdict::no_object(words.none);
    }
    if entries.iter().any(|entry| entry.amount.is_none()) {
        return missing(words.without_amount, invoice);
    }
    let Some(expected) = sum(entries
        .iter()
        .filter_map(|entry| value(entry.amount.as_ref())))
    else {
        return out_of_reach();
    };
    Equation {
        announced: words.announced,
        written: value_or_zero(total),
        computed: words.computed,
        expected,
        refusal: RefusalCode::CalculErr,
    }
    .judge(invoice)
}

fn total_without_vat(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let totals = &invoice.totals;
    let (Some(lines), Some(written)) = (
        value(totals.lines.as_ref()),
        value(totals.without_vat.as_ref()),
    ) else {
        return missing(
            "le total des lignes (BT-106) ou le total HT (BT-109) n'est pas indiqué",
            invoice,
        );
    };
    let allowances = value_or_zero(totals.allowances.as_ref());
    let charges = value_or_zero(totals.charges.as_ref());
    let Some(expected) = sum([lines, -allowances, charges]) else {
        return out_of_reach();
    };
    let mut computed = format!("le total des lignes ({})", amount(lines, invoice));
    if !allowances.is_zero() {
        computed += &format!(" moins les remises ({})", amount(allowances, invoice));
    }
    if !charges.is_zero() {
        computed += &format!(" plus les frais ({})", amount(charges, invoice));
    }
    Equation {
        announced: "Le total HT (BT-109)",
        written,
        computed: &computed,
        expected,
        refusal: RefusalCode::CalculErr,
    }
    .judge(invoice)
}

fn vat_total(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(written) = value(invoice.totals.vat.as_ref()) else {
        return missing("le total de TVA (BT-110) n'est pas indiqué", invoice);
    };
    if invoice.is_derived("/totals/vat") {
        return Verdict::unknown(
            "le total de TVA n'est pas écrit dans le document, il a été calculé à partir des taux",
        );
    }
    if invoice.vat_breakdown.is_empty() {
        return missing("la TVA n'est pas ventilée par taux", invoice);
    }
    if invoice
        .vat_breakdown
        .iter()
        .any(|entry| entry.vat.is_none())
    {
        return missing("un taux n'a pas de montant de TVA (BT-117)", invoice);
    }
    let by_rate = invoice
        .vat_breakdown
        .iter()
        .filter_map(|entry| value(entry.vat.as_ref()));
    let Some(expected) = sum(by_rate) else {
        return out_of_reach();
    };
    Equation {
        announced: "Le total de TVA (BT-110)",
        written,
        computed: "la somme de la TVA par taux",
        expected,
        refusal: RefusalCode::CalculErr,
    }
    .judge(invoice)
}

fn total_with_vat(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let totals = &invoice.totals;
    let (Some(without), Some(written)) = (
        value(totals.without_vat.as_ref()),
        value(totals.with_vat.as_ref()),
    ) else {
        return missing(
            "le total HT (BT-109) ou le total TTC (BT-112) n'est pas indiqué",
            invoice,
        );
    };
    if has_several_vat_totals(invoice) {
        return Verdict::failed(
            RefusalCode::MontanttotalErr,
            "La facture donne plusieurs totaux de TVA (BT-110) dans sa devise, on ne sait lequel compte : demander au \
             fournisseur une facture rectifiée.",
        );
    }
    let vat = value(totals.vat.as_ref());
    let Some(expected) = sum([without, vat.unwrap_or_default()]) else {
        return out_of_reach();
    };
    let computed = match vat {
        Some(vat) => format!(
            "le total HT ({}) plus la TVA ({})",
            amount(without, invoice),
            amount(vat, invoice)
        ),
        None => "le total HT, sans total de TVA (BT-110),".to_owned(),
    };
    Equation {
        announced: "Le total TTC (BT-112)",
        written,
        computed: &computed,
        expected,
        refusal: RefusalCode::MontanttotalErr,
    }
    .judge(invoice)
}

/// Whether a total of VAT stands beside the one that was read: the readers keep the first, and list the others as without
/// a place.
fn has_several_vat_totals(invoice: &Invoice) -> bool {
    invoice.source.unmapped.iter().any(|value| {
        let mut names = value.path.rsplit('/');
        let (last, parent) = (
            names.next().unwrap_or_default(),
            names.next().unwrap_or_default(),
        );
        last.starts_with("TaxTotalAmount")
            || (last.starts_with("TaxAmount") && parent.starts_with("TaxTotal"))
    })
}

fn amount_due(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let totals = &invoice.totals;
    let (Some(with_vat), Some(written)) =
        (value(totals.with_vat.as_ref()), value(totals.due.as_ref()))
    else {
        return missing(
            "le total TTC (BT-112) ou le net à payer (BT-115) n'est pas indiqué",
            invoice,
        );
    };
    if is_pivot(invoice) && written != with_vat {
        return Verdict::unknown(&format!(
            "le net à payer ({}) n'est pas le total TTC ({}), et le pivot ne dit pas ce qui a déjà été payé",
            amount(written, invoice),
            amount(with_vat, invoice)
        ));
    }
    let prepaid = value_or_zero(totals.prepaid.as_ref());
    let rounding = value_or_zero(totals.rounding.as_ref());
    let Some(expected) = sum([with_vat, -prepaid, rounding]) else {
        return out_of_reach();
    };
    let mut computed = format!("le total TTC ({})", amount(with_vat, invoice));
    if !prepaid.is_zero() {
        computed += &format!(" moins le montant déjà payé ({})", amount(prepaid, invoice));
    }
    if !rounding.is_zero() {
        computed += &format!(" plus l'arrondi ({})", amount(rounding, invoice));
    }
    Equation {
        announced: "Le net à payer (BT-115)",
        written,
        computed: &computed,
        expected,
        refusal: RefusalCode::MontanttotalErr,
    }
    .judge(invoice)
}
