//! One episode, from what the portal gave to what the ERP is told.

use std::collections::BTreeSet;

use archive::{
    BucketStore, Finding, FindingCode, MANIFEST_VERSION, Manifest, Past, Source, StoreError,
    StoredDocument, StoredObject, Uploads,
    keys::{Episode, EpisodeFolder},
};
use invoice::{delai::Etat, model::Invoice};
use jiff::Timestamp;
use lambda_kit::{
    Clock, Metrics,
    config::{Document, Establishment},
};
use messages::{InvoiceJob, StatusChanged, sqs::ErpQueue};

use crate::{
    cause,
    event::{self, About, Before},
    fetch::{Fetched, PdfReason, Wanted},
    folder::{Folder, FolderError},
    marker,
    number::{self, ClaimError},
    reading,
    seal::{Announcement, Archived, SealError, Seals},
};

/// What reads the invoices, for the manifest.
const READER: &str = concat!("relais ", env!("CARGO_PKG_VERSION"));

/// An episode did not come to its end; what was written of it stays.
#[derive(Debug, thiserror::Error)]
pub enum EpisodeError {
    /// What came before was not read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The archive.
    #[error("the archive could not be read or written")]
    Store(#[from] StoreError),
    /// The fact or the announcement.
    #[error("the episode could not be sealed")]
    Seal(#[from] SealError),
    /// The claim on the invoice's number.
    #[error("the invoice's number could not be looked up")]
    Number(#[from] ClaimError),
    /// The normalised invoice.
    #[error("the invoice could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The episodes of one establishment.
#[derive(Debug)]
pub struct Episodes<'a> {
    /// Whose invoices.
    pub establishment: &'a Establishment,
    /// The configuration that the establishment is from.
    pub document: &'a Document,
    /// The bucket of the invoices.
    pub archive: &'a BucketStore,
    /// The queue of the ERP.
    pub erp: &'a ErpQueue,
    /// What is counted.
    pub metrics: &'a Metrics,
    /// What time it is.
    pub clock: &'a Clock,
}

impl Episodes<'_> {
    /// Announces an episode that is archived already.
    ///
    /// # Errors
    /// See [`EpisodeError`].
    pub async fn announce(&self, folder: &EpisodeFolder) -> Result<(), EpisodeError> {
        Ok(self.seals().resume(folder).await?)
    }

    /// Seals and announces a change of status whose documents are known.
    ///
    /// # Errors
    /// See [`EpisodeError`].
    pub async fn tell_status(
        &self,
        folder: &EpisodeFolder,
        job: &InvoiceJob,
        known: &Folder,
        overtaken: bool,
    ) -> Result<(), EpisodeError> {
        let past = self.past(folder, known).await?;
        let delai = self.delai(job, known, folder.episode(), &past);
        let about = About {
            establishment: self.establishment,
            job,
            bucket: self.archive.bucket(),
            folder,
        };
        let command_id = cause::command(self.archive, known, folder.episode()).await?;
        let event = StatusChanged {
            depasse: overtaken || known.is_overtaken(folder.episode()),
            command_id,
            ..event::status_changed(&about, known, delai)
        };
        let archived = Archived {
            manifest: manifest(folder, job, Source::Status, self.clock.now()),
            announcement: Announcement::StatusChanged(Box::new(event)),
        };
        self.seals().seal(folder, archived).await?;
        self.metrics.count("StatusesTold", 1);
        Ok(())
    }

    /// Reads and seals an invoice whose documents are stored; it is not announced yet. `past` is what the invoice went through before it
    /// was first seen, when the portal was asked.
    ///
    /// # Errors
    /// See [`EpisodeError`].
    pub async fn complete(
        &self,
        one: &Wanted<'_>,
        known: &Folder,
        fetched: Fetched,
        past: Option<Vec<Episode>>,
    ) -> Result<(), EpisodeError> {
        let archive = self.archive;
        let mut before_first = self.past(&one.folder, known).await?;
        if let Some(past) = past {
            let fact = archive
                .put_fact(&one.folder.past(), Past::of(&past))
                .await?
                .into_inner();
            before_first.extend(fact.episodes());
        }
        let mut manifest = manifest(&one.folder, one.job, Source::Pivot, self.clock.now());
        let invoice = match fetched {
            Fetched::Dossier(stored) => {
                let invoice = reading::normalised(archive, &stored, one.job).await?;
                manifest.pivot = Some(stored.pivot);
                manifest.documents = stored.documents;
                manifest.findings = stored.findings;
                invoice
            }
            Fetched::PdfOnly(document, reason) => {
                let invoice = reading::normalised_pdf(archive, &document, one.job).await?;
                manifest.source = Source::Pdf;
                manifest.documents = vec![*document];
                manifest.findings = vec![pdf_only(&reason)];
                invoice
            }
        };
        if let Some(invoice) = &invoice {
            manifest.invoice = Some(self.write_invoice(&one.folder, invoice).await?);
        }
        let duplicate = match &invoice {
            Some(invoice) => number::is_claimed_by_another(archive, one.job, invoice).await?,
            None => false,
        };
        let read = reading::read(invoice.as_ref(), one.job, duplicate);
        let before = Before {
            previous: known.previous(one.folder.episode()),
            documents: self.documents_before(&one.folder, known).await?,
        };
        let delai = self.delai(one.job, known, one.folder.episode(), &before_first);
        let about = About {
            establishment: self.establishment,
            job: one.job,
            bucket: archive.bucket(),
            folder: &one.folder,
        };
        let event = event::received(&about, &manifest, &before, read, delai);
        let documents = manifest.documents.len();
        marker::write(archive, &one.folder, one.job).await?;
        let archived = Archived {
            manifest,
            announcement: Announcement::Received(Box::new(event)),
        };
        self.seals().write(&one.folder, archived).await?;
        self.metrics.count("InvoicesArchived", 1);
        self.metrics.count("DocumentsArchived", documents as u64);
        Ok(())
    }

    async fn write_invoice(
        &self,
        folder: &EpisodeFolder,
        invoice: &Invoice,
    ) -> Result<StoredObject, EpisodeError> {
        let json = serde_json::to_vec_pretty(invoice)?;
        let mut writer = Uploads::new(self.archive).document();
        writer.place(folder.invoice(), "application/json");
        if let Err(error) = writer.write(&json).await {
            writer.abort().await;
            return Err(error.into());
        }
        Ok(writer.finish().await?)
    }

    /// The hashes of the documents that the ERP was told of before, when the invoice comes back.
    async fn documents_before(
        &self,
        folder: &EpisodeFolder,
        known: &Folder,
    ) -> Result<Option<BTreeSet<String>>, EpisodeError> {
        let Some(episode) = known.previous_with_documents(folder.episode()) else {
            return Ok(None);
        };
        let before = EpisodeFolder::new(folder.siret(), folder.id_facture(), episode.clone())
            .map_err(FolderError::Key)?;
        let fact: Option<Archived> = self.archive.read_json(&before.archived()).await?;
        Ok(fact.map(|f| {
            f.manifest
                .documents
                .into_iter()
                .map(|d: StoredDocument| d.object.sha256)
                .collect()
        }))
    }

    /// What the invoice went through before it was first seen: asked of the portal with its first episode, and kept there.
    async fn past(
        &self,
        folder: &EpisodeFolder,
        known: &Folder,
    ) -> Result<Vec<Episode>, EpisodeError> {
        let mut past = Vec::new();
        for episode in known.with_a_past() {
            let of = EpisodeFolder::new(folder.siret(), folder.id_facture(), episode.clone())
                .map_err(FolderError::Key)?;
            let fact: Option<Past> = self.archive.read_json(&of.past()).await?;
            past.extend(fact.iter().flat_map(Past::episodes));
        }
        Ok(past)
    }

    fn delai(
        &self,
        job: &InvoiceJob,
        known: &Folder,
        episode: &Episode,
        past: &[Episode],
    ) -> Option<Etat> {
        let episodes = known.others(episode).chain([episode]).chain(past);
        let ttc = job.montants.ttc.map(messages::Amount::value);
        legal_clock::delai(
            self.establishment,
            self.document,
            ttc,
            episodes,
            self.clock.now(),
        )
    }

    fn seals(&self) -> Seals<'_> {
        Seals {
            archive: self.archive,
            erp: self.erp,
            clock: self.clock,
        }
    }
}

fn manifest(
    folder: &EpisodeFolder,
    job: &InvoiceJob,
    source: Source,
    archived_at: Timestamp,
) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        siret: folder.siret().to_owned(),
        id_facture: folder.id_facture(),
        episode: folder.episode().to_string(),
        numero_facture: Some(job.numero_facture.clone()).filter(|n| !n.is_empty()),
        archived_at,
        source,
        pivot: None,
        invoice: None,
        reader: READER.to_owned(),
        documents: Vec::new(),
        findings: Vec::new(),
    }
}

fn pdf_only(reason: &PdfReason) -> Finding {
    let detail = match reason {
        PdfReason::TooLarge => {
            "the pivot with all attachments is over the portal's limit of 120 MB".to_owned()
        }
        PdfReason::PivotUnreadable(why) => format!("the portal's pivot cannot be read: {why}"),
    };
    Finding::new(FindingCode::PdfOnly, detail)
}
