//! Failures in a row, and whether invoices explain them.

use std::collections::BTreeSet;

use super::stumblers::Stumblers;

/// So many failures in a row are an outage.
const FAILURES: u32 = 3;

/// The failures since the last success.
///
/// One invoice that the portal stumbles over fails again and again, alone and in every group that it is asked for with. Were that taken
/// for an outage, it would hold up all others; so failures that have an invoice in common are none, however many there are. Neither are
/// those of several such invoices, once the portal has been seen to work for others: then each explains its own failures.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    failures: u32,
    /// The invoices that all of the failed calls were about.
    suspects: Option<BTreeSet<i64>>,
    /// What has failed and not worked since; it outlives successes.
    stumblers: Stumblers,
}

/// What a failure says of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// Nothing: the portal stumbles over one of these invoices whatever state it is in.
    Nothing,
    /// This was not enough for an outage.
    NotYet,
    /// Enough failed in a row.
    Outage,
}

impl Run {
    /// A call about these invoices worked; about none in particular, when there are none.
    pub(super) fn worked(&mut self, invoices: &[i64]) {
        self.failures = 0;
        self.suspects = None;
        self.stumblers.worked(invoices);
    }

    /// A call about these invoices failed; about none in particular, when there are none.
    pub(super) fn failed(&mut self, invoices: &[i64]) -> Says {
        let explained = self.stumblers.explain(invoices);
        self.stumblers.failed(invoices);
        if explained {
            return Says::Nothing;
        }
        self.failures = self.failures.saturating_add(1);
        let these: BTreeSet<i64> = invoices.iter().copied().collect();
        self.suspects = Some(match self.suspects.take() {
            None => these,
            Some(suspects) => suspects.intersection(&these).copied().collect(),
        });
        let common = self.suspects.as_ref().is_some_and(|s| !s.is_empty());
        match self.failures >= FAILURES && !common {
            true => Says::Outage,
            false => Says::NotYet,
        }
    }

    pub(super) fn stumblers(&self) -> &Stumblers {
        &self.stumblers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(calls: &[&[i64]]) -> bool {
        let mut run = Run::default();
        calls.iter().map(|invoices| run.failed(invoices)).last() == Some(Says::Outage)
    }

    #[test]
    fn three_failures_in_a_row_are_an_outage() {
        assert!(!after(&[&[], &[]]));
        assert!(after(&[&[], &[], &[]]));
        assert!(after(&[&[1], &[2], &[3]]));
        assert!(after(&[&[1, 2, 3, 4], &[1, 2], &[3, 4]]));
    }

    #[test]
    fn one_invoice_that_always_fails_is_not_an_outage() {
        assert!(!after(&[&[1, 2, 3, 4], &[1, 2], &[1], &[1], &[1]]));
        assert!(
            after(&[&[1, 2, 3, 4], &[1, 2], &[1], &[1], &[]]),
            "a search failed too"
        );
    }

    #[test]
    fn several_that_always_fail_are_no_outage_once_others_have_worked() {
        let mut run = Run::default();
        let bad = [1, 2, 3, 4, 5];
        let first = bad.map(|id| run.failed(&[id]));
        assert_eq!(first[2], Says::Outage, "nothing has worked yet");
        run.worked(&[9]);
        for id in bad.repeat(3) {
            assert_eq!(run.failed(&[id]), Says::Nothing);
        }
        let real = [[6], [7], [8]].map(|id| run.failed(&id));
        assert_eq!(real, [Says::NotYet, Says::NotYet, Says::Outage]);
    }
}
