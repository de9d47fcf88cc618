//! A pivot answer taken apart, and each attachment unpacked: the chain from XML to files.
#![no_main]

use std::mem::discriminant;

use invoice::Limits;
use invoice::pivot_stream::{Member, MemberDecoder, MemberError, PivotError};
use invoice::readers::pivot;
use relais_fuzz::{MEMBER_LIMITS, Split, split};

fn unpack(characters: &[u8], piece: usize) -> Result<(Vec<u8>, Member), MemberError> {
    let mut decoder = MemberDecoder::new(MEMBER_LIMITS);
    let (mut file, mut step) = (Vec::new(), Vec::new());
    for piece in characters.chunks(piece) {
        decoder.push(piece)?;
        while decoder.pull(&mut step)? {
            assert!(step.len() <= 128 * 1024, "a step of {} bytes", step.len());
            file.append(&mut step);
        }
    }
    let member = decoder.finish(&mut file)?;
    Ok((file, member))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (invoices, outcome) = split(bytes, bytes.len().max(1));
    for piece in [1, 13] {
        let (others, other) = split(bytes, piece);
        // A fault is placed where the piece with it begins, so only its kind is the same.
        let kind = |outcome: Result<(), PivotError>| outcome.map_err(|error| discriminant(&error));
        assert_eq!(kind(other), kind(outcome), "in pieces of {piece}");
        assert_eq!(in_full(&others), in_full(&invoices), "in pieces of {piece}");
    }
    let is_xml = outcome.is_ok()
        && std::str::from_utf8(bytes).is_ok_and(|text| roxmltree::Document::parse(text).is_ok());
    for invoice in in_full(&invoices) {
        attachments(invoice);
        again(invoice);
        if is_xml {
            let text = std::str::from_utf8(&invoice.pivot).expect("a part of UTF-8 is UTF-8");
            roxmltree::Document::parse(text).expect("a part of a pivot is a pivot");
        }
    }
});

/// What was announced as whole; of a broken answer the rest may end anywhere.
fn in_full(invoices: &[Split]) -> Vec<&Split> {
    invoices.iter().filter(|invoice| invoice.whole).collect()
}

fn attachments(invoice: &Split) {
    for characters in &invoice.contents {
        let whole = unpack(characters, characters.len().max(1));
        let pieces = unpack(characters, 7);
        match (&whole, &pieces) {
            // Which of several faults is met first depends on how much is there to see.
            (Err(_), Err(_)) => {}
            _ => assert_eq!(whole, pieces),
        }
    }
}

/// An invoice's own document is a pivot: what repairs a broken attachment reads it a second time.
fn again(invoice: &Split) {
    let (invoices, outcome) = split(&invoice.pivot, 4096);
    assert_eq!(outcome, Ok(()), "the invoice's own pivot");
    let [second] = invoices.as_slice() else {
        panic!("{} invoices in one's own pivot", invoices.len());
    };
    assert_eq!(second, invoice);
    if let Some(skeleton) = &invoice.skeleton {
        let _ = pivot::read(skeleton, &Limits::default());
    }
}
