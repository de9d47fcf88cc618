//! A batch of jobs, and what becomes of each.
//!
//! Jobs come in batches so that one download serves many invoices. Each still has its own end: done, back to the queue, or in the
//! dead-letter queue with the reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use archive::{
    BucketStore, Finding, FindingCode, MANIFEST_VERSION, Manifest, Source, StoreError,
    StoredDocument, StoredObject, Uploads,
    keys::{Episode, EpisodeFolder},
};
use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use invoice::model::Invoice;
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Deadline, Failure, Invocation, Metrics,
    batch::{Batch, DeadLetter, Outcome, Outcomes, Record},
    config::{ConfigStore, Document, Establishment},
};
use messages::{
    CloudEvent, InvoiceJob,
    sqs::{self, DeadLetterQueue, ErpQueue},
};
use portal::Portal;

use crate::{
    clock,
    config::Settings,
    event::{self, About, Before},
    fetch::{FetchError, Fetched, Fetcher, PdfReason, Wanted},
    folder::{Folder, FolderError, Need},
    reading,
    seal::{Announcement, Archived, SealError, Seals},
};

/// What reads the invoices, for the manifest.
const READER: &str = concat!("relais ", env!("CARGO_PKG_VERSION"));

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    config: ConfigStore,
    portal: Portal,
    archive: BucketStore,
    erp: ErpQueue,
    dead_letters: DeadLetterQueue,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let queues = aws_sdk_sqs::Client::new(sdk);
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            archive: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.archive_bucket),
            erp: ErpQueue::new(queues.clone(), settings.erp_queue_url),
            dead_letters: DeadLetterQueue::new(queues, settings.dead_letter_queue_url),
        })
    }
}

/// An episode goes back to the queue; what was written of it stays.
#[derive(Debug, thiserror::Error)]
enum Later {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the archive could not be read or written")]
    Store(#[from] StoreError),
    #[error("the episode could not be sealed")]
    Seal(#[from] SealError),
    #[error("the portal's client could not be made")]
    Portal(#[from] chorus_pro::Error),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the invoice could not be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("an earlier episode of the invoice goes first, and has to wait itself")]
    AfterAnEarlierOne,
}

/// Handles a batch of jobs.
///
/// # Errors
/// The batch is unusable as a whole, or every job of it failed.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<SqsEvent>,
) -> Result<SqsBatchResponse, Failure> {
    let document = deps.config.current().await;
    let (deadline, metrics) = (invocation.deadline, invocation.metrics);
    let report = Batch::new(invocation.payload, deadline)?
        .together(
            async |records, outcomes| {
                work(deps, &document, deadline, &metrics, records, outcomes).await;
            },
            async |record, dead| bury(deps, record, dead).await,
        )
        .await;
    report.count_on(&metrics);
    Ok(report.response_unless_all_failed()?)
}

async fn bury(deps: &Deps, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
    let letter = sqs::DeadLetter {
        body: &record.body,
        reason: &dead.reason,
        error_class: dead.class,
        source_message_id: &record.message_id,
        group_id: record.group_id.as_deref(),
    };
    Ok(deps.dead_letters.put(letter).await?)
}

/// An episode, and the messages that ask for it: the same job may come more than once in a batch.
struct Task<'a> {
    job: InvoiceJob,
    records: Vec<&'a Record>,
}

type Tasks<'a> = BTreeMap<EpisodeFolder, Task<'a>>;

async fn work(
    deps: &Deps,
    document: &Arc<Document>,
    deadline: Deadline,
    metrics: &Metrics,
    records: &[Record],
    outcomes: &Outcomes,
) {
    let mut tasks: BTreeMap<String, Tasks<'_>> = BTreeMap::new();
    for record in records {
        match task(record, document) {
            Ok((folder, job)) => {
                let tasks = tasks.entry(job.siret.clone()).or_default();
                let task = tasks.entry(folder).or_insert_with(|| Task {
                    job,
                    records: Vec::new(),
                });
                task.records.push(record);
            }
            Err(dead) => outcomes.set(record, Outcome::DeadLetter(dead)),
        }
    }
    for (siret, tasks) in tasks {
        let Some(establishment) = document.establishment(&siret) else {
            continue;
        };
        let shift = Shift {
            deps,
            document,
            establishment,
            deadline,
            metrics,
            outcomes,
        };
        // Boxed: the compiler follows a chain of futures only so deep.
        Box::pin(shift.run(tasks)).await;
    }
}

/// Reads a message, or says why it can never be worked on.
fn task(record: &Record, document: &Document) -> Result<(EpisodeFolder, InvoiceJob), DeadLetter> {
    let dead = |class: &'static str, reason: String| DeadLetter { class, reason };
    let job = CloudEvent::<InvoiceJob>::parse(&record.body)
        .map_err(|e| dead(e.class(), e.to_string()))?
        .data;
    if document.establishment(&job.siret).is_none() {
        let reason = format!(
            "no establishment with SIRET {} in the configuration of Relais: add it and redrive, or discard the job",
            job.siret
        );
        return Err(dead("job.unknown-establishment", reason));
    }
    let episode: Episode = job
        .episode
        .parse()
        .map_err(|e: archive::keys::KeyError| dead("job.bad-episode", e.to_string()))?;
    let folder = EpisodeFolder::new(&job.siret, job.id_facture, episode)
        .map_err(|e| dead("job.bad-key", e.to_string()))?;
    Ok((folder, job))
}

/// The jobs of one establishment.
struct Shift<'a> {
    deps: &'a Deps,
    document: &'a Arc<Document>,
    establishment: &'a Establishment,
    deadline: Deadline,
    metrics: &'a Metrics,
    outcomes: &'a Outcomes,
}

impl Shift<'_> {
    /// Works in waves, so that the episodes of one invoice are done in their order, and all invoices of a wave together.
    async fn run(&self, mut tasks: Tasks<'_>) {
        let mut stopped = BTreeSet::new();
        while !tasks.is_empty() {
            let mut wave = Tasks::new();
            let mut rest = Tasks::new();
            let mut seen = BTreeSet::new();
            for (folder, task) in tasks {
                let id = folder.id_facture();
                if stopped.contains(&id) {
                    self.end(&task, Err(Later::AfterAnEarlierOne));
                } else if seen.insert(id) {
                    wave.insert(folder, task);
                } else {
                    rest.insert(folder, task);
                }
            }
            self.wave(&wave, &mut stopped).await;
            tasks = rest;
        }
    }

    async fn wave(&self, wave: &Tasks<'_>, stopped: &mut BTreeSet<u64>) {
        let mut held: BTreeMap<&EpisodeFolder, Folder> = BTreeMap::new();
        let mut wanted = Vec::new();
        for (folder, task) in wave {
            match self.without_download(folder, task).await {
                Ok(None) => self.end(task, Ok(())),
                Ok(Some(known)) => {
                    wanted.push(Wanted {
                        job: &task.job,
                        folder: folder.clone(),
                    });
                    held.insert(folder, known);
                }
                Err(later) => {
                    stopped.insert(folder.id_facture());
                    self.end(task, Err(later));
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let account =
            match self
                .deps
                .portal
                .account(self.document, self.establishment, self.deadline)
            {
                Ok(account) => account,
                Err(error) => {
                    for one in &wanted {
                        stopped.insert(one.folder.id_facture());
                        self.end_of(wave, &one.folder, Err(Later::Portal(error.clone())));
                    }
                    return;
                }
            };
        let fetcher = Fetcher {
            account: &account,
            archive: &self.deps.archive,
        };
        let calls = fetcher
            .all(&wanted, async |one, fetched| {
                let result = match (fetched, held.get(&one.folder)) {
                    (Ok(fetched), Some(known)) => {
                        Box::pin(self.complete(one, known, fetched)).await
                    }
                    (Err(error), _) => Err(error.into()),
                    (Ok(_), None) => Ok(()),
                };
                if result.is_err() {
                    stopped.insert(one.folder.id_facture());
                }
                self.end_of(wave, &one.folder, result);
            })
            .await;
        self.metrics.count("DownloadCalls", calls);
    }

    /// Does what needs no download; what the archive holds of the invoice when it needs one.
    async fn without_download(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
    ) -> Result<Option<Folder>, Later> {
        let known = Folder::read(&self.deps.archive, folder.siret(), folder.id_facture()).await?;
        match known.need(folder.episode()) {
            Need::Nothing => {}
            Need::Announce => self.seals().resume(folder).await?,
            Need::TellStatus => self.tell_status(folder, task, &known).await?,
            Need::Download => return Ok(Some(known)),
        }
        Ok(None)
    }

    async fn tell_status(
        &self,
        folder: &EpisodeFolder,
        task: &Task<'_>,
        known: &Folder,
    ) -> Result<(), Later> {
        let delai = self.delai(&task.job, known, folder.episode());
        let about = About {
            establishment: self.establishment,
            job: &task.job,
            bucket: self.deps.archive.bucket(),
            folder,
        };
        let event = event::status_changed(&about, known, delai);
        let archived = Archived {
            manifest: manifest(folder, &task.job, Source::Status),
            announcement: Announcement::StatusChanged(Box::new(event)),
        };
        self.seals().seal(folder, archived).await?;
        self.metrics.count("StatusesTold", 1);
        Ok(())
    }

    /// Reads, seals and announces an invoice whose documents are stored.
    async fn complete(
        &self,
        one: &Wanted<'_>,
        known: &Folder,
        fetched: Fetched,
    ) -> Result<(), Later> {
        let archive = &self.deps.archive;
        let mut manifest = manifest(&one.folder, one.job, Source::Pivot);
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
        let read = reading::read(invoice.as_ref(), one.job);
        let before = Before {
            previous: known.previous(one.folder.episode()),
            documents: self.documents_before(&one.folder, known).await?,
        };
        let delai = self.delai(one.job, known, one.folder.episode());
        let about = About {
            establishment: self.establishment,
            job: one.job,
            bucket: archive.bucket(),
            folder: &one.folder,
        };
        let event = event::received(&about, &manifest, &before, read, delai);
        let documents = manifest.documents.len();
        self.seals()
            .seal(
                &one.folder,
                Archived {
                    manifest,
                    announcement: Announcement::Received(Box::new(event)),
                },
            )
            .await?;
        self.metrics.count("InvoicesArchived", 1);
        self.metrics.count("DocumentsArchived", documents as u64);
        Ok(())
    }

    async fn write_invoice(
        &self,
        folder: &EpisodeFolder,
        invoice: &Invoice,
    ) -> Result<StoredObject, Later> {
        let json = serde_json::to_vec_pretty(invoice)?;
        let mut writer = Uploads::new(&self.deps.archive).document();
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
    ) -> Result<Option<BTreeSet<String>>, Later> {
        let Some(episode) = known.previous_with_documents(folder.episode()) else {
            return Ok(None);
        };
        let before = EpisodeFolder::new(folder.siret(), folder.id_facture(), episode.clone())
            .map_err(FolderError::Key)?;
        let fact: Option<Archived> = self.deps.archive.read_json(&before.archived()).await?;
        Ok(fact.map(|f| {
            f.manifest
                .documents
                .into_iter()
                .map(|d: StoredDocument| d.object.sha256)
                .collect()
        }))
    }

    fn delai(
        &self,
        job: &InvoiceJob,
        known: &Folder,
        episode: &Episode,
    ) -> Option<invoice::delai::Etat> {
        let episodes = known.others(episode).chain([episode]);
        let ttc = job.montants.ttc.map(messages::Amount::value);
        clock::delai(
            self.establishment.payment_delay.days(),
            ttc,
            episodes,
            Timestamp::now(),
        )
    }

    fn seals(&self) -> Seals<'_> {
        Seals {
            archive: &self.deps.archive,
            erp: &self.deps.erp,
        }
    }

    fn end_of(&self, wave: &Tasks<'_>, folder: &EpisodeFolder, result: Result<(), Later>) {
        if let Some(task) = wave.get(folder) {
            self.end(task, result);
        }
    }

    /// Notes the outcome for every message that asked for the episode.
    fn end(&self, task: &Task<'_>, result: Result<(), Later>) {
        let refused = |error: &FetchError| {
            error
                .refusal()
                .map(|(code, libelle)| refusal(code, libelle))
        };
        let error = match result {
            Ok(()) => None,
            Err(Later::Fetch(error)) => match refused(&error) {
                Some(dead) => {
                    for record in &task.records {
                        self.outcomes.set(record, Outcome::DeadLetter(dead.clone()));
                    }
                    return;
                }
                None => Some(Arc::new(Later::Fetch(error))),
            },
            Err(later) => Some(Arc::new(later)),
        };
        for record in &task.records {
            let outcome = error
                .as_ref()
                .map_or(Outcome::Done, |error| Outcome::retry(error.clone()));
            self.outcomes.set(record, outcome);
        }
    }
}

fn refusal(code: i64, libelle: &str) -> DeadLetter {
    DeadLetter {
        class: "chorus-pro.refused",
        reason: format!(
            "Chorus Pro refuses the download: {libelle} (codeRetour {code}); look at the invoice on the portal, then redrive"
        ),
    }
}

fn manifest(folder: &EpisodeFolder, job: &InvoiceJob, source: Source) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        siret: folder.siret().to_owned(),
        id_facture: folder.id_facture(),
        episode: folder.episode().to_string(),
        numero_facture: Some(job.numero_facture.clone()).filter(|n| !n.is_empty()),
        archived_at: Timestamp::now(),
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
