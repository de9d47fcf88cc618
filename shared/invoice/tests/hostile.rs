//! What attacks a reader: each gets a typed error, in bounded time and memory, and nothing panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

mod support;

use std::time::{Duration, Instant};

use invoice::{Limits, ReadError};
use lopdf::{Object, Stream, dictionary};
use proptest::prelude::*;
use support::{NamedIn, fixture, pdf_with};

fn refused(bytes: &[u8]) -> ReadError {
    let begun = Instant::now();
    let error = invoice::read(bytes, &Limits::default()).unwrap_err();
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{error} took {:?}",
        begun.elapsed()
    );
    error
}

const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";

#[test]
fn a_billion_laughs_and_an_external_entity_are_refused_by_their_declaration() {
    let mut laughs = String::from("<!DOCTYPE Invoice [<!ENTITY l0 \"lol\">");
    for level in 1..10 {
        laughs.push_str(&format!(
            "<!ENTITY l{level} \"{}\">",
            format!("&l{};", level - 1).repeat(10)
        ));
    }
    laughs.push_str(&format!(
        "]><Invoice xmlns=\"{UBL}\"><ID>&l9;</ID></Invoice>"
    ));
    assert_eq!(refused(laughs.as_bytes()), ReadError::DtdRefused);
    let external = format!(
        "<!DOCTYPE Invoice [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Invoice xmlns=\"{UBL}\"><ID>&x;</ID></Invoice>"
    );
    assert_eq!(refused(external.as_bytes()), ReadError::DtdRefused);
    let pivot = "<!DOCTYPE p [<!ENTITY x 'y'>]><CPPFacturePivot>&x;</CPPFacturePivot>";
    assert_eq!(refused(pivot.as_bytes()), ReadError::DtdRefused);
    assert_eq!(
        refused(&pdf_with(
            "factur-x.xml",
            laughs.into_bytes(),
            NamedIn::Names
        )),
        ReadError::DtdRefused
    );
}

#[test]
fn ten_thousand_levels_are_too_deep_for_every_reader() {
    for root in [
        format!("Invoice xmlns=\"{UBL}\""),
        "CPPFacturePivot".to_owned(),
    ] {
        let name = root.split(' ').next().unwrap();
        let text = format!(
            "<{root}>{}{}</{name}>",
            "<a>".repeat(10_000),
            "</a>".repeat(10_000)
        );
        assert_eq!(refused(text.as_bytes()), ReadError::TooDeep { limit: 64 });
    }
}

#[test]
fn a_document_over_the_limit_is_too_large() {
    let text = format!(
        "<Invoice xmlns=\"{UBL}\"><ID>{}</ID></Invoice>",
        "9".repeat(17 * 1024 * 1024)
    );
    assert!(matches!(
        refused(text.as_bytes()),
        ReadError::TooLarge { .. }
    ));
    let lines = "<InvoiceLine><ID>1</ID></InvoiceLine>".repeat(31_000);
    let text = format!("<Invoice xmlns=\"{UBL}\">{lines}</Invoice>");
    assert_eq!(
        refused(text.as_bytes()),
        ReadError::TooManyLines { limit: 30_000 }
    );
}

#[test]
fn six_hundred_kilobytes_that_unpack_to_six_hundred_megabytes_are_too_large() {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1024 * 1024];
    for _ in 0..600 {
        std::io::Write::write_all(&mut encoder, &block).unwrap();
    }
    let packed = encoder.finish().unwrap();
    assert!(packed.len() < 700_000, "{}", packed.len());
    let mut document = support::pdf();
    let content = document.add_object(Stream::new(
        dictionary! { "Type" => "EmbeddedFile", "Filter" => "FlateDecode" },
        packed,
    ));
    let spec = document.add_object(dictionary! {
        "Type" => "Filespec", "F" => Object::string_literal("factur-x.xml"), "EF" => dictionary! { "F" => content },
    });
    document.catalog_mut().unwrap().set("AF", vec![spec.into()]);
    let error = refused(&support::saved(document));
    assert_eq!(
        error,
        ReadError::TooLarge {
            what: "a file inside a PDF",
            limit: 8 * 1024 * 1024
        }
    );
}

#[test]
fn a_tree_of_names_that_bites_its_tail_ends() {
    let mut document = support::pdf();
    let node = document.new_object_id();
    let kids: Vec<Object> = vec![node.into(), node.into(), node.into()];
    document
        .objects
        .insert(node, Object::Dictionary(dictionary! { "Kids" => kids }));
    document
        .catalog_mut()
        .unwrap()
        .set("Names", dictionary! { "EmbeddedFiles" => node });
    assert_eq!(refused(&support::saved(document)), ReadError::NoXmlInPdf);
}

#[test]
fn a_pdf_with_a_password_says_so() {
    let mut document = support::pdf();
    let encrypt = document.add_object(dictionary! {
        "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4,
        "O" => Object::string_literal(vec![1_u8; 32]), "U" => Object::string_literal(vec![2_u8; 32]),
    });
    document.trailer.set("Encrypt", encrypt);
    document.trailer.set(
        "ID",
        vec![Object::string_literal("a"), Object::string_literal("a")],
    );
    assert_eq!(refused(&support::saved(document)), ReadError::EncryptedPdf);
}

#[test]
fn a_protected_pdf_is_refused_however_it_says_so_and_whatever_its_password() {
    let plain = pdf_with("factur-x.xml", fixture("cii.xml"), NamedIn::Names);
    let keys = plain.windows(5).rposition(|five| five == b"/Root").unwrap();
    for name in ["/Encrypt", "/#45ncryp#74"] {
        let mut bytes = plain.clone();
        bytes.splice(keys..keys, format!("{name} 9 0 R").into_bytes());
        assert_eq!(refused(&bytes), ReadError::EncryptedPdf, "{name}");
    }
    // What only speaks of encryption is no protected file.
    let mut bytes = plain;
    bytes.extend_from_slice(b"%/EncryptMetadata\n");
    assert!(invoice::read(&bytes, &Limits::default()).is_ok());
}

#[test]
fn a_pdf_made_of_objects_is_refused_before_they_are_built() {
    let structure = ReadError::TooLarge {
        what: "the structure of a PDF",
        limit: 16 * 1024 * 1024,
    };
    let mut document = support::pdf();
    document.add_object(Object::Array(vec![Object::Integer(0); 1_500_000]));
    assert_eq!(refused(&support::saved(document)), structure);
    // Many small ones are too much together.
    let mut document = support::pdf();
    for _ in 0..400 {
        document.add_object(Object::Array(vec![Object::Integer(0); 2000]));
    }
    assert_eq!(refused(&support::saved(document)), structure);
}

#[test]
fn streams_of_objects_are_bounded_together() {
    let mut bytes = b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n".to_vec();
    for number in 0..300 {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let content = format!("{} 0 [{}]", 1000 + number, "0 ".repeat(200_000));
        std::io::Write::write_all(&mut encoder, content.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        bytes.extend_from_slice(
            format!(
                "{} 0 obj <</Type/ObjStm/N 1/First 7/Filter/FlateDecode/Length {}>>stream\n",
                10 + number,
                packed.len()
            )
            .as_bytes(),
        );
        bytes.extend_from_slice(&packed);
        bytes.extend_from_slice(b"\nendstream endobj\n");
    }
    bytes.extend_from_slice(b"trailer <</Root 1 0 R/Size 400>>\nstartxref\n0\n%%EOF");
    assert!(bytes.len() < 1024 * 1024);
    assert!(matches!(refused(&bytes), ReadError::TooLarge { .. }));
}

#[test]
fn a_file_cut_off_anywhere_is_refused_or_read_but_never_a_panic() {
    let pdf = pdf_with("factur-x.xml", fixture("cii.xml"), NamedIn::Names);
    for bytes in [
        fixture("cii.xml"),
        fixture("ubl-invoice.xml"),
        fixture("ubl-chorus.xml"),
        fixture("pivot.xml"),
    ] {
        for end in (0..bytes.len() - 20).step_by(131) {
            refused(&bytes[..end]);
        }
    }
    for end in (0..pdf.len()).step_by(61) {
        let _ = invoice::read(&pdf[..end], &Limits::default());
    }
}

#[test]
fn the_pictures_of_a_pdf_are_dropped_and_the_invoice_is_found() {
    let mut document = lopdf::Document::load_mem(&pdf_with(
        "factur-x.xml",
        fixture("cii.xml"),
        NamedIn::Names,
    ))
    .unwrap();
    for _ in 0..10 {
        let picture = dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1000, "Height" => 1000 };
        document.add_object(Stream::new(picture, vec![0x5A; 1024 * 1024]));
    }
    let bytes = support::saved(document);
    assert!(bytes.len() > 10 * 1024 * 1024);
    let read = invoice::read(&bytes, &Limits::default()).unwrap();
    assert_eq!(read.invoices[0].number.as_deref(), Some("FX-2026-001"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_few_wrong_bytes_never_make_a_reader_panic(
        which in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let names = ["cii.xml", "ubl-invoice.xml", "ubl-chorus.xml", "pivot.xml", "cii.xml"];
        let mut bytes = fixture(names[which]);
        if which == 4 {
            bytes = pdf_with("factur-x.xml", bytes, NamedIn::Names);
        }
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = invoice::read(&bytes, &Limits::default());
        let _ = invoice::sniff(&bytes);
    }

    #[test]
    fn no_bytes_at_all_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = invoice::read(&bytes, &Limits::default());
    }
}
