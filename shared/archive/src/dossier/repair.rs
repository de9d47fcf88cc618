//! The second pass: attachments that could not be unpacked are kept as they came.
//!
//! It reads the invoice's own `pivot.xml` back from S3, in the version that was just written, so the portal is not asked again.

use aws_sdk_s3::primitives::ByteStream;
use base64_stream::Decoder;
use invoice::pivot_stream::{MemberError, Piece, PivotSplitter};

use super::attachment::{Broken, is_path};
use super::{Failure, Stored};
use crate::keys::EpisodeFolder;
use crate::manifest::{Finding, FindingCode, StoredDocument, StoredObject};
use crate::name::SafeName;
use crate::store::{BucketStore, StoreError, StoreErrorKind};
use crate::writer::{DocumentWriter, Uploads};

/// Keeps the broken attachments of an invoice, and completes its documents.
pub(super) async fn keep_as_they_came(
    store: &BucketStore,
    folder: &EpisodeFolder,
    mut stored: Stored,
    broken: Vec<Broken>,
) -> Result<Stored, Failure> {
    let mut body = open(store, &stored.pivot).await?;
    let mut repair = Repair {
        uploads: Uploads::new(store),
        folder,
        broken,
        contents: 0,
        current: None,
        kept: Vec::new(),
    };
    let result = repair.read(&mut body, &stored.pivot.key).await;
    if let Some(current) = repair.current.take() {
        current.writer.abort().await;
    }
    result?;
    stored.documents.append(&mut repair.kept);
    stored.documents.sort_by_key(|document| document.number);
    Ok(stored)
}

async fn open(store: &BucketStore, pivot: &StoredObject) -> Result<ByteStream, StoreError> {
    let get = store
        .client
        .get_object()
        .bucket(&store.bucket)
        .key(&pivot.key)
        .set_version_id(pivot.version_id.clone());
    let output = get
        .send()
        .await
        .map_err(|error| StoreError::sdk("reading back", &pivot.key, error))?;
    Ok(output.body)
}

struct Repair<'f> {
    uploads: Uploads,
    folder: &'f EpisodeFolder,
    broken: Vec<Broken>,
    contents: u32,
    current: Option<Opaque>,
    kept: Vec<StoredDocument>,
}

/// A broken attachment that is being kept.
struct Opaque {
    broken: Broken,
    name: SafeName,
    /// None: the characters are no base64, and are kept themselves.
    decoder: Option<Decoder>,
    writer: DocumentWriter,
    step: Vec<u8>,
}

impl Repair<'_> {
    async fn read(&mut self, body: &mut ByteStream, key: &str) -> Result<(), Failure> {
        let mut splitter = PivotSplitter::default();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| StoreError::body("reading back", key, error))?;
            let mut input = chunk.as_ref();
            while let Some(piece) = splitter.next(&mut input)? {
                self.take(piece).await?;
            }
            if self.broken.is_empty() && self.current.is_none() {
                return Ok(());
            }
        }
        // The splitter made this document: whatever is missing is not its doing.
        Err(StoreError::new("reading back", key, StoreErrorKind::Unreachable).into())
    }

    async fn take(&mut self, piece: Piece<'_>) -> Result<(), StoreError> {
        match piece {
            Piece::AttachmentStarted { .. } => {
                let wanted = self
                    .broken
                    .iter()
                    .position(|broken| broken.content == self.contents);
                self.current = wanted.map(|index| {
                    Opaque::new(self.broken.swap_remove(index), &self.uploads, self.folder)
                });
                self.contents += 1;
                Ok(())
            }
            Piece::Content(base64) => match &mut self.current {
                Some(current) => current.write(&base64).await,
                None => Ok(()),
            },
            Piece::AttachmentEnded => match self.current.take() {
                Some(current) => {
                    self.kept.push(current.finish().await?);
                    Ok(())
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl Opaque {
    fn new(broken: Broken, uploads: &Uploads, folder: &EpisodeFolder) -> Self {
        let text = broken.error.is_base64();
        let extension = if text { "b64" } else { "zip" };
        let name = SafeName::new(
            broken.piece_jointe.nom.as_deref().unwrap_or_default(),
            Some(extension),
        );
        let mut writer = uploads.document();
        writer.place(
            folder.document(broken.number, &name),
            media_type(&broken.error),
        );
        Self {
            broken,
            name,
            decoder: (!text).then(Decoder::new),
            writer,
            step: Vec::new(),
        }
    }

    async fn write(&mut self, base64: &[u8]) -> Result<(), StoreError> {
        let Some(decoder) = &mut self.decoder else {
            return self.writer.write(base64).await;
        };
        // The first pass found these characters to be base64; others mean that S3 gave other bytes.
        decoder
            .push(base64, &mut self.step)
            .map_err(|_| changed(&self.broken))?;
        self.writer.write(&self.step).await?;
        self.step.clear();
        Ok(())
    }

    async fn finish(mut self) -> Result<StoredDocument, StoreError> {
        if let Some(decoder) = self.decoder.take() {
            decoder
                .finish(&mut self.step)
                .map_err(|_| changed(&self.broken))?;
            self.writer.write(&self.step).await?;
        }
        let Broken {
            number,
            role,
            piece_jointe,
            error,
            ..
        } = self.broken;
        let object = self.writer.finish().await?;
        let mut findings = vec![Finding::new(
            code(&error),
            format!("{error}; kept as it came"),
        )];
        if let Some(nom) = piece_jointe.nom.as_deref().filter(|nom| is_path(nom)) {
            findings.push(Finding::new(
                FindingCode::PathInName,
                format!("the name {nom:?} is a path; its last component was used"),
            ));
        }
        Ok(StoredDocument {
            object,
            number,
            name: format!("{number:02}-{}", self.name),
            original_name: piece_jointe.nom,
            nom_origine: piece_jointe.nom_origine,
            position: piece_jointe.position,
            role,
            type_pj: piece_jointe.type_pj,
            categorie: piece_jointe.categorie,
            media_type: media_type(&error).to_owned(),
            declared_media_type: piece_jointe.mime,
            findings,
        })
    }
}

/// The pivot that was read back is not the one that was written.
fn changed(broken: &Broken) -> StoreError {
    let key = broken.piece_jointe.nom.as_deref().unwrap_or_default();
    StoreError::new(
        "reading back the attachment",
        key,
        StoreErrorKind::Unreachable,
    )
}

fn media_type(error: &MemberError) -> &'static str {
    if error.is_base64() {
        "text/plain"
    } else {
        "application/zip"
    }
}

fn code(error: &MemberError) -> FindingCode {
    match error {
        MemberError::Base64(_) => FindingCode::Base64Broken,
        MemberError::Encrypted => FindingCode::ZipEncrypted,
        MemberError::SeveralMembers => FindingCode::ZipSeveralFiles,
        MemberError::Ratio { .. } | MemberError::TooLarge { .. } => FindingCode::ZipBomb,
        _ => FindingCode::ZipBroken,
    }
}
