//! A pivot without the content of its attachments.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::document::Limits;
use crate::error::ReadError;

/// A pivot taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The pivot, with in every `Contenu` the place of its content in `contenus`.
    pub skeleton: String,
    /// The content of each `Contenu`, in order.
    pub contenus: Vec<Contenu>,
}

/// The content of one `Contenu`: where it stands in the text. It is base64 of a ZIP with one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contenu {
    /// The bytes of the text between `<Contenu>` and `</Contenu>`.
    pub range: Range<usize>,
}

/// Takes the attachments' content out of a pivot. The text itself is not copied but for the skeleton.
///
/// # Errors
///
/// [`ReadError::NotWellFormed`] for broken XML, [`ReadError::DtdRefused`], [`ReadError::TooDeep`], and
/// [`ReadError::TooLarge`] when the skeleton alone is over the limit.
pub fn split(text: &str, limits: &Limits) -> Result<Split, ReadError> {
    let mut reader = Reader::from_str(text);
    let mut skeleton = String::new();
    let mut contenus = Vec::new();
    let mut copied = 0;
    let mut depth = 0_usize;
    // The end of the start tag of a `Contenu`, and its depth, while inside one.
    let mut inside: Option<(usize, usize)> = None;
    loop {
        let before = position(&reader);
        let event = reader
            .read_event()
            .map_err(|error| ReadError::NotWellFormed {
                reason: error.to_string(),
            })?;
        let after = position(&reader);
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > limits.xml_depth {
                    return Err(ReadError::TooDeep {
                        limit: limits.xml_depth,
                    });
                }
                if inside.is_none() && start.local_name().as_ref() == "Contenu" {
                    inside = Some((after, depth));
                }
            }
            Event::End(_) => {
                if let Some((from, at)) = inside
                    && at == depth
                {
                    copy(&mut skeleton, text, copied..from, limits)?;
                    skeleton.push_str(&contenus.len().to_string());
                    copied = before;
                    contenus.push(Contenu {
                        range: from..before,
                    });
                    inside = None;
                }
                depth = depth.saturating_sub(1);
            }
            Event::Empty(empty) if empty.local_name().as_ref() == "Contenu" => {
                copy(&mut skeleton, text, copied..before, limits)?;
                skeleton.push_str(&format!("<Contenu>{}</Contenu>", contenus.len()));
                copied = after;
                contenus.push(Contenu {
                    range: after..after,
                });
            }
            Event::DocType(_) => return Err(ReadError::DtdRefused),
            Event::Eof => break,
            _ => {}
        }
    }
    if depth > 0 {
        return Err(ReadError::NotWellFormed {
            reason: "it ends before its root element does".to_owned(),
        });
    }
    copy(&mut skeleton, text, copied..text.len(), limits)?;
    Ok(Split { skeleton, contenus })
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn copy(
    skeleton: &mut String,
    text: &str,
    range: Range<usize>,
    limits: &Limits,
) -> Result<(), ReadError> {
    let part = text.get(range).unwrap_or_default();
    if skeleton.len() + part.len() > limits.xml_bytes {
        return Err(ReadError::TooLarge {
            what: "a pivot, its attachments set aside,",
            limit: limits.xml_bytes,
        });
    }
    skeleton.push_str(part);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_set_aside_and_everything_else_stays() {
        let text = "<P a='1'><PJ><Contenu>AAAA</Contenu><NomPJ>é</NomPJ></PJ><PJ><Contenu/></PJ><PJ><Contenu></Contenu></PJ></P>";
        let split = split(text, &Limits::default()).unwrap();
        let expected = "<P a='1'><PJ><Contenu>0</Contenu><NomPJ>é</NomPJ></PJ><PJ><Contenu>1</Contenu></PJ><PJ><Contenu>2</Contenu></PJ></P>";
        assert_eq!(split.skeleton, expected);
        let contents: Vec<_> = split
            .contenus
            .iter()
            .map(|contenu| &text[contenu.range.clone()])
            .collect();
        assert_eq!(contents, ["AAAA", "", ""]);
    }

    #[test]
    fn the_limit_is_on_what_is_left() {
        let limits = Limits {
            xml_bytes: 100,
            ..Limits::default()
        };
        let text = format!("<P><Contenu>{}</Contenu></P>", "A".repeat(10_000));
        assert!(split(&text, &limits).is_ok());
        let text = format!("<P><Autre>{}</Autre></P>", "A".repeat(10_000));
        assert!(matches!(
            split(&text, &limits),
            Err(ReadError::TooLarge { .. })
        ));
    }

    #[test]
    fn a_pivot_cut_off_is_not_well_formed() {
        for text in ["<P><Contenu>AA", "<P><Contenu>AA</Contenu>", "<P></Q>"] {
            assert!(
                matches!(
                    split(text, &Limits::default()),
                    Err(ReadError::NotWellFormed { .. })
                ),
                "{text}"
            );
        }
    }
}
