//! Base64 decoded as it arrives, in pieces of any size.
//!
//! Chorus Pro wraps a download in base64 twice: the file inside the JSON answer, and each attachment inside the pivot. Both are
//! too large to hold, so both are decoded by this state machine, which keeps three characters at most between two calls.
//!
//! It is as lenient as the senders are various (line breaks as MIME wants them, missing padding) and as strict as bit-for-bit
//! delivery demands: a character that is not of the alphabet, or anything after the padding, is an error with its position.
//!
//! It knows nothing of JSON, XML or ZIP.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig, Simd};

/// Whole quads without padding. The bits that the last character has too many are ignored, as most decoders do.
static QUADS: LazyLock<Simd> = LazyLock::new(|| {
    Simd::standard(
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    )
});

/// What is wrong with a base64 text. None of these gets better by trying again: the text itself is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// A character that the base64 alphabet does not have.
    #[error("character {position} is byte 0x{byte:02x}, which is not base64")]
    Junk {
        /// Its place in the text, counted from 0, white space included.
        position: u64,
        /// The byte.
        byte: u8,
    },
    /// Data after the padding, or padding where none can be.
    #[error("the padding at character {position} is out of place")]
    Padding {
        /// The place of the first offending character, counted from 0, white space included.
        position: u64,
    },
    /// The text ends one character into a group of four: at least one is missing.
    #[error("the base64 text stops in the middle of a byte, after {length} characters")]
    CutOff {
        /// Characters read, white space included.
        length: u64,
    },
}

/// A base64 text on its way to bytes.
///
/// White space (space, tab, CR, LF) is skipped wherever it stands; the alphabet is the standard one of RFC 4648 §4.
///
/// ```
/// let mut decoder = base64_stream::Decoder::new();
/// let mut out = Vec::new();
/// decoder.push(b"SGVsb", &mut out)?;
/// decoder.push(b"G8=\r\n", &mut out)?;
/// decoder.finish(&mut out)?;
/// assert_eq!(out, b"Hello");
/// # Ok::<(), base64_stream::Base64Error>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Decoder {
    /// The characters of a group of four that is not whole yet; the first `carried` of them count.
    carry: [u8; 4],
    carried: usize,
    /// Padding characters seen.
    padding: u8,
    /// Characters read, white space included.
    read: u64,
}

impl Decoder {
    /// A decoder at the start of a text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the next piece of the text and appends its bytes to `out`.
    ///
    /// # Errors
    /// A character that cannot be there. What was appended before it is right; the decoder must not be used any further.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), Base64Error> {
        let mut rest = text;
        while !rest.is_empty() {
            let line_end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(line_end);
            self.push_line(line, out)?;
            let (line_break, after) = after.split_at(after.len().min(1));
            self.read += line_break.len() as u64;
            rest = after;
        }
        Ok(())
    }

    /// Ends the text: the bytes of a last group without its padding are appended to `out`.
    ///
    /// # Errors
    /// The text is cut off, or has padding where none can be.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Base64Error> {
        match (self.carried, self.padding) {
            (0, 0) => Ok(()),
            (2 | 3, _) => self.end_group(out),
            (1, _) => Err(Base64Error::CutOff { length: self.read }),
            _ => Err(Base64Error::Padding {
                position: self.read,
            }),
        }
    }

    fn push_line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Base64Error> {
        let mut rest = line;
        while self.carried > 0 || self.padding > 0 {
            let Some((&byte, after)) = rest.split_first() else {
                return Ok(());
            };
            self.push_byte(byte, out)?;
            rest = after;
        }
        let (quads, after) = rest.split_at(rest.len() & !3);
        self.push_quads(quads, out)?;
        for &byte in after {
            self.push_byte(byte, out)?;
        }
        Ok(())
    }

    /// The hot path: everything but the ends of a line goes through here.
    fn push_quads(&mut self, quads: &[u8], out: &mut Vec<u8>) -> Result<(), Base64Error> {
        let before = out.len();
        out.resize(before + quads.len() / 4 * 3, 0);
        let fresh = out.get_mut(before..).unwrap_or_default();
        if let Ok(written) = QUADS.decode_slice(quads, fresh) {
            out.truncate(before + written);
            self.read += quads.len() as u64;
            return Ok(());
        }
        // Padding, a blank or junk somewhere inside: one by one, so that the position is right.
        out.truncate(before);
        quads.iter().try_for_each(|&byte| self.push_byte(byte, out))
    }

    fn push_byte(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), Base64Error> {
        let position = self.read;
        self.read += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => Ok(()),
            b'=' if self.carried >= 2 && self.carried + usize::from(self.padding) < 4 => {
                self.padding += 1;
                Ok(())
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if self.padding == 0 => {
                if let Some(slot) = self.carry.get_mut(self.carried) {
                    *slot = byte;
                }
                self.carried += 1;
                if self.carried == 4 {
                    self.end_group(out)
                } else {
                    Ok(())
                }
            }
            b'=' | b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                Err(Base64Error::Padding { position })
            }
            _ => Err(Base64Error::Junk { position, byte }),
        }
    }

    fn end_group(&mut self, out: &mut Vec<u8>) -> Result<(), Base64Error> {
        let mut bytes = [0; 3];
        let group = self.carry.get(..self.carried).unwrap_or_default();
        let written = QUADS
            .decode_slice(group, &mut bytes)
            .map_err(|_| Base64Error::CutOff { length: self.read })?;
        out.extend_from_slice(bytes.get(..written).unwrap_or_default());
        self.carried = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD as PADDED, STANDARD_NO_PAD as UNPADDED};
    use proptest::prelude::*;

    fn decode_in_pieces(text: &[u8], piece: usize) -> Result<Vec<u8>, Base64Error> {
        let mut decoder = Decoder::new();
        let mut out = Vec::new();
        for piece in text.chunks(piece) {
            decoder.push(piece, &mut out)?;
        }
        decoder.finish(&mut out)?;
        Ok(out)
    }

    /// The text with a line break after every `width` characters, as MIME has it.
    fn in_lines(text: &str, width: usize) -> String {
        text.as_bytes()
            .chunks(width)
            .map(|line| String::from_utf8_lossy(line) + "\r\n")
            .collect()
    }

    proptest! {
        #[test]
        fn every_split_of_every_spelling_gives_the_same_bytes(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..90, width in 1_usize..80
        ) {
            for text in [PADDED.encode(&bytes), UNPADDED.encode(&bytes), in_lines(&PADDED.encode(&bytes), width)] {
                prop_assert_eq!(decode_in_pieces(text.as_bytes(), piece), Ok(bytes.clone()));
            }
        }

        #[test]
        fn junk_is_found_at_its_place(
            bytes in proptest::collection::vec(any::<u8>(), 30..300), place in 0_usize..40, piece in 1_usize..90,
            junk in prop::sample::select(b"*<\0\xff-_%&".to_vec())
        ) {
            let mut text = UNPADDED.encode(&bytes).into_bytes();
            text[place] = junk;
            prop_assert_eq!(decode_in_pieces(&text, piece), Err(Base64Error::Junk { position: place as u64, byte: junk }));
        }
    }

    #[test]
    fn blanks_may_stand_anywhere() {
        assert_eq!(
            decode_in_pieces(b" S G\tVs \n bG8 = \n ", 3).unwrap(),
            b"Hello"
        );
    }

    #[test]
    fn a_text_that_ends_inside_a_byte_is_cut_off() {
        assert_eq!(
            decode_in_pieces(b"SGVsb", 64),
            Err(Base64Error::CutOff { length: 5 })
        );
    }

    #[test]
    fn nothing_may_follow_the_padding() {
        assert_eq!(
            decode_in_pieces(b"SGVsbG8=SGVs", 64),
            Err(Base64Error::Padding { position: 8 })
        );
        assert_eq!(
            decode_in_pieces(b"SGVsbG8==", 64),
            Err(Base64Error::Padding { position: 8 })
        );
        assert_eq!(
            decode_in_pieces(b"=", 64),
            Err(Base64Error::Padding { position: 0 })
        );
        assert_eq!(
            decode_in_pieces(b"SGVs=", 64),
            Err(Base64Error::Padding { position: 4 })
        );
    }

    #[test]
    fn an_empty_text_is_no_bytes() {
        assert_eq!(decode_in_pieces(b"", 1).unwrap(), b"");
    }
}
