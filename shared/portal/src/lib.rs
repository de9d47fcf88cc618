//! Chorus Pro as an establishment's configuration says: one client for the process, one account for each establishment, and whether a
//! call may be made now.
//!
//! It knows the configuration document and the client, and joins the two. It makes no call itself; it hears how each one ends (see
//! [`gate`]), and says from that whether a message that was not handled failed by its own fault.

mod fault;
pub mod gate;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chorus_pro::{
    Account, Client, ClientConfig, Error, Listener, Operation, Retries, TechnicalAccount, Transport,
};
use lambda_kit::{
    BoxError, Deadline, Metrics,
    batch::Outcome,
    config::{Document, Establishment, Piste},
};
use secrecy::ExposeSecret;

pub use gate::{Closed, Gate, Switches, Use};

/// The client of this process. The token, the connections and the rate limit live in it, so it is kept between invocations, and built
/// again only when what the configuration says of PISTE has changed. Clones share it, each behind the gate that it is given.
#[derive(Clone, Debug)]
pub struct Portal {
    calls_per_second: u32,
    retries: Retries,
    transport: Option<Arc<dyn Transport>>,
    gate: Option<Arc<Gate>>,
    held: Arc<Mutex<Option<(Piste, Client)>>>,
}

/// No account: a call may not be made now, or not at all.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// A switch is off, or a breaker is open.
    #[error("no call may be made now")]
    Closed(#[from] Closed),
    /// The configuration cannot be used.
    #[error("the portal's client could not be made")]
    Client(#[from] Error),
}

impl Portal {
    /// No client yet: it is built with the first account asked for.
    #[must_use]
    pub fn new(calls_per_second: u32) -> Self {
        Self {
            calls_per_second,
            retries: Retries::default(),
            transport: None,
            gate: None,
            held: Arc::default(),
        }
    }

    /// The same, trying idempotent calls again in another rhythm.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// The same, with requests that go another way than by HTTP.
    #[must_use]
    pub fn over(self, transport: Arc<dyn Transport>) -> Self {
        Self {
            transport: Some(transport),
            ..self
        }
    }

    /// The same behind a gate, which hears of each call and may let none pass. Without one every call may be made that the
    /// configuration's switches allow.
    #[must_use]
    pub fn with_gate(self, gate: Arc<Gate>) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }

    /// Begins an invocation: what the state bucket says is read again.
    pub fn renew(&self) {
        if let Some(gate) = &self.gate {
            gate.renew();
        }
    }

    /// Ends an invocation: tells the other processes what this one has learned, and counts it.
    pub async fn settle(&self, metrics: &Metrics) {
        if let Some(gate) = &self.gate {
            gate.give_back();
            gate.publish().await;
            gate.count_on(metrics);
        }
    }

    /// Whether a call may be made now; claims nothing.
    ///
    /// # Errors
    /// [`Closed`] says why not, and until when.
    pub async fn look(&self, establishment: &Establishment, what: Use) -> Result<(), Closed> {
        match &self.gate {
            Some(gate) => gate.look(establishment, what).await,
            None => gate::configured_on(establishment, what),
        }
    }

    /// Whether a call may be made now, for whoever makes it next: where a breaker is to be tried, this process claims the trial.
    ///
    /// # Errors
    /// [`Closed`] says why not, and until when.
    pub async fn admit(&self, establishment: &Establishment, what: Use) -> Result<(), Closed> {
        let Some(gate) = &self.gate else {
            return gate::configured_on(establishment, what);
        };
        gate.admit(establishment, what).await?;
        self.keep_pace(gate);
        Ok(())
    }

    /// The API as this establishment's technical account, when a call may be made now.
    ///
    /// # Errors
    /// See [`NotAdmitted`].
    pub async fn admitted(
        &self,
        document: &Document,
        establishment: &Establishment,
        what: Use,
        deadline: Deadline,
    ) -> Result<Account, NotAdmitted> {
        let account = self.account(document, establishment, deadline)?;
        self.admit(establishment, what).await?;
        Ok(account)
    }

    /// The API as this establishment's technical account, with calls that end by `deadline`.
    ///
    /// # Errors
    /// A URL or a login that cannot be used: for the person who configures.
    pub fn account(
        &self,
        document: &Document,
        establishment: &Establishment,
        deadline: Deadline,
    ) -> Result<Account, Error> {
        let technical_account = TechnicalAccount {
            login: establishment.technical_account.login.clone(),
            password: establishment.technical_account.password.clone(),
        };
        let account = self.client(&document.piste)?.account(&technical_account)?;
        let account = account.with_deadline(deadline.instant());
        Ok(match &self.gate {
            None => account,
            Some(gate) => account.heard_by(Arc::new(Ear {
                gate: gate.clone(),
                siret: establishment.siret.clone(),
                calls_per_minute: self.calls_per_minute(),
            })),
        })
    }

    /// How many breakers are open, as far as this process knows.
    #[must_use]
    pub fn open_breakers(&self) -> u64 {
        self.gate.as_ref().map_or(0, |gate| gate.open_breakers())
    }

    /// Whether a breaker is open for this establishment, its own or the portal's, as far as this process knows.
    #[must_use]
    pub fn is_closed_for(&self, establishment: &Establishment) -> bool {
        let gate = self.gate.as_ref();
        gate.is_some_and(|gate| gate.open_for(&establishment.siret).is_some())
    }

    /// What becomes of a message that was not handled: it waits when that was not its fault, and has failed otherwise.
    ///
    /// The causes of the error say it. Credentials, quotas, the way to the portal, S3 and SQS are nobody's fault; neither is an answer
    /// of 500 while the breaker is open. While it is closed, the portal may stumble over this message, or be down with nobody else to
    /// show it by: that is unclear.
    #[must_use]
    pub fn outcome(&self, establishment: &Establishment, error: impl Into<BoxError>) -> Outcome {
        self.ended(establishment, None, error.into())
    }

    /// What becomes of a message about one invoice that was not handled; see [`Portal::outcome`].
    ///
    /// Where others have worked since this invoice failed before, it is not unclear any more whose fault it was.
    #[must_use]
    pub fn outcome_of(
        &self,
        establishment: &Establishment,
        id_facture: u64,
        error: impl Into<BoxError>,
    ) -> Outcome {
        let invoice = i64::try_from(id_facture).ok();
        self.ended(establishment, invoice, error.into())
    }

    /// Whether a call about these invoices fails for the sake of some of them, as this process has seen it: worth a call without these,
    /// also as the trial of an open breaker.
    #[must_use]
    pub fn stumbles_over_some(&self, operation: Operation, invoices: &[i64]) -> bool {
        let gate = self.gate.as_ref();
        gate.is_some_and(|gate| gate.stumbles_over_some(operation, invoices))
    }

    fn ended(
        &self,
        establishment: &Establishment,
        invoice: Option<i64>,
        error: BoxError,
    ) -> Outcome {
        let gate = self.gate.as_ref();
        let open = gate.and_then(|gate| gate.open_for(&establishment.siret));
        let until = |at: jiff::Timestamp| {
            let now = gate.map(|gate| gate.now())?;
            Duration::try_from(at.duration_since(now)).ok()
        };
        let proven = |operation| {
            let of = gate.zip(invoice);
            of.is_some_and(|(gate, id)| gate.stumbled(&establishment.siret, operation, id))
        };
        fault::outcome(error, open.as_ref(), proven, until)
    }

    fn calls_per_minute(&self) -> u32 {
        self.calls_per_second.saturating_mul(60)
    }

    fn keep_pace(&self, gate: &Gate) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = held.as_ref() {
            client.slow_down(gate.interval(self.calls_per_minute()));
        }
    }

    fn client(&self, piste: &Piste) -> Result<Client, Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, client)) = held.as_ref()
            && same(of, piste)
        {
            return Ok(client.clone());
        }
        let config = ClientConfig {
            calls_per_second: f64::from(self.calls_per_second),
            retries: self.retries.clone(),
            ..ClientConfig::new(
                piste.token_url.as_str(),
                piste.api_url.as_str(),
                piste.client_id.as_str(),
                piste.client_secret.clone(),
            )
        };
        let client = match &self.transport {
            None => Client::new(config),
            Some(transport) => Client::over(config, transport.clone()),
        }?;
        *held = Some((piste.clone(), client.clone()));
        Ok(client)
    }
}

/// Tells the gate how the calls of one establishment's account end.
#[derive(Debug)]
struct Ear {
    gate: Arc<Gate>,
    siret: String,
    calls_per_minute: u32,
}

impl Listener for Ear {
    fn ended(&self, operation: Operation, invoices: &[i64], result: Result<(), &Error>) {
        self.gate.ended(&self.siret, operation, invoices, result);
    }

    fn throttled(&self, retry_after: Option<Duration>) {
        self.gate.throttled(self.calls_per_minute, retry_after);
    }
}

fn same(a: &Piste, b: &Piste) -> bool {
    (&a.client_id, &a.token_url, &a.api_url) == (&b.client_id, &b.token_url, &b.api_url)
        && a.client_secret.expose_secret() == b.client_secret.expose_secret()
}
