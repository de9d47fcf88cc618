//! What a person reads: the proof of a night, or of any days, as JSON.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use messages::Amount;
use serde::{Deserialize, Serialize};

use crate::month::Month;

/// Invoices named in each list of a report; the count beside it is that of all.
pub const NAMED: usize = 200;

/// The proof of completeness of an establishment (`reports/{date}/{siret}.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The format of this object.
    pub version: u32,
    /// The establishment.
    pub siret: String,
    /// The day in France.
    pub date: Date,
    /// Whether the portal and the archive agree on all that was compared, and nothing failed.
    pub green: bool,
    /// Nothing was queued and nothing stored: only told.
    pub dry_run: bool,
    /// When the first comparison of the day began.
    pub started_at: Timestamp,
    /// When this was written.
    pub written_at: Timestamp,
    /// What the comparisons took, together.
    pub duration_ms: u64,
    /// Why the last run ended before its end; absent when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What was compared, by month of deposit.
    pub months: BTreeMap<Month, MonthReport>,
    /// What is still to be proven tonight.
    pub due: Vec<Month>,
    /// What is lacking, and what is odd, by name.
    pub lists: Lists,
    /// What was queued again.
    pub requeued: Requeued,
    /// What was asked on either side.
    pub work: Work,
    /// It was counted as a day that is not green.
    #[serde(default)]
    pub not_green_told: bool,
}

/// One month of deposits on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MonthReport {
    /// The first day compared.
    pub from: Date,
    /// The last day compared.
    pub to: Date,
    /// When the archive was listed for it.
    pub proven_at: Timestamp,
    /// Whether nothing is lacking.
    pub green: bool,
    /// By kind: `FACTURE`, `FACTURE_TRAVAUX`.
    pub kinds: BTreeMap<String, KindReport>,
}

/// One kind of invoice in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KindReport {
    /// What the portal lists.
    pub portal: Side,
    /// What the archive holds.
    pub archive: Side,
    /// Whether the hashes of both sides are the same.
    pub equal: bool,
    /// Listed, and too young to be asked for: on neither side.
    pub in_flight: u64,
    /// How many of each finding.
    pub findings: Findings,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// Invoices.
    pub count: u64,
    /// The sum of their amounts with tax, by currency.
    pub ttc: BTreeMap<String, Amount>,
    /// The same by status.
    pub statuts: BTreeMap<String, Sum>,
    /// SHA-256 over the lines `idFacture;statut;instant;ttc` in the order of `idFacture`.
    pub sha256: String,
}

/// Invoices and what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Invoices.
    pub count: u64,
    /// The sum of their amounts with tax, by currency.
    pub ttc: BTreeMap<String, Amount>,
}

/// How many invoices have what.
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

/// An invoice in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// The month of its deposit.
    pub month: Month,
    /// `FACTURE`, `FACTURE_TRAVAUX`.
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

/// What was queued again, by what was lacking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requeued {
    /// Invoices not held.
    pub missing: u64,
    /// Statuses not held.
    pub behind: u64,
    /// Announcements.
    pub unannounced: u64,
    /// Documents, downloaded anew.
    pub without_documents: u64,
    /// Beyond what one run may queue: the next one does.
    pub left_for_later: u64,
}

impl Requeued {
    /// All that was queued.
    #[must_use]
    pub fn total(self) -> u64 {
        self.missing + self.behind + self.unannounced + self.without_documents
    }
}

/// What a proof cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Searches on the portal.
    pub portal_calls: u64,
    /// Rows that it listed.
    pub portal_rows: u64,
    /// Listings of the archive.
    pub archive_calls: u64,
    /// Keys that it listed.
    pub archive_keys: u64,
    /// Manifests read because no key told the amount.
    pub amounts_read: u64,
}

impl Report {
    /// A report with nothing in it yet.
    #[must_use]
    pub fn new(siret: &str, date: Date, now: Timestamp, dry_run: bool) -> Self {
        Self {
            version: 1,
            siret: siret.to_owned(),
            date,
            green: true,
            dry_run,
            started_at: now,
            written_at: now,
            duration_ms: 0,
            failure: None,
            months: BTreeMap::new(),
            due: Vec::new(),
            lists: Lists::default(),
            requeued: Requeued::default(),
            work: Work::default(),
            not_green_told: false,
        }
    }

    /// Takes in the comparison of a month, in place of an earlier one of the same day.
    pub fn add(&mut self, month: Month, report: MonthReport, lists: Lists) {
        self.months.insert(month, report);
        self.lists.replace(month, lists);
        self.judge();
    }

    /// Says again whether all is green.
    pub fn judge(&mut self) {
        self.green = self.failure.is_none() && self.months.values().all(|month| month.green);
    }

    /// The findings of all months together.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let kinds = self.months.values().flat_map(|month| month.kinds.values());
        kinds.fold(Findings::default(), |all, kind| all.and(kind.findings))
    }
}

impl Findings {
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

    fn replace(&mut self, month: Month, mut by: Self) {
        for (list, more) in self.all().into_iter().zip(by.all()) {
            list.retain(|named| named.month != month);
            list.append(more);
            list.truncate(NAMED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(month: &str, id_facture: u64) -> Named {
        Named {
            month: month.parse().unwrap(),
            kind: "FACTURE".to_owned(),
            id_facture,
            portal: None,
            archive: None,
        }
    }

    fn month(green: bool) -> MonthReport {
        MonthReport {
            from: Date::constant(2026, 11, 1),
            to: Date::constant(2026, 11, 30),
            proven_at: Timestamp::UNIX_EPOCH,
            green,
            kinds: BTreeMap::new(),
        }
    }

    fn missing(names: Vec<Named>) -> Lists {
        Lists {
            missing: names,
            ..Lists::default()
        }
    }

    #[test]
    fn a_month_that_is_proven_again_replaces_what_was_said_of_it() {
        let mut report = Report::new(
            "1",
            Date::constant(2026, 11, 23),
            Timestamp::UNIX_EPOCH,
            false,
        );
        let (october, november) = ("2026-10".parse().unwrap(), "2026-11".parse().unwrap());
        report.add(november, month(false), missing(vec![named("2026-11", 1)]));
        report.add(october, month(false), missing(vec![named("2026-10", 2)]));
        report.add(november, month(true), Lists::default());
        assert_eq!(report.lists.missing, [named("2026-10", 2)]);
        assert!(!report.green);
        report.add(october, month(true), Lists::default());
        assert!(report.green);
        report.failure = Some("no rights".to_owned());
        report.judge();
        assert!(!report.green);
    }

    #[test]
    fn a_list_names_no_more_than_its_bound() {
        let mut report = Report::new(
            "1",
            Date::constant(2026, 11, 23),
            Timestamp::UNIX_EPOCH,
            false,
        );
        let many = (0..500).map(|id| named("2026-11", id)).collect();
        report.add("2026-11".parse().unwrap(), month(false), missing(many));
        assert_eq!(report.lists.missing.len(), NAMED);
    }
}
