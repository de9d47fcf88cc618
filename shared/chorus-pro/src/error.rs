use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use crate::Operation;

/// What to do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The same call may succeed later; not before `after` when the portal said so.
    /// For `traiter/recue` look at [`Error::effect`] first.
    Retry {
        /// What `Retry-After` asked for.
        after: Option<Duration>,
    },
    /// Nothing gets better by itself: credentials, rights, CGU, a password that has expired. A person must act; the text says on what.
    CallSomeone,
    /// Chorus Pro understood and said no. It is an answer: repeat it and it says no again.
    Refusal,
    /// The dossier is over the limit: ask for fewer invoices, or for less of one.
    AskForLess,
    /// The answer (or the request) is not what the API describes. Give this one up and have it looked at.
    Content,
}

/// What a failed call may have done at the portal. Decisive for `traiter/recue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The request did not leave: nothing can have happened.
    NotSent,
    /// The portal or its gateway answered, and the answer says that nothing was done.
    NotApplied,
    /// It may or may not have been applied: read `consulter/historique` before anything is sent again.
    Unclear,
}

/// The shapes that a 403 takes, each with its meaning (observed on the sandbox in 2026).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forbidden {
    /// Body `{}`: the gateway does not route this URL for the application: API not subscribed, CGU not accepted, or no such path.
    NotRouted,
    /// The request's body came back: the URL is right, the authorisation is refused: no OAuth2 raccordement, wrong technical account, or no subscription.
    Refused,
    /// Body `{}` in answer to a request whose body was `{}`: one or the other.
    NotRoutedOrRefused,
    /// An empty or other body, which explains nothing.
    Unexplained,
}

/// What a call was waiting for when its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The first line of the answer.
    Answer,
    /// The next piece of the answer's body.
    Body,
}

/// What went wrong. `Display` says it in a sentence with what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// PISTE does not accept the application's credentials.
    #[error(
        "PISTE refuses the application's credentials (HTTP {status}, {error}{}): check client_id and client_secret, and that they belong to this environment",
        description.as_ref().map(|text| format!(", {text}")).unwrap_or_default()
    )]
    Piste {
        /// HTTP status of the token endpoint.
        status: u16,
        /// OAuth error code, such as `invalid_client`.
        error: String,
        /// `error_description`, when given.
        description: Option<String>,
    },
    /// No token could be had, for a reason that may pass.
    #[error("no PISTE token for now: {reason}; try again later")]
    Jeton {
        /// What the token endpoint did.
        reason: String,
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
        /// The transport's error, if it was one.
        #[source]
        source: Option<Arc<reqwest::Error>>,
    },
    /// No connection: the request did not leave.
    #[error(
        "could not connect to the API; check the network, the proxy and the base URL if it lasts"
    )]
    Connect {
        /// The transport's error.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The caller's deadline came before the request could be sent.
    #[error("the caller's deadline came before the request was sent")]
    Deadline,
    /// The connection broke after the request had begun to leave.
    #[error("the connection broke before the answer was complete; try again")]
    Transport {
        /// The transport's error.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// No answer, or no next piece of it, in time.
    #[error("no {} within {after:?}; try again, or allow more time", match waiting_for { Waiting::Answer => "answer", Waiting::Body => "further piece of the answer" })]
    Timeout {
        /// What was waited for.
        waiting_for: Waiting,
        /// For how long.
        after: Duration,
    },
    /// HTTP 429: the application's quota.
    #[error(
        "the PISTE quota is used up (HTTP 429); slow down, and ask PISTE for a higher quota if it lasts"
    )]
    Throttled {
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
    },
    /// HTTP 5xx (or 408): the gateway or Chorus Pro is not well, or in maintenance.
    #[error("Chorus Pro or its gateway is not available (HTTP {status}{}); try again later", libelle.as_ref().map(|text| format!(", {text}")).unwrap_or_default())]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
        /// The text of Chorus Pro, when the body was one of its own.
        libelle: Option<String>,
    },
    /// The body is not an answer of Chorus Pro: a gateway's page, a redirection to a maintenance notice.
    #[error("the answer (HTTP {status}, {}) is a gateway's and not Chorus Pro's; try again later", content_type.as_deref().unwrap_or("no content type"))]
    NotChorus {
        /// HTTP status.
        status: u16,
        /// `Content-Type` of the answer.
        content_type: Option<String>,
    },
    /// The answer stops in the middle.
    #[error("the answer was cut off after {length} bytes; try again")]
    Truncated {
        /// Bytes received.
        length: u64,
    },
    /// HTTP 401 with a token that was just obtained: the technical account, most likely.
    #[error(
        "authentication refused (HTTP 401{}): {}",
        challenge.as_ref().map(|text| format!(", {text}")).unwrap_or_default(),
        if challenge.as_ref().is_some_and(|text| text.contains("DefaultRealm")) {
            "the gateway does not know this path, check the API's base URL"
        } else {
            "check the technical account's login and password (it expires), that it is active, and its raccordement to this PISTE application"
        }
    )]
    Unauthorised {
        /// `WWW-Authenticate`: the only place where the gateway explains itself.
        challenge: Option<String>,
    },
    /// HTTP 403.
    #[error("{}", match shape {
        Forbidden::NotRouted => "not routed (HTTP 403, body {}): subscribe the PISTE application to this API and accept its CGU, or check the base URL",
        Forbidden::Refused => "access refused (HTTP 403, request echoed): check the OAuth2 raccordement of this PISTE application in Chorus Pro, and the technical account",
        Forbidden::NotRoutedOrRefused => "access refused (HTTP 403): either the API is not subscribed or its CGU not accepted in PISTE, or the raccordement or the technical account is wrong",
        Forbidden::Unexplained => "access refused without an explanation (HTTP 403): check the technical account (password, state), its raccordement, and the CGU in PISTE",
    })]
    Forbidden {
        /// What the body looked like, and so what it means.
        shape: Forbidden,
    },
    /// HTTP 413: the dossier is over 120 MB.
    #[error(
        "the dossier is over the limit of 120 MB (HTTP 413): ask for fewer invoices at once, or for the PDF without complements"
    )]
    TooLarge,
    /// Another status that no repetition will change.
    #[error(
        "unexpected HTTP {status}: the request or the base URL is wrong; report it with the correlation id"
    )]
    Http {
        /// HTTP status.
        status: u16,
    },
    /// Chorus Pro refused: `codeRetour` is not 0.
    #[error("Chorus Pro refuses: {libelle} (codeRetour {code_retour})")]
    Refused {
        /// `codeRetour`; its meaning depends on the operation.
        code_retour: i64,
        /// `libelle`: message code and French text.
        libelle: String,
    },
    /// The answer is JSON, but not what the API describes.
    #[error("unexpected content at {path}: {reason}")]
    Content {
        /// Where, as a JSON path: `listeFactures[3].idFacture`.
        path: String,
        /// What is wrong there.
        reason: String,
    },
    /// A search came to its end without all the rows it announced.
    #[error(
        "the search is not complete: {read} rows read, {expected} announced ({reason}); search again"
    )]
    ShortRead {
        /// Distinct rows read.
        read: u64,
        /// Rows announced.
        expected: u64,
        /// Where it went wrong.
        reason: String,
    },
    /// The request cannot be sent as it is.
    #[error("the request is not valid: {reason}")]
    Request {
        /// What is wrong with it.
        reason: String,
    },
    /// The client cannot be built.
    #[error("the client's configuration is not valid: {reason}")]
    Configuration {
        /// What is wrong with it.
        reason: String,
    },
}

/// A call that failed: what went wrong, in which operation, and what PISTE's support needs to find it.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    operation: Operation,
    kind: ErrorKind,
    correlation_id: Option<String>,
    attempts: u32,
}

impl Error {
    pub(crate) fn new(operation: Operation, kind: ErrorKind) -> Self {
        Self(Box::new(Parts {
            operation,
            kind,
            correlation_id: None,
            attempts: 1,
        }))
    }

    pub(crate) fn with_correlation_id(mut self, id: Option<&str>) -> Self {
        self.0.correlation_id = id.map(str::to_owned);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// In which operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// `x-correlationid` of the answer, which PISTE's support asks for.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.correlation_id.as_deref()
    }

    /// How often the request was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// `codeRetour` and `libelle`, when Chorus Pro refused.
    #[must_use]
    pub fn refusal(&self) -> Option<(i64, &str)> {
        match self.kind() {
            ErrorKind::Refused {
                code_retour,
                libelle,
            } => Some((*code_retour, libelle)),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.kind() {
            ErrorKind::Jeton { retry_after, .. }
            | ErrorKind::Throttled { retry_after }
            | ErrorKind::Unavailable { retry_after, .. } => Decision::Retry {
                after: *retry_after,
            },
            ErrorKind::Connect { .. }
            | ErrorKind::Deadline
            | ErrorKind::Transport { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::NotChorus { .. }
            | ErrorKind::Truncated { .. }
            | ErrorKind::ShortRead { .. } => Decision::Retry { after: None },
            ErrorKind::Piste { .. }
            | ErrorKind::Unauthorised { .. }
            | ErrorKind::Forbidden { .. }
            | ErrorKind::Http { .. }
            | ErrorKind::Configuration { .. } => Decision::CallSomeone,
            ErrorKind::TooLarge => Decision::AskForLess,
            ErrorKind::Refused { .. } => Decision::Refusal,
            ErrorKind::Content { .. } | ErrorKind::Request { .. } => Decision::Content,
        }
    }

    /// What the call may have done at the portal.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.kind() {
            ErrorKind::Piste { .. }
            | ErrorKind::Jeton { .. }
            | ErrorKind::Connect { .. }
            | ErrorKind::Deadline
            | ErrorKind::Request { .. }
            | ErrorKind::Configuration { .. } => Effect::NotSent,
            ErrorKind::Unauthorised { .. }
            | ErrorKind::Forbidden { .. }
            | ErrorKind::Throttled { .. }
            | ErrorKind::TooLarge
            | ErrorKind::Refused { .. } => Effect::NotApplied,
            ErrorKind::Transport { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::Unavailable { .. }
            | ErrorKind::NotChorus { .. }
            | ErrorKind::Truncated { .. }
            | ErrorKind::Http { .. }
            | ErrorKind::Content { .. }
            | ErrorKind::ShortRead { .. } => Effect::Unclear,
        }
    }

    /// Whether the same call may succeed later without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.decision(), Decision::Retry { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.operation, self.0.kind)?;
        if self.0.attempts > 1 {
            write!(f, " [{} attempts]", self.0.attempts)?;
        }
        if let Some(id) = &self.0.correlation_id {
            write!(f, " [x-correlationid {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("operation", &self.0.operation)
            .field("kind", &self.0.kind)
            .field("correlation_id", &self.0.correlation_id)
            .field("attempts", &self.0.attempts)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The kind's own text is part of ours; the chain goes on with what is behind it.
        self.0.kind.source()
    }
}
