//! The one pass over a download: each piece of the pivot to where it belongs.

use std::sync::Arc;

use invoice::pivot_stream::{Ended, Identity, Piece, PieceJointe, PivotError};

use super::attachment::{Attachment, Broken, Kept, Numbers};
use super::join::{Join, join};
use super::{DownloadError, Expected, Failure, Stored};
use crate::keys::EpisodeFolder;
use crate::manifest::{Finding, FindingCode, StoredDocument};
use crate::store::StoreError;
use crate::writer::{DocumentWriter, Uploads};

const XML: &str = "application/xml";

/// Why a download did not end well.
#[derive(Debug, Clone)]
pub(super) enum Break {
    Download(Arc<DownloadError>),
    Pivot(PivotError),
}

/// An invoice, and those of its attachments that still have to be kept as they came.
pub(super) type Complete = (Stored, Vec<Broken>);

pub(super) struct Pass<'e> {
    uploads: Uploads,
    expected: &'e [Expected],
    taken: Vec<bool>,
    results: Vec<Option<Result<Complete, Failure>>>,
    unexpected: Vec<Identity>,
    current: Option<Current>,
}

/// The invoice that is being read.
struct Current {
    pivot: DocumentWriter,
    target: Option<Target>,
    numbers: Numbers,
    contents: u32,
    attachment: Option<Attachment>,
    documents: Vec<StoredDocument>,
    broken: Vec<Broken>,
    findings: Vec<Finding>,
}

/// Which of the expected invoices it is.
struct Target {
    index: usize,
    folder: EpisodeFolder,
}

impl<'e> Pass<'e> {
    pub(super) fn new(uploads: Uploads, expected: &'e [Expected]) -> Self {
        Self {
            uploads,
            expected,
            taken: vec![false; expected.len()],
            results: expected.iter().map(|_| None).collect(),
            unexpected: Vec::new(),
            current: None,
        }
    }

    /// Takes one piece. What fails here fails its invoice alone: the rest of its pieces are passed over.
    pub(super) async fn take(&mut self, piece: Piece<'_>) {
        if let Err(failure) = self.try_take(piece).await {
            self.fail(failure).await;
        }
    }

    async fn try_take(&mut self, piece: Piece<'_>) -> Result<(), Failure> {
        match piece {
            Piece::InvoiceStarted => {
                self.current = Some(Current::new(&self.uploads));
                return Ok(());
            }
            Piece::Identified(identity) => return self.identified(&identity).await,
            Piece::InvoiceEnded(ended) => return self.end_invoice(*ended).await,
            _ => {}
        }
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        match piece {
            Piece::Pivot(bytes) if current.pivot.needs_place(bytes.len()) => {
                Err(Failure::Unidentified)
            }
            Piece::Pivot(bytes) => Ok(current.pivot.write(&bytes).await?),
            Piece::AttachmentStarted { position } => {
                // The schema has one content in an attachment; a second one is kept beside the first.
                current
                    .keep(PieceJointe {
                        position,
                        has_content: true,
                        ..PieceJointe::default()
                    })
                    .await?;
                current.attachment =
                    Some(Attachment::new(&self.uploads, current.contents, position));
                current.contents += 1;
                Ok(())
            }
            Piece::Content(base64) => Ok(current.content(&base64).await?),
            Piece::AttachmentEnded => Ok(current.content_ended().await?),
            Piece::PieceJointe(piece_jointe) => Ok(current.piece_jointe(piece_jointe).await?),
            Piece::InvoiceStarted | Piece::Identified(_) | Piece::InvoiceEnded(_) => Ok(()),
        }
    }

    async fn identified(&mut self, identity: &Identity) -> Result<(), Failure> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        match join(self.expected, &self.taken, identity) {
            Join::Found { index, by_number } => {
                if let (Some(taken), Some(expected)) =
                    (self.taken.get_mut(index), self.expected.get(index))
                {
                    *taken = true;
                    current.pivot.place(expected.folder.pivot(), XML);
                    current.target = Some(Target {
                        index,
                        folder: expected.folder.clone(),
                    });
                }
                if by_number && let Some(id) = identity.id_cpro {
                    let detail = format!(
                        "the pivot has IdCPRO {id}; number and supplier are those of the invoice asked for"
                    );
                    current
                        .findings
                        .push(Finding::new(FindingCode::IdCproDiffers, detail));
                }
            }
            Join::Ambiguous(candidates) => {
                for index in candidates {
                    self.set(index, Err(Failure::Ambiguous));
                }
                self.drop_current().await;
            }
            Join::Unexpected => {
                self.unexpected.push(identity.clone());
                self.drop_current().await;
            }
        }
        Ok(())
    }

    async fn end_invoice(&mut self, ended: Ended) -> Result<(), Failure> {
        let Some(mut current) = self.current.take() else {
            return Ok(());
        };
        let Some(target) = current.target.take() else {
            return Ok(());
        };
        match current.end(ended).await {
            Ok(complete) => self.set(target.index, Ok(complete)),
            Err(error) => self.set(target.index, Err(error.into())),
        }
        Ok(())
    }

    fn set(&mut self, index: usize, result: Result<Complete, Failure>) {
        if let Some(slot) = self.results.get_mut(index) {
            *slot = Some(result);
        }
    }

    /// The current invoice cannot be stored.
    async fn fail(&mut self, failure: Failure) {
        if let Some(index) = self.drop_current().await {
            self.set(index, Err(failure));
        }
    }

    /// Stops reading the current invoice; nothing of it stays under way.
    async fn drop_current(&mut self) -> Option<usize> {
        let current = self.current.take()?;
        current.pivot.abort().await;
        if let Some(attachment) = current.attachment {
            attachment.abort().await;
        }
        current.target.map(|target| target.index)
    }

    /// The download ended, well or not: every invoice asked for has a result.
    pub(super) async fn end(
        mut self,
        end: Result<&(), &Break>,
    ) -> (Vec<Result<Complete, Failure>>, Vec<Identity>) {
        let failure = match end {
            Ok(()) => Failure::Missing,
            Err(Break::Download(error)) => Failure::Interrupted(Arc::clone(error)),
            Err(Break::Pivot(error)) => Failure::Pivot(*error),
        };
        self.fail(failure.clone()).await;
        let results = self
            .results
            .into_iter()
            .map(|result| result.unwrap_or_else(|| Err(failure.clone())))
            .collect();
        (results, self.unexpected)
    }
}

impl Current {
    fn new(uploads: &Uploads) -> Self {
        Self {
            pivot: uploads.document(),
            target: None,
            numbers: Numbers::default(),
            contents: 0,
            attachment: None,
            documents: Vec::new(),
            broken: Vec::new(),
            findings: Vec::new(),
        }
    }

    async fn content(&mut self, base64: &[u8]) -> Result<(), StoreError> {
        let (Some(attachment), Some(target)) = (&mut self.attachment, &self.target) else {
            return Ok(());
        };
        attachment
            .content(base64, &target.folder, &mut self.numbers)
            .await
    }

    async fn content_ended(&mut self) -> Result<(), StoreError> {
        let (Some(attachment), Some(target)) = (&mut self.attachment, &self.target) else {
            return Ok(());
        };
        attachment.end(&target.folder, &mut self.numbers).await
    }

    async fn piece_jointe(&mut self, piece_jointe: PieceJointe) -> Result<(), StoreError> {
        if piece_jointe.has_content {
            return self.keep(piece_jointe).await;
        }
        let nom = piece_jointe.nom.as_deref().unwrap_or_default();
        let detail = format!(
            "attachment {} ({nom:?}) is named in the pivot, but not in it",
            piece_jointe.position
        );
        self.findings
            .push(Finding::new(FindingCode::NoContent, detail));
        Ok(())
    }

    /// Ends the attachment that was read, if there is one.
    async fn keep(&mut self, piece_jointe: PieceJointe) -> Result<(), StoreError> {
        let (Some(attachment), Some(target)) = (self.attachment.take(), &self.target) else {
            return Ok(());
        };
        match attachment
            .keep(piece_jointe, &target.folder, &mut self.numbers)
            .await?
        {
            Kept::Document(document) => self.documents.push(*document),
            Kept::Broken(broken) => self.broken.push(*broken),
            Kept::Nothing(finding) => self.findings.push(finding),
        }
        Ok(())
    }

    async fn end(mut self, ended: Ended) -> Result<Complete, StoreError> {
        if let Some(attachment) = self.attachment.take() {
            attachment.abort().await;
        }
        if ended.skeleton.is_none() {
            let detail = "the pivot without its attachments is too large to be read; it is kept";
            self.findings
                .push(Finding::new(FindingCode::PivotTooLarge, detail));
        }
        self.documents.sort_by_key(|document| document.number);
        let pivot = self.pivot.finish().await?;
        let Ended { identity, skeleton } = ended;
        let stored = Stored {
            pivot,
            documents: self.documents,
            skeleton,
            identity,
            findings: self.findings,
        };
        Ok((stored, self.broken))
    }
}
