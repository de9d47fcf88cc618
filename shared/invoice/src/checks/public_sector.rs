//! What Chorus Pro and the structure that receives ask of an invoice.

use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::Invoice;

const SOURCE: &str = "XP Z12-012 annexe A, règles Chorus Pro";

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-11",
            source: SOURCE,
            looks_at: "code service (BT-10, ou BT-46 de schéma 0224), si la structure le demande",
        },
        judge: Judge::One(service),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-12",
            source: SOURCE,
            looks_at: "numéro d'engagement (BT-13), si la structure le demande",
        },
        judge: Judge::One(engagement),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-13",
            source: SOURCE,
            looks_at: "code service ou numéro d'engagement, si la structure demande l'un ou l'autre",
        },
        judge: Judge::One(service_or_engagement),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-20",
            source: SOURCE,
            looks_at: "une facture antérieure (BG-3) au plus",
        },
        judge: Judge::One(one_preceding_invoice),
    },
    Check {
        rule: Rule {
            id: "BR-FR-CPRO-24",
            source: SOURCE,
            looks_at: "cadre de facturation (BT-23) autre que S5",
        },
        judge: Judge::One(not_a_subcontractor_alone),
    },
];

/// The scheme of a routing code, which for a public body is its code service.
const ROUTING_CODE: &str = "0224";

fn service_of(invoice: &Invoice) -> Option<&str> {
    let routing = || {
        let identifiers = invoice.buyer.identifiers.iter();
        identifiers
            .filter(|identifier| identifier.scheme.as_deref() == Some(ROUTING_CODE))
            .map(|identifier| identifier.id.as_str())
            .next()
    };
    invoice.references.service_code.as_deref().or_else(routing)
}

fn service(invoice: &Invoice, context: &Context<'_>) -> Verdict {
    match (context.service_required, service_of(invoice)) {
        (None, _) => Verdict::unknown("on ne sait pas si la structure demande un code service"),
        (Some(false), _) => Verdict::no_object("la structure ne demande pas de code service"),
        (Some(true), Some(service)) => {
            Verdict::ok(format!("La facture porte le code service {service}."))
        }
        (Some(true), None) => Verdict::failed(
            RefusalCode::CodeRoutageErr,
            "La facture ne porte pas de code service (BT-10), que la structure exige : l'orienter à la main ou demander \
             au fournisseur de la déposer à nouveau avec le code.",
        ),
    }
}

fn engagement(invoice: &Invoice, context: &Context<'_>) -> Verdict {
    match (
        context.engagement_required,
        &invoice.references.purchase_order,
    ) {
        (None, _) => {
            Verdict::unknown("on ne sait pas si la structure demande un numéro d'engagement")
        }
        (Some(false), _) => {
            Verdict::no_object("la structure ne demande pas de numéro d'engagement")
        }
        (Some(true), Some(number)) => {
            Verdict::ok(format!("La facture porte le numéro d'engagement {number}."))
        }
        (Some(true), None) => Verdict::failed(
            RefusalCode::CmdEjErr,
            "La facture ne porte pas de numéro d'engagement (BT-13), que la structure exige : la refuser seulement si le \
             numéro avait été donné au fournisseur avant la facturation.",
        ),
    }
}

fn service_or_engagement(invoice: &Invoice, context: &Context<'_>) -> Verdict {
    let given = service_of(invoice).is_some() || invoice.references.purchase_order.is_some();
    match (context.service_or_engagement_required, given) {
        (None, _) => Verdict::unknown(
            "on ne sait pas si la structure demande un code service ou un numéro d'engagement",
        ),
        (Some(false), _) => Verdict::no_object("la structure n'exige pas l'un ou l'autre"),
        (Some(true), true) => {
            Verdict::ok("La facture porte un code service ou un numéro d'engagement.")
        }
        (Some(true), false) => Verdict::failed(
            RefusalCode::CmdEjErr,
            "La facture ne porte ni code service (BT-10) ni numéro d'engagement (BT-13), et la structure exige l'un ou \
             l'autre : demander la référence au fournisseur.",
        ),
    }
}

fn one_preceding_invoice(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    match invoice.preceding_invoices.len() {
        0 => Verdict::no_object("aucune facture antérieure n'est citée"),
        1 => Verdict::ok("Une seule facture antérieure est citée."),
        count => {
            let numbers: Vec<&str> = invoice
                .preceding_invoices
                .iter()
                .take(5)
                .map(|preceding| preceding.number.as_str())
                .collect();
            Verdict::failed(
                RefusalCode::RefErr,
                format!(
                    "La facture cite {count} factures antérieures ({}{}) et Chorus Pro n'en prend qu'une : vérifier sur \
                     le document d'origine lesquelles elle concerne.",
                    numbers.join(", "),
                    if count > numbers.len() { ", …" } else { "" }
                ),
            )
        }
    }
}

fn not_a_subcontractor_alone(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    match invoice.process.business_process.as_deref() {
        None => Verdict::unknown("la facture ne dit pas son cadre de facturation (BT-23)"),
        Some("S5") => Verdict::remark(
            "La facture est sous le cadre S5 (sous-traitant), qui n'existe pas pour le secteur public : un paiement \
             direct du sous-traitant se demande sous le cadre S3 ; vérifier que le titulaire a accepté la dépense.",
        ),
        Some(process) => Verdict::ok(format!("Le cadre de facturation est {process}.")),
    }
}
