//! Advisory checks: what an accountant should look at, with the Chorus Pro refusal code that would fit. Never a refusal:
//! an invoice with findings goes through with its findings.
//!
//! Chorus Pro has checked format and directory before it hands an invoice out, so these checks look at what it leaves to
//! the recipient: figures, identities, the account, the obligations of the structure, duplicates, and whether the
//! documents of one invoice agree. [`run`] needs the invoice only; [`run_with`] also what only the establishment knows.
//! Every rule gives one [`Finding`], in the order of [`rules`]; `RELAIS-DIVERGENCE` gives one per field that differs.
//!
//! # Verdicts
//!
//! - `ok`: the rule holds, or has nothing to look at in this invoice (the message begins with « Sans objet »).
//! - `failed`: it does not. A refusal code comes with it when a refusal could be founded on it, and none when the invoice
//!   should be accepted all the same (a cent of rounding, a text that is too long for the portal).
//! - `not-evaluable`: the document lacks what the rule needs, its dialect does not carry it (a pivot has no total of
//!   lines), or the [`Context`] does not say.
//!
//! # Tolerances
//!
//! The official rules on totals are exact to the cent, and so are these: a gap of one cent fails, states the gap, and
//! carries no refusal code (the portal tolerates it: rule G1.53). In a pivot and in Chorus Pro's historic UBL, which are
//! not bound by the rounding rules of EN 16931, such a gap is `ok` and stated. VAT of one rate (BR-CO-17) may be up to
//! 1.00 away, as in the official rules; the gap is stated. Nothing is tolerated without a word.
//!
//! # Rules
//!
//! | rule | looks at | refusal code |
//! |---|---|---|
//! | `RELAIS-ILLISIBLE` | amounts and dates that are not well written (`2400,00`) | `NON_CONFORME` |
//! | `RELAIS-PROFIL` | a specification that is not declared, not known, or not kept to | none |
//! | `BR-02`, `BR-03`, `BR-05` | number, date, currency are there | `NON_CONFORME` |
//! | `BR-CO-10` | total of lines; groups, remarks, and sub-lines are not added | `CALCUL_ERR` |
//! | `BR-CO-11`, `BR-CO-12` | totals of allowances and of charges | `CALCUL_ERR` |
//! | `BR-CO-13` | total without VAT | `CALCUL_ERR` |
//! | `BR-CO-14` | total of VAT; not when it was derived | `CALCUL_ERR` |
//! | `BR-CO-15` | total with VAT | `MONTANTTOTAL_ERR` |
//! | `BR-CO-16` | amount due | `MONTANTTOTAL_ERR` |
//! | `BR-CO-17` | VAT of each rate | `CALCUL_ERR` |
//! | `BR-S-08`, `RELAIS-BASES-TVA` | taxable amount of each rate or category | `CALCUL_ERR` |
//! | `BR-S-02` | a seller who charges VAT has a VAT number | `NON_CONFORME` |
//! | `BR-E-10` | an exemption has a reason | `NON_CONFORME` |
//! | `BR-FR-16` | the rates of a French seller exist | `TX_TVA_ERR` |
//! | `BR-27` | no negative price | `PU_ERR` |
//! | `BR-FR-CO-05` | a credit note names an invoice | `REF_CT_ABSENT` |
//! | `BR-FR-CO-07` | due date and date of issue | `MODPAI_ERR` |
//! | `BR-FR-CO-12` | VAT in euros when the currency is another | `NON_CONFORME` |
//! | `RELAIS-SIRET`, `RELAIS-SIREN` | Luhn's formula, with La Poste's exception | `CREANCIER_ERR` |
//! | `RELAIS-TVA-CLE` | key of a French VAT number | `NON_CONFORME` |
//! | `RELAIS-IDENTITE` | SIRET, SIREN, and VAT number name one company | `CREANCIER_ERR` |
//! | `RELAIS-IBAN` | IBAN modulo 97 | `COORD_BANC_ERR` |
//! | `BR-FR-CPRO-09` | SIREN and no SIRET | none |
//! | `BR-FR-CPRO-10` | the buyer's SIRET, and whether it is the recipient's | `SIRET_ERR`, `DEST_ERR` |
//! | `BR-FR-CPRO-11`, `BR-FR-CPRO-12`, `BR-FR-CPRO-13` | service code, engagement, one or the other, when the structure asks for them | `CODE_ROUTAGE_ERR`, `CMD_EJ_ERR` |
//! | `BR-FR-CPRO-20` | one preceding invoice | `REF_ERR` |
//! | `BR-FR-CPRO-24` | business process S5 | none |
//! | `BR-FR-CPRO-02` | length of the numbers | none |
//! | `BR-FR-CPRO-14` | length of the contract's number | `REF_ERR` |
//! | `BR-FR-CPRO-15` | length of the engagement's number | `CMD_EJ_ERR` |
//! | `BR-FR-CPRO-30`, `BR-FR-CPRO-41` | length of the references and names of attachments | none |
//! | `BR-FR-CPRO-31`, `BR-FR-CPRO-35`, `BR-FR-CPRO-42` | length of descriptions, terms of payment, notes | none |
//! | `BR-FR-CPRO-34`, `BR-FR-CPRO-36`, `BR-FR-CPRO-37`, `BR-FR-CPRO-43`, `BR-FR-CPRO-44` | length of names | none |
//! | `BR-FR-CPRO-39` | length of the account | none |
//! | `RELAIS-DOUBLON` | supplier, number, and year received before | `DOUBLON` |
//! | `RELAIS-DIVERGENCE` | pivot, attachments, and portal disagree | that of the field |
//!
//! An account number is never written out in a message: its last four characters are.

mod amounts;
mod bases;
mod comparison;
mod context;
mod document;
mod identity;
mod lengths;
mod limit;
mod payment;
mod public_sector;
mod refusal;
mod rule;
mod totals;
mod vat;
mod verdict;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use context::{Context, DuplicateKey};
pub use identity::{is_siren, is_siret};
pub use payment::{NotAnIban, check_iban};
pub use refusal::RefusalCode;
pub use rule::Rule;

use crate::model::Invoice;
use rule::{Check, Judge};
use verdict::Verdict;

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The rule holds.
    Ok,
    /// The rule does not hold.
    Failed,
    /// The invoice does not say enough for the rule to be judged.
    NotEvaluable,
}

/// The outcome of one rule on one invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id: an EN 16931 rule (`BR-CO-10`), a French one (`BR-FR-CPRO-02`), or one of Relais' own (`RELAIS-…`).
    pub rule: String,
    /// How it ended.
    pub status: Status,
    /// One sentence in French for the accountant.
    pub message: String,
    /// The refusal code of Chorus Pro that would fit, when the status is `failed` and one fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal_code: Option<String>,
}

/// All checks, by what they are about, in the order of the findings.
const CHECKS: [&[Check]; 9] = [
    document::CHECKS,
    totals::CHECKS,
    vat::CHECKS,
    bases::CHECKS,
    identity::CHECKS,
    payment::CHECKS,
    public_sector::CHECKS,
    lengths::CHECKS,
    comparison::CHECKS,
];

/// Every rule that is checked, in the order of the findings.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.into_iter().flatten().map(|check| &check.rule)
}

/// Runs every check on one normalised invoice. What only the establishment knows is `not-evaluable`.
#[must_use]
pub fn run(invoice: &Invoice) -> Vec<Finding> {
    run_with(invoice, &Context::default())
}

/// Runs every check on one normalised invoice, with what the establishment knows.
#[must_use]
pub fn run_with(invoice: &Invoice, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::with_capacity(rules().count());
    for check in CHECKS.into_iter().flatten() {
        let mut report = |verdict| findings.push(finding(check.rule.id, verdict));
        match &check.judge {
            Judge::One(judge) => report(judge(invoice, context)),
            Judge::Many(judge) => judge(invoice, context).into_iter().for_each(report),
            Judge::Length(limit) => report(limit.judge(invoice)),
        }
    }
    findings
}

/// The most characters of a message: an invoice whose number is a megabyte long must not make its findings as long.
const MESSAGE_MAX: usize = 1000;

fn finding(rule: &str, mut verdict: Verdict) -> Finding {
    // Counting bytes first spares nearly every message the count of its characters.
    let cut = (verdict.message.len() > MESSAGE_MAX)
        .then(|| verdict.message.char_indices().nth(MESSAGE_MAX))
        .flatten();
    if let Some((end, _)) = cut {
        verdict.message.truncate(end);
        verdict.message.push('…');
    }
    Finding {
        rule: rule.to_owned(),
        status: verdict.status,
        message: verdict.message,
        refusal_code: verdict.refusal.map(|refusal| refusal.code().to_owned()),
    }
}
