use std::fmt;

/// A text that must not reach a log: a person's name, an e-mail address, a telephone number, a bank account.
///
/// Its `Debug` says only that it is there; reading it is explicit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Confidentiel(String);

impl Confidentiel {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Not for logs, metrics or error messages.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text itself, owned. Not for logs, metrics or error messages.
    #[must_use]
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl fmt::Debug for Confidentiel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[confidential]")
    }
}
