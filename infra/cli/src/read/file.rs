//! One file: opened, read, its checks run.

use std::fs::File;
use std::io::{self, Read};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use invoice::checks::{self, Finding};
use invoice::normalise::{AttachmentReading, normalise};
use invoice::readers::pivot::{self, PivotAttachment, skeleton};
use invoice::{Invoice, Kind, Limits, ReadError};

/// The largest file that is read: a whole answer of Chorus Pro (120 MB, as base64 in XML) with room to spare.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// The largest attachment of a pivot that is looked into, unpacked: more than the 10 MB that the portal accepts.
const MAX_ATTACHMENT: u64 = 64 * 1024 * 1024;

/// What came of one file.
#[derive(Debug)]
pub(crate) struct FileReading {
    /// The name as given.
    pub(crate) file: String,
    /// Whether there was a file to read at all.
    pub(crate) opened: bool,
    /// What it is, when it could be opened.
    pub(crate) kind: Option<Kind>,
    /// The invoices in it, each with its checks.
    pub(crate) invoices: Vec<(Invoice, Vec<Finding>)>,
    /// Why there is none.
    pub(crate) error: Option<String>,
}

/// Why an attachment of a pivot was not looked into. The invoice is read without it.
#[derive(Debug, thiserror::Error)]
enum Attachment {
    #[error("its base64 is broken: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("its ZIP is broken: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("its ZIP has {0} members, and not one")]
    Members(usize),
    #[error("it unpacks to more than {MAX_ATTACHMENT} bytes")]
    TooLarge,
    #[error("it cannot be unpacked: {0}")]
    Unpack(#[from] io::Error),
}

/// Opens and reads a file; `-` is standard input.
pub(crate) fn read(name: &str) -> FileReading {
    let mut reading = FileReading {
        file: name.to_owned(),
        opened: false,
        kind: None,
        invoices: Vec::new(),
        error: None,
    };
    let bytes = match open(name) {
        Ok(bytes) => bytes,
        Err(error) => {
            reading.error = Some(format!("cannot be opened: {error}"));
            return reading;
        }
    };
    reading.opened = true;
    let limits = Limits::default();
    let kind = invoice::document::sniff_head(&bytes);
    reading.kind = Some(kind);
    let read = match kind {
        Kind::Pivot | Kind::FactureMixte => read_pivot(name, &bytes, &limits),
        _ => invoice::read(&bytes, &limits).map(|read| {
            reading.kind = Some(read.kind);
            read.invoices
        }),
    };
    match read {
        Ok(invoices) => {
            reading.invoices = invoices
                .into_iter()
                .map(|invoice| {
                    let findings = checks::run(&invoice);
                    (invoice, findings)
                })
                .collect();
        }
        Err(error) => {
            if kind == Kind::Pdf {
                reading.kind = Some(invoice::sniff(&bytes));
            }
            reading.error = Some(error.to_string());
        }
    }
    reading
}

fn open(name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if name == "-" {
        io::stdin()
            .lock()
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)?;
    } else {
        File::open(name)?
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {MAX_FILE} bytes"),
        ));
    }
    Ok(bytes)
}

/// Reads a pivot as the archive function does: each invoice with its attachments, the most trusted document chosen.
fn read_pivot(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Invoice>, ReadError> {
    let text = invoice::document::decode_pivot(bytes)?;
    let contenus = skeleton::split(&text, limits)?.contenus;
    let mut invoices = Vec::new();
    for unitaire in pivot::read(bytes, limits)? {
        let mut readings = Vec::new();
        for attachment in &unitaire.attachments {
            let Some(contenu) = attachment.contenu.and_then(|at| contenus.get(at)) else {
                continue;
            };
            let base64 = text.get(contenu.range.clone()).unwrap_or_default();
            match read_attachment(attachment, base64, limits) {
                Ok(reading) => readings.push(reading),
                Err(error) => {
                    super::report::complain(
                        name,
                        &format!(
                            "attachment {:?} is not looked into: {error}",
                            attachment.name
                        ),
                    );
                }
            }
        }
        invoices.extend(normalise(Some(unitaire), readings, None));
    }
    Ok(invoices)
}

fn read_attachment(
    attachment: &PivotAttachment,
    base64: &str,
    limits: &Limits,
) -> Result<AttachmentReading, Attachment> {
    let content = unpack(base64)?;
    let read = invoice::read(&content, limits);
    let kind = read
        .as_ref()
        .map_or_else(|_| invoice::sniff(&content), |read| read.kind);
    Ok(AttachmentReading::new(attachment, kind, read.ok()))
}

/// Base64 of a ZIP with one member. White space and missing padding occur; a document that was not zipped is taken as it is.
fn unpack(base64: &str) -> Result<Vec<u8>, Attachment> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let compact: Vec<u8> = base64
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let packed = LENIENT.decode(compact)?;
    if !packed.starts_with(b"PK") {
        return Ok(packed);
    }
    let mut archive = zip::ZipArchive::new(io::Cursor::new(packed))?;
    if archive.len() != 1 {
        return Err(Attachment::Members(archive.len()));
    }
    let mut content = Vec::new();
    archive
        .by_index(0)?
        .take(MAX_ATTACHMENT + 1)
        .read_to_end(&mut content)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > MAX_ATTACHMENT {
        return Err(Attachment::TooLarge);
    }
    Ok(content)
}
