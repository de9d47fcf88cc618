//! The scanner that lifts the field out.

use base64_stream::{Base64Error, Decoder};

use super::json::{Escape, Position, Unescaped};

/// Longest JSON kept beside the field. Real answers have under a kilobyte.
const REST_LIMIT: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a field could not be taken out of an answer.
///
/// All are about the answer's content. A cut-off one is worth asking for again; the others come back the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The value is a string, but not base64.
    #[error("the value of `{field}` is not base64: {source}")]
    Base64 {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        source: Base64Error,
    },
    /// The value has a character that base64 does not have, written as an escape sequence, or an escape that JSON does not have.
    #[error("the value of `{field}` has an escape sequence that cannot be part of base64")]
    Escape {
        /// The field's name.
        field: &'static str,
    },
    /// The value is neither a string nor null.
    #[error("the value of `{field}` is neither a string nor null")]
    NotText {
        /// The field's name.
        field: &'static str,
    },
    /// The key stands twice: two files in one answer cannot both be right.
    #[error("`{field}` stands twice in the answer")]
    Duplicate {
        /// The field's name.
        field: &'static str,
    },
    /// The answer is no JSON object: an HTML page of a gateway, an array, a bare value.
    #[error("the answer is not a JSON object: it begins with byte 0x{first:02x}")]
    NotAnObject {
        /// The first byte that is not white space.
        first: u8,
    },
    /// The JSON beside the field is longer than 256 KiB.
    #[error("the answer has more than 256 KiB beside `{field}`")]
    RestTooLarge {
        /// The field's name.
        field: &'static str,
    },
    /// The answer ended before its last closing brace.
    #[error("the answer is cut off: it ends before its JSON does")]
    CutOff,
}

impl FieldError {
    /// Whether asking again may help: only for an answer that did not arrive whole.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        matches!(self, Self::CutOff)
    }
}

/// Takes one top-level string field of a JSON object, which is base64, as bytes while the JSON arrives.
///
/// Only a key of the outermost object counts: the same name deeper down, or as a value, is left alone. A field that is null or
/// absent gives no bytes. Escapes inside the value are understood (`\/`, `\u003d` as Gson writes `=`, `\r\n` of MIME lines).
///
/// ```
/// use chorus_pro::streaming::Base64Field;
///
/// let mut field = Base64Field::new("fichierResultat");
/// let mut file = Vec::new();
/// field.push(br#"{"codeRetour": 0, "fichierResultat": "SGVs"#, &mut file)?;
/// field.push(br#"bG8=", "libelle": "OK"}"#, &mut file)?;
/// assert_eq!(file, b"Hello");
/// assert_eq!(field.finish()?, br#"{"codeRetour": 0, "fichierResultat": null, "libelle": "OK"}"#);
/// # Ok::<(), chorus_pro::streaming::FieldError>(())
/// ```
#[derive(Debug)]
pub struct Base64Field {
    field: &'static str,
    state: State,
    position: Position,
    /// The JSON without the value.
    rest: Vec<u8>,
    /// The key just read is the wanted one.
    wanted: bool,
    /// The wanted key was read, at any time.
    seen: bool,
    /// The value was a string.
    found: bool,
}

#[derive(Debug)]
enum State {
    /// Outside strings.
    Structure,
    /// In a string that is kept. `key_start`: where it begins in `rest` when it is a key of the outermost object.
    Text {
        key_start: Option<usize>,
        escaped: bool,
    },
    /// In the wanted value.
    Value {
        decoder: Decoder,
        escape: Option<Escape>,
    },
}

impl Base64Field {
    /// A scanner for the top-level field of this name.
    #[must_use]
    pub fn new(field: &'static str) -> Self {
        Self {
            field,
            state: State::Structure,
            position: Position::default(),
            rest: Vec::new(),
            wanted: false,
            seen: false,
            found: false,
        }
    }

    /// Whether the field was met with a string as its value, even an empty one.
    #[must_use]
    pub fn found(&self) -> bool {
        self.found
    }

    /// Reads the next bytes of the JSON and appends the bytes of the file that they carry to `out`.
    ///
    /// # Errors
    /// See [`FieldError`]. What was appended before the error is right, but the file is not whole; the scanner must not be used further.
    pub fn push(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<(), FieldError> {
        let mut input = json;
        while !input.is_empty() {
            input = match self.state {
                State::Structure => self.structure(input)?,
                State::Text { .. } => self.text(input)?,
                State::Value { .. } => self.value(input, out)?,
            };
        }
        Ok(())
    }

    /// Ends the answer and returns its JSON with `null` for the field's value.
    ///
    /// # Errors
    /// [`FieldError::CutOff`] when the JSON is not closed.
    pub fn finish(self) -> Result<Vec<u8>, FieldError> {
        let whole = matches!(self.state, State::Structure) && self.position.after_object();
        if whole {
            Ok(self.rest)
        } else {
            Err(FieldError::CutOff)
        }
    }

    /// Outside strings, up to the next quote.
    fn structure<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], FieldError> {
        for (read, &byte) in input.iter().enumerate() {
            let (_, after) = input.split_at(read + 1);
            if self.position.before_object() && !self.opens_object(byte)? {
                continue;
            }
            self.check_value(byte)?;
            if byte == b'"' {
                return self.quote(after);
            }
            if self.position.expects_value() && matches!(byte, b',' | b'}') {
                self.wanted = false;
            }
            self.position.step(byte);
            self.keep(&[byte])?;
        }
        Ok(&[])
    }

    /// White space and a byte order mark may stand before the object, nothing else. The mark is collected in `rest` to recognise it.
    fn opens_object(&mut self, byte: u8) -> Result<bool, FieldError> {
        let clear = self.rest.is_empty() || self.rest == BYTE_ORDER_MARK;
        if clear && (byte == b'{' || byte.is_ascii_whitespace()) {
            self.rest.clear();
            return Ok(byte == b'{');
        }
        if BYTE_ORDER_MARK.get(self.rest.len()) == Some(&byte) {
            self.rest.push(byte);
            return Ok(false);
        }
        let first = self.rest.first().copied().unwrap_or(byte);
        Err(FieldError::NotAnObject { first })
    }

    /// The value of the wanted key may be a string or null.
    fn check_value(&self, byte: u8) -> Result<(), FieldError> {
        let begins_another = matches!(byte, b'{' | b'[' | b't' | b'f' | b'-' | b'0'..=b'9');
        if self.wanted && self.position.expects_value() && begins_another {
            return Err(FieldError::NotText { field: self.field });
        }
        Ok(())
    }

    fn quote<'a>(&mut self, after: &'a [u8]) -> Result<&'a [u8], FieldError> {
        if self.wanted && self.position.expects_value() {
            self.wanted = false;
            self.found = true;
            self.keep(b"null")?;
            self.state = State::Value {
                decoder: Decoder::new(),
                escape: None,
            };
            return Ok(after);
        }
        self.keep(b"\"")?;
        let key_start = self.position.expects_key().then_some(self.rest.len());
        self.state = State::Text {
            key_start,
            escaped: false,
        };
        Ok(after)
    }

    /// In a string that is kept, up to its closing quote.
    fn text<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], FieldError> {
        let State::Text {
            key_start,
            mut escaped,
        } = self.state
        else {
            return Ok(input);
        };
        for (read, &byte) in input.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let (text, after) = input.split_at(read + 1);
                    self.keep(text)?;
                    self.state = State::Structure;
                    if let Some(start) = key_start {
                        self.key(start)?;
                    }
                    return Ok(after);
                }
                _ => {}
            }
        }
        self.keep(input)?;
        self.state = State::Text { key_start, escaped };
        Ok(&[])
    }

    /// A key of the outermost object was read; it ends `rest`, with its closing quote.
    fn key(&mut self, start: usize) -> Result<(), FieldError> {
        let quoted = self.rest.get(start.saturating_sub(1)..).unwrap_or_default();
        // serde_json knows escapes in keys; a key that it cannot read is not ours, and the parse of the rest will say so.
        self.wanted = serde_json::from_slice::<String>(quoted).is_ok_and(|key| key == self.field);
        if self.wanted && self.seen {
            return Err(FieldError::Duplicate { field: self.field });
        }
        self.seen |= self.wanted;
        Ok(())
    }

    /// In the wanted value. The hot path: one look for a quote or a backslash, then whole runs of base64.
    fn value<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], FieldError> {
        let field = self.field;
        let State::Value { decoder, escape } = &mut self.state else {
            return Ok(input);
        };
        if let Some(sequence) = escape {
            let Some((&byte, after)) = input.split_first() else {
                return Ok(input);
            };
            match sequence.push(byte) {
                Unescaped::Incomplete => return Ok(after),
                Unescaped::Unit(unit) => {
                    let byte = u8::try_from(unit).map_err(|_| FieldError::Escape { field })?;
                    *escape = None;
                    decoder
                        .push(&[byte], out)
                        .map_err(|source| FieldError::Base64 { field, source })?;
                    return Ok(after);
                }
                Unescaped::Invalid => return Err(FieldError::Escape { field }),
            }
        }
        let end = memchr::memchr2(b'"', b'\\', input).unwrap_or(input.len());
        let (run, after) = input.split_at(end);
        decoder
            .push(run, out)
            .map_err(|source| FieldError::Base64 { field, source })?;
        match after.split_first() {
            Some((b'\\', after)) => {
                *escape = Some(Escape::default());
                Ok(after)
            }
            Some((_, after)) => {
                std::mem::take(decoder)
                    .finish(out)
                    .map_err(|source| FieldError::Base64 { field, source })?;
                self.state = State::Structure;
                Ok(after)
            }
            None => Ok(&[]),
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        if self.rest.len() + bytes.len() > REST_LIMIT {
            return Err(FieldError::RestTooLarge { field: self.field });
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
