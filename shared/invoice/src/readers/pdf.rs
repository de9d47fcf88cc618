//! The XML inside a PDF.
//!
//! A PDF may name its files in `/AF` of the catalog, in the tree under `/Names`, or nowhere: all are looked at, in that
//! order. Everything else of the PDF (pictures, fonts, pages) is dropped while it is read, so that ten megabytes of
//! scanned pages cost no memory beyond the file itself.

mod structure;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};

use super::{encoding, xml};
use crate::document::{Kind, Limits, kind_of_root};
use crate::error::ReadError;

/// The most nodes of `/Names` that are visited, and the deepest: a tree may be cyclic.
const MAX_TREE_NODES: usize = 4096;
const MAX_TREE_DEPTH: usize = 32;
/// How far from the beginning `%PDF-` may stand: what readers commonly accept.
const MAX_PREAMBLE: usize = 1024;

/// Names under which an invoice is embedded, the most telling first; matched without regard to case.
const USUAL_NAMES: [&str; 5] = [
    "factur-x.xml",
    "xrechnung.xml",
    "zugferd-invoice.xml",
    "facture.xml",
    "order-x.xml",
];

/// The invoice found inside a PDF.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) name: String,
    pub(crate) xml: Vec<u8>,
}

/// Whether a PDF begins after a little noise, as readers commonly accept.
pub(crate) fn is_pdf_after_noise(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes.get(..MAX_PREAMBLE).unwrap_or(bytes), b"%PDF-").is_some()
}

/// Finds the invoice inside a PDF.
pub(crate) fn invoice_inside(bytes: &[u8], limits: &Limits) -> Result<Inside, ReadError> {
    let document = load(bytes, limits)?;
    let mut candidates = named_files(&document);
    if candidates.is_empty() {
        candidates = unnamed_files(&document);
    }
    candidates.sort_by_key(|file| rank(&file.name));
    let mut not_chosen = ReadError::NoXmlInPdf;
    for file in candidates.iter().take(limits.pdf_payloads) {
        match open(&document, file, limits) {
            Ok(inside) => return Ok(inside),
            // The first file that comes near an invoice says best what the PDF is.
            Err(error) if not_chosen == ReadError::NoXmlInPdf => not_chosen = error,
            Err(_) => {}
        }
    }
    Err(not_chosen)
}

fn load(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    // Before the parser sees it: it copies and deciphers the whole of a protected file, and drops nothing of it.
    if structure::counts_name(bytes, b"Encrypt", 1) > 0 {
        return Err(ReadError::EncryptedPdf);
    }
    structure::check_density(bytes, limits)?;
    let options = LoadOptions {
        filter: Some(structure::keep),
        max_decompressed_size: Some(structure::bytes_per_stream(bytes, limits)?),
        ..LoadOptions::default()
    };
    let mut loaded = structure::within(limits, || {
        Document::load_mem_with_options(bytes, options.clone())
    })?;
    if loaded
        .as_ref()
        .is_ok_and(|document| document.catalog().is_err())
    {
        // The table of objects reads, but points at the wrong ones: the file lost or gained bytes on its way.
        let options = LoadOptions {
            force_reconstruct: true,
            ..options
        };
        loaded = structure::within(limits, || Document::load_mem_with_options(bytes, options))?;
    }
    loaded.map_err(|error| match error {
        lopdf::Error::Decryption(_)
        | lopdf::Error::InvalidPassword
        | lopdf::Error::UnsupportedSecurityHandler(_) => ReadError::EncryptedPdf,
        lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }) => {
            structure::too_large(limits)
        }
        other => ReadError::UnreadablePdf {
            reason: other.to_string(),
        },
    })
}

/// A file specification: the name it gives, and where the content is.
struct FileSpec {
    name: String,
    content: ObjectId,
}

fn rank(name: &str) -> (usize, bool) {
    let lower = name.to_lowercase();
    let usual = USUAL_NAMES
        .iter()
        .position(|usual| lower == *usual)
        .unwrap_or(USUAL_NAMES.len());
    (usual, !lower.ends_with(".xml"))
}

/// The files that the catalog names, in `/AF` and in the tree of `/Names`.
fn named_files(document: &Document) -> Vec<FileSpec> {
    let mut files = Vec::new();
    let Ok(catalog) = document.catalog() else {
        return files;
    };
    if let Ok(associated) = catalog
        .get_deref(b"AF", document)
        .and_then(Object::as_array)
    {
        for object in associated.iter().take(MAX_TREE_NODES) {
            files.extend(file_spec(document, object));
        }
    }
    let tree = catalog
        .get_deref(b"Names", document)
        .and_then(Object::as_dict)
        .and_then(|names| names.get_deref(b"EmbeddedFiles", document))
        .and_then(Object::as_dict);
    if let Ok(root) = tree {
        let mut left = MAX_TREE_NODES;
        walk_names(document, root, 0, &mut left, &mut files);
    }
    files
}

fn walk_names(
    document: &Document,
    node: &Dictionary,
    depth: usize,
    left: &mut usize,
    files: &mut Vec<FileSpec>,
) {
    if depth > MAX_TREE_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    if let Ok(names) = node
        .get_deref(b"Names", document)
        .and_then(Object::as_array)
    {
        for object in names.iter().take(MAX_TREE_NODES) {
            files.extend(file_spec(document, object));
        }
    }
    if let Ok(kids) = node.get_deref(b"Kids", document).and_then(Object::as_array) {
        for kid in kids {
            if let Ok((_, Object::Dictionary(kid))) = document.dereference(kid) {
                walk_names(document, kid, depth + 1, left, files);
            }
        }
    }
}

/// The files that no list names: any file specification of the document (annotations, pages, damaged catalogs).
fn unnamed_files(document: &Document) -> Vec<FileSpec> {
    document
        .objects
        .values()
        .take(MAX_TREE_NODES * 16)
        .filter_map(|object| file_spec(document, object))
        .collect()
}

fn file_spec(document: &Document, object: &Object) -> Option<FileSpec> {
    let (_, object) = document.dereference(object).ok()?;
    let spec = object.as_dict().ok()?;
    let files = spec
        .get_deref(b"EF", document)
        .and_then(Object::as_dict)
        .ok()?;
    let content = [b"F".as_slice(), b"UF"]
        .iter()
        .find_map(|key| files.get(key).and_then(Object::as_reference).ok())?;
    let name = [b"UF".as_slice(), b"F"]
        .iter()
        .find_map(|key| {
            spec.get_deref(key, document)
                .ok()
                .and_then(|name| lopdf::decode_text_string(name).ok())
        })
        .unwrap_or_default();
    Some(FileSpec {
        name: name.trim().to_owned(),
        content,
    })
}

fn open(document: &Document, file: &FileSpec, limits: &Limits) -> Result<Inside, ReadError> {
    let stream = document
        .get_object(file.content)
        .and_then(Object::as_stream)
        .map_err(|_| ReadError::NoXmlInPdf)?;
    let content = unpack(stream, limits)?;
    let text = encoding::decode_head(&content);
    let Some(root) = xml::root_of(&text) else {
        return Err(ReadError::NoXmlInPdf);
    };
    match kind_of_root(&root) {
        Some(Kind::Cii | Kind::UblInvoice | Kind::UblCreditNote) => Ok(Inside {
            name: file.name.clone(),
            xml: content,
        }),
        Some(Kind::Zugferd1) => Err(ReadError::Zugferd1),
        Some(Kind::OrderX) => Err(ReadError::NotAnInvoice {
            kind: Kind::OrderX,
            what: "a PDF with an Order-X order inside, not an invoice".to_owned(),
        }),
        // The usual name with a strange content: whoever reads it next says what is strange.
        _ if rank(&file.name).0 < USUAL_NAMES.len() => Ok(Inside {
            name: file.name.clone(),
            xml: content,
        }),
        _ => Err(ReadError::NoXmlInPdf),
    }
}

fn unpack(stream: &Stream, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let too_large = ReadError::TooLarge {
        what: "a file inside a PDF",
        limit: limits.pdf_payload_bytes,
    };
    if !stream.dict.has(b"Filter") {
        return if stream.content.len() > limits.pdf_payload_bytes {
            Err(too_large)
        } else {
            Ok(stream.content.clone())
        };
    }
    stream
        .decompressed_content_with_limit(limits.pdf_payload_bytes)
        .map_err(|error| match error {
            lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }) => {
                too_large
            }
            other => ReadError::UnreadablePdf {
                reason: other.to_string(),
            },
        })
}
