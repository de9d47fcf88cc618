//! The account to pay into.

use super::rule::{Check, Judge, Rule};
use super::verdict::Verdict;
use super::{Context, RefusalCode};
use crate::model::{Account, Invoice};

pub(super) const CHECKS: &[Check] = &[Check {
    rule: Rule {
        id: "RELAIS-IBAN",
        source: "ISO 13616-1, clé modulo 97",
        looks_at: "l'IBAN du compte à créditer (BT-84) a la bonne longueur et la bonne clé",
    },
    judge: Judge::One(ibans),
}];

/// Why a text is not an IBAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIban {
    /// Not two letters, two digits, and 11 to 30 letters and digits.
    #[error("n'a pas la forme d'un IBAN")]
    Form,
    /// An IBAN of France or Monaco has 27 characters.
    #[error("n'a pas les 27 caractères d'un IBAN français")]
    Length,
    /// The key does not fit the rest.
    #[error("a une clé fausse")]
    Key,
}

/// Checks an IBAN; white space within it and the case of its letters do not matter.
///
/// # Errors
///
/// [`NotAnIban`] says what is wrong with it.
pub fn check_iban(text: &str) -> Result<(), NotAnIban> {
    let iban: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let (Some(head), Some(rest)) = (iban.get(..4), iban.get(4..)) else {
        return Err(NotAnIban::Form);
    };
    let formed = (15..=34).contains(&iban.len())
        && head.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && head.bytes().skip(2).all(|b| b.is_ascii_digit())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if !formed {
        return Err(NotAnIban::Form);
    }
    if (head.starts_with("FR") || head.starts_with("MC")) && iban.len() != 27 {
        return Err(NotAnIban::Length);
    }
    // The country and the key go to the end, a letter counts for two digits, and the whole leaves 1 modulo 97.
    let remainder = rest
        .bytes()
        .chain(head.bytes())
        .fold(0_u32, |remainder, b| match b {
            b'0'..=b'9' => (remainder * 10 + u32::from(b - b'0')) % 97,
            _ => (remainder * 100 + u32::from(b - b'A') + 10) % 97,
        });
    if remainder == 1 {
        Ok(())
    } else {
        Err(NotAnIban::Key)
    }
}

fn ibans(invoice: &Invoice, _: &Context<'_>) -> Verdict {
    let accounts = || {
        invoice
            .payment
            .means
            .iter()
            .filter_map(|means| means.account.as_ref())
    };
    let mut checked = 0_usize;
    for account in accounts() {
        let Some(id) = account.id.as_deref() else {
            continue;
        };
        match check_iban(id) {
            Ok(()) => checked += 1,
            // A number of another kind: a RIB, or an account outside the countries of the IBAN.
            Err(NotAnIban::Form) if !claims_to_be_an_iban(account) => {}
            Err(problem) => {
                return Verdict::failed(
                    RefusalCode::CoordBancErr,
                    format!(
                        "Le compte à créditer{} {problem} : ne pas payer dessus, demander un RIB au fournisseur et le \
                         vérifier par un autre canal.",
                        ending(id)
                    ),
                );
            }
        }
    }
    match (checked, invoice.payment.has_account()) {
        (0, false) => Verdict::unknown("la facture ne donne pas de compte à créditer"),
        (0, true) => Verdict::unknown("le compte à créditer n'est pas un IBAN"),
        (1, _) => Verdict::ok("La clé de l'IBAN est juste."),
        (count, _) => Verdict::ok(format!("La clé des {count} IBAN est juste.")),
    }
}

fn claims_to_be_an_iban(account: &Account) -> bool {
    account.kind.as_deref() == Some("IBAN")
}

/// The end of an account number: enough to know which one is meant, not enough to use it.
fn ending(id: &str) -> String {
    let compact: Vec<char> = id.chars().filter(|c| !c.is_whitespace()).collect();
    match compact
        .len()
        .checked_sub(4)
        .and_then(|from| compact.get(from..))
    {
        Some(last) if compact.len() > 12 => {
            format!(" (finissant par {})", last.iter().collect::<String>())
        }
        _ => String::new(),
    }
}
