//! How often a message has failed, and by whose fault.

use jiff::Timestamp;

/// Whose fault a failure was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The message's own.
    Own,
    /// The message's own, or that of whatever it was to be done with.
    Unclear,
}

/// How often a message has failed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// By its own fault.
    pub own: u32,
    /// By a fault that may be its own.
    pub unclear: u32,
    /// When the first of the unclear ones was.
    pub unclear_since: Option<Timestamp>,
}

impl Failures {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u32 {
        self.own.saturating_add(self.unclear)
    }
}
