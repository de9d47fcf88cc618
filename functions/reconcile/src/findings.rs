//! What may be found of an invoice, how often it was, and of which by name.

use serde::{Deserialize, Serialize};

use crate::month::Month;

/// Invoices named in each list of a report; the count beside it is that of all.
pub const NAMED: usize = 200;

/// What may be found of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Listed, and not held.
    Missing,
    /// Held, in an earlier status than the portal shows.
    Behind,
    /// Archived, and not announced.
    Unannounced,
    /// Announced, and the documents are not there.
    WithoutDocuments,
    /// Held, in a later status than the portal shows.
    Ahead,
    /// The portal lists another amount than the ERP was told.
    AmountDiffers,
    /// Held, and not listed any more.
    OnPortalNoMore,
}

/// How many invoices have what. One that several lists show counts once, except in the findings of each list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Listed, and not held.
    pub missing: u64,
    /// Held, in an earlier status than the portal shows.
    pub behind: u64,
    /// Archived, and not announced.
    pub unannounced: u64,
    /// Announced, and the documents are not there.
    pub without_documents: u64,
    /// Held, in a later status than the portal shows.
    pub ahead: u64,
    /// The portal lists another amount than the ERP was told.
    pub amount_differs: u64,
    /// Held, and not listed any more.
    pub on_portal_no_more: u64,
}

/// The invoices that have it, by name, the first [`NAMED`] of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lists {
    /// Listed, and not held.
    pub missing: Vec<Named>,
    /// Held, in an earlier status than the portal shows.
    pub behind: Vec<Named>,
    /// Archived, and not announced.
    pub unannounced: Vec<Named>,
    /// Announced, and the documents are not there.
    pub without_documents: Vec<Named>,
    /// Held, in a later status than the portal shows.
    pub ahead: Vec<Named>,
    /// The portal lists another amount than the ERP was told.
    pub amount_differs: Vec<Named>,
    /// Held, and not listed any more.
    pub on_portal_no_more: Vec<Named>,
}

/// An invoice of which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// The month of its deposit.
    pub month: Month,
    /// The first of the portal's lists that shows it so (`FACTURE`, …); of what none shows any more, its kind.
    pub kind: String,
    /// The invoice.
    pub id_facture: u64,
    /// The episode that the portal shows; absent when it shows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<String>,
    /// The latest episode that is archived, or the one that it is about; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

impl Findings {
    /// How many have this.
    pub(crate) fn of(&mut self, finding: Finding) -> &mut u64 {
        match finding {
            Finding::Missing => &mut self.missing,
            Finding::Behind => &mut self.behind,
            Finding::Unannounced => &mut self.unannounced,
            Finding::WithoutDocuments => &mut self.without_documents,
            Finding::Ahead => &mut self.ahead,
            Finding::AmountDiffers => &mut self.amount_differs,
            Finding::OnPortalNoMore => &mut self.on_portal_no_more,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            missing: self.missing + other.missing,
            behind: self.behind + other.behind,
            unannounced: self.unannounced + other.unannounced,
            without_documents: self.without_documents + other.without_documents,
            ahead: self.ahead + other.ahead,
            amount_differs: self.amount_differs + other.amount_differs,
            on_portal_no_more: self.on_portal_no_more + other.on_portal_no_more,
        }
    }

    /// Whether nothing is lacking or odd among what the portal lists.
    #[must_use]
    pub fn are_none_of_the_listed(self) -> bool {
        let listed = Self {
            on_portal_no_more: 0,
            ..self
        };
        listed == Self::default()
    }
}

impl Lists {
    /// Those that have this.
    pub(crate) fn of(&mut self, finding: Finding) -> &mut Vec<Named> {
        match finding {
            Finding::Missing => &mut self.missing,
            Finding::Behind => &mut self.behind,
            Finding::Unannounced => &mut self.unannounced,
            Finding::WithoutDocuments => &mut self.without_documents,
            Finding::Ahead => &mut self.ahead,
            Finding::AmountDiffers => &mut self.amount_differs,
            Finding::OnPortalNoMore => &mut self.on_portal_no_more,
        }
    }

    fn all(&mut self) -> [&mut Vec<Named>; 7] {
        [
            &mut self.missing,
            &mut self.behind,
            &mut self.unannounced,
            &mut self.without_documents,
            &mut self.ahead,
            &mut self.amount_differs,
            &mut self.on_portal_no_more,
        ]
    }

    /// Takes in what was found of a month, in place of what was found of it before.
    pub(crate) fn replace(&mut self, month: Month, mut by: Self) {
        for (list, more) in self.all().into_iter().zip(by.all()) {
            list.retain(|named| named.month != month);
            list.append(more);
            list.truncate(NAMED);
        }
    }
}
