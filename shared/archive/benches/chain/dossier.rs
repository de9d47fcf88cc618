//! What is downloaded: answers of the size that the portal allows at most.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A download to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) title: &'static str,
    pub(crate) invoices: usize,
    pub(crate) attachments: usize,
    /// Bytes of one attachment's ZIP, about.
    pub(crate) size: usize,
}

pub(crate) const CASES: [Case; 2] = [
    Case {
        title: "one dossier of 120 MB (9 attachments of 10 MB)",
        invoices: 1,
        attachments: 9,
        size: 10_000_000,
    },
    Case {
        title: "10 invoices of 10 MB",
        invoices: 10,
        attachments: 1,
        size: 7_500_000,
    },
];

pub(crate) const SIRET: &str = "00000000013456";

/// A PDF's bytes: mostly compressed streams, some text, packed as the portal packs it.
fn zipped(size: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while file.len() < size {
        for _ in 0..512 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            file.extend_from_slice(&state.to_le_bytes());
        }
        writeln!(
            file,
            "endstream endobj {} 0 obj << /Type /Page /Parent 3 0 R /Resources 12 0 R >>",
            file.len()
        )
        .unwrap();
    }
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer
        .start_file("FAC00000000000727F1.pdf", options)
        .unwrap();
    writer.write_all(&file).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A pivot as a list of pieces, the large ones shared.
pub(crate) struct Pivot {
    pub(crate) pieces: Vec<Piece>,
    content: String,
}

pub(crate) enum Piece {
    Text(String),
    Content,
}

impl Pivot {
    pub(crate) fn of(case: Case) -> Self {
        let mut pieces = vec![Piece::Text(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CPPFacturePivot><CPPFactures Compteur=\"{}\">",
            case.invoices
        ))];
        for id in 1..=case.invoices {
            pieces.push(Piece::Text(format!(
                "<CPPFacturePivotUnitaire><Fournisseur><Identifiant>00000000000727</Identifiant></Fournisseur>\
                 <DonneesFacture><Id>F{id}</Id><IdCPRO>{id}</IdCPRO></DonneesFacture>"
            )));
            for nth in 1..=case.attachments {
                pieces.push(Piece::Text("<PJ><Contenu>".to_owned()));
                pieces.push(Piece::Content);
                let type_pj = if nth == 1 { "01" } else { "02" };
                pieces.push(Piece::Text(format!(
                    "</Contenu><NomPJ>PJ{nth}.pdf</NomPJ><TypePJ>{type_pj}</TypePJ></PJ>"
                )));
            }
            pieces.push(Piece::Text("</CPPFacturePivotUnitaire>".to_owned()));
        }
        pieces.push(Piece::Text("</CPPFactures></CPPFacturePivot>".to_owned()));
        Self {
            pieces,
            content: STANDARD.encode(zipped(case.size)),
        }
    }

    pub(crate) fn bytes<'p>(&'p self, piece: &'p Piece) -> &'p [u8] {
        match piece {
            Piece::Text(text) => text.as_bytes(),
            Piece::Content => self.content.as_bytes(),
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| self.bytes(piece).len())
            .sum()
    }
}
