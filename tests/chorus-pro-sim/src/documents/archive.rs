//! ZIP archives: one member an attachment in the pivot, several in a PDF answer.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Content, Defect, Document, Filler};
use crate::state::Invoice;

/// Writes the ZIP that the pivot carries for `document`, as Chorus Pro does (sizes in the local header), or as its defect says.
pub(crate) fn write_zip(
    document: &Document,
    invoice: &Invoice,
    out: &mut dyn Write,
) -> io::Result<()> {
    match document.defect {
        Some(Defect::NotZipped) => return document.write_to(invoice, out),
        Some(Defect::BrokenZip) => {
            let whole = small_zip(&[(
                document.nom_dans_archive(),
                document.bytes(invoice)?.to_vec(),
            )])?;
            return out.write_all(whole.get(..whole.len() / 2).unwrap_or_default());
        }
        Some(Defect::BadChecksum) => return out.write_all(&altered(document, invoice)?),
        Some(Defect::TwoMembers) => {
            let second = (
                "intrus.txt".to_owned(),
                b"Un second fichier, de trop.\n".to_vec(),
            );
            return out.write_all(&small_zip(&[
                (
                    document.nom_dans_archive(),
                    document.bytes(invoice)?.to_vec(),
                ),
                second,
            ])?);
        }
        Some(Defect::EmptyZip) => return out.write_all(&small_zip(&[])?),
        _ => {}
    }
    match &document.content {
        Content::Filler(filler) => write_stored(&document.nom_dans_archive(), filler, out),
        _ => out.write_all(&small_zip(&[(
            document.nom_dans_archive(),
            document.bytes(invoice)?.to_vec(),
        )])?),
    }
}

/// Writes the ZIP of a PDF answer: every document, in one folder an invoice when there are several.
pub(crate) fn write_folder_zip(
    parts: &[(String, &Document, &Invoice)],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    for (name, document, invoice) in parts {
        zip.start_file(
            name,
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated),
        )?;
        document.write_to(invoice, &mut zip)?;
    }
    zip.finish()?;
    Ok(())
}

fn small_zip(members: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(
            name,
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated),
        )?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A stored member with one byte of its data changed: it opens, and its checksum says no.
fn altered(document: &Document, invoice: &Invoice) -> io::Result<Vec<u8>> {
    let bytes = document.bytes(invoice)?;
    let name = document.nom_dans_archive();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(
        &name,
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
    )?;
    zip.write_all(&bytes)?;
    let mut whole = zip.finish()?.into_inner();
    if let Some(byte) = whole.get_mut(30 + name.len() + bytes.len() / 2) {
        *byte ^= 0xFF;
    }
    Ok(whole)
}

/// A stored member whose size and checksum stand in front of it: the library can only write them behind what it streams, and
/// a stored member with its size behind it cannot be read as a stream.
fn write_stored(name: &str, filler: &Filler, out: &mut dyn Write) -> io::Result<()> {
    const UTF8_NAME: u16 = 1 << 11;
    let too_large = |_| io::Error::other("a document of 4 GB or more does not fit in a plain ZIP");
    let size = u32::try_from(filler.size()).map_err(too_large)?;
    let name_length = u16::try_from(name.len())
        .map_err(|_| io::Error::other("a ZIP name has at most 65 535 bytes"))?;
    let mut common = Vec::with_capacity(26);
    for half in [20, UTF8_NAME, 0, 0, 0x5A21] {
        common.extend_from_slice(&u16::to_le_bytes(half));
    }
    for word in [filler.crc()?, size, size] {
        common.extend_from_slice(&word.to_le_bytes());
    }
    common.extend_from_slice(&name_length.to_le_bytes());
    common.extend_from_slice(&[0, 0]);

    out.write_all(b"PK\x03\x04")?;
    out.write_all(&common)?;
    out.write_all(name.as_bytes())?;
    filler.write_to(out)?;

    let directory_start = u64::from(size) + 30 + u64::from(name_length);
    let directory_start = u32::try_from(directory_start).map_err(too_large)?;
    let directory_size = 46 + u32::from(name_length);
    out.write_all(b"PK\x01\x02\x14\x00")?;
    out.write_all(&common)?;
    // Comment length, disk, internal and external attributes, and the offset of the only member: all nought.
    out.write_all(&[0; 14])?;
    out.write_all(name.as_bytes())?;
    out.write_all(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00")?;
    out.write_all(&directory_size.to_le_bytes())?;
    out.write_all(&directory_start.to_le_bytes())?;
    out.write_all(&[0, 0])
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_stored_member_written_as_a_stream_opens_with_the_library() {
        let filler = Filler::new(100_000, 3, true);
        let mut whole = Vec::new();
        write_stored("gros dossier é.pdf", &filler, &mut whole).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(&whole)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut member = archive.by_index(0).unwrap();
        assert_eq!(member.name().unwrap(), "gros dossier é.pdf");
        let mut read = Vec::new();
        member.read_to_end(&mut read).unwrap();
        let mut expected = Vec::new();
        filler.write_to(&mut expected).unwrap();
        assert_eq!(read, expected);
        // And forward only, from the local header.
        let mut forward = &whole[..];
        let mut member = zip::read::read_zipfile_from_stream(&mut forward)
            .unwrap()
            .unwrap();
        let mut read = Vec::new();
        member.read_to_end(&mut read).unwrap();
        assert_eq!(read, expected);
    }
}
