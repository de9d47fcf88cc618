//! The lengths that Chorus Pro takes: BR-FR-CPRO-02, -14, -15, -30 to -44.
//!
//! A text that is too long reaches the ERP whole from the document itself; the pivot may have cut it.

use super::RefusalCode;
use super::limit::Limit;
use super::rule::{Check, Judge, Rule};
use crate::model::{Invoice, Party};

const SOURCE: &str = "XP Z12-012 annexe A, règles Chorus Pro";

/// No more than so many characters; the text is not shown.
const fn at_most(max: usize, what: &'static str, texts: fn(&Invoice) -> Vec<&str>) -> Judge {
    Judge::Length(Limit::of(max, what, texts))
}

const fn rule(id: &'static str, looks_at: &'static str) -> Rule {
    Rule {
        id,
        source: SOURCE,
        looks_at,
    }
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        rule: rule(
            "BR-FR-CPRO-02",
            "numéro de la facture (BT-1) et des factures antérieures (BT-25) : 20 caractères",
        ),
        judge: Judge::Length(Limit {
            max: 20,
            what: "le numéro de facture (BT-1, BT-25)",
            texts: numbers,
            refusal: None,
            mandatory: true,
            shown: true,
            grouped: false,
        }),
    },
    Check {
        rule: rule("BR-FR-CPRO-14", "numéro de marché (BT-12) : 50 caractères"),
        judge: Judge::Length(Limit {
            max: 50,
            what: "le numéro de marché (BT-12)",
            texts: |invoice| one(&invoice.references.contract),
            refusal: Some(RefusalCode::RefErr),
            mandatory: false,
            shown: true,
            grouped: false,
        }),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-15",
            "numéro d'engagement (BT-13) : 50 caractères",
        ),
        judge: Judge::Length(Limit {
            max: 50,
            what: "le numéro d'engagement (BT-13)",
            texts: |invoice| one(&invoice.references.purchase_order),
            refusal: Some(RefusalCode::CmdEjErr),
            mandatory: false,
            shown: true,
            grouped: false,
        }),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-30",
            "référence des pièces jointes (BT-122) : 50 caractères",
        ),
        judge: at_most(
            50,
            "la référence d'une pièce jointe (BT-122)",
            |invoice| {
                invoice
                    .attachments
                    .iter()
                    .filter_map(|attachment| attachment.reference.as_deref())
                    .collect()
            },
        ),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-31",
            "description des articles (BT-154) : 1024 caractères",
        ),
        judge: at_most(1024, "la description d'un article (BT-154)", |invoice| {
            invoice
                .lines
                .iter()
                .filter_map(|line| line.item.description.as_deref())
                .collect()
        }),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-34",
            "appellation commerciale de l'acheteur (BT-45) : 99 caractères",
        ),
        judge: at_most(
            99,
            "l'appellation commerciale de l'acheteur (BT-45)",
            |invoice| one(&invoice.buyer.trading_name),
        ),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-35",
            "conditions de paiement (BT-20) : 1024 caractères",
        ),
        judge: at_most(
            1024,
            "le texte des conditions de paiement (BT-20)",
            |invoice| one(&invoice.payment_terms),
        ),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-36",
            "appellation commerciale du vendeur (BT-28) : 99 caractères",
        ),
        judge: at_most(
            99,
            "l'appellation commerciale du vendeur (BT-28)",
            |invoice| one(&invoice.seller.trading_name),
        ),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-37",
            "nom du bénéficiaire (BT-59) : 99 caractères",
        ),
        judge: at_most(99, "le nom du bénéficiaire (BT-59)", |invoice| {
            name(invoice.payee.as_ref())
        }),
    },
    Check {
        rule: rule("BR-FR-CPRO-39", "compte à créditer (BT-84) : 27 caractères"),
        judge: Judge::Length(Limit {
            max: 27,
            what: "le compte à créditer (BT-84)",
            texts: accounts,
            refusal: None,
            mandatory: false,
            shown: false,
            grouped: true,
        }),
    },
    Check {
        rule: rule(
            "BR-FR-CPRO-41",
            "nom des fichiers joints (BT-125-2) : 50 caractères",
        ),
        judge: at_most(50, "le nom d'un fichier joint (BT-125)", |invoice| {
            let embedded = invoice
                .attachments
                .iter()
                .filter_map(|attachment| attachment.embedded.as_ref());
            embedded
                .filter_map(|file| file.file_name.as_deref())
                .collect()
        }),
    },
    Check {
        rule: rule("BR-FR-CPRO-42", "notes (BT-22) : 1024 caractères"),
        judge: at_most(1024, "le texte d'une note (BT-22)", |invoice| {
            invoice
                .notes
                .iter()
                .map(|note| note.text.as_str())
                .collect()
        }),
    },
    Check {
        rule: rule("BR-FR-CPRO-43", "nom du vendeur (BT-27) : 99 caractères"),
        judge: at_most(99, "le nom du vendeur (BT-27)", |invoice| {
            name(Some(&invoice.seller))
        }),
    },
    Check {
        rule: rule("BR-FR-CPRO-44", "nom de l'acheteur (BT-44) : 99 caractères"),
        judge: at_most(99, "le nom de l'acheteur (BT-44)", |invoice| {
            name(Some(&invoice.buyer))
        }),
    },
];

fn one(text: &Option<String>) -> Vec<&str> {
    text.as_deref().into_iter().collect()
}

fn name(party: Option<&Party>) -> Vec<&str> {
    party
        .and_then(|party| party.name.as_deref())
        .into_iter()
        .collect()
}

fn numbers(invoice: &Invoice) -> Vec<&str> {
    let preceding = invoice
        .preceding_invoices
        .iter()
        .map(|preceding| preceding.number.as_str());
    invoice
        .number
        .as_deref()
        .into_iter()
        .chain(preceding)
        .collect()
}

fn accounts(invoice: &Invoice) -> Vec<&str> {
    let accounts = invoice
        .payment
        .means
        .iter()
        .filter_map(|means| means.account.as_ref());
    accounts
        .filter_map(|account| account.id.as_deref())
        .collect()
}
