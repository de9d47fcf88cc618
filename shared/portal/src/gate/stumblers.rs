//! Invoices that the portal stumbles over while it works for others.

use std::collections::BTreeMap;

/// So many are remembered; of more, the ones that failed last.
const MOST: usize = 200;

/// The invoices whose own call failed and has not worked since, as this process has seen it.
///
/// Only calls about one invoice count: of a group that failed nobody knows which invoice it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Stumblers {
    invoices: BTreeMap<i64, Stumbler>,
    failures: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stumbler {
    /// Others have worked after one of its failures.
    known: bool,
    /// Others have worked since its last failure.
    others_worked: bool,
    /// Others had worked between its last failure and the one before.
    proven: bool,
    /// Which of all failures its last one was.
    last: u64,
}

impl Stumblers {
    /// A call about these invoices worked, or one about none in particular.
    pub(super) fn worked(&mut self, invoices: &[i64]) {
        for id in invoices {
            self.invoices.remove(id);
        }
        for stumbler in self.invoices.values_mut() {
            stumbler.known = true;
            stumbler.others_worked = true;
        }
    }

    /// A call about these invoices failed.
    pub(super) fn failed(&mut self, invoices: &[i64]) {
        let &[id] = invoices else { return };
        self.failures += 1;
        let stumbler = self.invoices.entry(id).or_default();
        stumbler.proven = std::mem::take(&mut stumbler.others_worked);
        stumbler.last = self.failures;
        if self.invoices.len() > MOST {
            let oldest = self.invoices.iter().min_by_key(|(_, s)| s.last);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.invoices.remove(&oldest);
            }
        }
    }

    /// Whether one of these invoices explains that a call about them fails: the portal works for others, and did not for this one.
    pub(super) fn explain(&self, invoices: &[i64]) -> bool {
        invoices.iter().any(|id| self.is_known(*id))
    }

    /// Whether one of these invoices explains it, and not all do: the others may work without it.
    pub(super) fn are_among(&self, invoices: &[i64]) -> bool {
        self.explain(invoices) && !invoices.iter().all(|id| self.is_known(*id))
    }

    /// Whether the last failure of this invoice was its own beyond doubt: others worked after it had failed, and it failed again.
    ///
    /// That others worked some time ago is not enough: the portal may be down since.
    pub(super) fn is_proven(&self, invoice: i64) -> bool {
        self.invoices.get(&invoice).is_some_and(|s| s.proven)
    }

    fn is_known(&self, invoice: i64) -> bool {
        self.invoices.get(&invoice).is_some_and(|s| s.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_is_known_once_others_have_worked_and_forgotten_when_it_works() {
        let mut stumblers = Stumblers::default();
        stumblers.failed(&[7]);
        stumblers.failed(&[7]);
        assert!(!stumblers.explain(&[7]), "the portal may be down");
        stumblers.worked(&[8]);
        assert!(stumblers.explain(&[7]) && !stumblers.explain(&[8]));
        stumblers.worked(&[7, 9]);
        assert!(!stumblers.explain(&[7]));
    }

    #[test]
    fn a_failure_is_proven_only_by_a_success_of_others_since_the_one_before() {
        let mut stumblers = Stumblers::default();
        stumblers.failed(&[7]);
        stumblers.worked(&[]);
        assert!(!stumblers.is_proven(7), "it may have been a hiccup");
        stumblers.failed(&[7]);
        assert!(stumblers.is_proven(7));
        stumblers.failed(&[7]);
        assert!(!stumblers.is_proven(7), "the portal may be down since");
        assert!(stumblers.explain(&[7]), "and says nothing of the portal");
    }

    #[test]
    fn a_group_that_failed_names_nobody_and_is_explained_by_one_of_it() {
        let mut stumblers = Stumblers::default();
        stumblers.failed(&[1, 2]);
        stumblers.failed(&[3]);
        stumblers.worked(&[4]);
        assert!(!stumblers.explain(&[1, 2]));
        assert!(stumblers.explain(&[1, 2, 3]) && stumblers.are_among(&[1, 2, 3]));
        assert!(stumblers.explain(&[3]) && !stumblers.are_among(&[3]));
    }

    #[test]
    fn so_many_are_remembered_and_the_oldest_failure_goes_first() {
        let mut stumblers = Stumblers::default();
        for id in 0..300 {
            stumblers.failed(&[id]);
        }
        stumblers.worked(&[]);
        assert_eq!(stumblers.invoices.len(), MOST);
        assert!(!stumblers.explain(&[99]) && stumblers.explain(&[100]));
    }
}
