//! Attachments: generated when they are asked for, or held as deposited.

mod archive;
mod cii;
mod encoding;
mod filler;
mod folder;
mod pdf;
mod structured;
mod ubl;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use archive::{write_folder_zip, write_zip};
pub(crate) use encoding::write_base64;
pub(crate) use filler::Filler;
pub use folder::FolderError;
pub(crate) use folder::{Found, scan};
pub(crate) use structured::{Facts, escape, read as read_structured};

use crate::state::Invoice;

/// `TypePJ` of the pivot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypePj {
    /// The invoice itself.
    #[serde(rename = "01")]
    Principale,
    /// Any other document.
    #[serde(rename = "02")]
    Complementaire,
}

impl TypePj {
    /// `01` or `02`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Principale => "01",
            Self::Complementaire => "02",
        }
    }
}

/// What is wrong with an attachment, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// `Contenu` holds characters that are not base64.
    BadBase64,
    /// `Contenu` is base64 that stops in the middle of a group of four.
    CutBase64,
    /// The ZIP is cut before its end.
    BrokenZip,
    /// The ZIP's compressed data was altered: its checksum is wrong.
    BadChecksum,
    /// The ZIP has two members.
    TwoMembers,
    /// The ZIP has no member.
    EmptyZip,
    /// `Contenu` is the file itself, not a ZIP.
    NotZipped,
    /// `Contenu` is there, and empty.
    EmptyContent,
    /// There is no `Contenu`.
    NoContent,
    /// The name is `../../x`, in the pivot and in the ZIP.
    PathTraversal,
    /// The name has 300 bytes, in the pivot and in the ZIP.
    LongName,
}

/// Where an attachment's bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// The readable invoice.
    InvoicePdf,
    /// The readable invoice with the structured one embedded as `factur-x.xml`.
    FacturX,
    /// A one-page document with this title.
    AnnexPdf(String),
    /// The invoice as CII.
    Cii,
    /// The invoice as UBL.
    Ubl,
    /// Bytes as deposited.
    Bytes(Bytes),
    /// A file of `--documents`, read when it is asked for.
    File { path: PathBuf, size: u64 },
    /// Bytes of a declared size, generated as they are sent.
    Filler(Filler),
}

/// One attachment.
#[derive(Debug, Clone)]
pub struct Document {
    /// `pieceJointeId`.
    pub id: i64,
    /// `NomPJ`.
    pub nom: String,
    /// `TypePJ`.
    pub type_pj: TypePj,
    /// `CategoriePJ`.
    pub categorie: String,
    /// `MimeTypePJ`.
    pub mime: String,
    /// What is wrong with it, for tests.
    pub defect: Option<Defect>,
    pub(crate) content: Content,
    /// Name of the member in the ZIP, when it is not `nom`.
    pub(crate) nom_dans_zip: Option<String>,
    pub(crate) known_size: OnceLock<u64>,
}

impl Document {
    pub(crate) fn new(
        id: i64,
        nom: impl Into<String>,
        type_pj: TypePj,
        categorie: &str,
        content: Content,
    ) -> Self {
        let nom = nom.into();
        let mime = mime_of(&nom).to_owned();
        Self {
            id,
            nom,
            type_pj,
            categorie: categorie.to_owned(),
            mime,
            defect: None,
            content,
            nom_dans_zip: None,
            known_size: OnceLock::new(),
        }
    }

    /// The name as the pivot gives it.
    #[must_use]
    pub fn nom_dans_pivot(&self) -> String {
        match self.defect {
            Some(Defect::PathTraversal) => "../../x".to_owned(),
            Some(Defect::LongName) => long_name(&self.nom),
            _ => self.nom.clone(),
        }
    }

    /// The name as the ZIP gives it. AIFE's own sample differs by a trailing space.
    pub(crate) fn nom_dans_archive(&self) -> String {
        match &self.nom_dans_zip {
            Some(nom) if self.defect.is_none() => nom.clone(),
            _ => self.nom_dans_pivot(),
        }
    }

    /// Size in bytes, before ZIP and base64.
    #[must_use]
    pub fn size(&self, invoice: &Invoice) -> u64 {
        *self.known_size.get_or_init(|| match &self.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File { size, .. } => *size,
            Content::Filler(filler) => filler.size(),
            _ => self.bytes(invoice).map_or(0, |bytes| bytes.len() as u64),
        })
    }

    /// The bytes, when they fit in memory; a document of a large declared size is for the download.
    ///
    /// # Errors
    ///
    /// When a file of `--documents` cannot be read any more.
    pub fn bytes(&self, invoice: &Invoice) -> io::Result<Bytes> {
        match &self.content {
            Content::InvoicePdf => Ok(pdf::invoice(invoice, None).into()),
            Content::FacturX => Ok(pdf::invoice(invoice, Some(&cii::write(invoice))).into()),
            Content::AnnexPdf(title) => Ok(pdf::annex(title, invoice).into()),
            Content::Cii => Ok(cii::write(invoice).into()),
            Content::Ubl => Ok(ubl::write(invoice).into()),
            Content::Bytes(bytes) => Ok(bytes.clone()),
            Content::File { path, .. } => std::fs::read(path).map(Bytes::from),
            Content::Filler(filler) => {
                let mut all = Vec::new();
                filler.write_to(&mut all)?;
                Ok(all.into())
            }
        }
    }

    /// Writes the bytes, without ever holding a large document.
    pub(crate) fn write_to(&self, invoice: &Invoice, out: &mut dyn Write) -> io::Result<()> {
        match &self.content {
            Content::Filler(filler) => filler.write_to(out),
            _ => out.write_all(&self.bytes(invoice)?),
        }
    }
}

/// MIME type by the name's end.
pub(crate) fn mime_of(nom: &str) -> &'static str {
    let extension = nom
        .trim_end()
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    match extension.as_deref() {
        Some("pdf") => "application/pdf",
        Some("xml") => "application/xml",
        Some("csv") => "text/csv",
        Some("txt") => "text/plain",
        Some("zip") => "application/zip",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}

/// At most 50 characters, as the pivot's schema asks, with the extension kept.
pub(crate) fn fit_name(nom: &str) -> String {
    const LIMIT: usize = 50;
    if nom.chars().count() <= LIMIT {
        return nom.to_owned();
    }
    let extension: String = match nom.rsplit_once('.') {
        Some((_, end)) if end.chars().count() <= 8 => format!(".{end}"),
        _ => String::new(),
    };
    let kept = LIMIT.saturating_sub(extension.chars().count());
    nom.chars().take(kept).chain(extension.chars()).collect()
}

/// The same name, stretched to 300 bytes.
fn long_name(nom: &str) -> String {
    let extension = nom
        .rsplit_once('.')
        .map_or(String::new(), |(_, end)| format!(".{end}"));
    let filler = 300_usize.saturating_sub(extension.len());
    "n".repeat(filler) + &extension
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_extension_within_fifty_characters() {
        let fitted = fit_name(&format!("{}.pdf", "é".repeat(60)));
        assert_eq!(fitted.chars().count(), 50);
        assert!(fitted.ends_with(".pdf"));
        assert_eq!(fit_name("court.pdf"), "court.pdf");
        assert_eq!(long_name("a.pdf").len(), 300);
    }
}
