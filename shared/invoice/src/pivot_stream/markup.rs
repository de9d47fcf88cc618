//! Tags and references: the small pieces of XML that the splitter takes apart itself.

/// What a complete tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// `<name …>`
    Start(&'a [u8]),
    /// `</name>`
    End(&'a [u8]),
    /// `<name …/>`
    Empty(&'a [u8]),
}

impl<'a> Tag<'a> {
    /// Reads a tag from `<` to `>`. None when it has no name.
    pub(super) fn parse(markup: &'a [u8]) -> Option<Self> {
        let inside = markup.strip_prefix(b"<")?.strip_suffix(b">")?;
        if let Some(name) = inside.strip_prefix(b"/") {
            let name = name.trim_ascii_end();
            return is_name(name).then_some(Self::End(name));
        }
        let (inside, empty) = match inside.strip_suffix(b"/") {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let length = inside
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(inside.len());
        let name = inside.get(..length)?;
        let tag = if empty {
            Self::Empty(name)
        } else {
            Self::Start(name)
        };
        is_name(name).then_some(tag)
    }
}

/// Not the whole rule of XML: enough to tell a tag from a stray `<`.
fn is_name(name: &[u8]) -> bool {
    let starts = name
        .first()
        .is_some_and(|&first| first.is_ascii_alphabetic() || first == b'_' || first >= 0x80);
    starts
        && name.iter().all(|&byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b':' | b'_' | b'-' | b'.')
                || byte >= 0x80
        })
}

/// The name without its namespace prefix.
pub(super) fn local_name(name: &[u8]) -> &[u8] {
    name.iter()
        .rposition(|&byte| byte == b':')
        .and_then(|colon| name.get(colon + 1..))
        .unwrap_or(name)
}

/// The end of a tag in `bytes`: the offset after its `>`, quotes respected. `quote` carries an open quote from piece to piece.
///
/// An error is the offset of a `<` where none can be.
pub(super) fn tag_end(bytes: &[u8], quote: &mut Option<u8>) -> Result<Option<usize>, usize> {
    let mut from = 0;
    while let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) {
        let found = match *quote {
            Some(open) => memchr::memchr(open, rest),
            None => rest
                .iter()
                .position(|byte| matches!(byte, b'>' | b'"' | b'\'' | b'<')),
        };
        let Some(at) = found else { return Ok(None) };
        from += at + 1;
        match (rest.get(at), *quote) {
            (_, Some(_)) => *quote = None,
            (Some(b'>'), None) => return Ok(Some(from)),
            (Some(b'<'), None) => return Err(from - 1),
            (other, None) => *quote = other.copied(),
        }
    }
    Ok(None)
}

/// The character that a reference stands for, from between `&` and `;`. None for an entity that XML does not predefine.
pub(super) fn reference(name: &[u8]) -> Option<char> {
    match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => {
            let number = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// The text of an element, with its references resolved. Bytes that are no UTF-8 are read as Latin-1: these texts identify and name,
/// and a wrong accent is better than none.
pub(super) fn text(raw: &[u8]) -> String {
    let mut text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().map(|&byte| char::from(byte)).collect(),
    };
    let mut from = 0;
    while let Some(start) = text
        .get(from..)
        .and_then(|rest| rest.find('&'))
        .map(|at| from + at)
    {
        let Some(end) = text
            .get(start..)
            .and_then(|rest| rest.find(';'))
            .map(|at| start + at)
        else {
            break;
        };
        let resolved = text
            .get(start + 1..end)
            .and_then(|name| reference(name.as_bytes()));
        if let Some(character) = resolved {
            text.replace_range(start..=end, character.encode_utf8(&mut [0; 4]));
        }
        from = start + 1;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_a_stray_bracket() {
        assert_eq!(Tag::parse(b"<ns:PJ a='>'>"), Some(Tag::Start(b"ns:PJ")));
        assert_eq!(Tag::parse(b"<PJ/>"), Some(Tag::Empty(b"PJ")));
        assert_eq!(Tag::parse(b"<PJ a=\"1\" />"), Some(Tag::Empty(b"PJ")));
        assert_eq!(Tag::parse(b"</PJ >"), Some(Tag::End(b"PJ")));
        for stray in [b"< PJ>".as_slice(), b"<>", b"</>", b"<1>", b"<a,b>"] {
            assert_eq!(Tag::parse(stray), None);
        }
    }

    #[test]
    fn a_greater_sign_inside_quotes_does_not_end_a_tag() {
        let mut quote = None;
        assert_eq!(tag_end(b"a b='>", &mut quote), Ok(None));
        assert_eq!(quote, Some(b'\''));
        assert_eq!(tag_end(b">\"' c>", &mut quote), Ok(Some(6)));
        assert_eq!(tag_end(b"a <b>", &mut None), Err(2));
    }

    #[test]
    fn references_are_resolved_and_unknown_ones_are_left() {
        assert_eq!(
            text("A&amp;B &#233;&#xE9;&inconnu; &".as_bytes()),
            "A&B éé&inconnu; &"
        );
        assert_eq!(text(b"&amp;amp;"), "&amp;");
        assert_eq!(text(b"num\xe9ro"), "numéro");
        assert_eq!(text("&#233;;&".as_bytes()), "é;&");
    }
}
