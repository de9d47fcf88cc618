//! One invoice on both sides: what the portal lists, and what the archive holds.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::{
    findings::Finding,
    holdings::{Held, Unannounced},
    names::Name,
};

/// How long something may be under way before it is lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the state date of an invoice to its being archived.
    pub grace: SignedDuration,
    /// How much later the poll may see a change of status: what it looks back by.
    pub overlap: SignedDuration,
}

/// An invoice in one of the portal's lists.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: u64,
    /// In which list it stands.
    pub(crate) kind: Name,
    /// Its episode, to the second, and the status as it stands in keys.
    pub(crate) at: i64,
    pub(crate) statut: Name,
    pub(crate) ttc: Option<Decimal>,
    pub(crate) devise: Name,
}

/// Whether the archive is where the portal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The archive holds what the portal shows.
    Held,
    /// Not yet, and it is too early to ask for it.
    InFlight,
    /// Nothing of it is held.
    Missing,
    /// A status that the portal shows is not held.
    Behind,
    /// The archive holds a later status than the portal shows.
    Ahead,
}

/// What is to be said of an invoice that the portal lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Where the archive stands.
    pub standing: Standing,
    /// An archived episode was not announced.
    pub unannounced: bool,
    /// It was announced, and its documents are not there.
    pub without_documents: bool,
    /// The portal lists another amount than the ERP was told.
    pub amount_differs: bool,
}

impl Verdict {
    /// Whether nothing is lacking.
    #[must_use]
    pub fn is_fine(self) -> bool {
        self.findings().next().is_none()
    }

    /// What is lacking or odd.
    pub(crate) fn findings(self) -> impl Iterator<Item = Finding> {
        let standing = match self.standing {
            Standing::Missing => Some(Finding::Missing),
            Standing::Behind => Some(Finding::Behind),
            Standing::Ahead => Some(Finding::Ahead),
            Standing::Held | Standing::InFlight => None,
        };
        [
            standing,
            self.unannounced.then_some(Finding::Unannounced),
            self.without_documents.then_some(Finding::WithoutDocuments),
            self.amount_differs.then_some(Finding::AmountDiffers),
        ]
        .into_iter()
        .flatten()
    }
}

/// The present, and what it allows to be under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge {
    /// When the listing of the archive began.
    pub(crate) as_of: Timestamp,
    pub(crate) patience: Patience,
}

impl Judge {
    pub(crate) fn of(
        &self,
        listed: &Listed,
        held: Option<&Held>,
        unannounced: &[Unannounced],
    ) -> Verdict {
        let Some(held) = held else {
            let standing = if self.is_young(listed.at, self.patience.grace) {
                Standing::InFlight
            } else {
                Standing::Missing
            };
            return Verdict {
                standing,
                unannounced: false,
                without_documents: false,
                amount_differs: false,
            };
        };
        let standing = self.standing(listed, held);
        Verdict {
            standing,
            unannounced: unannounced.iter().any(|one| self.is_overdue(one)),
            without_documents: !held.documents,
            amount_differs: standing == Standing::Held
                && (held.ttc != listed.ttc || (held.ttc.is_some() && held.devise != listed.devise)),
        }
    }

    fn standing(&self, listed: &Listed, held: &Held) -> Standing {
        let same_status = held.statut == listed.statut || held.tied == Some(listed.statut);
        let apart = held.at.abs_diff(listed.at);
        // A change that was read in the history, which knows the minute only, is named after its minute.
        if apart < 60 && same_status {
            Standing::Held
        } else if held.at <= listed.at {
            let Patience { grace, overlap } = self.patience;
            if self.is_young(listed.at, grace.saturating_add(overlap)) {
                Standing::InFlight
            } else {
                Standing::Behind
            }
        } else if self.is_young(held.at, self.patience.grace) {
            // The portal's list may lag a little behind the portal.
            Standing::InFlight
        } else {
            Standing::Ahead
        }
    }

    /// An announcement is overdue when the manifest is older than the grace; one whose age is not known is.
    pub(crate) fn is_overdue(&self, unannounced: &Unannounced) -> bool {
        unannounced
            .archived
            .is_none_or(|at| !self.is_young(at.as_second(), self.patience.grace))
    }

    /// Whether an instant is closer to the present than `limit`. An instant in the far future is a wrong date, and does not wait for ever.
    fn is_young(&self, at: i64, limit: SignedDuration) -> bool {
        let age = self.as_of.as_second().saturating_sub(at);
        age.unsigned_abs() < limit.as_secs().unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;

    struct Case {
        names: Names,
        judge: Judge,
    }

    impl Case {
        fn new() -> Self {
            let patience = Patience {
                grace: SignedDuration::from_mins(60),
                overlap: SignedDuration::from_mins(30),
            };
            let as_of = "2026-11-23T00:00:00Z".parse().unwrap();
            Self {
                names: Names::default(),
                judge: Judge { as_of, patience },
            }
        }

        fn seconds(&self, minutes_ago: i64) -> i64 {
            self.judge.as_of.as_second() - 60 * minutes_ago
        }

        fn listed(&mut self, statut: &str, minutes_ago: i64) -> Listed {
            Listed {
                id: 7,
                kind: self.names.intern("FACTURE"),
                at: self.seconds(minutes_ago),
                statut: self.names.intern(statut),
                ttc: "120.00".parse().ok(),
                devise: self.names.intern("EUR"),
            }
        }

        fn held(&mut self, statut: &str, minutes_ago: i64) -> Held {
            Held {
                id: 7,
                at: self.seconds(minutes_ago),
                statut: self.names.intern(statut),
                tied: None,
                documents: true,
                marked: true,
                ttc: "120".parse().ok(),
                devise: self.names.intern("EUR"),
                kind: self.names.intern("FACTURE"),
                depot: None,
            }
        }

        fn standing(&self, listed: &Listed, held: Option<&Held>) -> Standing {
            self.judge.of(listed, held, &[]).standing
        }
    }

    #[test]
    fn what_is_held_as_it_is_listed_is_fine() {
        let mut case = Case::new();
        let (listed, held) = (
            case.listed("SUSPENDUE", 9_000),
            case.held("SUSPENDUE", 9_000),
        );
        let verdict = case.judge.of(&listed, Some(&held), &[]);
        assert_eq!(verdict.standing, Standing::Held);
        assert!(verdict.is_fine());
    }

    #[test]
    fn what_is_not_held_is_in_flight_for_the_grace_and_then_missing() {
        let mut case = Case::new();
        let (young, old) = (
            case.listed("MISE_A_DISPOSITION", 59),
            case.listed("MISE_A_DISPOSITION", 60),
        );
        assert_eq!(case.standing(&young, None), Standing::InFlight);
        assert_eq!(case.standing(&old, None), Standing::Missing);
    }

    #[test]
    fn a_state_date_of_the_far_future_does_not_make_an_invoice_wait_for_ever() {
        let mut case = Case::new();
        let listed = case.listed("MISE_A_DISPOSITION", -600_000);
        assert_eq!(case.standing(&listed, None), Standing::Missing);
    }

    #[test]
    fn a_status_that_is_not_held_is_in_flight_for_overlap_and_grace_and_then_behind() {
        let mut case = Case::new();
        let held = case.held("MISE_A_DISPOSITION", 9_000);
        let (young, old) = (case.listed("SUSPENDUE", 89), case.listed("SUSPENDUE", 90));
        assert_eq!(case.standing(&young, Some(&held)), Standing::InFlight);
        assert_eq!(case.standing(&old, Some(&held)), Standing::Behind);
    }

    #[test]
    fn another_status_of_the_same_second_is_behind_unless_it_is_held_too() {
        let mut case = Case::new();
        let listed = case.listed("COMPLETEE", 9_000);
        let mut held = case.held("MISE_A_DISPOSITION", 9_000);
        assert_eq!(case.standing(&listed, Some(&held)), Standing::Behind);
        held.tied = Some(listed.statut);
        assert_eq!(case.standing(&listed, Some(&held)), Standing::Held);
    }

    #[test]
    fn a_change_that_was_read_in_the_history_is_held_under_the_name_of_its_minute() {
        let mut case = Case::new();
        let mut listed = case.listed("SUSPENDUE", 9_000);
        listed.at += 42;
        let held = case.held("SUSPENDUE", 9_000);
        assert_eq!(case.standing(&listed, Some(&held)), Standing::Held);
        listed.at += 18;
        assert_eq!(case.standing(&listed, Some(&held)), Standing::Behind);
    }

    #[test]
    fn a_later_status_than_the_portal_shows_is_told_once_it_is_old() {
        let mut case = Case::new();
        let listed = case.listed("MISE_A_DISPOSITION", 9_000);
        let (young, old) = (case.held("SUSPENDUE", 10), case.held("SUSPENDUE", 8_000));
        assert_eq!(case.standing(&listed, Some(&young)), Standing::InFlight);
        assert_eq!(case.standing(&listed, Some(&old)), Standing::Ahead);
    }

    #[test]
    fn an_announcement_that_is_missing_is_told_once_the_manifest_is_older_than_the_grace() {
        let mut case = Case::new();
        let (listed, held) = (
            case.listed("SUSPENDUE", 9_000),
            case.held("SUSPENDUE", 9_000),
        );
        let missing = |minutes_ago: Option<i64>, case: &Case| {
            let one = Unannounced {
                episode: "20261103T091500Z-SUSPENDUE".parse().unwrap(),
                archived: minutes_ago.and_then(|m| Timestamp::from_second(case.seconds(m)).ok()),
            };
            case.judge.of(&listed, Some(&held), &[one]).unannounced
        };
        assert!(!missing(Some(59), &case));
        assert!(missing(Some(61), &case));
        assert!(missing(None, &case));
    }

    #[test]
    fn documents_that_are_not_there_and_amounts_that_differ_are_told() {
        let mut case = Case::new();
        let (listed, mut held) = (
            case.listed("SUSPENDUE", 9_000),
            case.held("SUSPENDUE", 9_000),
        );
        held.documents = false;
        held.ttc = "120.01".parse().ok();
        let verdict = case.judge.of(&listed, Some(&held), &[]);
        assert!(verdict.without_documents && verdict.amount_differs && !verdict.is_fine());
        held.ttc = listed.ttc;
        held.devise = case.names.intern("USD");
        assert!(case.judge.of(&listed, Some(&held), &[]).amount_differs);
    }
}
