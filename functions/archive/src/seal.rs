//! The end of an episode's way: the manifest and the event are written as one fact, then the event is announced.
//!
//! The event is kept whole in the fact. Whoever comes later, because the job came twice or a process died in between, announces what
//! the fact says, and so the same thing with the same id, however the world has changed meanwhile.

use archive::{
    BucketStore, Manifest, PUBLISHED_VERSION, Published, StoreError, keys::EpisodeFolder,
};
use lambda_kit::Clock;
use messages::{
    AboutInvoice, CloudEvent, InvoiceReceived, StatusChanged,
    sqs::{ErpQueue, SqsError},
};
use serde::{Deserialize, Serialize};

/// `archived.json`: what is held of an episode, and what the ERP is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Archived {
    /// The files, with sizes and hashes.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// The event.
    pub announcement: Announcement,
}

/// What the ERP is told of an episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Announcement {
    /// An invoice with documents.
    Received(Box<InvoiceReceived>),
    /// A change of status alone.
    StatusChanged(Box<StatusChanged>),
}

/// An episode was not sealed or not announced; what was written stays, and the next attempt goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The archive.
    #[error("the fact could not be written")]
    Store(#[from] StoreError),
    /// The queue.
    #[error("the event could not be announced")]
    Queue(#[from] SqsError),
    /// The manifest was there a moment ago.
    #[error("{0} is not there any more: was the archive changed by hand?")]
    Vanished(String),
}

/// Where episodes end.
#[derive(Debug)]
pub struct Seals<'a> {
    /// The bucket of the invoices.
    pub archive: &'a BucketStore,
    /// The queue of the ERP.
    pub erp: &'a ErpQueue,
    /// What time it is.
    pub clock: &'a Clock,
}

impl Seals<'_> {
    /// Writes the fact, unless it is there.
    ///
    /// # Errors
    /// See [`SealError`].
    pub async fn write(
        &self,
        folder: &EpisodeFolder,
        archived: Archived,
    ) -> Result<Archived, SealError> {
        let fact = self.archive.put_fact(&folder.archived(), archived).await?;
        Ok(fact.into_inner())
    }

    /// Writes the fact, unless it is there, and announces what it says.
    ///
    /// # Errors
    /// See [`SealError`].
    pub async fn seal(&self, folder: &EpisodeFolder, archived: Archived) -> Result<(), SealError> {
        let fact = self.write(folder, archived).await?;
        self.announce(folder, fact.announcement).await
    }

    /// Announces an episode that is archived already.
    ///
    /// # Errors
    /// See [`SealError`].
    pub async fn resume(&self, folder: &EpisodeFolder) -> Result<(), SealError> {
        let key = folder.archived();
        let fact: Archived = self
            .archive
            .read_json(&key)
            .await?
            .ok_or(SealError::Vanished(key))?;
        self.announce(folder, fact.announcement).await
    }

    async fn announce(
        &self,
        folder: &EpisodeFolder,
        announcement: Announcement,
    ) -> Result<(), SealError> {
        match announcement {
            Announcement::Received(data) => self.publish(folder, data.into_event()).await,
            Announcement::StatusChanged(data) => self.publish(folder, data.into_event()).await,
        }
    }

    async fn publish<T: AboutInvoice>(
        &self,
        folder: &EpisodeFolder,
        event: CloudEvent<T>,
    ) -> Result<(), SealError> {
        let message_id = self.erp.publish(&event).await?;
        let published = Published {
            version: PUBLISHED_VERSION,
            event_id: event.id.clone(),
            event_type: event.event_type().to_owned(),
            published_at: self.clock.now(),
            message_id: Some(message_id).filter(|id| !id.is_empty()),
        };
        self.archive
            .put_fact(&folder.published(), published)
            .await?;
        tracing::info!(
            event = "invoice.announced",
            siret = folder.siret(),
            idFacture = folder.id_facture(),
            episode = %folder.episode(),
            eventId = event.id,
            eventType = event.event_type(),
            "an episode was announced to the ERP"
        );
        Ok(())
    }
}
