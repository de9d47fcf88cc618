//! Bytes to tags and text: one function for each state of the lexer.

use std::borrow::Cow;

use super::{FIELD_LIMIT, Lexer, PivotSplitter};
use crate::pivot_stream::error::PivotError;
use crate::pivot_stream::markup::{self, Tag};
use crate::pivot_stream::piece::Piece;
use crate::pivot_stream::place::Place;

/// Longest reference: `&#x10FFFF;`.
const REFERENCE_LIMIT: usize = 12;

impl PivotSplitter {
    /// The hot path: base64 up to the next tag or reference, handed out as it lies in the input.
    pub(super) fn content<'i>(&mut self, input: &mut &'i [u8]) -> Option<Piece<'i>> {
        let end = memchr::memchr2(b'<', b'&', input).unwrap_or(input.len());
        if end == 0 {
            let opener = input.first().copied();
            self.lexer = if opener == Some(b'&') {
                Lexer::Reference
            } else {
                Lexer::Opener
            };
            self.token.clear();
            return None;
        }
        // In order: what was gathered before, this run as content, this run as pivot.
        if let Some(gathered) = self.take_gathered() {
            return Some(gathered);
        }
        let (run, _) = input.split_at(end);
        self.echo = end;
        Some(Piece::Content(Cow::Borrowed(run)))
    }

    pub(super) fn text(&mut self, input: &mut &[u8]) -> Result<(), PivotError> {
        let end = memchr::memchr(b'<', input).unwrap_or(input.len());
        let run = self.take(input, end);
        if self.open.is_empty() {
            self.outside_root(run)?;
        }
        if let (Some(Place::Field(_)), Some(unit)) = (self.place(), &mut self.unit) {
            let room = FIELD_LIMIT.saturating_sub(unit.field.len());
            unit.field.extend(run.iter().take(room));
        }
        self.verbatim(run)?;
        if !input.is_empty() {
            self.lexer = Lexer::Opener;
            self.token.clear();
        }
        Ok(())
    }

    /// Outside the root element: white space, and a byte order mark at the very start.
    fn outside_root(&mut self, run: &[u8]) -> Result<(), PivotError> {
        for &byte in run {
            // Before the first tag the prologue holds what was read; the mark's three bytes may come one by one.
            let mark = b"\xef\xbb\xbf".get(self.prologue.len() + self.token.len()) == Some(&byte);
            match byte {
                _ if mark && !self.root_seen => self.token.push(byte),
                _ if byte.is_ascii_whitespace() => {}
                0x00 | 0xfe | 0xff if !self.root_seen => return Err(PivotError::Encoding),
                first if !self.root_seen => return Err(PivotError::NotXml { first }),
                _ => return Err(self.broken("text after the root element")),
            }
        }
        self.token.clear();
        Ok(())
    }

    /// After `<`: which kind of markup it is.
    pub(super) fn opener(&mut self, input: &mut &[u8]) -> Result<(), PivotError> {
        let byte = self.take(input, 1);
        self.token.extend_from_slice(byte);
        let kind = match self.token.as_slice() {
            b"<" | b"<!" | b"<!-" => return Ok(()),
            b"<\0" => return Err(PivotError::Encoding),
            b"<!--" => Lexer::Comment { dashes: 0 },
            b"<?" => Lexer::Instruction { question: false },
            b"<![CDATA[" => Lexer::Cdata { brackets: 0 },
            token if b"<![CDATA[".starts_with(token) => return Ok(()),
            [b'<', b'!', ..] if self.open.is_empty() => {
                return Err(PivotError::Doctype { at: self.at });
            }
            [b'<', b'!', ..] => return Err(self.broken("a declaration inside the document")),
            [b'<', b'>', ..] => return Err(self.broken("a tag without a name")),
            _ => Lexer::Tag { quote: None },
        };
        self.lexer = kind;
        if !matches!(kind, Lexer::Tag { .. }) {
            self.markup_in_document()?;
        }
        Ok(())
    }

    /// The bytes in `token` are markup of the document; they may stand inside a content.
    fn markup_in_document(&mut self) -> Result<(), PivotError> {
        let token = std::mem::take(&mut self.token);
        let result = if self.place() == Some(Place::Contenu) {
            self.verbatim_content(&token);
            Ok(())
        } else {
            self.verbatim(&token)
        };
        self.token = token;
        self.token.clear();
        result
    }

    pub(super) fn tag(
        &mut self,
        input: &mut &[u8],
        mut quote: Option<u8>,
    ) -> Result<(), PivotError> {
        let end =
            markup::tag_end(input, &mut quote).map_err(|offset| PivotError::NotWellFormed {
                what: "a < inside a tag",
                at: self.at + offset as u64,
            })?;
        let piece = self.take(input, end.unwrap_or(input.len()));
        self.token.extend_from_slice(piece);
        if self.token.len() > self.limits.markup {
            return Err(PivotError::MarkupTooLong {
                limit: self.limits.markup,
                at: self.at,
            });
        }
        if end.is_none() {
            self.lexer = Lexer::Tag { quote };
            return Ok(());
        }
        self.lexer = Lexer::Text;
        let token = std::mem::take(&mut self.token);
        let result = match Tag::parse(&token) {
            Some(Tag::Start(name)) => self.start(name, &token),
            Some(Tag::End(name)) => self.end(name, &token),
            Some(Tag::Empty(name)) => self.start(name, &token).and_then(|()| self.end(name, b"")),
            None => Err(self.broken("a tag without a name")),
        };
        self.token = token;
        self.token.clear();
        result
    }

    pub(super) fn comment(&mut self, input: &mut &[u8], mut dashes: u8) -> Result<(), PivotError> {
        let end = input.iter().position(|&byte| {
            let ends = byte == b'>' && dashes >= 2;
            dashes = if byte == b'-' {
                dashes.saturating_add(1)
            } else {
                0
            };
            ends
        });
        self.pass(input, end, Lexer::Comment { dashes })
    }

    pub(super) fn instruction(
        &mut self,
        input: &mut &[u8],
        mut question: bool,
    ) -> Result<(), PivotError> {
        let end = input.iter().position(|&byte| {
            let ends = byte == b'>' && question;
            question = byte == b'?';
            ends
        });
        self.pass(input, end, Lexer::Instruction { question })
    }

    /// Passes over a comment or an instruction, to its end or to the end of the input.
    fn pass(
        &mut self,
        input: &mut &[u8],
        end: Option<usize>,
        unfinished: Lexer,
    ) -> Result<(), PivotError> {
        let passed = self.take(input, end.map_or(input.len(), |end| end + 1));
        self.lexer = if end.is_some() {
            Lexer::Text
        } else {
            unfinished
        };
        if self.place() == Some(Place::Contenu) {
            self.verbatim_content(passed);
            return Ok(());
        }
        self.verbatim(passed)
    }

    /// Character data: in a content it is content, in a field it is the field's text.
    pub(super) fn cdata(&mut self, input: &mut &[u8], brackets: usize) -> Result<(), PivotError> {
        if self.open.is_empty() {
            return Err(self.broken("character data outside the root element"));
        }
        let (passed, text, next) = match input.first() {
            Some(b']') => (
                1,
                0,
                Lexer::Cdata {
                    brackets: brackets + 1,
                },
            ),
            Some(b'>') if brackets >= 2 => (1, brackets - 2, Lexer::Text),
            _ => {
                let run = memchr::memchr(b']', input).unwrap_or(input.len());
                (run, brackets, Lexer::Cdata { brackets: 0 })
            }
        };
        let passed = self.take(input, passed);
        // Brackets that turned out not to end the section are text.
        let mut characters = vec![b']'; text];
        if next == (Lexer::Cdata { brackets: 0 }) {
            characters.extend_from_slice(passed);
        }
        self.lexer = next;
        self.characters(characters);
        if self.place() == Some(Place::Contenu) {
            self.verbatim_content(passed);
            return Ok(());
        }
        self.verbatim(passed)
    }

    fn characters(&mut self, characters: Vec<u8>) {
        match (self.place(), &mut self.unit) {
            _ if characters.is_empty() => {}
            (Some(Place::Contenu), _) => {
                self.queue.push_back(Piece::Content(Cow::Owned(characters)));
            }
            (Some(Place::Field(_)), Some(unit)) => {
                let room = FIELD_LIMIT.saturating_sub(unit.field.len());
                unit.field.extend(characters.into_iter().take(room));
            }
            _ => {}
        }
    }

    /// A reference inside a content: Java writes the line breaks of MIME base64 as `&#13;`.
    pub(super) fn reference(&mut self, input: &mut &[u8]) -> Result<(), PivotError> {
        let byte = self.take(input, 1);
        self.token.extend_from_slice(byte);
        if byte != b";" && self.token.len() < REFERENCE_LIMIT {
            return Ok(());
        }
        self.lexer = Lexer::Text;
        let name = self
            .token
            .strip_prefix(b"&")
            .and_then(|name| name.strip_suffix(b";"));
        // What is no reference is passed on as it is: the base64 decoder will name it.
        let characters = match name.and_then(markup::reference) {
            Some(character) => character.to_string().into_bytes(),
            None => self.token.clone(),
        };
        self.characters(characters);
        self.markup_in_document()
    }
}
