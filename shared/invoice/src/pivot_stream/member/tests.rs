use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64_stream::Base64Error;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// A ZIP with these files, as the portal makes it (sizes in the header).
fn zip_of(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A ZIP whose sizes and checksum follow the file, as Java's ZipOutputStream writes it.
fn zip_with_descriptor(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file(name, options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

fn unpack_with(
    limits: MemberLimits,
    base64: &[u8],
    piece: usize,
) -> Result<(Vec<u8>, Member), MemberError> {
    let mut decoder = MemberDecoder::new(limits);
    let (mut file, mut step) = (Vec::new(), Vec::new());
    for piece in base64.chunks(piece) {
        decoder.push(piece)?;
        while decoder.pull(&mut step)? {
            assert!(
                step.len() <= 128 * 1024,
                "one step gave {} bytes",
                step.len()
            );
            file.append(&mut step);
        }
    }
    let member = decoder.finish(&mut file)?;
    Ok((file, member))
}

fn unpack(zip: &[u8]) -> Result<(Vec<u8>, Member), MemberError> {
    unpack_with(
        MemberLimits::default(),
        STANDARD.encode(zip).as_bytes(),
        8 * 1024,
    )
}

fn error_of(zip: &[u8]) -> MemberError {
    unpack(zip).unwrap_err()
}

/// A file that neither packs to nothing nor is noise.
fn some_file(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| ((i * i) >> 7) as u8 ^ (i >> 3) as u8)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_split_of_every_packing_gives_the_same_file(length in 0_usize..5000, piece in 1_usize..700) {
        let file = some_file(length);
        let mut zips = vec![
            zip_of(&[("FAC1.pdf", &file)], CompressionMethod::Stored),
            zip_of(&[("FAC1.pdf", &file)], CompressionMethod::Deflated),
        ];
        if length > 0 {
            zips.push(zip_with_descriptor("FAC1.pdf", &file));
        }
        for zip in zips {
            let (got, member) = unpack_with(MemberLimits::default(), STANDARD.encode(&zip).as_bytes(), piece).unwrap();
            prop_assert_eq!(&got, &file);
            prop_assert_eq!(member.name.unwrap().full, "FAC1.pdf");
            prop_assert_eq!((member.container, member.size), (Container::Zip, length as u64));
        }
    }

    #[test]
    fn a_zip_with_one_byte_changed_is_never_taken_for_another_file(
        at in 0_usize..400, byte in any::<u8>(), piece in 1_usize..200
    ) {
        let file = some_file(300);
        let mut zip = zip_of(&[("FAC1.pdf", &file)], CompressionMethod::Deflated);
        let at = at % zip.len();
        zip[at] = byte;
        if let Ok((got, member)) = unpack_with(MemberLimits::default(), STANDARD.encode(&zip).as_bytes(), piece) {
            // Dates and attributes may change; a ZIP whose signature is broken is a bare file, bit for bit.
            match member.container {
                Container::Zip => prop_assert_eq!(got, file),
                Container::Bare => prop_assert_eq!(got, zip),
            }
        }
    }

    #[test]
    fn a_zip_cut_off_anywhere_is_an_error(cut in 5_usize..300, piece in 1_usize..200) {
        let zip = zip_of(&[("FAC1.pdf", &some_file(300))], CompressionMethod::Deflated);
        prop_assume!(cut < zip.len());
        let error = unpack_with(MemberLimits::default(), STANDARD.encode(&zip[..cut]).as_bytes(), piece).unwrap_err();
        prop_assert!(matches!(error, MemberError::CutOff(_)), "{:?}", error);
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..50) {
        bytes.splice(0..0, *b"PK\x03\x04");
        let _ = unpack_with(MemberLimits::default(), STANDARD.encode(&bytes).as_bytes(), piece);
    }
}

#[test]
fn what_is_no_zip_is_passed_on_as_it_is() {
    for bytes in [b"%PDF-1.7 not in a ZIP".as_slice(), b"P", b"PK", b"PK\x03"] {
        let (file, member) = unpack(bytes).unwrap();
        assert_eq!(
            (file.as_slice(), member.container),
            (bytes, Container::Bare)
        );
    }
}

#[test]
fn nothing_is_an_error_of_its_own() {
    assert_eq!(error_of(b""), MemberError::Empty);
    assert_eq!(
        error_of(&zip_of(&[], CompressionMethod::Stored)),
        MemberError::NoMember
    );
}

#[test]
fn a_second_member_is_refused_whatever_its_size() {
    for second in [some_file(10), some_file(900_000)] {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            assert_eq!(
                error_of(&zip_of(&[("a.pdf", b"%PDF"), ("b.pdf", &second)], method)),
                MemberError::SeveralMembers
            );
        }
    }
}

#[test]
fn a_folder_is_no_file() {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .add_directory("dossier", SimpleFileOptions::default())
        .unwrap();
    assert_eq!(
        error_of(&writer.finish().unwrap().into_inner()),
        MemberError::Folder
    );
}

#[test]
fn a_path_in_the_name_is_reported_and_the_file_kept() {
    for (name, base) in [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\factures\\f.pdf", "f.pdf"),
    ] {
        // The writer cleans names, so a name of the same length is written first and replaced at both places.
        let placeholder = "x".repeat(name.len());
        let zip = zip_of(&[(&placeholder, b"%PDF")], CompressionMethod::Stored);
        let (file, member) =
            unpack(&replace(&zip, placeholder.as_bytes(), name.as_bytes())).unwrap();
        let found = member.name.unwrap();
        assert_eq!(
            (file.as_slice(), found.full.as_str(), found.base()),
            (b"%PDF".as_slice(), name, base)
        );
        assert!(found.is_path());
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert!(
        bytes.windows(from.len()).any(|window| window == from),
        "nothing to replace"
    );
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[test]
fn an_encrypted_file_is_refused() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF")], CompressionMethod::Stored);
    zip[6] |= 1;
    assert_eq!(error_of(&zip), MemberError::Encrypted);
}

#[test]
fn an_unknown_compression_is_named() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF")], CompressionMethod::Stored);
    zip[8] = 12;
    assert_eq!(error_of(&zip), MemberError::Method(12));
}

#[test]
fn stored_with_its_size_after_it_is_refused() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF")], CompressionMethod::Stored);
    zip[6] |= 8;
    zip[14..26].fill(0);
    assert_eq!(error_of(&zip), MemberError::StoredWithDescriptor);
}

#[test]
fn a_wrong_checksum_is_found() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF-1.7")], CompressionMethod::Stored);
    zip[14] ^= 1;
    assert!(matches!(error_of(&zip), MemberError::Checksum { .. }));
    let mut zip = zip_with_descriptor("a.pdf", b"%PDF-1.7 ....................");
    let descriptor = zip
        .windows(4)
        .position(|window| window == b"PK\x07\x08")
        .unwrap();
    zip[descriptor + 4] ^= 1;
    assert!(matches!(error_of(&zip), MemberError::Checksum { .. }));
}

#[test]
fn a_directory_that_names_another_file_is_found() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF-1.7")], CompressionMethod::Stored);
    let name = zip
        .windows(5)
        .rposition(|window| window == b"a.pdf")
        .unwrap();
    zip[name] = b'b';
    assert!(matches!(error_of(&zip), MemberError::Directory(_)));
}

#[test]
fn bytes_after_the_zip_are_found() {
    let mut zip = zip_of(&[("a.pdf", b"%PDF-1.7")], CompressionMethod::Stored);
    zip.push(0);
    assert!(matches!(error_of(&zip), MemberError::Directory(_)));
}

#[test]
fn a_file_that_unpacks_a_thousand_times_is_refused_in_bounded_memory() {
    let bomb = zip_of(
        &[("bombe.pdf", &vec![0; 40 * 1024 * 1024])],
        CompressionMethod::Deflated,
    );
    assert!(bomb.len() < 64 * 1024, "the sample is {} bytes", bomb.len());
    assert_eq!(error_of(&bomb), MemberError::Ratio { limit: 100 });
}

#[test]
fn a_blank_page_below_the_floor_is_no_bomb() {
    let blank = vec![0; 10 * 1024 * 1024];
    let (file, _) = unpack(&zip_of(
        &[("page blanche.bmp", &blank)],
        CompressionMethod::Deflated,
    ))
    .unwrap();
    assert_eq!(file.len(), blank.len());
}

#[test]
fn a_file_beyond_the_limit_is_refused_by_its_header_and_by_its_bytes() {
    let limits = MemberLimits {
        size: 1000,
        ..MemberLimits::default()
    };
    for zip in [
        zip_of(&[("a", &some_file(1001))], CompressionMethod::Deflated),
        zip_with_descriptor("a", &some_file(1001)),
    ] {
        let result = unpack_with(limits, STANDARD.encode(&zip).as_bytes(), 100);
        assert_eq!(result.unwrap_err(), MemberError::TooLarge { limit: 1000 });
    }
}

#[test]
fn junk_in_the_base64_is_told_from_a_broken_zip() {
    let zip = zip_of(&[("a.pdf", &some_file(500))], CompressionMethod::Deflated);
    let mut text = STANDARD.encode(&zip).into_bytes();
    text[100] = b'*';
    let error = unpack_with(MemberLimits::default(), &text, 64).unwrap_err();
    assert_eq!(
        error,
        MemberError::Base64(Base64Error::Junk {
            position: 100,
            byte: b'*'
        })
    );
    assert!(error.is_base64());
}

#[test]
fn a_name_that_is_no_utf_8_is_read_as_latin_1() {
    let zip = zip_of(&[("pi_ce.pdf", b"x")], CompressionMethod::Stored);
    let zip = replace(&zip, b"pi_ce.pdf", b"pi\xe8ce.pdf");
    assert_eq!(unpack(&zip).unwrap().1.name.unwrap().full, "pièce.pdf");
}

#[test]
fn sizes_of_zip64_are_read() {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true);
    writer.start_file("a.pdf", options).unwrap();
    writer.write_all(&some_file(2000)).unwrap();
    let (file, _) = unpack(&writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(file, some_file(2000));
}
