//! The fallback: an answer that is the document itself, a PDF (one attachment) or a ZIP (several), without pivot.

use std::sync::Arc;

use super::{ChunkSource, Failure};
use crate::keys::EpisodeFolder;
use crate::manifest::{Finding, FindingCode, Role, StoredDocument};
use crate::media::{HEAD, Media};
use crate::name::SafeName;
use crate::store::BucketStore;
use crate::writer::{DocumentWriter, Uploads};

/// Stores an answer in format PDF as the main document of an invoice. `name` is what to call it (the supplier's number, say); its
/// extension comes from the content.
///
/// # Errors
/// The download broke off, S3 failed, or the answer is neither a PDF nor a ZIP. Nothing is left behind.
pub async fn store_pdf<S: ChunkSource>(
    store: &BucketStore,
    download: &mut S,
    folder: &EpisodeFolder,
    name: &str,
) -> Result<StoredDocument, Failure> {
    let mut writer = Uploads::new(store).document();
    let placed = match receive(download, &mut writer, folder, name).await {
        Ok(placed) => placed,
        Err(failure) => {
            writer.abort().await;
            return Err(failure);
        }
    };
    let object = writer.finish().await?;
    Ok(StoredDocument {
        object,
        number: 1,
        name: format!("01-{}", placed.name),
        original_name: None,
        nom_origine: None,
        position: 1,
        role: Role::Principale,
        type_pj: None,
        categorie: None,
        media_type: placed.media.mime().to_owned(),
        declared_media_type: None,
        findings: vec![Finding::new(
            FindingCode::PdfOnly,
            "the portal could give the PDF alone, without pivot and complements",
        )],
    })
}

struct Placed {
    name: SafeName,
    media: Media,
}

async fn receive<S: ChunkSource>(
    download: &mut S,
    writer: &mut DocumentWriter,
    folder: &EpisodeFolder,
    name: &str,
) -> Result<Placed, Failure> {
    let mut placed = None;
    let mut chunk = Vec::new();
    loop {
        chunk.clear();
        let more = download
            .fill(&mut chunk)
            .await
            .map_err(|error| Failure::Interrupted(Arc::new(error)))?;
        if placed.is_none() && writer.needs_place(chunk.len()) {
            placed = Some(place(writer, folder, name)?);
        }
        writer.write(&chunk).await?;
        if !more {
            return match placed {
                Some(placed) => Ok(placed),
                None => place(writer, folder, name),
            };
        }
    }
}

fn place(
    writer: &mut DocumentWriter,
    folder: &EpisodeFolder,
    name: &str,
) -> Result<Placed, Failure> {
    let head = writer.head();
    let media = Media::of(head.get(..head.len().min(HEAD)).unwrap_or_default());
    if !media.is_pdf() && !media.is_zip() {
        return Err(Failure::NotADocument {
            media_type: media.mime(),
        });
    }
    let name = SafeName::new(name, media.missing_extension(name));
    writer.place(folder.document(1, &name), media.mime());
    Ok(Placed { name, media })
}
