//! How the supplier wants to be paid: BG-16 to BG-19.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// BG-16, payment instructions. An IBAN, a card and a mandate may stand side by side: all are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentInstructions {
    /// Each way to pay that the document offers, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub means: Vec<PaymentMeans>,
    /// BT-83, what to write on the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remittance_information: Option<String>,
    /// BG-19, direct debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct_debit: Option<DirectDebit>,
}

impl PaymentInstructions {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the document gives an account to pay into.
    #[must_use]
    pub fn has_account(&self) -> bool {
        self.means.iter().any(|means| {
            means
                .account
                .as_ref()
                .is_some_and(|account| account.id.is_some())
        })
    }
}

/// One way to pay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentMeans {
    /// BT-81, UNTDID 4461: 30 credit transfer, 58 SEPA credit transfer, 48 card, 49 direct debit, 59 SEPA direct debit…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// BT-82, the same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// BG-17, the account to pay into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// BG-18, the card it was paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// BG-17, an account to pay into.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// BT-84, the IBAN, or another account number where the document has no IBAN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// BT-85, the account's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BT-86, the BIC, or what the document puts in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
    /// What kind of number BT-84 is, when the document says so: `IBAN` or `RIB` (pivot).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The bank's name (pivot: `Etablissement`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
}

impl std::fmt::Debug for Account {
    /// An account number never reaches a log, also when somebody prints the whole invoice.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

/// BG-18, a payment card.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// BT-87, the card's number, of which a document may give the last digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// BT-88, the card holder's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card")
            .field("number", &self.number.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

/// BG-19, direct debit.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirectDebit {
    /// BT-89, the mandate's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// BT-90, the creditor's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creditor: Option<String>,
    /// BT-91, the account debited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debited_account: Option<String>,
}

impl std::fmt::Debug for DirectDebit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectDebit")
            .field("mandate", &self.mandate.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_an_account_for_debugging_shows_no_number() {
        let account = Account {
            id: Some("FR7612345".into()),
            ..Account::default()
        };
        let card = Card {
            number: Some("497012".into()),
            holder: Some("M. DUPONT".into()),
        };
        let debit = DirectDebit {
            debited_account: Some("FR7699999".into()),
            ..DirectDebit::default()
        };
        let printed = format!("{account:?} {card:?} {debit:?}");
        for secret in ["FR76", "4970", "DUPONT"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
