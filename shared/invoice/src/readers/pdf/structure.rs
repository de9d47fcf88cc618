//! What the objects of a PDF may cost while the file is read.
//!
//! A small file can name a million objects, unpack one stream of objects under a thousand names, or hold thousands of such
//! streams. The parser bounds each stream; the sum is bounded here.

use std::cell::Cell;

use lopdf::{Dictionary, Object, ObjectId};

use crate::document::Limits;
use crate::error::ReadError;

/// The least that one stream of objects may unpack to, however many there are: what 200 objects need, the usual number.
const LEAST_PER_STREAM: usize = 64 * 1024;

/// Below this size a file cannot hold so many objects that they matter, and is not counted through.
const COUNTED_FROM: usize = 2 * 1024 * 1024;
/// The most objects that a large file may seem to hold, for its size: pictures look like one in 13 bytes, lists of numbers
/// are one in two. The parser takes some 120 bytes for each, before anything can be dropped.
const MOST_OBJECTS: usize = 1_000_000;
const BYTES_PER_OBJECT: usize = 8;

thread_local! {
    /// What is left, in bytes. The parser's filter is a plain function, so it cannot bring its own.
    static LEFT: Cell<usize> = const { Cell::new(0) };
    /// There was not enough.
    static EXCEEDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a load whose objects, as [`keep`] counts them, may cost `pdf_structure_bytes`.
pub(super) fn within<T>(limits: &Limits, load: impl FnOnce() -> T) -> Result<T, ReadError> {
    LEFT.set(limits.pdf_structure_bytes);
    EXCEEDED.set(false);
    let loaded = load();
    if EXCEEDED.get() {
        return Err(too_large(limits));
    }
    Ok(loaded)
}

pub(super) fn too_large(limits: &Limits) -> ReadError {
    ReadError::TooLarge {
        what: "the structure of a PDF",
        limit: limits.pdf_structure_bytes,
    }
}

/// Refuses a large file that is made of objects rather than of pictures.
pub(super) fn check_density(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    if bytes.len() < COUNTED_FROM {
        return Ok(());
    }
    let mut objects = 0_usize;
    let mut after_break = true;
    for byte in bytes {
        let is_break = ends_name(*byte);
        let opens = matches!(byte, b'[' | b'(' | b'/' | b'<');
        objects += usize::from(opens || (after_break && !is_break));
        after_break = is_break;
    }
    if objects > MOST_OBJECTS && objects > bytes.len() / BYTES_PER_OBJECT {
        return Err(too_large(limits));
    }
    Ok(())
}

/// What each stream of objects may unpack to: a share, by the number of streams that can be one (each needs a `/First`).
pub(super) fn bytes_per_stream(bytes: &[u8], limits: &Limits) -> Result<usize, ReadError> {
    let most = limits.pdf_structure_bytes / LEAST_PER_STREAM;
    let streams = counts_name(bytes, b"First", usize::MAX).max(1);
    // The outline of a long document has a First too: only where streams of objects can be as many are they refused.
    if streams > most && counts_name(bytes, b"ObjStm", most + 1) > most {
        return Err(too_large(limits));
    }
    Ok((limits.pdf_structure_bytes / streams).max(LEAST_PER_STREAM))
}

/// How often a name stands in a file, wherever that is, up to `most`. `/#45ncrypt` is `/Encrypt` too.
pub(super) fn counts_name(bytes: &[u8], name: &[u8], most: usize) -> usize {
    memchr::memchr_iter(b'/', bytes)
        .filter(|at| is_name(bytes.get(at + 1..).unwrap_or_default(), name))
        .take(most)
        .count()
}

fn is_name(mut text: &[u8], name: &[u8]) -> bool {
    for wanted in name {
        let Some((read, rest)) = next_character(text) else {
            return false;
        };
        if read != *wanted {
            return false;
        }
        text = rest;
    }
    text.first().is_none_or(|byte| ends_name(*byte))
}

/// White space and delimiters.
fn ends_name(byte: u8) -> bool {
    matches!(
        byte,
        0 | b'\t'
            | b'\n'
            | 12
            | b'\r'
            | b' '
            | b'('
            | b')'
            | b'<'
            | b'>'
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'/'
            | b'%'
    )
}

fn next_character(text: &[u8]) -> Option<(u8, &[u8])> {
    if let [b'#', high, low, rest @ ..] = text
        && let (Some(high), Some(low)) = (
            char::from(*high).to_digit(16),
            char::from(*low).to_digit(16),
        )
    {
        return Some((u8::try_from(high << 4 | low).ok()?, rest));
    }
    text.split_first().map(|(read, rest)| (*read, rest))
}

/// Drops, object by object while the file is read, the streams that cannot be an embedded file: pictures, forms, fonts,
/// colour profiles. An embedded file need not say that it is one, so what says nothing stays. Once the objects have cost
/// what they may, everything is dropped.
pub(super) fn keep(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    if let Object::Stream(stream) = object
        && is_dead_weight(&stream.dict)
    {
        return None;
    }
    let Some(left) = LEFT.get().checked_sub(cost(object)) else {
        LEFT.set(0);
        EXCEEDED.set(true);
        return None;
    };
    LEFT.set(left);
    // The loader reads this answer for objects of object streams and only asks whether there is one for the others.
    match object {
        Object::Stream(_) => Some((id, Object::Null)),
        other => Some((id, other.clone())),
    }
}

/// About what an object takes in memory; the content of a stream is as large as it is in the file and not counted.
fn cost(object: &Object) -> usize {
    const EACH: usize = size_of::<Object>();
    let of_dictionary = |dict: &Dictionary| -> usize {
        dict.iter()
            .map(|(key, value)| key.len() + EACH + cost(value))
            .sum()
    };
    EACH + match object {
        Object::Name(text) | Object::String(text, _) => text.len(),
        Object::Array(items) => items.iter().map(cost).sum(),
        Object::Dictionary(dict) => of_dictionary(dict),
        Object::Stream(stream) => of_dictionary(&stream.dict),
        _ => 0,
    }
}

fn is_dead_weight(dict: &Dictionary) -> bool {
    const SUBTYPES: [&[u8]; 6] = [
        b"Image",
        b"Form",
        b"Type1C",
        b"CIDFontType0C",
        b"OpenType",
        b"XML",
    ];
    const TYPES: [&[u8]; 4] = [b"XObject", b"Metadata", b"Pattern", b"Font"];
    let name = |key: &[u8]| dict.get(key).and_then(Object::as_name).ok();
    let embedded = name(b"Type") == Some(b"EmbeddedFile".as_slice());
    !embedded
        && (name(b"Type").is_some_and(|found| TYPES.contains(&found))
            || name(b"Subtype").is_some_and(|found| SUBTYPES.contains(&found))
            || dict.has(b"Length1")
            || dict.has(b"FunctionType")
            || dict.has(b"ShadingType"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_spelt_and_only_whole() {
        for text in [
            "/Encrypt 5 0 R",
            "<</Encrypt<<",
            "/#45ncryp#74 5",
            "/Encrypt",
        ] {
            assert_eq!(counts_name(text.as_bytes(), b"Encrypt", 9), 1, "{text}");
        }
        for text in [
            "/EncryptMetadata true",
            "/Encryp",
            "Encrypt",
            "/#4",
            "/#zzncrypt ",
        ] {
            assert_eq!(counts_name(text.as_bytes(), b"Encrypt", 9), 0, "{text}");
        }
    }
}
