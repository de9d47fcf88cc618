//! The invoice beside others: the same one received before, and what the portal and the attachments say of it.

use rust_decimal::Decimal;

use super::amounts::CENT;
use super::context::DuplicateKey;
use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{Difference, DifferenceField, Invoice};

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "RELAIS-DOUBLON",
            source: "spécifications externes de la facturation électronique, annexe 7 : motif DOUBLON",
            looks_at: "aucune autre facture reçue n'a ce fournisseur, ce numéro et cette année",
        },
        judge: Judge::One(not_received_before),
    },
    Check {
        rule: Rule {
            id: "RELAIS-DIVERGENCE",
            source: "Relais",
            looks_at: "le pivot, les pièces jointes et le portail disent la même chose (un constat par champ qui diffère)",
        },
        judge: Judge::Many(documents_agree),
    },
];

fn not_received_before(invoice: &Invoice, context: &Context<'_>) -> Verdict {
    let Some(already_received) = context.already_received else {
        return Verdict::unknown("la liste des factures déjà reçues n'est pas connue");
    };
    let Some(key) = DuplicateKey::of(invoice) else {
        return Verdict::unknown("il manque le numéro, la date ou l'identifiant du fournisseur");
    };
    // The supplier's identifier stays out of the message: that of a private person is nobody else's concern.
    let DuplicateKey { number, year, .. } = &key;
    if already_received(&key) {
        return Verdict::failed(
            RefusalCode::Doublon,
            format!(
                "Une autre facture {number} du même fournisseur, datée de {year}, a déjà été reçue : comparer les deux \
                 avant de mandater, et refuser celle-ci si c'est la même."
            ),
        );
    }
    Verdict::ok(format!(
        "Aucune autre facture {number} de ce fournisseur, datée de {year}, n'a été reçue."
    ))
}

fn documents_agree(invoice: &Invoice, _: &Context<'_>) -> Vec<Verdict> {
    if invoice.source.role.is_none() {
        return vec![Verdict::unknown(
            "le document a été lu seul, sans rien à quoi le comparer",
        )];
    }
    let (rounded, real): (Vec<&Difference>, Vec<&Difference>) = invoice
        .differences
        .iter()
        .partition(|difference| is_rounding(difference));
    if real.is_empty() {
        let but = if rounded.is_empty() {
            ""
        } else {
            ", aux arrondis au centime près"
        };
        return vec![Verdict::ok(format!(
            "Le pivot, les pièces jointes et le portail concordent{but}."
        ))];
    }
    real.into_iter().map(differs).collect()
}

/// Whether all amounts are within one cent: the pivot has six decimals where a document has two.
fn is_rounding(difference: &Difference) -> bool {
    use DifferenceField::{Due, WithVat, WithoutVat};
    if !matches!(difference.field, WithoutVat | WithVat | Due) {
        return false;
    }
    let values: Option<Vec<Decimal>> = difference
        .values
        .iter()
        .map(|reported| reported.value.trim().parse().ok())
        .collect();
    let bounds = values.and_then(|values| Some((*values.iter().min()?, *values.iter().max()?)));
    bounds
        .and_then(|(low, high)| high.checked_sub(low))
        .is_some_and(|gap| gap <= CENT)
}

fn differs(difference: &Difference) -> Verdict {
    let (what, refusal) = named(difference.field);
    let values: Vec<String> = difference
        .values
        .iter()
        .map(|reported| {
            format!(
                "{} selon {}",
                shown(difference.field, &reported.value),
                witness(&reported.by)
            )
        })
        .collect();
    let message = format!(
        "Les documents de cette facture ne disent pas {what} de la même façon : {}. Vérifier lequel fait foi avant de \
         mandater.",
        values.join(", ")
    );
    match refusal {
        Some(refusal) => Verdict::failed(refusal, message),
        None => Verdict::remark(message),
    }
}

fn named(field: DifferenceField) -> (&'static str, Option<RefusalCode>) {
    match field {
        DifferenceField::Number => ("le numéro", Some(RefusalCode::RefErr)),
        DifferenceField::IssueDate => ("la date d'émission", None),
        DifferenceField::Currency => ("la devise", Some(RefusalCode::MontanttotalErr)),
        DifferenceField::WithoutVat => ("le total HT", Some(RefusalCode::MontanttotalErr)),
        DifferenceField::WithVat => ("le total TTC", Some(RefusalCode::MontanttotalErr)),
        DifferenceField::Due => ("le net à payer", Some(RefusalCode::MontanttotalErr)),
        DifferenceField::Supplier => ("le fournisseur", Some(RefusalCode::CreancierErr)),
        DifferenceField::AccountPresent => (
            "s'il y a un compte à créditer",
            Some(RefusalCode::CoordBancErr),
        ),
        DifferenceField::ServiceCode => ("le code service", Some(RefusalCode::SeErr)),
        DifferenceField::PurchaseOrder => ("le numéro d'engagement", Some(RefusalCode::CmdEjErr)),
        DifferenceField::Contract => ("le marché", Some(RefusalCode::RefErr)),
    }
}

fn shown(field: DifferenceField, value: &str) -> String {
    match (field, value) {
        (DifferenceField::AccountPresent, "true") => "un compte".to_owned(),
        (DifferenceField::AccountPresent, "false") => "aucun compte".to_owned(),
        _ => value.to_owned(),
    }
}

fn witness(by: &str) -> String {
    match by.strip_prefix("attachment:") {
        Some(name) => format!("la pièce jointe {name}"),
        None if by == "pivot" => "le pivot".to_owned(),
        None if by == "chorus-pro" => "le portail".to_owned(),
        None => by.to_owned(),
    }
}
