//! Failures in a row, and whether one invoice explains them.

use std::collections::BTreeSet;

/// So many failures in a row are an outage.
const FAILURES: u32 = 3;

/// The failures since the last success.
///
/// One invoice that the portal stumbles over fails again and again, alone and in every group that it is asked for with. Were that taken
/// for an outage, it would hold up all others; so failures that have an invoice in common are none, however many there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    failures: u32,
    /// The invoices that all of the failed calls were about.
    suspects: Option<BTreeSet<i64>>,
}

impl Run {
    /// A call about these invoices failed; about none in particular, when there are none.
    pub(super) fn failed(&mut self, invoices: &[i64]) {
        self.failures = self.failures.saturating_add(1);
        let these: BTreeSet<i64> = invoices.iter().copied().collect();
        self.suspects = Some(match self.suspects.take() {
            None => these,
            Some(suspects) => suspects.intersection(&these).copied().collect(),
        });
    }

    pub(super) fn is_outage(&self) -> bool {
        self.failures >= FAILURES && self.suspects.as_ref().is_some_and(BTreeSet::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(calls: &[&[i64]]) -> bool {
        let mut run = Run::default();
        for invoices in calls {
            run.failed(invoices);
        }
        run.is_outage()
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
}
