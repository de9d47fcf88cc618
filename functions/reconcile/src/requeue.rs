//! What is lacking, as jobs for `archive`: no more than a run may queue, and of all that is lacking the oldest, because it is due first.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, BinaryHeap},
    num::NonZeroU32,
};

use jiff::Timestamp;
use messages::{
    CloudEvent, InvoiceJob,
    sqs::{JobsQueue, SqsError},
};

use crate::{month::Month, report::Requeued};

/// Jobs that become visible a second: the day's invoices find the queue free between them.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// What was lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// The invoice.
    Missing,
    /// Its status.
    Behind,
    /// Its announcement.
    Unannounced,
    /// Its documents.
    WithoutDocuments,
}

impl Lack {
    /// The cause that its job is queued for: `REPLAY` makes `archive` download again what it has announced.
    #[must_use]
    pub fn cause(self) -> &'static str {
        match self {
            Self::Missing | Self::Behind | Self::Unannounced => "RECONCILE",
            Self::WithoutDocuments => "REPLAY",
        }
    }
}

/// A job that may be queued.
#[derive(Debug)]
pub struct Candidate {
    /// The month of the deposit.
    pub month: Month,
    /// What it makes good.
    pub lack: Lack,
    /// The job.
    pub job: CloudEvent<InvoiceJob>,
}

impl Candidate {
    fn place(&self) -> (Timestamp, u64, Lack) {
        let InvoiceJob {
            date_heure_etat_courant,
            id_facture,
            ..
        } = self.job.data;
        (date_heure_etat_courant, id_facture, self.lack)
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

/// The oldest of what is lacking, so many and no more: what is kept does not grow with what is lacking.
#[derive(Debug)]
pub struct Candidates {
    most: usize,
    kept: BinaryHeap<Candidate>,
    left: u64,
    cut: BTreeSet<Month>,
}

impl Candidates {
    /// Room for so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
            left: 0,
            cut: BTreeSet::new(),
        }
    }

    /// Whether a job of this instant would be kept. One that would not is counted, and need not be made.
    pub fn wants(&mut self, at: Timestamp, month: Month) -> bool {
        let latest = self.kept.peek().map(|c| c.job.data.date_heure_etat_courant);
        let wanted = self.kept.len() < self.most || latest.is_some_and(|latest| at < latest);
        if !wanted {
            self.left += 1;
            self.cut.insert(month);
        }
        wanted
    }

    /// Keeps a job, in place of the latest when there is no room.
    pub fn offer(&mut self, candidate: Candidate) {
        self.kept.push(candidate);
        if self.kept.len() > self.most
            && let Some(latest) = self.kept.pop()
        {
            self.left += 1;
            self.cut.insert(latest.month);
        }
    }

    /// Whether a job of this month found no room.
    #[must_use]
    pub fn is_cut(&self, month: Month) -> bool {
        self.cut.contains(&month)
    }

    /// The number kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Queues what was kept, the oldest first, spread over time. The months whose jobs are all in the queue are those that are not cut.
    ///
    /// # Errors
    /// The queue did not take every job. Queueing them again is safe.
    pub async fn queue(&mut self, queue: &JobsQueue) -> Result<Requeued, SqsError> {
        let kept = std::mem::take(&mut self.kept).into_sorted_vec();
        let mut requeued = Requeued {
            left_for_later: self.left,
            ..Requeued::default()
        };
        for candidate in &kept {
            *match candidate.lack {
                Lack::Missing => &mut requeued.missing,
                Lack::Behind => &mut requeued.behind,
                Lack::Unannounced => &mut requeued.unannounced,
                Lack::WithoutDocuments => &mut requeued.without_documents,
            } += 1;
        }
        let jobs: Vec<CloudEvent<InvoiceJob>> = kept.into_iter().map(|c| c.job).collect();
        queue.send_all_spread(&jobs, PER_SECOND).await?;
        Ok(requeued)
    }
}

#[cfg(test)]
mod tests {
    use messages::{Fournisseur, Montants, References};

    use super::*;

    fn candidate(month: &str, at: &str, id_facture: u64) -> Candidate {
        let job = InvoiceJob {
            siret: "00000000013456".to_owned(),
            id_facture,
            episode: "20261123T091500Z-MISE_A_DISPOSITION".to_owned(),
            statut: "MISE_A_DISPOSITION".to_owned(),
            date_heure_etat_courant: at.parse().unwrap(),
            cause: Lack::Missing.cause().to_owned(),
            type_demande_paiement: "FACTURE".to_owned(),
            role: None,
            type_facture: None,
            numero_facture: String::new(),
            date_facture: None,
            date_depot: None,
            commentaire: None,
            taille: None,
            fournisseur: Fournisseur::default(),
            service: None,
            references: References::default(),
            montants: Montants::default(),
            travaux: None,
            exigences: None,
        };
        Candidate {
            month: month.parse().unwrap(),
            lack: Lack::Missing,
            job: job.into_event(),
        }
    }

    #[test]
    fn of_more_than_a_run_may_queue_the_oldest_are_kept_and_the_months_of_the_others_are_named() {
        let mut candidates = Candidates::new(2);
        for (month, at, id) in [
            ("2026-11", "2026-11-20T10:00:00Z", 1),
            ("2026-09", "2026-09-20T10:00:00Z", 2),
            ("2026-10", "2026-10-20T10:00:00Z", 3),
        ] {
            let candidate = candidate(month, at, id);
            assert!(candidates.wants(at.parse().unwrap(), candidate.month));
            candidates.offer(candidate);
        }
        let late = "2026-10-21T10:00:00Z".parse().unwrap();
        assert!(!candidates.wants(late, "2026-10".parse().unwrap()));
        assert_eq!((candidates.len(), candidates.left), (2, 2));
        assert!(candidates.is_cut("2026-11".parse().unwrap()));
        assert!(!candidates.is_cut("2026-09".parse().unwrap()));
        let kept = candidates.kept.into_sorted_vec();
        let ids: Vec<u64> = kept.iter().map(|c| c.job.data.id_facture).collect();
        assert_eq!(ids, [2, 3]);
    }

    #[test]
    fn with_no_room_nothing_is_kept() {
        let mut candidates = Candidates::new(0);
        let at = "2026-11-20T10:00:00Z".parse().unwrap();
        assert!(!candidates.wants(at, "2026-11".parse().unwrap()));
        assert!(candidates.is_empty());
    }
}
