//! What a person reads: the proof of a night, or of any days, as JSON.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use messages::Amount;
use serde::{Deserialize, Serialize};

use crate::{
    findings::{Findings, Lists},
    month::Month,
};

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
    /// How many documents have which finding, each counted once in however many lists it stands.
    #[serde(default)]
    pub findings: Findings,
    /// By list: `FACTURE`, `FACTURE_TRAVAUX`, and `FACTURE_TRAVAUX_MOA` and `FACTURE_TRAVAUX_MOE` for the roles in works contracts.
    pub kinds: BTreeMap<String, KindReport>,
}

/// One of the portal's lists in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KindReport {
    /// What the portal lists.
    pub portal: Side,
    /// What the archive holds.
    pub archive: Side,
    /// Whether the hashes of both sides are the same.
    pub equal: bool,
    /// Of what the portal lists here, what an earlier list (of the order above) shows too. Without it, the lists add up to the documents that
    /// there are.
    #[serde(default)]
    pub also_listed: Sum,
    /// Listed, and too young to be asked for: on neither side.
    pub in_flight: u64,
    /// How many of each finding, in this list.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{NAMED, Named};

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
            findings: Findings::default(),
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
