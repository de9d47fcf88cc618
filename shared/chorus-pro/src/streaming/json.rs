//! Where we are in a JSON text: just enough of its grammar to know which string is the value of which top-level key.
//!
//! It checks no more than it needs. What it lets through is parsed by a real parser afterwards.

/// What a byte outside strings does to our position.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Open objects and arrays.
    depth: usize,
    /// The outermost object was opened.
    opened: bool,
    /// At depth 1: after `:` and before `,`.
    at_value: bool,
}

impl Position {
    /// Moves over one byte that is not part of a string.
    pub(super) fn step(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                self.depth += 1;
                self.opened = true;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if self.depth == 1 => self.at_value = true,
            b',' if self.depth == 1 => self.at_value = false,
            _ => {}
        }
    }

    /// Nothing but white space was read so far.
    pub(super) fn before_object(self) -> bool {
        !self.opened
    }

    /// The outermost object was closed.
    pub(super) fn after_object(self) -> bool {
        self.opened && self.depth == 0
    }

    /// A string that begins here is a key of the outermost object.
    pub(super) fn expects_key(self) -> bool {
        self.depth == 1 && !self.at_value
    }

    /// A string that begins here is the value of a key of the outermost object.
    pub(super) fn expects_value(self) -> bool {
        self.depth == 1 && self.at_value
    }
}

/// An escape sequence inside a string, collected byte by byte after its backslash.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Escape {
    /// Hexadecimal digits of a `\u` still to come.
    digits_due: u8,
    code: u32,
}

/// What one more byte makes of an escape sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unescaped {
    /// More bytes belong to it.
    Incomplete,
    /// It stands for this UTF-16 code unit.
    Unit(u32),
    /// JSON has no such escape.
    Invalid,
}

impl Escape {
    /// Takes the next byte after the backslash.
    pub(super) fn push(&mut self, byte: u8) -> Unescaped {
        if self.digits_due > 0 {
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Unescaped::Invalid;
            };
            self.code = self.code << 4 | digit;
            self.digits_due -= 1;
            return if self.digits_due == 0 {
                Unescaped::Unit(self.code)
            } else {
                Unescaped::Incomplete
            };
        }
        match byte {
            b'"' | b'\\' | b'/' => Unescaped::Unit(u32::from(byte)),
            b'b' => Unescaped::Unit(0x08),
            b'f' => Unescaped::Unit(0x0c),
            b'n' => Unescaped::Unit(0x0a),
            b'r' => Unescaped::Unit(0x0d),
            b't' => Unescaped::Unit(0x09),
            b'u' => {
                self.digits_due = 4;
                Unescaped::Incomplete
            }
            _ => Unescaped::Invalid,
        }
    }
}
