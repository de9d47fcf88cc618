//! What the tests of this crate share: where the corpus is, and how to build small files.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};

use lopdf::{Document, Object, Stream, dictionary};

/// The corpus of real e-invoices, which is not part of the repository. `None`, and a line that says so, when it is not
/// beside it.
pub(crate) fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("RELAIS_SHARED_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    eprintln!("no corpus at {}: skipped", corpus.display());
    None
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

/// Where the built PDF names its file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedIn {
    /// `/AF` of the catalog.
    Associated,
    /// The tree under `/Names`.
    Names,
    /// Nowhere: a file specification that nothing points at.
    Nowhere,
}

/// A one-page PDF with a file inside.
pub(crate) fn pdf_with(name: &str, content: Vec<u8>, named_in: NamedIn) -> Vec<u8> {
    let mut document = pdf();
    let mut stream = Stream::new(dictionary! { "Type" => "EmbeddedFile" }, content);
    stream.compress().unwrap();
    let content = document.add_object(stream);
    let spec = document.add_object(dictionary! {
        "Type" => "Filespec",
        "F" => Object::string_literal(name),
        "EF" => dictionary! { "F" => content },
    });
    let catalog = document.catalog_mut().unwrap();
    match named_in {
        NamedIn::Associated => catalog.set("AF", vec![spec.into()]),
        NamedIn::Names => {
            let names = vec![Object::string_literal(name), spec.into()];
            catalog.set(
                "Names",
                dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } },
            );
        }
        NamedIn::Nowhere => {}
    }
    saved(document)
}

/// A one-page PDF with nothing inside.
pub(crate) fn pdf() -> Document {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => pages });
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(tree));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document
}

pub(crate) fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A ZIP with one member, as the pivot wraps its attachments.
pub(crate) fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}
