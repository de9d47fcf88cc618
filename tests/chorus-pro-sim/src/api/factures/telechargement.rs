//! `telecharger/groupe`: documents, as one pivot or as PDF, generated as they are sent.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::super::answer::{Answer, Body, Download, Format};
use super::super::request;
use crate::dates;
use crate::documents::{self, Document};
use crate::pivot;
use crate::state::{Account, Actor, Invoice, Portal};

const PIECE: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    format: Option<String>,
    #[serde(default, deserialize_with = "request::text")]
    avec_pieces_jointes_complementaires: Option<String>,
    liste_facture: Option<Vec<One>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    #[serde(default, deserialize_with = "request::int")]
    id_facture: Option<i64>,
}

/// Checks a download and sets the flag of every invoice in it.
pub(in crate::api) fn answer(
    portal: &mut Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let wanted = param
        .liste_facture
        .filter(|list| !list.is_empty())
        .ok_or_else(|| Answer::malformed("listeFacture est vide"))?;
    let format = match param.format.as_deref() {
        Some("PIVOT") => Format::Pivot,
        Some("PDF") => Format::Pdf {
            complements: param.avec_pieces_jointes_complementaires.as_deref() == Some("Oui"),
        },
        other => {
            return Err(Answer::malformed(&format!(
                "format : « {} » n'est ni PIVOT ni PDF",
                other.unwrap_or("")
            )));
        }
    };
    let mut invoices: Vec<Arc<Invoice>> = Vec::with_capacity(wanted.len());
    for one in &wanted {
        let invoice = super::visible(portal, account, one.id_facture, "idFacture")?;
        if !invoices.iter().any(|known| known.id == invoice.id) {
            invoices.push(invoice);
        }
    }
    let size: u64 = invoices.iter().map(|invoice| size(invoice, format)).sum();
    if size > portal.behaviour.download_limit {
        return Err(Answer::refused(
            413,
            "La taille du dossier téléchargé dépasse la taille maximum autorisée (120 Mo).",
        ));
    }
    let actor = Actor::Technical(account.login.clone());
    for invoice in &invoices {
        portal
            .mark_downloaded(invoice.id, &actor)
            .map_err(|_| Answer::unknown_invoice())?;
    }
    let day = dates::day_of(portal.clock.now());
    let flux = portal.next_event_id();
    Ok(Answer::with(
        200,
        Body::Download(Download {
            invoices,
            format,
            day,
            flux,
        }),
    ))
}

fn size(invoice: &Invoice, format: Format) -> u64 {
    match format {
        Format::Pivot => invoice.taille(),
        Format::Pdf { .. } => chosen(invoice, format)
            .iter()
            .map(|document| document.size(invoice))
            .sum(),
    }
}

/// The documents of a PDF answer: all of them, or the readable main one.
fn chosen(invoice: &Invoice, format: Format) -> Vec<&Document> {
    if format == (Format::Pdf { complements: true }) {
        return invoice.documents.iter().collect();
    }
    let readable = invoice
        .documents
        .iter()
        .find(|document| document.mime == "application/pdf");
    readable
        .or(invoice.document_principal())
        .into_iter()
        .collect()
}

/// Generates the answer on a thread of its own, a piece at a time; stops when nobody reads any more.
pub(crate) fn stream(download: Download) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || {
        let mut out = Pieces {
            sender: sender.clone(),
            buffer: Vec::with_capacity(PIECE),
        };
        if let Err(error) = write_answer(&download, &mut out).and_then(|()| out.flush()) {
            // Nobody listens any more when this fails too.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Generates the answer at once and whole.
pub(crate) fn whole(download: &Download) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write_answer(download, &mut out)?;
    Ok(out)
}

fn write_answer(download: &Download, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(br#"{"codeRetour":0,"libelle":"TRA_MSG_00.000","fichierResultat":""#)?;
    documents::write_base64(out, |out| match download.format {
        Format::Pivot => pivot::write(download, out),
        Format::Pdf { .. } => write_pdf(download, out),
    })?;
    out.write_all(br#""}"#)
}

fn write_pdf(download: &Download, out: &mut dyn Write) -> io::Result<()> {
    let several_invoices = download.invoices.len() > 1;
    let mut parts: Vec<(String, &Document, &Invoice)> = Vec::new();
    for invoice in &download.invoices {
        for document in chosen(invoice, download.format) {
            let name = document.nom_dans_archive();
            let mut path = if several_invoices {
                format!("{}/{name}", invoice.id)
            } else {
                name.clone()
            };
            let mut copy = 1;
            while parts.iter().any(|(taken, ..)| *taken == path) {
                copy += 1;
                path = if several_invoices {
                    format!("{}/{copy}_{name}", invoice.id)
                } else {
                    format!("{copy}_{name}")
                };
            }
            parts.push((path, document, invoice));
        }
    }
    match parts.as_slice() {
        [(_, document, invoice)] if !several_invoices => document.write_to(invoice, out),
        _ => documents::write_folder_zip(&parts, out),
    }
}

/// Collects what is written into pieces and hands them over.
struct Pieces {
    sender: mpsc::Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(data);
        if self.buffer.len() >= PIECE {
            self.flush()?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE));
        self.sender
            .blocking_send(Ok(piece.into()))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
