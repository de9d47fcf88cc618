//! The splitter: a lexical scanner that follows a pivot and never holds more of it than a tag.

mod elements;
mod lexing;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::error::PivotError;
use super::identity::{Identity, PieceJointe};
use super::piece::{Limits, Piece};
use super::place::Place;

/// Pivot bytes beside the contents are handed out once this many have gathered.
const GATHER: usize = 16 * 1024;
/// Longest text read of an identifying element; the schema allows 50 characters.
const FIELD_LIMIT: usize = 4096;

/// Splits a pivot answer into its invoices and their attachments while it arrives.
///
/// ```
/// use invoice::pivot_stream::{Piece, PivotSplitter};
///
/// let pivot = b"<CPPFacturePivot><CPPFactures><CPPFacturePivotUnitaire><DonneesFacture><Id>F1</Id></DonneesFacture>\
///               <PJ><Contenu>UEsD</Contenu></PJ></CPPFacturePivotUnitaire></CPPFactures></CPPFacturePivot>";
/// let mut splitter = PivotSplitter::default();
/// let mut contents = Vec::new();
/// for mut chunk in pivot.chunks(10) {
///     while let Some(piece) = splitter.next(&mut chunk)? {
///         if let Piece::Content(base64) = piece {
///             contents.extend_from_slice(&base64);
///         }
///     }
/// }
/// splitter.finish()?;
/// assert_eq!(contents, b"UEsD");
/// # Ok::<(), invoice::pivot_stream::PivotError>(())
/// ```
#[derive(Debug)]
pub struct PivotSplitter {
    limits: Limits,
    lexer: Lexer,
    /// Bytes read.
    at: u64,
    /// The tag, opener or reference being read.
    token: Vec<u8>,
    /// Names of the open elements, end to end, and the place of each: (end of its name in `names`, its place).
    names: Vec<u8>,
    open: Vec<(usize, Place)>,
    root_seen: bool,
    /// Everything before the first invoice; kept to begin each invoice's own document.
    prologue: Vec<u8>,
    /// Closing tags of what the prologue opened. Set when the first invoice begins.
    epilogue: Option<Vec<u8>>,
    unit: Option<Unit>,
    /// Bytes of the unit that wait to be handed out.
    gathered: Vec<u8>,
    queue: VecDeque<Piece<'static>>,
    /// The next bytes of the input were handed out as content and are due as pivot.
    echo: usize,
}

/// The invoice being read.
#[derive(Debug, Default)]
struct Unit {
    identity: Identity,
    identified: bool,
    positions: u32,
    piece_jointe: PieceJointe,
    /// Text of the field being read.
    field: Vec<u8>,
    skeleton: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lexer {
    Text,
    /// After `<`, before it is known what it opens.
    Opener,
    Tag {
        quote: Option<u8>,
    },
    Comment {
        dashes: u8,
    },
    Instruction {
        question: bool,
    },
    Cdata {
        brackets: usize,
    },
    /// A reference inside a `Contenu`.
    Reference,
}

impl Default for PivotSplitter {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl PivotSplitter {
    /// A splitter at the start of an answer.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            lexer: Lexer::Text,
            at: 0,
            token: Vec::new(),
            names: Vec::new(),
            open: Vec::new(),
            root_seen: false,
            prologue: Vec::new(),
            epilogue: None,
            unit: None,
            gathered: Vec::new(),
            queue: VecDeque::new(),
            echo: 0,
        }
    }

    /// The next piece; the bytes it used are taken off `input`. None: the input is used up, more is needed.
    ///
    /// Call it with the same slice until it gives None, then with the next bytes of the answer.
    ///
    /// # Errors
    /// See [`PivotError`]. Pieces given before stay good; the splitter must not be used any further.
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Piece<'i>>, PivotError> {
        loop {
            if let Some(piece) = self.queue.pop_front() {
                return Ok(Some(piece));
            }
            if self.echo > 0 {
                let (bytes, rest) = input.split_at(self.echo.min(input.len()));
                (self.echo, *input) = (0, rest);
                self.at += bytes.len() as u64;
                return Ok(Some(Piece::Pivot(Cow::Borrowed(bytes))));
            }
            if input.is_empty() {
                return Ok(self.take_gathered());
            }
            if self.gathered.len() >= GATHER {
                return Ok(self.take_gathered());
            }
            if let Some(piece) = self.advance(input)? {
                return Ok(Some(piece));
            }
        }
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// [`PivotError::CutOff`] when its root element is not closed.
    pub fn finish(self) -> Result<(), PivotError> {
        let whole = self.lexer == Lexer::Text
            && self.root_seen
            && self.open.is_empty()
            && self.queue.is_empty();
        if whole {
            Ok(())
        } else {
            Err(PivotError::CutOff { at: self.at })
        }
    }

    fn advance<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Piece<'i>>, PivotError> {
        match self.lexer {
            Lexer::Text if self.place() == Some(Place::Contenu) => Ok(self.content(input)),
            Lexer::Text => self.text(input).map(|()| None),
            Lexer::Opener => self.opener(input).map(|()| None),
            Lexer::Tag { quote } => self.tag(input, quote).map(|()| None),
            Lexer::Comment { dashes } => self.comment(input, dashes).map(|()| None),
            Lexer::Instruction { question } => self.instruction(input, question).map(|()| None),
            Lexer::Cdata { brackets } => self.cdata(input, brackets).map(|()| None),
            Lexer::Reference => self.reference(input).map(|()| None),
        }
    }

    fn place(&self) -> Option<Place> {
        self.open.last().map(|&(_, place)| place)
    }

    fn broken(&self, what: &'static str) -> PivotError {
        PivotError::NotWellFormed { what, at: self.at }
    }

    /// Takes `length` bytes off the input.
    fn take<'i>(&mut self, input: &mut &'i [u8], length: usize) -> &'i [u8] {
        let (taken, rest) = input.split_at(length.min(input.len()));
        *input = rest;
        self.at += taken.len() as u64;
        taken
    }

    fn take_gathered(&mut self) -> Option<Piece<'static>> {
        let gathered = std::mem::take(&mut self.gathered);
        (!gathered.is_empty()).then_some(Piece::Pivot(Cow::Owned(gathered)))
    }

    /// Bytes that belong to the document and to no content.
    fn verbatim(&mut self, bytes: &[u8]) -> Result<(), PivotError> {
        if self.unit.is_some() {
            self.gathered.extend_from_slice(bytes);
            self.skeleton(bytes);
        } else if self.epilogue.is_none() {
            self.prologue.extend_from_slice(bytes);
            if self.prologue.len() > self.limits.prologue {
                return Err(PivotError::PrologueTooLong {
                    limit: self.limits.prologue,
                });
            }
        }
        Ok(())
    }

    /// Bytes of the document that are part of a content: in the pivot, not in the skeleton.
    fn verbatim_content(&mut self, bytes: &[u8]) {
        if self.unit.is_some() {
            self.gathered.extend_from_slice(bytes);
        }
    }

    fn skeleton(&mut self, bytes: &[u8]) {
        let limit = self.limits.skeleton;
        let Some(unit) = &mut self.unit else { return };
        unit.skeleton = unit
            .skeleton
            .take()
            .filter(|skeleton| skeleton.len() + bytes.len() <= limit);
        if let Some(skeleton) = &mut unit.skeleton {
            skeleton.extend_from_slice(bytes);
        }
    }
}
