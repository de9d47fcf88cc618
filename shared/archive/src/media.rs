//! What a document is, by its first bytes. Names and declared types are not trusted.

use crate::name::extension;

/// Bytes of a document worth looking at.
pub(crate) const HEAD: usize = 8 * 1024;

/// The kind of a document, as its first bytes tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    mime: &'static str,
    /// Extension to give to a name that has none, or a wrong one.
    extension: &'static str,
}

const PDF: Media = Media {
    mime: "application/pdf",
    extension: "pdf",
};
const XML: Media = Media {
    mime: "application/xml",
    extension: "xml",
};
const ZIP: Media = Media {
    mime: "application/zip",
    extension: "zip",
};
const TEXT: Media = Media {
    mime: "text/plain",
    extension: "txt",
};
const UNKNOWN: Media = Media {
    mime: "application/octet-stream",
    extension: "bin",
};

/// Extensions that are right for more than one kind of content, by the extension that the kind has here.
const SIBLINGS: [(&str, &[&str]); 8] = [
    ("xml", &["xhtml", "html", "htm", "svg", "ubl", "cii"]),
    ("zip", &["docx", "xlsx", "pptx", "odt", "ods", "odp", "fax"]),
    (
        "txt",
        &[
            "csv", "rtf", "html", "htm", "xhtml", "svg", "json", "eml", "b64", "p7s",
        ],
    ),
    ("jpg", &["jpeg"]),
    ("tif", &["tiff", "fax"]),
    ("gz", &["gzip", "tgz"]),
    ("doc", &["xls", "ppt", "xlm", "xlc", "msg"]),
    ("html", &["htm", "xhtml"]),
];

impl Media {
    /// Looks at the first bytes of a document (8 KiB are enough).
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let text = head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(head)
            .trim_ascii_start();
        // A PDF may have junk before its header; readers look for it in the first kilobyte.
        let pdf = head
            .get(..head.len().min(1024))
            .is_some_and(|start| start.windows(5).any(|window| window == b"%PDF-"));
        if head.starts_with(b"%PDF") || (pdf && !text.starts_with(b"<")) {
            return PDF;
        }
        if let Some(kind) = infer::get(head).filter(|kind| kind.mime_type() != "text/xml") {
            return Self {
                mime: kind.mime_type(),
                extension: kind.extension(),
            };
        }
        match head {
            _ if head.starts_with(b"PK\x03\x04") => ZIP,
            _ if text.starts_with(b"<?xml") || is_element(text) || is_wide_xml(head) => XML,
            _ if is_text(head) => TEXT,
            _ => UNKNOWN,
        }
    }

    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        self.mime
    }

    /// Whether it is a PDF.
    #[must_use]
    pub fn is_pdf(self) -> bool {
        self == PDF
    }

    /// Whether it is XML.
    #[must_use]
    pub fn is_xml(self) -> bool {
        self == XML
    }

    /// Whether it is a ZIP of any kind.
    #[must_use]
    pub(crate) fn is_zip(self) -> bool {
        self.mime == ZIP.mime
    }

    /// The extension that a name needs to say what its content is; None when its own does, or when the content is unknown.
    pub(crate) fn missing_extension(self, name: &str) -> Option<&'static str> {
        match extension(name) {
            Some(_) if self == UNKNOWN => None,
            Some(own) if own == self.extension || self.siblings().contains(&own.as_str()) => None,
            _ => Some(self.extension),
        }
    }

    fn siblings(self) -> &'static [&'static str] {
        SIBLINGS
            .iter()
            .find(|(extension, _)| *extension == self.extension)
            .map_or(&[], |(_, siblings)| siblings)
    }
}

fn is_element(text: &[u8]) -> bool {
    let second = text.strip_prefix(b"<").and_then(|rest| rest.first());
    second.is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'!' || byte == b'_')
}

/// XML in UTF-16, with its mark.
fn is_wide_xml(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe<\0") || head.starts_with(b"\xfe\xff\0<")
}

/// No control characters but white space: good enough for a media type, in any encoding that contains ASCII.
fn is_text(head: &[u8]) -> bool {
    !head.is_empty()
        && head
            .iter()
            .all(|byte| *byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_by_its_first_bytes() {
        for (head, mime) in [
            (b"%PDF-1.7".as_slice(), "application/pdf"),
            (b"\r\n%PDF-1.4", "application/pdf"),
            (b"<?xml version='1.0'?><Invoice/>", "application/xml"),
            (b"\xef\xbb\xbf<Invoice/>", "application/xml"),
            (b"\xff\xfe<\0?\0", "application/xml"),
            (b"PK\x03\x04....", "application/zip"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"date;montant\n", "text/plain"),
            (b"\x00\x01\x02", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(Media::of(head).mime(), mime, "{head:?}");
        }
    }

    #[test]
    fn a_name_gets_the_extension_that_it_lacks() {
        assert_eq!(PDF.missing_extension("F1.PDF "), None);
        assert_eq!(PDF.missing_extension("F1"), Some("pdf"));
        assert_eq!(XML.missing_extension("F1.pdf"), Some("xml"));
        assert_eq!(ZIP.missing_extension("bordereau.xlsx"), None);
        assert_eq!(TEXT.missing_extension("lignes.csv"), None);
        assert_eq!(UNKNOWN.missing_extension("plan.dwg"), None);
        assert_eq!(UNKNOWN.missing_extension("plan"), Some("bin"));
    }
}
