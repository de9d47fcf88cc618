//! The ZIP of an attachment, unpacked while it arrives, held against the zip crate, which needs it whole.
#![no_main]

use std::io::{Cursor, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use invoice::pivot_stream::{Container, Member, MemberDecoder, MemberError};
use relais_fuzz::MEMBER_LIMITS;

fn unpack(zip: &[u8], piece: usize) -> Result<(Vec<u8>, Member), MemberError> {
    let mut decoder = MemberDecoder::new(MEMBER_LIMITS);
    let (mut file, mut step) = (Vec::new(), Vec::new());
    for piece in STANDARD.encode(zip).as_bytes().chunks(piece) {
        decoder.push(piece)?;
        while decoder.pull(&mut step)? {
            assert!(step.len() <= 128 * 1024, "a step of {} bytes", step.len());
            file.append(&mut step);
        }
    }
    let member = decoder.finish(&mut file)?;
    Ok((file, member))
}

libfuzzer_sys::fuzz_target!(|zip: &[u8]| {
    let whole = unpack(zip, usize::MAX);
    let pieces = unpack(zip, 9);
    assert_eq!(whole.is_ok(), pieces.is_ok(), "{whole:?} or {pieces:?}");
    let Ok((file, member)) = whole else {
        return;
    };
    assert_eq!(pieces, Ok((file.clone(), member.clone())));
    assert_eq!(member.size, file.len() as u64);
    if member.container == Container::Bare {
        assert_eq!(file, zip);
        return;
    }
    // Where it cannot find the file, by offsets that a stream has no use for, there is nothing to compare.
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(zip)) else {
        return;
    };
    assert_eq!(archive.len(), 1, "one file");
    let mut theirs = Vec::new();
    let read = archive
        .by_index(0)
        .is_ok_and(|mut entry| entry.read_to_end(&mut theirs).is_ok());
    if !read {
        return;
    }
    assert_eq!(file, theirs);
});
