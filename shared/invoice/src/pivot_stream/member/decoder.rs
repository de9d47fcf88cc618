//! The machine that unpacks one attachment while it arrives.

use base64_stream::Decoder;
use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::error::MemberError;
use super::records::{self, Counted, LocalHeader, MemberName, Method, Opening};

/// At most so many bytes are unpacked at a time, so that a small piece of input never becomes a large piece of memory.
const STEP: usize = 64 * 1024;

/// What an attachment may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberLimits {
    /// Unpacked bytes.
    pub size: u64,
    /// Unpacked bytes per packed byte, looked at once `ratio_floor` bytes are unpacked.
    pub ratio: u64,
    /// Unpacked bytes below which any ratio will do: a blank scan packs a thousand times.
    pub ratio_floor: u64,
}

impl Default for MemberLimits {
    /// 256 MiB, and 100 times beyond 16 MiB. The portal takes attachments of at most 10 MB, and deflate cannot pass 1032 times.
    fn default() -> Self {
        Self {
            size: 256 * 1024 * 1024,
            ratio: 100,
            ratio_floor: 16 * 1024 * 1024,
        }
    }
}

/// What held the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// A ZIP of one file, as the portal makes them.
    Zip,
    /// Nothing: the content is no ZIP, its bytes are the file. Not what the portal does; worth a remark to the reader.
    Bare,
}

/// What is known of a file once all of it has gone by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What held it.
    pub container: Container,
    /// Its name in the ZIP.
    pub name: Option<MemberName>,
    /// Its bytes.
    pub size: u64,
}

/// Unpacks one `Contenu`: base64 characters in, the bytes of its one file out.
///
/// For each piece of characters: [`push`](Self::push) it, then [`pull`](Self::pull) until nothing comes; [`finish`](Self::finish) ends it.
/// What `pull` gives is provisional until `finish` has said that checksum, sizes and directory agree.
///
/// ```
/// use invoice::pivot_stream::{Container, MemberDecoder};
///
/// let mut decoder = MemberDecoder::default();
/// let mut file = Vec::new();
/// decoder.push(b"JVBERi0x")?; // no ZIP, but the beginning of a PDF
/// while decoder.pull(&mut file)? {}
/// let member = decoder.finish(&mut file)?;
/// assert_eq!((file.as_slice(), member.container), (b"%PDF-1".as_slice(), Container::Bare));
/// # Ok::<(), invoice::pivot_stream::MemberError>(())
/// ```
#[derive(Debug)]
pub struct MemberDecoder {
    limits: MemberLimits,
    base64: Decoder,
    /// Decoded bytes; those before `used` are done with.
    raw: Vec<u8>,
    used: usize,
    state: State,
    header: Option<LocalHeader>,
    crc: Crc,
    /// Packed bytes of the file that were used.
    packed: u64,
    /// Bytes of the file that were given.
    size: u64,
}

#[derive(Debug)]
enum State {
    /// Nothing is decided yet.
    Opening,
    /// In the local header.
    Header,
    Stored,
    Deflate(Box<Decompress>),
    /// After the file's data.
    Tail,
    /// No ZIP: the bytes are the file.
    Bare,
}

impl Default for MemberDecoder {
    fn default() -> Self {
        Self::new(MemberLimits::default())
    }
}

impl MemberDecoder {
    /// A decoder at the start of a content.
    #[must_use]
    pub fn new(limits: MemberLimits) -> Self {
        Self {
            limits,
            base64: Decoder::new(),
            raw: Vec::new(),
            used: 0,
            state: State::Opening,
            header: None,
            crc: Crc::new(),
            packed: 0,
            size: 0,
        }
    }

    /// The name of the file, known as soon as its header was read: before its first byte is given.
    #[must_use]
    pub fn name(&self) -> Option<&MemberName> {
        self.header.as_ref().map(|header| &header.name)
    }

    /// Takes the next characters. They are held until they are pulled, so a piece should be small (64 KiB, say).
    ///
    /// # Errors
    /// The characters are no base64.
    pub fn push(&mut self, base64: &[u8]) -> Result<(), MemberError> {
        if self.used > 0 {
            self.raw.drain(..self.used);
            self.used = 0;
        }
        Ok(self.base64.push(base64, &mut self.raw)?)
    }

    /// Appends the next bytes of the file to `out`, about 64 KiB at most. False: no more without more characters.
    ///
    /// # Errors
    /// The ZIP is broken or refused. The bytes given so far are not to be used as the file.
    pub fn pull(&mut self, out: &mut Vec<u8>) -> Result<bool, MemberError> {
        loop {
            let given = match &mut self.state {
                State::Opening => self.open()?,
                State::Header => self.read_header()?,
                State::Stored => return self.copy_stored(out),
                State::Deflate(_) => return self.inflate(out),
                State::Tail => return self.tail(),
                State::Bare => return self.copy_bare(out),
            };
            if !given {
                return Ok(false);
            }
        }
    }

    /// Gives up the ZIP but not the base64: reads the rest of the characters, to know whether they are base64 to their end.
    #[must_use]
    pub fn into_base64(self) -> Decoder {
        self.base64
    }

    /// Ends the content; the last bytes of the file, if any are left, are appended to `out`.
    ///
    /// # Errors
    /// The content is cut off, or what follows the file in its ZIP does not agree with it.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Member, MemberError> {
        std::mem::take(&mut self.base64).finish(&mut self.raw)?;
        while self.pull(out)? {}
        if matches!(self.state, State::Opening) {
            if self.rest().is_empty() {
                return Err(MemberError::Empty);
            }
            // Too short to be a ZIP, whatever it begins with.
            self.state = State::Bare;
            while self.pull(out)? {}
        }
        match (&self.state, &self.header) {
            (State::Bare, _) => Ok(Member {
                container: Container::Bare,
                name: None,
                size: self.size,
            }),
            (State::Tail, Some(header)) => {
                records::check_tail(self.rest(), header, self.counted())?;
                Ok(Member {
                    container: Container::Zip,
                    name: Some(header.name.clone()),
                    size: self.size,
                })
            }
            (State::Header, _) => Err(MemberError::CutOff("in the header of its file")),
            _ => Err(MemberError::CutOff("in its file")),
        }
    }

    fn rest(&self) -> &[u8] {
        self.raw.get(self.used..).unwrap_or_default()
    }

    fn counted(&self) -> Counted {
        Counted {
            crc: self.crc.sum(),
            compressed: self.packed,
            size: self.size,
        }
    }

    fn open(&mut self) -> Result<bool, MemberError> {
        self.state = match records::opening(self.rest()) {
            Opening::Unknown => return Ok(false),
            Opening::EmptyZip => return Err(MemberError::NoMember),
            Opening::Zip => State::Header,
            Opening::NoZip => State::Bare,
        };
        Ok(true)
    }

    fn read_header(&mut self) -> Result<bool, MemberError> {
        let Some(length) = records::local_header_length(self.rest()) else {
            return Ok(false);
        };
        let Some(bytes) = self.rest().get(..length) else {
            return Ok(false);
        };
        let header = LocalHeader::read(bytes)?;
        if header.size.is_some_and(|size| size > self.limits.size) {
            return Err(MemberError::TooLarge {
                limit: self.limits.size,
            });
        }
        self.used += length;
        self.state = match header.method {
            Method::Stored => State::Stored,
            Method::Deflate => State::Deflate(Box::new(Decompress::new(false))),
        };
        self.header = Some(header);
        Ok(true)
    }

    /// Packed bytes of the file still to come, where the header says how many there are.
    fn packed_left(&self) -> Option<u64> {
        let compressed = self.header.as_ref()?.compressed?;
        Some(compressed.saturating_sub(self.packed))
    }

    /// How many of the decoded bytes at hand belong to the file.
    fn packed_here(&self) -> usize {
        let here = self.rest().len();
        self.packed_left()
            .and_then(|left| usize::try_from(left).ok())
            .map_or(here, |left| left.min(here))
    }

    fn copy_stored(&mut self, out: &mut Vec<u8>) -> Result<bool, MemberError> {
        let length = self.packed_here().min(STEP);
        self.copy(length, out)?;
        self.packed += length as u64;
        if self.packed_left() == Some(0) {
            self.end_of_data()?;
        }
        Ok(length > 0)
    }

    fn copy_bare(&mut self, out: &mut Vec<u8>) -> Result<bool, MemberError> {
        let length = self.rest().len().min(STEP);
        self.copy(length, out)?;
        Ok(length > 0)
    }

    fn copy(&mut self, length: usize, out: &mut Vec<u8>) -> Result<(), MemberError> {
        let bytes = self
            .raw
            .get(self.used..self.used + length)
            .unwrap_or_default();
        out.extend_from_slice(bytes);
        self.crc.update(bytes);
        self.used += length;
        self.size += length as u64;
        self.check_limits()
    }

    fn inflate(&mut self, out: &mut Vec<u8>) -> Result<bool, MemberError> {
        let here = self.packed_here();
        let last = self.packed_left() == Some(here as u64);
        let State::Deflate(inflater) = &mut self.state else {
            return Ok(false);
        };
        let before = (out.len(), inflater.total_in());
        out.reserve(STEP);
        let input = self
            .raw
            .get(self.used..self.used + here)
            .unwrap_or_default();
        let status = inflater
            .decompress_vec(input, out, FlushDecompress::None)
            .map_err(|_| MemberError::Deflate)?;
        let consumed = inflater.total_in() - before.1;
        let fresh = out.get(before.0..).unwrap_or_default();
        self.crc.update(fresh);
        self.size += fresh.len() as u64;
        let moved = consumed > 0 || !fresh.is_empty();
        self.packed += consumed;
        self.used += usize::try_from(consumed).unwrap_or(here);
        self.check_limits()?;
        if status == Status::StreamEnd {
            self.end_of_data()?;
            return Ok(true);
        }
        // All packed bytes were there, and the stream wants more.
        if last && !moved {
            Err(MemberError::Deflate)
        } else {
            Ok(moved)
        }
    }

    fn check_limits(&self) -> Result<(), MemberError> {
        let MemberLimits {
            size,
            ratio,
            ratio_floor,
        } = self.limits;
        if self.size > size {
            return Err(MemberError::TooLarge { limit: size });
        }
        let deflated = matches!(self.state, State::Deflate(_));
        if deflated && self.size > ratio_floor && self.size / ratio > self.packed {
            return Err(MemberError::Ratio { limit: ratio });
        }
        Ok(())
    }

    /// The data ended: what the header said of them must be so.
    fn end_of_data(&mut self) -> Result<(), MemberError> {
        self.state = State::Tail;
        let counted = self.counted();
        let Some(header) = &self.header else {
            return Ok(());
        };
        for (written, found) in [
            (header.compressed, counted.compressed),
            (header.size, counted.size),
        ] {
            if let Some(written) = written.filter(|&written| written != found) {
                return Err(MemberError::Size { written, found });
            }
        }
        if !header.descriptor && header.crc != counted.crc {
            return Err(MemberError::Checksum {
                written: header.crc,
                found: counted.crc,
            });
        }
        Ok(())
    }

    /// What follows the data is small for a single entry; it is looked at when it is whole.
    fn tail(&self) -> Result<bool, MemberError> {
        if self.rest().len() <= records::TAIL_LIMIT {
            return Ok(false);
        }
        let several = records::has_another_member(self.rest());
        Err(if several {
            MemberError::SeveralMembers
        } else {
            MemberError::Directory("bytes follow the end of the ZIP")
        })
    }
}
