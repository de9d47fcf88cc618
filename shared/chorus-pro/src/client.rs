use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::{
    Error, ErrorKind, Operation,
    http::{RateLimit, Tokens, Transport},
};

/// What a client needs to know. Base URLs and credentials differ between production and the sandbox.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The PISTE token endpoint, `https://oauth.piste.gouv.fr/api/oauth/token` in production.
    pub token_url: String,
    /// The API's base URL without a path, `https://api.piste.gouv.fr` in production.
    pub api_url: String,
    /// `client_id` of the PISTE application.
    pub client_id: String,
    /// `client_secret` of the PISTE application.
    pub client_secret: SecretString,
    /// Calls a second of this process at most, over all accounts (the tokens not counted). PISTE's quotas are per application.
    pub calls_per_second: f64,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How often, and after how long, what is idempotent is tried again.
    pub retries: Retries,
}

impl ClientConfig {
    /// The production hosts of PISTE, as seen from the internet.
    pub const PRODUCTION: (&'static str, &'static str) = (
        "https://oauth.piste.gouv.fr/api/oauth/token",
        "https://api.piste.gouv.fr",
    );

    /// The sandbox hosts of PISTE, which lead to Chorus Pro's qualification.
    pub const SANDBOX: (&'static str, &'static str) = (
        "https://sandbox-oauth.piste.gouv.fr/api/oauth/token",
        "https://sandbox-api.piste.gouv.fr",
    );

    /// A configuration with the default rate (5 calls a second), timeouts and retries.
    pub fn new(
        token_url: impl Into<String>,
        api_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        Self {
            token_url: token_url.into(),
            api_url: api_url.into(),
            client_id: client_id.into(),
            client_secret,
            calls_per_second: 5.0,
            timeouts: Timeouts::default(),
            retries: Retries::default(),
        }
    }
}

/// How long to wait for what. A deadline on the [`Account`] shortens all of them.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included (5 s).
    pub connect: Duration,
    /// For the head of an answer (60 s: a search may take as long).
    pub answer: Duration,
    /// For the head of a download's answer, which Chorus Pro assembles on demand (180 s).
    pub download_answer: Duration,
    /// Between two pieces of a body: cuts a stalled download without limiting a slow one (30 s).
    pub read: Duration,
    /// For one attempt from beginning to end, other than a download (120 s).
    pub total: Duration,
    /// For a token (20 s).
    pub token: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(60),
            download_answer: Duration::from_secs(180),
            read: Duration::from_secs(30),
            total: Duration::from_secs(120),
            token: Duration::from_secs(20),
        }
    }
}

/// How idempotent calls are tried again: the waits double, each jittered between half and all of it.
#[derive(Clone, Debug)]
pub struct Retries {
    /// Attempts at most, the first included (4).
    pub attempts: u32,
    /// The wait after the first failure (300 ms).
    pub first_wait: Duration,
    /// The longest wait (10 s).
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(300),
            longest_wait: Duration::from_secs(10),
        }
    }
}

impl Retries {
    pub(crate) fn wait_after(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.first_wait
            .saturating_mul(doubled)
            .min(self.longest_wait)
    }
}

/// The client of one PISTE application. Cheap to clone; clones share the connections, the token and the rate limit, so make one per process.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) api_url: String,
    pub(crate) tokens: Tokens,
    pub(crate) limit: RateLimit,
    pub(crate) timeouts: Timeouts,
    pub(crate) retries: Retries,
}

impl Client {
    /// Builds a client. Nothing is sent yet: the token is asked for with the first call.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when a URL, the rate or the system's TLS roots are unusable.
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("relais-chorus-pro/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.timeouts.connect)
            // A redirection would carry `cpro-account` to another host: it is an answer like another, and not Chorus Pro's.
            .redirect(reqwest::redirect::Policy::none())
            // A frozen Lambda sandbox wakes with connections that the other side has long closed.
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(|e| misconfigured(format!("the HTTP client: {e}")))?;
        Self::over(config, Arc::new(http))
    }

    /// Builds a client whose requests go another way than by HTTP.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when a URL or the rate is unusable.
    pub fn over(config: ClientConfig, transport: Arc<dyn Transport>) -> Result<Self, Error> {
        let token_url = reqwest::Url::parse(&config.token_url)
            .map_err(|e| misconfigured(format!("token_url: {e}")))?;
        let api_url = reqwest::Url::parse(&config.api_url)
            .map_err(|e| misconfigured(format!("api_url: {e}")))?;
        let rate = config.calls_per_second;
        if !(rate.is_finite() && (0.001..=10_000.0).contains(&rate)) {
            return Err(misconfigured(format!(
                "calls_per_second: {rate} is not between 0.001 and 10000"
            )));
        }
        let tokens = Tokens::new(
            transport.clone(),
            token_url,
            config.client_id,
            config.client_secret,
            config.timeouts.token,
        );
        Ok(Self(Arc::new(Inner {
            transport,
            api_url: api_url.as_str().trim_end_matches('/').to_owned(),
            tokens,
            limit: RateLimit::new(rate),
            timeouts: config.timeouts,
            retries: config.retries,
        })))
    }

    /// The operations as seen by a technical account.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the login is empty or has a colon, which the header cannot carry.
    pub fn account(&self, account: &TechnicalAccount) -> Result<Account, Error> {
        if account.login.is_empty() || account.login.contains(':') {
            return Err(misconfigured(
                "technical_account.login is empty or contains a colon",
            ));
        }
        let pair = SecretString::from(format!(
            "{}:{}",
            account.login,
            account.password.expose_secret()
        ));
        let mut header = HeaderValue::try_from(BASE64_STANDARD.encode(pair.expose_secret()))
            .map_err(|_| misconfigured("technical_account cannot be sent in a header"))?;
        header.set_sensitive(true);
        Ok(Account {
            client: self.clone(),
            header,
            deadline: None,
            listener: None,
            invoices: Arc::default(),
        })
    }

    /// Lets one call go in each `interval` from now on, where that is slower than the configured rate; `None` brings the configured
    /// rate back. It holds for every clone of the client.
    pub fn slow_down(&self, interval: Option<Duration>) {
        self.0.limit.slow_down(interval);
    }
}

fn misconfigured(reason: impl Into<String>) -> Error {
    Error::new(
        Operation::Jeton,
        ErrorKind::Configuration {
            reason: reason.into(),
        },
    )
}

/// Is told of every call of an [`Account`]. It is called in the middle of the work: it must not take long.
pub trait Listener: fmt::Debug + Send + Sync {
    /// A call came to its end, its own repetitions included. `invoices` are those it was about; none for a search or a lookup.
    fn ended(&self, operation: Operation, invoices: &[i64], result: Result<(), &Error>);

    /// The gateway answered 429, whether or not the call is repeated.
    fn throttled(&self, retry_after: Option<Duration>);
}

/// A technical account of Chorus Pro (`TECH_1_…@cpro.fr`): who the portal takes the caller for.
#[derive(Clone, Debug)]
pub struct TechnicalAccount {
    /// The login.
    pub login: String,
    /// The password. It expires: see `dateExpirationMotPasseCompteTech` of `structures/v1/consulter`.
    pub password: SecretString,
}

/// The operations of the API for one technical account, and the moment by which they must be done.
#[derive(Clone)]
pub struct Account {
    pub(crate) client: Client,
    pub(crate) header: HeaderValue,
    pub(crate) deadline: Option<Instant>,
    pub(crate) listener: Option<Arc<dyn Listener>>,
    /// The invoices that the call at hand is about.
    invoices: Arc<[i64]>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// The same account, with calls, waits and retries that end by `deadline` (of `tokio::time` or `std::time`).
    #[must_use]
    pub fn with_deadline(&self, deadline: impl Into<Instant>) -> Self {
        Self {
            deadline: Some(deadline.into()),
            ..self.clone()
        }
    }

    /// The same account, with a listener that is told of each call.
    #[must_use]
    pub fn heard_by(&self, listener: Arc<dyn Listener>) -> Self {
        Self {
            listener: Some(listener),
            ..self.clone()
        }
    }

    /// The same account for calls about these invoices, so that the listener can tell one invoice's trouble from the portal's.
    pub(crate) fn about(&self, invoices: impl Into<Arc<[i64]>>) -> Self {
        Self {
            invoices: invoices.into(),
            ..self.clone()
        }
    }

    /// Tells the listener how a call ended.
    pub(crate) fn tell<T>(
        &self,
        operation: Operation,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(listener) = &self.listener {
            listener.ended(operation, &self.invoices, result.as_ref().map(|_| ()));
        }
        result
    }
}
