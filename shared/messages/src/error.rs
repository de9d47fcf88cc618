//! What is wrong with a message that someone else wrote.

/// A body is not the message that was expected. It will not be at the next attempt either: give it up, with this text as the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The body is not JSON at all, or cut off.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// The line of the body, from 1.
        line: usize,
        /// The column of the line, from 1.
        column: usize,
    },
    /// The envelope is not a CloudEvent 1.0.
    #[error("the message is not a CloudEvent 1.0: {0}")]
    Envelope(FieldProblem),
    /// A message of another type.
    #[error("type: {found:?} is not {expected:?}")]
    WrongType {
        /// The type that this queue is for.
        expected: &'static str,
        /// The type of the message, cut after 200 characters.
        found: String,
    },
    /// The `data` is not what the type says.
    #[error("{0}")]
    Data(FieldProblem),
}

/// A field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FieldProblem {
    /// The path of the field: `data.nouveauStatut[1]`.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

impl FieldProblem {
    pub(crate) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }
}

impl MessageError {
    /// A stable name to sort dead letters by.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "message.not-json",
            Self::Envelope(_) => "message.not-a-cloudevent",
            Self::WrongType { .. } => "message.wrong-type",
            Self::Data(_) => "message.bad-data",
        }
    }
}
