//! VAT: its amount at each rate, the seller's number, exemptions, the rates that exist.

use rust_decimal::Decimal;

use super::amounts::{CENT, amount, listed, missing, out_of_reach, rate};
use super::identity;
use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{Decimal as Written, Invoice};

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "BR-CO-17",
            source: "EN 16931-1, §6.4.2 ; tolérance de 1,00 par taux : règles officielles du CEN, 1.3.16",
            looks_at: "TVA de chaque taux (BT-117) = base (BT-116) x taux (BT-119)",
        },
        judge: Judge::One(vat_of_each_rate),
    },
    Check {
        rule: Rule {
            id: "BR-S-02",
            source: "EN 16931-1, §6.4.3 : BR-S-02, BR-S-03, BR-S-04",
            looks_at: "un vendeur qui facture la TVA a un numéro de TVA (BT-31, BT-32 ou BT-63)",
        },
        judge: Judge::One(seller_has_a_vat_number),
    },
    Check {
        rule: Rule {
            id: "BR-E-10",
            source: "EN 16931-1, §6.4.3 ; article 242 nonies A de l'annexe II au CGI",
            looks_at: "une exonération (catégorie E) a un motif (BT-120 ou BT-121)",
        },
        judge: Judge::One(exemption_has_a_reason),
    },
    Check {
        rule: Rule {
            id: "BR-FR-16",
            source: "XP Z12-012, règles BR-FR ; articles 278 à 281 nonies, 294 à 297 du CGI",
            looks_at: "les taux d'un vendeur français (BT-119, BT-152) existent en France",
        },
        judge: Judge::One(rates_exist),
    },
];

/// The official rules accept a VAT amount up to one unit of the currency away, for the invoices that round line by line.
const RATE_TOLERANCE: Decimal = Decimal::ONE;

fn vat_of_each_rate(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    if invoice.vat_breakdown.is_empty() {
        return missing("la TVA n'est pas ventilée par taux", invoice);
    }
    let (mut wrong, mut near) = (Vec::new(), Vec::new());
    for entry in &invoice.vat_breakdown {
        let (Some(base), Some(vat)) = (&entry.taxable, &entry.vat) else {
            return missing("un taux n'a pas de base ou de montant de TVA", invoice);
        };
        let (base, vat) = (base.value(), vat.value());
        let percent = entry.rate.as_ref().map(Written::value);
        let Some(exact) = base
            .checked_mul(percent.unwrap_or_default())
            .and_then(|product| product.checked_div(Decimal::ONE_HUNDRED))
        else {
            return out_of_reach();
        };
        let expected =
            exact.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let Some(gap) = vat.checked_sub(expected).map(|gap| gap.abs()) else {
            return out_of_reach();
        };
        if gap.is_zero() || vat == exact {
            continue;
        }
        let place = percent.map_or_else(
            || "sans taux".to_owned(),
            |percent| format!("à {}", rate(percent)),
        );
        let words = format!(
            "{place}, TVA de {} au lieu de {} sur une base de {} (écart de {})",
            amount(vat, invoice),
            amount(expected, invoice),
            amount(base, invoice),
            amount(gap, invoice)
        );
        // Without a rate there is nothing to round: the official rule wants no VAT at all.
        if gap > RATE_TOLERANCE || (percent.is_none() && gap > CENT) {
            wrong.push(words);
        } else {
            near.push(words);
        }
    }
    if !wrong.is_empty() {
        return Verdict::failed(
            RefusalCode::CalculErr,
            format!(
                "La TVA ne correspond pas à sa base et à son taux : {} ; demander au fournisseur une facture rectifiée.",
                listed(&wrong)
            ),
        );
    }
    if !near.is_empty() {
        return Verdict::ok(format!(
            "La TVA correspond à sa base et à son taux, à la tolérance de 1,00 par taux près : {}.",
            listed(&near)
        ));
    }
    Verdict::ok("La TVA de chaque taux est exactement sa base multipliée par son taux.")
}

fn seller_has_a_vat_number(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let entries = invoice.allowances.iter().chain(&invoice.charges);
    let mut categories = invoice
        .lines
        .iter()
        .map(|line| line.vat.category.as_deref())
        .chain(entries.map(|entry| entry.vat_category.as_deref()))
        .chain(
            invoice
                .vat_breakdown
                .iter()
                .map(|entry| entry.category.as_deref()),
        )
        .flatten()
        .peekable();
    if categories.peek().is_none() {
        return missing("le document ne donne pas de catégorie de TVA", invoice);
    }
    if !categories.any(|category| category == "S") {
        return Verdict::no_object("aucun montant au taux normal ou réduit");
    }
    let seller = &invoice.seller;
    let representative = invoice
        .tax_representative
        .as_ref()
        .and_then(|party| party.vat_id.as_ref());
    if seller.vat_id.is_some() || seller.tax_registration.is_some() || representative.is_some() {
        return Verdict::ok("Le vendeur, qui facture la TVA, donne son numéro de TVA.");
    }
    Verdict::failed(
        RefusalCode::NonConforme,
        "La facture porte de la TVA mais ni le vendeur (BT-31, BT-32) ni son représentant fiscal (BT-63) ne donne de \
         numéro de TVA : demander une facture qui porte cette mention obligatoire.",
    )
}

fn exemption_has_a_reason(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    if invoice
        .vat_breakdown
        .iter()
        .all(|entry| entry.category.is_none())
    {
        return missing("le document ne donne pas de catégorie de TVA", invoice);
    }
    let mut exempt = invoice
        .vat_breakdown
        .iter()
        .filter(|entry| entry.category.as_deref() == Some("E"))
        .peekable();
    if exempt.peek().is_none() {
        return Verdict::no_object("aucun montant exonéré");
    }
    let Some(silent) =
        exempt.find(|entry| entry.exemption_reason.is_none() && entry.exemption_code.is_none())
    else {
        return Verdict::ok("Le motif de l'exonération de TVA est indiqué.");
    };
    let base = silent.taxable.as_ref().map_or_else(String::new, |base| {
        format!(" de {}", amount(base.value(), invoice))
    });
    Verdict::failed(
        RefusalCode::NonConforme,
        format!(
            "Un montant exonéré de TVA{base} n'a pas de motif d'exonération (BT-120 ou BT-121) : demander au \
             fournisseur la mention légale (par exemple « TVA non applicable, article 293 B du CGI »)."
        ),
    )
}

/// The rates of VAT in France, those of past years included: metropolitan, Corsican, overseas. In hundredths of a percent.
const FRENCH_RATES: [i64; 15] = [
    0, 90, 105, 175, 210, 550, 700, 850, 920, 960, 1000, 1300, 1960, 2000, 2060,
];

fn rates_exist(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    if !identity::is_french(&invoice.seller) {
        return Verdict::no_object("le vendeur n'est pas établi en France");
    }
    let by_rate = invoice
        .vat_breakdown
        .iter()
        .map(|entry| entry.rate.as_ref());
    let by_line = invoice.lines.iter().map(|line| line.vat.rate.as_ref());
    let mut rates: Vec<Decimal> = by_rate
        .chain(by_line)
        .flatten()
        .map(Written::value)
        .collect();
    if rates.is_empty() {
        return missing("aucun taux de TVA n'est indiqué", invoice);
    }
    rates.sort_unstable();
    rates.dedup();
    rates.retain(|rate| {
        !FRENCH_RATES
            .iter()
            .any(|known| *rate == Decimal::new(*known, 2))
    });
    if rates.is_empty() {
        return Verdict::ok("Les taux de TVA existent en France.");
    }
    let shown: Vec<String> = rates.into_iter().map(rate).collect();
    Verdict::failed(
        RefusalCode::TxTvaErr,
        format!(
            "Ce taux de TVA n'existe pas en France : {}. Demander au fournisseur quel taux s'applique.",
            listed(&shown)
        ),
    )
}
