//! What reading an invoice costs: time for each format, and peak memory for large and hostile files.
//!
//! ```text
//! cargo run --profile bench -p invoice --example read_time [-- FILE…]
//! ```
//!
//! Without arguments it reads samples that it makes from the fixtures of this crate. With files it times those, the median of
//! each format; files that are no invoices are passed over. Peak memory is measured on Linux, each file in a process of its
//! own, whose memory before the read is shown too.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a program for a person at a terminal, which may stop at any surprise"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use invoice::{Kind, Limits, ReadError};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

const ROUNDS: usize = 200;
const GOAL_XML: Duration = Duration::from_millis(1);
const GOAL_PDF: Duration = Duration::from_millis(3);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, case] if flag == "--memory" => peak_of(case),
        [] => {
            times(&samples());
            memory();
        }
        files => times(
            &files
                .iter()
                .map(|path| (path.clone(), std::fs::read(path).expect(path)))
                .collect::<Vec<_>>(),
        ),
    }
}

/// Each fixture, alone and inside a PDF where a PDF may hold it.
fn samples() -> Vec<(String, Vec<u8>)> {
    let fixture = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        std::fs::read(format!("{folder}/{name}")).expect(name)
    };
    let mut samples: Vec<(String, Vec<u8>)> = [
        "cii.xml",
        "ubl-invoice.xml",
        "ubl-chorus.xml",
        "ubl-credit-note.xml",
        "pivot.xml",
        "facture-mixte.xml",
    ]
    .map(|name| (name.to_owned(), fixture(name)))
    .into();
    let cii = || fixture("cii.xml");
    samples.push(("cii.xml in a PDF".to_owned(), pdf(cii(), None)));
    samples.push(("cii.xml in a scan".to_owned(), pdf(cii(), Some(1_000_000))));
    samples
}

fn times(files: &[(String, Vec<u8>)]) {
    let mut medians: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for (_, bytes) in files {
        let Ok(read) = invoice::read(bytes, &Limits::default()) else {
            continue;
        };
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let begun = Instant::now();
                let _ = black_box(invoice::read(black_box(bytes), &Limits::default()));
                begun.elapsed()
            })
            .collect();
        let format = format!("{:?}", read.kind);
        medians.entry(format).or_default().push(middle(&mut times));
    }
    println!(
        "{:<16} {:>6} {:>12} {:>12}   goal of the median",
        "time to read", "files", "median", "slowest"
    );
    for (format, mut times) in medians {
        let goal = if format == format!("{:?}", Kind::FacturX) {
            GOAL_PDF
        } else {
            GOAL_XML
        };
        let (files, median) = (times.len(), middle(&mut times));
        let slowest = times.last().copied().unwrap_or_default();
        let verdict = if median < goal { "met" } else { "NOT MET" };
        println!(
            "{format:<16} {files:>6} {:>9} µs {:>9} µs   < {} ms, {verdict}",
            median.as_micros(),
            slowest.as_micros(),
            goal.as_millis()
        );
    }
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

const MIB: usize = 1024 * 1024;

/// A large or hostile file, and the most that a process that reads it may take, in MiB.
struct Case {
    name: &'static str,
    make: fn() -> Vec<u8>,
    most: usize,
}

const CASES: [Case; 9] = [
    Case {
        name: "10 MB scan with an invoice",
        make: || {
            pdf(b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID></Invoice>".to_vec(), Some(10_000_000))
        },
        most: 40,
    },
    Case {
        name: "10 MB scan without one",
        make: || saved(with_picture(Document::with_version("1.7"), 10_000_000)),
        most: 40,
    },
    Case {
        name: "10 MB scan, protected",
        make: protected,
        most: 40,
    },
    Case {
        name: "PDF, 10 MB of numbers",
        make: || {
            let numbers = vec![Object::Integer(0); 5_000_000];
            let mut document = Document::with_version("1.7");
            document.add_object(Object::Array(numbers));
            saved(document)
        },
        most: 200,
    },
    Case {
        name: "PDF, 400 bombs of objects",
        make: object_bombs,
        most: 200,
    },
    Case {
        name: "UBL, 10 000 lines",
        make: || {
            ubl(
                "<InvoiceLine><ID>1</ID><InvoicedQuantity unitCode='C62'>1</InvoicedQuantity><LineExtensionAmount currencyID='EUR'>1.00</LineExtensionAmount><Item><Name>a thing that has a name of some length</Name><ClassifiedTaxCategory><ID>S</ID><Percent>20</Percent><TaxScheme><ID>VAT</ID></TaxScheme></ClassifiedTaxCategory></Item><Price><PriceAmount currencyID='EUR'>1.00</PriceAmount></Price></InvoiceLine>",
                10_000,
            )
        },
        most: 200,
    },
    Case {
        name: "UBL, 29 999 short lines",
        make: || ubl("<InvoiceLine><ID>1</ID></InvoiceLine>", 29_999),
        most: 200,
    },
    Case {
        name: "UBL, 8 MB of empty elements",
        make: || ubl("<TaxTotal><TaxSubtotal/></TaxTotal>", 220_000),
        most: 200,
    },
    Case {
        name: "UBL, 8 MB of attachments",
        make: || ubl("<AdditionalDocumentReference/>", 270_000),
        most: 200,
    },
];

fn memory() {
    if !cfg!(target_os = "linux") {
        return;
    }
    println!(
        "\n{:<28} {:>9} {:>9} {:>9}   outcome",
        "memory to read", "file MB", "before", "peak MiB"
    );
    for case in CASES {
        let this = std::env::current_exe().unwrap();
        let output = std::process::Command::new(this)
            .args(["--memory", case.name])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}: {}", case.name, output.status);
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Reads one file from a temporary place, so that making it does not count.
fn peak_of(name: &str) {
    let case = CASES.iter().find(|case| case.name == name).unwrap();
    let path = std::env::temp_dir().join(format!("relais-read-{}", std::process::id()));
    // Made by another process: this one's peak would be that of the making.
    let bytes = if std::env::var_os("RELAIS_MAKE").is_some() {
        std::fs::write(std::env::var_os("RELAIS_MAKE").unwrap(), (case.make)()).unwrap();
        return;
    } else {
        let made = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--memory", name])
            .env("RELAIS_MAKE", &path)
            .status()
            .unwrap();
        assert!(made.success());
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        bytes
    };
    let before = peak_mib();
    let outcome = match invoice::read(&bytes, &Limits::default()) {
        Ok(read) => format!("{:?}", black_box(read).kind),
        Err(error @ ReadError::NoXmlInPdf) => error.code().to_owned(),
        Err(error) => format!("refused: {}", error.code()),
    };
    let peak = peak_mib();
    let verdict = if peak < case.most { "" } else { "  TOO MUCH" };
    println!(
        "{name:<28} {:>9} {before:>9} {peak:>9}   {outcome}{verdict}",
        bytes.len() / 1_000_000
    );
}

/// VmHWM.
fn peak_mib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib.div_ceil(1024)
}

fn ubl(element: &str, times: usize) -> Vec<u8> {
    format!("<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID>{}</Invoice>", element.repeat(times)).into_bytes()
}

/// A PDF with an invoice inside, and one picture of so many bytes.
fn pdf(xml: Vec<u8>, picture: Option<usize>) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let mut file = Stream::new(dictionary! { "Type" => "EmbeddedFile" }, xml);
    file.compress().unwrap();
    let file = document.add_object(file);
    let spec = document.add_object(dictionary! {
        "Type" => "Filespec", "F" => Object::string_literal("factur-x.xml"), "EF" => dictionary! { "F" => file },
    });
    let mut document = match picture {
        Some(bytes) => with_picture(document, bytes),
        None => with_catalog(document),
    };
    document.catalog_mut().unwrap().set("AF", vec![spec.into()]);
    saved(document)
}

fn with_catalog(mut document: Document) -> Document {
    let pages =
        document.add_object(dictionary! { "Type" => "Pages", "Kids" => Vec::new(), "Count" => 0 });
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document
}

fn with_picture(mut document: Document, bytes: usize) -> Document {
    // Noise, as a compressed picture is.
    let mut state = 1_u32;
    let noise = (0..bytes)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let keys: Dictionary =
        dictionary! { "Type" => "XObject", "Subtype" => "Image", "Filter" => "DCTDecode" };
    document.add_object(Stream::new(keys, noise));
    with_catalog(document)
}

fn protected() -> Vec<u8> {
    let mut document = with_picture(Document::with_version("1.7"), 10_000_000);
    let keys = dictionary! {
        "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4,
        "O" => Object::string_literal(vec![1_u8; 32]), "U" => Object::string_literal(vec![2_u8; 32]),
    };
    let keys = document.add_object(keys);
    document.trailer.set("Encrypt", keys);
    saved(document)
}

/// Streams of objects that unpack to a megabyte each, a list of zeros.
fn object_bombs() -> Vec<u8> {
    let mut bytes = saved(with_catalog(Document::with_version("1.7")));
    // Appended after the end, without a table: the parser then looks for objects itself.
    bytes.truncate(bytes.windows(4).position(|four| four == b"xref").unwrap());
    for number in 0..400 {
        let id = 10_000 + number;
        let head = format!("{id} 0 ");
        let content = format!("{head}[{}]", "0 ".repeat(MIB / 2));
        let mut stream = Stream::new(Dictionary::new(), content.into_bytes());
        stream.compress().unwrap();
        let keys = format!(
            "{} 0 obj\n<</Type/ObjStm/N 1/First {}/Filter/FlateDecode/Length {}>>stream\n",
            100 + number,
            head.len(),
            stream.content.len()
        );
        bytes.extend_from_slice(keys.as_bytes());
        bytes.extend_from_slice(&stream.content);
        bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }
    bytes.extend_from_slice(b"trailer\n<</Root 2 0 R/Size 500>>\nstartxref\n0\n%%EOF\n");
    bytes
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}
