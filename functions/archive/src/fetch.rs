//! Few downloads for many invoices.
//!
//! A call of `telecharger/groupe` takes the portal seconds, so invoices go in groups: ten at most (AIFE's advice), and under 100 MB by
//! the sizes that the search gave (the portal's limit is 120 MB, and the sizes are of files before they are wrapped). Whatever stands
//! against a group is narrowed down to the invoice that causes it by splitting the group in two.

use std::sync::Arc;

use archive::{
    BucketStore, StoredDocument,
    dossier::{self, ChunkSource, DownloadError, Expected, Failure, Stored},
    keys::EpisodeFolder,
};
use chorus_pro::{
    Account, Decision, Error, Operation,
    factures::{Download, TelechargerGroupe},
};
use lambda_kit::{BoxError, batch::Outcome, config::Establishment};
use messages::InvoiceJob;
use portal::{Closed, Portal, Use};

/// AIFE's advice for one call.
const INVOICES_PER_CALL: usize = 10;

/// By the sizes from the search, with room for the base64 and ZIP around them below the portal's 120 MB.
const BYTES_PER_CALL: u64 = 100_000_000;

/// What an invoice counts for when the search gave no size.
const UNKNOWN_SIZE: u64 = 5_000_000;

/// An invoice to be downloaded.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Its row.
    pub job: &'a InvoiceJob,
    /// Where it goes.
    pub folder: EpisodeFolder,
}

/// What was stored of an invoice.
#[derive(Debug)]
pub enum Fetched {
    /// The pivot and every attachment.
    Dossier(Box<Stored>),
    /// The PDF alone, and why nothing better was to be had.
    PdfOnly(Box<StoredDocument>, PdfReason),
}

/// Why an invoice is archived as a PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PdfReason {
    /// The pivot with all attachments is over the portal's limit.
    TooLarge,
    /// The pivot cannot be read: what is wrong with it.
    PivotUnreadable(String),
}

/// An invoice was not fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The portal, or the way to it.
    #[error("Chorus Pro did not give the invoice")]
    Portal(#[source] Error),
    /// A breaker has opened, or a switch is off.
    #[error("Chorus Pro was not asked")]
    NotAsked(#[source] Closed),
    /// The answer, or where it was to be stored.
    #[error("the invoice was not stored")]
    Store(#[source] Arc<Failure>),
}

impl FetchError {
    /// Chorus Pro understood, and said no for good.
    #[must_use]
    pub fn refusal(&self) -> Option<(i64, &str)> {
        match self {
            Self::Portal(error) => error.refusal(),
            Self::NotAsked(_) | Self::Store(_) => None,
        }
    }
}

/// The portal and the archive, for downloads.
#[derive(Debug)]
pub struct Fetcher<'a> {
    /// Says before each call whether it may be made.
    pub portal: &'a Portal,
    /// Whose invoices.
    pub establishment: &'a Establishment,
    /// The API as the establishment's technical account.
    pub account: &'a Account,
    /// The bucket of the invoices.
    pub archive: &'a BucketStore,
}

impl Fetcher<'_> {
    /// Downloads all, in as few calls as their sizes allow, and hands over each invoice as soon as its end is known.
    ///
    /// Returns how many groups it took.
    pub async fn all(
        &self,
        wanted: &[Wanted<'_>],
        mut done: impl AsyncFnMut(&Wanted<'_>, Result<Fetched, FetchError>),
    ) -> u64 {
        let mut groups = groups(wanted);
        let mut calls = 0;
        while let Some(group) = groups.pop() {
            if let Err(closed) = self.portal.admit(self.establishment, Use::Fetch).await {
                for one in group {
                    done(one, Err(FetchError::NotAsked(closed.clone()))).await;
                }
                continue;
            }
            calls += 1;
            match self.download(group).await {
                Ok(results) => {
                    let alone = group.len() == 1;
                    for (one, result) in group.iter().zip(results) {
                        match result {
                            Ok(stored) => done(one, Ok(Fetched::Dossier(Box::new(stored)))).await,
                            Err(failure) if !alone && self.is_worth_a_call(&failure) => {
                                groups.push(std::slice::from_ref(one));
                            }
                            Err(failure) => {
                                let result = self.without_pivot(one, failure).await;
                                done(one, result).await;
                            }
                        }
                    }
                }
                Err(error) if concerns_the_group(&error) && group.len() > 1 => {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second, first]);
                }
                // An outage, or one invoice that the portal stumbles over: the halves tell which. They go behind the others, so that
                // an outage is seen after three calls.
                Err(error)
                    if group.len() > 1
                        && (self.may_be_one_of_them(error.clone()) || self.is_some_of(group)) =>
                {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.splice(..0, [second, first]);
                }
                Err(error) => {
                    for one in group {
                        let result = match error.decision() {
                            Decision::AskForLess => self.pdf(one, false, PdfReason::TooLarge).await,
                            _ => Err(FetchError::Portal(error.clone())),
                        };
                        done(one, result).await;
                    }
                }
            }
        }
        calls
    }

    /// Whether a call that failed on the way may have failed for the sake of one invoice: not during an outage.
    fn may_be_one_of_them(&self, error: impl Into<BoxError>) -> bool {
        let outcome = self.portal.outcome(self.establishment, error);
        matches!(outcome, Outcome::Retry(_) | Outcome::Unclear(_))
    }

    /// Whether some of a group are known to fail while others work: then the group tells nothing of the portal, and the rest is worth a
    /// call without these.
    fn is_some_of(&self, group: &[Wanted<'_>]) -> bool {
        let ids: Vec<i64> = group.iter().map(|w| id(w.job)).collect();
        self.portal
            .stumbles_over_some(Operation::TelechargerGroupe, &ids)
    }

    /// Whether an invoice is worth a call of its own, because another one of its group may be what broke the answer.
    fn is_worth_a_call(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Store(_) => false,
            Failure::Interrupted(_) => self.may_be_one_of_them(failure.clone()),
            _ => true,
        }
    }

    async fn download(&self, group: &[Wanted<'_>]) -> Result<Vec<Result<Stored, Failure>>, Error> {
        let ids: Vec<i64> = group.iter().map(|w| id(w.job)).collect();
        let mut download = Pieces(
            self.account
                .telecharger_groupe(&TelechargerGroupe::pivot(&ids))
                .await?,
        );
        let expected: Vec<Expected> = group
            .iter()
            .map(|w| Expected {
                folder: w.folder.clone(),
                numero: Some(w.job.numero_facture.clone()).filter(|n| !n.is_empty()),
                fournisseur: w.job.fournisseur.identifiant.clone(),
            })
            .collect();
        let outcome = dossier::store(self.archive, &mut download, &expected).await;
        for stranger in &outcome.unexpected {
            tracing::warn!(event = "archive.unexpected_invoice", identity = ?stranger, "the answer has an invoice that was not asked for: it is left out");
        }
        Ok(outcome.invoices)
    }

    /// A pivot that cannot be read will not be readable the next time: the PDF is kept, so that the ERP has something to show.
    async fn without_pivot(
        &self,
        one: &Wanted<'_>,
        failure: Failure,
    ) -> Result<Fetched, FetchError> {
        match &failure {
            Failure::Pivot(error) => {
                let reason = PdfReason::PivotUnreadable(lambda_kit::chain(error));
                self.pdf(one, true, reason).await
            }
            _ => Err(FetchError::Store(Arc::new(failure))),
        }
    }

    async fn pdf(
        &self,
        one: &Wanted<'_>,
        complements: bool,
        reason: PdfReason,
    ) -> Result<Fetched, FetchError> {
        let request = TelechargerGroupe::pdf(&[id(one.job)], complements);
        let download = self
            .account
            .telecharger_groupe(&request)
            .await
            .map_err(FetchError::Portal)?;
        let name = format!("{}.pdf", one.job.numero_facture);
        let document = dossier::store_pdf(self.archive, &mut Pieces(download), &one.folder, &name)
            .await
            .map_err(|failure| FetchError::Store(Arc::new(failure)))?;
        Ok(Fetched::PdfOnly(Box::new(document), reason))
    }
}

/// Too large together, or one of them refused: smaller groups tell which.
fn concerns_the_group(error: &Error) -> bool {
    matches!(
        error.decision(),
        Decision::AskForLess | Decision::Refusal | Decision::Content
    )
}

fn id(job: &InvoiceJob) -> i64 {
    i64::try_from(job.id_facture).unwrap_or(i64::MAX)
}

fn groups<'a, 'b>(wanted: &'a [Wanted<'b>]) -> Vec<&'a [Wanted<'b>]> {
    let mut groups = Vec::new();
    let (mut start, mut bytes) = (0, 0_u64);
    for (place, one) in wanted.iter().enumerate() {
        let size = one.job.taille.unwrap_or(UNKNOWN_SIZE);
        let full = place - start == INVOICES_PER_CALL
            || (place > start && bytes.saturating_add(size) > BYTES_PER_CALL);
        if full {
            groups.extend(wanted.get(start..place));
            (start, bytes) = (place, 0);
        }
        bytes = bytes.saturating_add(size);
    }
    groups.extend(wanted.get(start..).filter(|rest| !rest.is_empty()));
    groups.reverse();
    groups
}

/// The pieces of a download, as the archive takes them.
struct Pieces(Download);

impl ChunkSource for Pieces {
    async fn fill(&mut self, out: &mut Vec<u8>) -> Result<bool, DownloadError> {
        match self.0.chunk().await? {
            Some(piece) => {
                out.extend_from_slice(&piece);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
