//! What a file is, told by its content, and one call to read it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ReadError;
use crate::model::Invoice;
use crate::readers::{self, encoding, pdf, pivot, xml};

/// What a file is. Neither its name nor its MIME type has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A pivot of Chorus Pro: `CPPFacturePivot`.
    Pivot,
    /// A mixed flow of Chorus Pro: `CPPFactureMixte`.
    FactureMixte,
    /// A UBL invoice.
    UblInvoice,
    /// A UBL credit note.
    UblCreditNote,
    /// A UN/CEFACT Cross Industry Invoice.
    Cii,
    /// A PDF with an invoice in XML inside: Factur-X, ZUGFeRD 2, or a hybrid XRechnung.
    FacturX,
    /// A PDF without one.
    Pdf,
    /// A ZUGFeRD 1.0 invoice, or a PDF with one inside.
    #[serde(rename = "zugferd-1")]
    Zugferd1,
    /// An Order-X order, or a PDF with one inside.
    OrderX,
    /// A status flow of Chorus Pro: `CPPStatut`.
    CppStatut,
    /// Other XML.
    Xml,
    /// A ZIP archive, or a document in one (`.docx`, `.xlsx`, `.odt`…).
    Zip,
    /// A picture.
    Image,
    /// Nothing at all.
    Empty,
    /// Anything else.
    Other,
}

impl Kind {
    /// Whether a file of this kind holds an invoice as data.
    #[must_use]
    pub fn is_invoice(self) -> bool {
        matches!(
            self,
            Self::Pivot
                | Self::FactureMixte
                | Self::UblInvoice
                | Self::UblCreditNote
                | Self::Cii
                | Self::FacturX
        )
    }
}

/// What a read may cost.
///
/// The defaults are chosen for a function of 256 MB and files of 10 MB, the most that Chorus Pro takes for an attachment: the
/// example `read_time` shows what large and hostile files of each kind cost. Real invoices cost a few megabytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest XML document, in bytes, the content of a pivot's attachments set aside. 8 MiB: some 10 000
    /// lines of UBL or 20 000 of a pivot. Its tree takes up to ten times as much memory.
    pub xml_bytes: usize,
    /// The deepest nesting of XML elements. 64.
    pub xml_depth: usize,
    /// The most memory that the objects of a PDF may take, the content of its streams set aside, and the most that all
    /// its streams of objects together may unpack to, in bytes. 16 MiB.
    pub pdf_structure_bytes: usize,
    /// The most that a file inside a PDF may unpack to, in bytes. 8 MiB.
    pub pdf_payload_bytes: usize,
    /// The most files inside one PDF that are looked at. 32.
    pub pdf_payloads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            xml_bytes: 8 * MIB,
            xml_depth: 64,
            pdf_structure_bytes: 16 * MIB,
            pdf_payload_bytes: 8 * MIB,
            pdf_payloads: 32,
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadInvoice {
    /// What the file is.
    pub kind: Kind,
    /// The invoices in it: one, or as many as a pivot holds.
    pub invoices: Vec<Invoice>,
}

/// Tells what a file is. A PDF is opened, under the default limits, to see whether there is an invoice inside; for the
/// first bytes of a file use [`sniff_head`].
#[must_use]
pub fn sniff(bytes: &[u8]) -> Kind {
    let kind = sniff_head(bytes);
    if kind != Kind::Pdf {
        return kind;
    }
    match pdf::invoice_inside(bytes, &Limits::default()) {
        Ok(_) => Kind::FacturX,
        Err(ReadError::NotAnInvoice { kind, .. }) => kind,
        Err(ReadError::Zugferd1) => Kind::Zugferd1,
        Err(_) => Kind::Pdf,
    }
}

/// Tells what a file is from its first bytes (4 kB are plenty). A PDF is [`Kind::Pdf`], whatever is inside.
#[must_use]
pub fn sniff_head(bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if bytes.starts_with(b"%PDF-") {
        return Kind::Pdf;
    }
    if bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"PK\x05\x06")
        || bytes.starts_with(b"PK\x07\x08")
    {
        return Kind::Zip;
    }
    if let Some(root) = xml::root_of(&encoding::decode_head(bytes)) {
        return kind_of_root(&root).unwrap_or(Kind::Xml);
    }
    match infer::get(bytes).map(|found| found.matcher_type()) {
        Some(infer::MatcherType::Image) => Kind::Image,
        None if pdf::is_pdf_after_noise(bytes) => Kind::Pdf,
        _ => Kind::Other,
    }
}

/// Reads one file. A pivot's attachments are not opened: see [`crate::normalise`] and [`pivot::read`].
///
/// # Errors
///
/// [`ReadError`] says what the file is, or what is wrong with it.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<ReadInvoice, ReadError> {
    match sniff_head(bytes) {
        Kind::Empty => Err(ReadError::Empty),
        Kind::Pdf => {
            let inside = pdf::invoice_inside(bytes, limits)?;
            let mut invoice = read_xml(&inside.xml, limits)?.invoices;
            for invoice in &mut invoice {
                invoice.source.kind = Kind::FacturX;
                invoice.source.embedded_name = Some(inside.name.clone());
            }
            Ok(ReadInvoice {
                kind: Kind::FacturX,
                invoices: invoice,
            })
        }
        Kind::Zip => Err(not_an_invoice(Kind::Zip, "a ZIP archive")),
        Kind::Image => Err(not_an_invoice(Kind::Image, "an image")),
        Kind::Other => Err(not_an_invoice(Kind::Other, describe_other(bytes))),
        _ => read_xml(bytes, limits),
    }
}

/// The text of a pivot, without its byte order mark: what [`pivot::skeleton::split`] takes apart.
///
/// # Errors
///
/// [`ReadError::Encoding`] when it is not in the encoding it declares.
pub fn decode_pivot(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, ReadError> {
    encoding::decode_unbounded(bytes)
}

fn describe_other(bytes: &[u8]) -> String {
    match infer::get(bytes) {
        Some(found) => format!("a file of type {}, neither XML nor PDF", found.mime_type()),
        None => "neither XML nor PDF".to_owned(),
    }
}

fn read_xml(bytes: &[u8], limits: &Limits) -> Result<ReadInvoice, ReadError> {
    let text = match sniff_head(bytes) {
        // A pivot's attachments are set aside before its size matters.
        Kind::Pivot | Kind::FactureMixte => encoding::decode_unbounded(bytes)?,
        _ => encoding::decode(bytes, limits)?,
    };
    let Some(root) = xml::root_of(&text) else {
        // No root to be seen: the parser says what is wrong in better words.
        xml::check(&text, limits)?;
        return Err(ReadError::NotWellFormed {
            reason: "there is no root element".to_owned(),
        });
    };
    let kind = match kind_of_root(&root) {
        Some(kind) if kind.is_invoice() => kind,
        other => {
            // A broken document is reported as broken, whatever it meant to be.
            xml::check(&text, limits)?;
            return Err(refusal(other, &root));
        }
    };
    let invoices = match kind {
        Kind::Pivot | Kind::FactureMixte => pivot::read_text(&text, kind, limits)?
            .into_iter()
            .map(|unitaire| unitaire.invoice)
            .collect(),
        Kind::Cii => vec![xml::with_document(&text, limits, readers::read_cii)?],
        _ => vec![xml::with_document(&text, limits, |doc| {
            readers::read_ubl(doc, kind)
        })?],
    };
    Ok(ReadInvoice { kind, invoices })
}

fn refusal(kind: Option<Kind>, root: &xml::Root) -> ReadError {
    match kind {
        Some(Kind::Zugferd1) => ReadError::Zugferd1,
        Some(Kind::OrderX) => not_an_invoice(Kind::OrderX, "an Order-X order, not an invoice"),
        Some(Kind::CppStatut) => not_an_invoice(
            Kind::CppStatut,
            "a status flow of Chorus Pro, not an invoice",
        ),
        _ if INVOICE_ROOTS.contains(&root.name.as_str()) => ReadError::UnknownNamespace {
            root: root.name.clone(),
            namespace: root.namespace.clone(),
        },
        _ => not_an_invoice(
            Kind::Xml,
            format!(
                "an XML document with the root {}, not an invoice",
                root.name
            ),
        ),
    }
}

fn not_an_invoice(kind: Kind, what: impl Into<String>) -> ReadError {
    ReadError::NotAnInvoice {
        kind,
        what: what.into(),
    }
}

const UBL_INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const UBL_CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";
const CII: &str = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100";
const ORDER_X: &str = "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100";
const ZUGFERD_1: &str = "urn:ferd:CrossIndustryDocument:invoice:1p0";
const INVOICE_ROOTS: [&str; 4] = [
    "Invoice",
    "CreditNote",
    "CrossIndustryInvoice",
    "CrossIndustryDocument",
];

/// What a root element makes of a document.
pub(crate) fn kind_of_root(root: &xml::Root) -> Option<Kind> {
    match (root.name.as_str(), root.namespace.as_str()) {
        ("CPPFacturePivot", _) => Some(Kind::Pivot),
        ("CPPFactureMixte", _) => Some(Kind::FactureMixte),
        ("CPPStatut", _) => Some(Kind::CppStatut),
        ("Invoice", UBL_INVOICE) => Some(Kind::UblInvoice),
        ("CreditNote", UBL_CREDIT_NOTE) => Some(Kind::UblCreditNote),
        ("CrossIndustryInvoice", CII) => Some(Kind::Cii),
        ("CrossIndustryDocument", ZUGFERD_1) => Some(Kind::Zugferd1),
        ("SCRDMCCBDACIOMessageStructure", ORDER_X) => Some(Kind::OrderX),
        _ => None,
    }
}
