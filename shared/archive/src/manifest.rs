//! The facts of the archive, as they lie in S3.
//!
//! They are versioned: a reader refuses a `version` that it does not know, and fields are only ever added within one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::Episode;

/// Version of [`Manifest`].
pub const MANIFEST_VERSION: u32 = 1;
/// Version of [`Published`].
pub const PUBLISHED_VERSION: u32 = 1;

/// `archived.json`: everything of an episode is in S3, and this is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// The establishment.
    pub siret: String,
    /// The invoice's identifier on the portal.
    pub id_facture: u64,
    /// The episode, as in the key.
    pub episode: String,
    /// The supplier's invoice number, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numero_facture: Option<String>,
    /// When the archive was complete.
    pub archived_at: Timestamp,
    /// What the portal was asked for.
    pub source: Source,
    /// The pivot. Absent when only a PDF could be had.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pivot: Option<StoredObject>,
    /// The normalised invoice. Absent when nothing could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invoice: Option<StoredObject>,
    /// Name and version of what read the invoice (`relais 0.1.0`).
    pub reader: String,
    /// The documents, main one first.
    pub documents: Vec<StoredDocument>,
    /// What is wrong with the episode as a whole. What is wrong with one document stands beside it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// What the portal was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The pivot, with all attachments.
    Pivot,
    /// The PDF without complements: the pivot was too large for the portal.
    Pdf,
    /// Nothing: only the status changed, and the documents are those of an earlier episode.
    Status,
}

/// `past.json`: what the invoice went through before it was seen for the first time. The portal's history told it, to the minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// The format of this object.
    pub version: u32,
    /// The episodes, oldest first: `20261123T091500Z-MISE_A_DISPOSITION`.
    pub episodes: Vec<String>,
}

impl Past {
    /// The fact of these episodes.
    #[must_use]
    pub fn of(episodes: &[Episode]) -> Self {
        Self {
            version: 1,
            episodes: episodes.iter().map(Episode::to_string).collect(),
        }
    }

    /// The episodes, as far as they can be read.
    pub fn episodes(&self) -> impl Iterator<Item = Episode> {
        self.episodes.iter().filter_map(|text| text.parse().ok())
    }
}

/// `published.json`: the event went to the ERP's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// [`PUBLISHED_VERSION`].
    pub version: u32,
    /// The CloudEvents `id`.
    pub event_id: String,
    /// The CloudEvents `type`.
    pub event_type: String,
    /// When the queue had taken it.
    pub published_at: Timestamp,
    /// The identifier that the queue gave, for support.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredObject {
    /// Its key.
    pub key: String,
    /// The version of the object that this is about, in a versioned bucket. A repeated run may write the key again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_id: Option<String>,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A document in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredDocument {
    /// Where it is.
    #[serde(flatten)]
    pub object: StoredObject,
    /// Its number among the invoice's documents; 1 is the main one as far as could be told when its upload started.
    pub number: u32,
    /// Its name in the key, number included.
    pub name: String,
    /// Its name as the portal gave it (`NomPJ`), or as the ZIP did. Not safe for a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original_name: Option<String>,
    /// The supplier's own name for it (`NomPJOrigine`). Not safe for a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nom_origine: Option<String>,
    /// Its place among the pivot's attachments, from 1.
    pub position: u32,
    /// What it is for.
    pub role: Role,
    /// `TypePJ` as written: `01`, `02`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub type_pj: Option<String>,
    /// `CategoriePJ` as written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub categorie: Option<String>,
    /// What its bytes are.
    pub media_type: String,
    /// What the pivot says they are (`MimeTypePJ`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub declared_media_type: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// The invoice itself: the first attachment of type 01.
    Principale,
    /// Any other.
    Complementaire,
}

/// Something that a person should know; the document or the episode is kept all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of thing.
    pub code: FindingCode,
    /// In words.
    pub detail: String,
}

impl Finding {
    /// A finding.
    pub fn new(code: FindingCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// The attachment is no base64: its characters are kept as they came, as `….b64`.
    Base64Broken,
    /// The attachment's ZIP is broken or not as it should be: the ZIP is kept as it came.
    ZipBroken,
    /// The attachment's ZIP is encrypted: the ZIP is kept as it came.
    ZipEncrypted,
    /// The attachment's ZIP holds more than one file: the ZIP is kept as it came.
    ZipSeveralFiles,
    /// The attachment unpacks to more than it may: the ZIP is kept as it came.
    ZipBomb,
    /// The attachment is no ZIP, as the portal makes them: its bytes are kept as the document.
    NotZipped,
    /// The attachment is empty: nothing is kept.
    Empty,
    /// The pivot names an attachment but does not hold it.
    NoContent,
    /// The attachment's name is a path; only its last component was used.
    PathInName,
    /// The content is not what the pivot says it is.
    MediaTypeDiffers,
    /// The pivot's `IdCPRO` is not the invoice that was asked for; number and supplier are.
    IdCproDiffers,
    /// The pivot without its attachments is too large to be read; it is kept.
    PivotTooLarge,
    /// The portal could give the PDF alone: the pivot with all attachments is too large for it.
    PdfOnly,
    /// A code of a later version.
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_says_what_a_person_looks_for() {
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            siret: "00000000013456".into(),
            id_facture: 7,
            episode: "20261123T091500Z-MISE_A_DISPOSITION".into(),
            numero_facture: Some("F1".into()),
            archived_at: "2026-11-23T09:20:00Z".parse().unwrap(),
            source: Source::Pivot,
            pivot: None,
            invoice: None,
            reader: "relais 0.1.0".into(),
            documents: vec![StoredDocument {
                object: StoredObject {
                    key: "k/documents/01-F1.pdf".into(),
                    version_id: None,
                    size: 4,
                    sha256: "ab".into(),
                },
                number: 1,
                name: "01-F1.pdf".into(),
                original_name: Some("F1.pdf ".into()),
                nom_origine: None,
                position: 1,
                role: Role::Principale,
                type_pj: Some("01".into()),
                categorie: None,
                media_type: "application/pdf".into(),
                declared_media_type: None,
                findings: vec![Finding::new(
                    FindingCode::NotZipped,
                    "the content is no ZIP",
                )],
            }],
            findings: vec![],
        };
        let json = serde_json::to_value(&manifest).unwrap();
        assert_eq!(json["version"], 1);
        assert_eq!(json["documents"][0]["key"], "k/documents/01-F1.pdf");
        assert_eq!(json["documents"][0]["role"], "principale");
        assert_eq!(json["documents"][0]["findings"][0]["code"], "not-zipped");
        assert_eq!(serde_json::from_value::<Manifest>(json).unwrap(), manifest);
    }

    #[test]
    fn a_code_of_a_later_version_is_not_fatal() {
        let finding: Finding =
            serde_json::from_str(r#"{"code":"invented-tomorrow","detail":"x"}"#).unwrap();
        assert_eq!(finding.code, FindingCode::Other);
    }
}
