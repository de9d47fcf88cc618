//! The document as such: what must be written, what can be read, its dates, currency, and prices.

use super::amounts::{amount, is_chorus};
use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{Dialect, Invoice, LineKind};

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "RELAIS-ILLISIBLE",
            source: "Relais ; XSD de UBL 2.1, de UN/CEFACT et du pivot",
            looks_at: "les montants et les dates du document sont bien écrits",
        },
        judge: Judge::One(values_are_legible),
    },
    Check {
        rule: Rule {
            id: "RELAIS-PROFIL",
            source: "EN 16931-1, §6.4.1 : BR-01 ; Factur-X 1.08, profils",
            looks_at: "le document déclare une spécification connue (BT-24) et s'y tient",
        },
        judge: Judge::One(profile_is_known),
    },
    Check {
        rule: Rule {
            id: "BR-02",
            source: "EN 16931-1, §6.4.1",
            looks_at: "la facture a un numéro (BT-1)",
        },
        judge: Judge::One(has_a_number),
    },
    Check {
        rule: Rule {
            id: "BR-03",
            source: "EN 16931-1, §6.4.1",
            looks_at: "la facture a une date (BT-2)",
        },
        judge: Judge::One(has_a_date),
    },
    Check {
        rule: Rule {
            id: "BR-05",
            source: "EN 16931-1, §6.4.1",
            looks_at: "la facture a une devise (BT-5)",
        },
        judge: Judge::One(has_a_currency),
    },
    Check {
        rule: Rule {
            id: "BR-27",
            source: "EN 16931-1, §6.4.1",
            looks_at: "aucun prix unitaire (BT-146) n'est négatif",
        },
        judge: Judge::One(no_negative_price),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CO-05",
            source: "XP Z12-012, règles BR-FR",
            looks_at: "un avoir cite la facture d'origine (BT-25)",
        },
        judge: Judge::One(credit_note_names_an_invoice),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CO-07",
            source: "XP Z12-012, règles BR-FR",
            looks_at: "l'échéance (BT-9) n'est pas avant l'émission (BT-2), sauf acompte ou facture déjà payée",
        },
        judge: Judge::One(due_date_is_not_before_issue),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CO-12",
            source: "XP Z12-012, règles BR-FR ; article 289 du CGI",
            looks_at: "une facture en devise (BT-5) donne sa TVA en euros (BT-6, BT-111)",
        },
        judge: Judge::One(vat_in_euros),
    },
];

fn values_are_legible(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let malformed = &invoice.source.malformed;
    let Some(first) = malformed.first() else {
        return Verdict::ok("Tous les montants et toutes les dates du document ont pu être lus.");
    };
    let element = first.path.rsplit('/').next().unwrap_or(&first.path);
    let text: String = first.text.chars().take(40).collect();
    let others = match malformed.len() {
        1 => String::new(),
        count => format!(" ({count} valeurs en tout)"),
    };
    Verdict::failed(
        RefusalCode::NonConforme,
        format!(
            "La valeur « {text} » de {element} n'est pas un montant ou une date bien écrits{others} : elle n'est pas \
             reprise, la lire dans le document d'origine et demander au fournisseur une facture conforme."
        ),
    )
}

const FACTUR_X_PROFILES: [&str; 5] = ["minimum", "basicwl", "basic", "en16931", "extended"];
/// The profiles of Factur-X that have no lines.
const WITHOUT_LINES: [&str; 2] = ["minimum", "basicwl"];

fn profile_is_known(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let source = &invoice.source;
    if is_chorus(invoice) {
        return Verdict::no_object(
            "les formats propres à Chorus Pro ne déclarent pas de spécification",
        );
    }
    let Some(specification) = source.specification.as_deref() else {
        return Verdict::remark(
            "Le document ne dit pas quelle spécification il suit (BT-24) : il a été lu comme une facture EN 16931, \
             comparer les montants au document lisible.",
        );
    };
    let profile = specification
        .rsplit([':', '#'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let known = match source.dialect {
        Dialect::Unknown => false,
        Dialect::FacturX => FACTUR_X_PROFILES.contains(&profile.as_str()),
        _ => true,
    };
    if !known {
        return Verdict::remark(format!(
            "Le document dit suivre une spécification inconnue ({specification}) : il a été lu comme une facture EN \
             16931, comparer les montants au document lisible."
        ));
    }
    if source.dialect == Dialect::FacturX
        && WITHOUT_LINES.contains(&profile.as_str())
        && !invoice.lines.is_empty()
    {
        return Verdict::remark(format!(
            "Le document dit suivre le profil {} de Factur-X, qui n'a pas de lignes, et porte pourtant des lignes : elles \
             ont été lues, les comparer au document lisible.",
            profile.to_uppercase()
        ));
    }
    Verdict::ok(format!(
        "Le document dit suivre une spécification connue ({specification})."
    ))
}

fn has_a_number(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    match &invoice.number {
        Some(number) => Verdict::ok(format!("La facture porte le numéro {number}.")),
        None => Verdict::failed(
            RefusalCode::NonConforme,
            "La facture n'a pas de numéro (BT-1), mention obligatoire : demander une facture numérotée.",
        ),
    }
}

fn has_a_date(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    match &invoice.issue_date {
        Some(date) => Verdict::ok(format!(
            "La facture est datée du {}.",
            date.0.strftime("%d/%m/%Y")
        )),
        None if date_is_illegible(invoice) => {
            Verdict::unknown("la date d'émission est illisible, voir RELAIS-ILLISIBLE")
        }
        None => Verdict::failed(
            RefusalCode::NonConforme,
            "La facture n'a pas de date d'émission (BT-2), mention obligatoire : demander une facture datée.",
        ),
    }
}

/// Whether a date of issue is written, in UBL or CII (`IssueDate…`) or in a pivot, and is no date.
fn date_is_illegible(invoice: &Invoice) -> bool {
    let malformed = &invoice.source.malformed;
    malformed
        .iter()
        .any(|value| value.path.contains("IssueDate") || value.path.contains("DateEmissionFacture"))
}

fn has_a_currency(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    match &invoice.currency {
        Some(currency) => Verdict::ok(format!("La facture est en {currency}.")),
        None => Verdict::failed(
            RefusalCode::NonConforme,
            "La facture ne dit pas sa devise (BT-5) : ne pas la supposer en euros sans l'avoir vérifié.",
        ),
    }
}

fn no_negative_price(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let mut prices = invoice
        .lines
        .iter()
        .filter(|line| line.kind != LineKind::Information)
        .filter_map(|line| Some((line, line.price.net.as_ref()?.value())))
        .peekable();
    if prices.peek().is_none() {
        return Verdict::unknown("aucune ligne ne donne de prix unitaire");
    }
    match prices.find(|(_, price)| price.is_sign_negative() && !price.is_zero()) {
        None => Verdict::ok("Aucun prix unitaire n'est négatif."),
        Some((line, price)) => Verdict::failed(
            RefusalCode::PuErr,
            format!(
                "La ligne {} a un prix unitaire négatif ({}) : une remise s'écrit en quantité ou en montant négatifs, \
                 jamais en prix ; vérifier ce que la ligne déduit.",
                line.id.as_deref().unwrap_or("sans numéro"),
                amount(price, invoice)
            ),
        ),
    }
}

/// The types of UNTDID 1001 that are credit notes in France: own, self-billed, factored, of an advance payment.
const CREDIT_NOTES: [&str; 5] = ["261", "381", "396", "502", "503"];

fn credit_note_names_an_invoice(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(type_code) = invoice.type_code.as_deref() else {
        return Verdict::unknown("le document ne dit pas s'il est une facture ou un avoir (BT-3)");
    };
    if !CREDIT_NOTES.contains(&type_code) {
        return Verdict::no_object("le document n'est pas un avoir");
    }
    match invoice.preceding_invoices.first() {
        Some(preceding) => Verdict::ok(format!("L'avoir cite la facture {}.", preceding.number)),
        None => Verdict::failed(
            RefusalCode::RefCtAbsent,
            "L'avoir ne cite pas la facture qu'il corrige (BT-25) : demander au fournisseur laquelle, sans quoi il ne \
             peut pas être rapproché.",
        ),
    }
}

/// Advance payments, whose due date may come first.
const ADVANCES: [&str; 3] = ["386", "500", "503"];
/// The processes of invoices that are already paid.
const ALREADY_PAID: [&str; 3] = ["B2", "S2", "M2"];

fn due_date_is_not_before_issue(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(issued) = invoice.issue_date else {
        return Verdict::unknown("la facture n'a pas de date d'émission lisible (BT-2)");
    };
    let Some(due) = invoice.due_date else {
        return Verdict::no_object("la facture ne donne pas d'échéance");
    };
    let (shown_due, shown_issued) = (due.0.strftime("%d/%m/%Y"), issued.0.strftime("%d/%m/%Y"));
    if due >= issued {
        return Verdict::ok(format!(
            "L'échéance ({shown_due}) n'est pas avant l'émission ({shown_issued})."
        ));
    }
    let is_one_of = |code: &Option<String>, codes: &[&str]| {
        code.as_deref().is_some_and(|code| codes.contains(&code))
    };
    if is_one_of(&invoice.type_code, &ADVANCES)
        || is_one_of(&invoice.process.business_process, &ALREADY_PAID)
    {
        return Verdict::no_object(
            "un acompte ou une facture déjà payée peut avoir une échéance avant son émission",
        );
    }
    Verdict::failed(
        RefusalCode::ModpaiErr,
        format!(
            "L'échéance ({shown_due}) est avant l'émission ({shown_issued}) : ne pas en tenir compte, le délai légal de paiement n'en dépend pas, et \
             vérifier la date de la facture auprès du fournisseur."
        ),
    )
}

fn vat_in_euros(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let Some(currency) = invoice.currency.as_deref() else {
        return Verdict::unknown("la facture ne dit pas sa devise (BT-5)");
    };
    if currency == "EUR" {
        return Verdict::no_object("la facture est en euros");
    }
    let in_euros = invoice.vat_currency.as_deref() == Some("EUR");
    match &invoice.totals.vat_in_vat_currency {
        Some(vat) if in_euros => Verdict::ok(format!(
            "La facture est en {currency} et donne sa TVA en euros ({} EUR).",
            vat.written().replace('.', ",")
        )),
        _ => Verdict::failed(
            RefusalCode::NonConforme,
            format!(
                "La facture est en {currency} et ne donne pas sa TVA en euros (BT-111) : demander au fournisseur le \
                 montant en euros et le cours retenu."
            ),
        ),
    }
}
