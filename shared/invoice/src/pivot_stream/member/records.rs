//! The records of a ZIP with one entry, as APPNOTE.TXT 6.3 lays them out (§4.3).

use super::error::MemberError;

const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
const CENTRAL_HEADER: [u8; 4] = *b"PK\x01\x02";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
/// Length of a local header before its name.
pub(super) const LOCAL_HEADER_LENGTH: usize = 30;
const CENTRAL_HEADER_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
const LOCATOR_LENGTH: usize = 20;
/// All that can follow the data of a single entry: a descriptor, its directory entry with three texts, the two end records, a comment.
pub(super) const TAIL_LIMIT: usize = 5 * 65_536;

/// The name of a ZIP's entry. It is reported, never used as a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberName {
    /// As written in the ZIP (UTF-8, or Latin-1 where it is not).
    pub full: String,
}

impl MemberName {
    fn read(bytes: &[u8]) -> Self {
        let full = match std::str::from_utf8(bytes) {
            Ok(name) => name.to_owned(),
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        };
        Self { full }
    }

    /// The last component.
    #[must_use]
    pub fn base(&self) -> &str {
        self.full.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// Whether it names a place and not only a file: a folder, a parent, an absolute path, a drive.
    #[must_use]
    pub fn is_path(&self) -> bool {
        let drive = self.full.as_bytes().get(1) == Some(&b':');
        drive || self.full.contains(['/', '\\']) || self.full == ".."
    }
}

/// How the entry's data are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
}

/// The local header of the entry.
#[derive(Debug, Clone)]
pub(super) struct LocalHeader {
    pub(super) method: Method,
    /// The sizes and the checksum follow the data.
    pub(super) descriptor: bool,
    pub(super) crc: u32,
    /// None: written after the data.
    pub(super) compressed: Option<u64>,
    pub(super) size: Option<u64>,
    pub(super) name: MemberName,
    raw_name: Vec<u8>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at.checked_add(2)?)?
        .try_into()
        .ok()
        .map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..at.checked_add(8)?)?
        .try_into()
        .ok()
        .map(u64::from_le_bytes)
}

/// What the first bytes of a content are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Too few bytes to tell.
    Unknown,
    Zip,
    EmptyZip,
    NoZip,
}

pub(super) fn opening(bytes: &[u8]) -> Opening {
    match bytes.get(..4) {
        None if LOCAL_HEADER.starts_with(bytes) || END.starts_with(bytes) => Opening::Unknown,
        Some(first) if first == LOCAL_HEADER => Opening::Zip,
        Some(first) if first == END => Opening::EmptyZip,
        _ => Opening::NoZip,
    }
}

/// The length of the local header with its name and extra field, once its fixed part is there.
pub(super) fn local_header_length(bytes: &[u8]) -> Option<usize> {
    let name = usize::from(u16_at(bytes, 26)?);
    let extra = usize::from(u16_at(bytes, 28)?);
    Some(LOCAL_HEADER_LENGTH + name + extra)
}

impl LocalHeader {
    /// Reads a whole local header, name and extra field included.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, MemberError> {
        let cut_off = || MemberError::CutOff("in the header of its file");
        let flags = u16_at(bytes, 6).ok_or_else(cut_off)?;
        let method = u16_at(bytes, 8).ok_or_else(cut_off)?;
        let crc = u32_at(bytes, 14).ok_or_else(cut_off)?;
        let compressed = u32_at(bytes, 18).ok_or_else(cut_off)?;
        let size = u32_at(bytes, 22).ok_or_else(cut_off)?;
        let name_end = LOCAL_HEADER_LENGTH + usize::from(u16_at(bytes, 26).ok_or_else(cut_off)?);
        let raw_name = bytes
            .get(LOCAL_HEADER_LENGTH..name_end)
            .ok_or_else(cut_off)?;
        let (size, compressed) =
            sizes_64(size, compressed, bytes.get(name_end..).unwrap_or_default());
        // Bit 0: encrypted. Bit 6: strong encryption. Bit 13: the header itself is masked.
        if flags & 0x2041 != 0 {
            return Err(MemberError::Encrypted);
        }
        let method = match method {
            0 => Method::Stored,
            8 => Method::Deflate,
            other => return Err(MemberError::Method(other)),
        };
        let name = MemberName::read(raw_name);
        if name.full.ends_with(['/', '\\']) {
            return Err(MemberError::Folder);
        }
        let descriptor = flags & 0x0008 != 0;
        let known = |size: u64| (!descriptor || size != 0).then_some(size);
        let (compressed, size) = (known(compressed), known(size));
        if method == Method::Stored && compressed.is_none() {
            return Err(MemberError::StoredWithDescriptor);
        }
        Ok(Self {
            method,
            descriptor,
            crc,
            compressed,
            size,
            name,
            raw_name: raw_name.to_vec(),
        })
    }
}

/// Size and compressed size, from the Zip64 extra field where the 32-bit ones are all ones (§4.5.3).
fn sizes_64(size: u32, compressed: u32, extra: &[u8]) -> (u64, u64) {
    let mut values = extra_field(extra, 1).unwrap_or_default();
    let mut wide = |narrow: u32| {
        if narrow != u32::MAX {
            return u64::from(narrow);
        }
        let value = u64_at(values, 0).unwrap_or_else(|| u64::from(narrow));
        values = values.get(8..).unwrap_or_default();
        value
    };
    let size = wide(size);
    (size, wide(compressed))
}

fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (id, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let (data, rest) = extra.get(4..)?.split_at_checked(length)?;
        if id == wanted {
            return Some(data);
        }
        extra = rest;
    }
}

/// What was counted while the data went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
}

/// Checks everything that follows the entry's data: the descriptor, that the directory has this one entry and agrees with it, and
/// that the ZIP ends there.
pub(super) fn check_tail(
    tail: &[u8],
    header: &LocalHeader,
    counted: Counted,
) -> Result<(), MemberError> {
    let after = if header.descriptor {
        after_descriptor(tail, counted)?
    } else {
        tail
    };
    match after.get(..4) {
        Some(signature) if signature == CENTRAL_HEADER => {}
        Some(signature) if signature == LOCAL_HEADER => return Err(MemberError::SeveralMembers),
        Some(_) => return Err(MemberError::Directory("it does not follow the file")),
        None => return Err(MemberError::CutOff("before its directory")),
    }
    let after = after_directory_entry(after, header, counted)?;
    match after.get(..4) {
        Some(signature) if signature == CENTRAL_HEADER => Err(MemberError::SeveralMembers),
        _ => check_end(after),
    }
}

/// A descriptor with or without its signature, with sizes of 32 or 64 bits (§4.3.9): the one that agrees with the data.
fn after_descriptor(tail: &[u8], counted: Counted) -> Result<&[u8], MemberError> {
    let plain = tail.strip_prefix(&DESCRIPTOR).unwrap_or(tail);
    // The signature may also be the checksum itself.
    for fields in [plain, tail] {
        if u32_at(fields, 0) != Some(counted.crc) {
            continue;
        }
        let narrow = (
            u32_at(fields, 4).map(u64::from),
            u32_at(fields, 8).map(u64::from),
        );
        let wide = (u64_at(fields, 4), u64_at(fields, 12));
        for ((compressed, size), length) in [(narrow, 12), (wide, 20)] {
            let after = fields.get(length..).unwrap_or_default();
            let agrees = compressed == Some(counted.compressed) && size == Some(counted.size);
            if agrees && after.starts_with(b"PK") {
                return Ok(after);
            }
        }
    }
    let written = u32_at(plain, 0).ok_or(MemberError::CutOff("in the record after its file"))?;
    if written != counted.crc {
        return Err(MemberError::Checksum {
            written,
            found: counted.crc,
        });
    }
    let written = u32_at(plain, 8)
        .map(u64::from)
        .ok_or(MemberError::CutOff("in the record after its file"))?;
    Err(MemberError::Size {
        written,
        found: counted.size,
    })
}

fn after_directory_entry<'a>(
    entry: &'a [u8],
    header: &LocalHeader,
    counted: Counted,
) -> Result<&'a [u8], MemberError> {
    let cut_off = || MemberError::CutOff("in its directory");
    let crc = u32_at(entry, 16).ok_or_else(cut_off)?;
    let compressed = u32_at(entry, 20).ok_or_else(cut_off)?;
    let size = u32_at(entry, 24).ok_or_else(cut_off)?;
    let length = |at: usize| u16_at(entry, at).map(usize::from).ok_or_else(cut_off);
    let name_end = CENTRAL_HEADER_LENGTH + length(28)?;
    let extra_end = name_end + length(30)?;
    let end = extra_end + length(32)?;
    let name = entry
        .get(CENTRAL_HEADER_LENGTH..name_end)
        .ok_or_else(cut_off)?;
    let extra = entry.get(name_end..extra_end).ok_or_else(cut_off)?;
    let (size, compressed) = sizes_64(size, compressed, extra);
    if name != header.raw_name {
        return Err(MemberError::Directory(
            "it names another file than the file's own header",
        ));
    }
    if (crc, compressed, size) != (counted.crc, counted.compressed, counted.size) {
        return Err(MemberError::Directory(
            "its checksum or sizes are not those of the file",
        ));
    }
    entry.get(end..).ok_or_else(cut_off)
}

/// The end records: one entry, and nothing after them but the comment.
fn check_end(mut records: &[u8]) -> Result<(), MemberError> {
    let cut_off = || MemberError::CutOff("in its directory");
    if records.starts_with(&END_64) {
        let length = u64_at(records, 4)
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(cut_off)?;
        records = length
            .checked_add(12)
            .and_then(|length| records.get(length..))
            .ok_or_else(cut_off)?;
    }
    if records.starts_with(&LOCATOR_64) {
        records = records.get(LOCATOR_LENGTH..).ok_or_else(cut_off)?;
    }
    if !records.is_empty() && !END.starts_with(records.get(..4).unwrap_or(records)) {
        return Err(MemberError::Directory("it does not end as a ZIP does"));
    }
    let entries = u16_at(records, 10).ok_or_else(cut_off)?;
    let comment = u16_at(records, 20).map(usize::from).ok_or_else(cut_off)?;
    match records.len().checked_sub(END_LENGTH + comment) {
        _ if entries > 1 && entries != u16::MAX => Err(MemberError::SeveralMembers),
        _ if entries == 0 => Err(MemberError::Directory("it counts no file")),
        Some(0) => Ok(()),
        Some(_) => Err(MemberError::Directory("bytes follow the end of the ZIP")),
        None => Err(cut_off()),
    }
}

/// Whether bytes after the data that are too many for one entry hold another one.
pub(super) fn has_another_member(tail: &[u8]) -> bool {
    memchr::memmem::find(tail, &LOCAL_HEADER).is_some()
}
