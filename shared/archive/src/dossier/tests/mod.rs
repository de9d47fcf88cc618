//! Downloads made by hand, against an S3 in memory.

mod broken;
mod whole_downloads;

use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use invoice::pivot_stream::PivotError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::keys::Episode;
use crate::manifest::{FindingCode, Role};
use crate::memory_s3::{Fault, MemoryS3};
use crate::store::Decision;

const SIRET: &str = "00000000013456";
const FOURNISSEUR: &str = "00000000000727";
const PDF: &[u8] = b"%PDF-1.7 une facture";

/// Bytes in pieces of a given size; then the end, good or bad.
struct Chunks<'a> {
    rest: &'a [u8],
    piece: usize,
    end: Option<&'static str>,
}

impl ChunkSource for Chunks<'_> {
    async fn fill(&mut self, out: &mut Vec<u8>) -> Result<bool, DownloadError> {
        let (now, later) = self.rest.split_at(self.piece.min(self.rest.len()));
        out.extend_from_slice(now);
        self.rest = later;
        match (later.is_empty() && now.is_empty(), self.end) {
            (false, _) => Ok(true),
            (true, None) => Ok(false),
            (true, Some(error)) => Err(error.into()),
        }
    }
}

fn whole(pivot: &[u8]) -> Chunks<'_> {
    Chunks {
        rest: pivot,
        piece: 10_000,
        end: None,
    }
}

fn folder(id: u64) -> EpisodeFolder {
    let at = "2026-11-23T09:15:00Z".parse().unwrap();
    EpisodeFolder::new(SIRET, id, Episode::new(at, "MISE_A_DISPOSITION")).unwrap()
}

fn expected(id: u64) -> Expected {
    Expected {
        folder: folder(id),
        numero: Some(format!("F{id}")),
        fournisseur: Some(FOURNISSEUR.into()),
    }
}

/// An attachment of a pivot: name, type, content as it stands there.
type Pj<'a> = (&'a str, &'a str, String);

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file(name, options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

fn contenu(name: &str, bytes: &[u8]) -> String {
    STANDARD.encode(zipped(name, bytes))
}

fn unit(id: u64, id_cpro: bool, attachments: &[Pj<'_>]) -> String {
    let id_cpro = if id_cpro {
        format!("<IdCPRO>{id}</IdCPRO>")
    } else {
        String::new()
    };
    let attachments: String = attachments
        .iter()
        .map(|(nom, type_pj, contenu)| {
            format!(
                "<PJ><Contenu>{contenu}</Contenu><NomPJ>{nom}</NomPJ><CategoriePJ>Facture PDF</CategoriePJ>\
                 <TypePJ>{type_pj}</TypePJ><MimeTypePJ>application/pdf</MimeTypePJ></PJ>"
            )
        })
        .collect();
    format!(
        "<CPPFacturePivotUnitaire><Fournisseur><Identifiant>{FOURNISSEUR}</Identifiant></Fournisseur><DonneesFacture><Id>F{id}</Id>\
         {id_cpro}<Type>380</Type></DonneesFacture>{attachments}</CPPFacturePivotUnitaire>"
    )
}

fn pivot(units: &[String]) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CPPFacturePivot><CPPFactures Compteur=\"{}\">{}</CPPFactures></CPPFacturePivot>",
        units.len(),
        units.concat()
    )
    .into_bytes()
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Stores the one invoice of a pivot, and checks that nothing is left under way.
async fn store_one(s3: &MemoryS3, attachments: &[Pj<'_>]) -> Stored {
    let pivot = pivot(&[unit(7, true, attachments)]);
    let mut outcome = store(&s3.store(), &mut whole(&pivot), &[expected(7)]).await;
    assert!(s3.state().uploads.is_empty());
    let stored = outcome.invoices.remove(0).unwrap();
    assert!(
        s3.bytes(&folder(7).pivot()) == pivot,
        "the pivot is kept verbatim"
    );
    stored
}
