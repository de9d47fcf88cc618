//! Chorus Pro as an establishment's configuration says: one client for the process, one account for each establishment.
//!
//! It knows the configuration document and the client, and joins the two. It makes no call itself.

use std::sync::{Arc, Mutex, PoisonError};

use chorus_pro::{Account, Client, ClientConfig, Error, Retries, TechnicalAccount};
use lambda_kit::{
    Deadline,
    config::{Document, Establishment, Piste},
};
use secrecy::ExposeSecret;

/// The client of this process. The token, the connections and the rate limit live in it, so it is kept between invocations, and built
/// again only when what the configuration says of PISTE has changed.
#[derive(Debug)]
pub struct Portal {
    calls_per_second: u32,
    retries: Retries,
    held: Mutex<Option<(Piste, Client)>>,
}

impl Portal {
    /// No client yet: it is built with the first account asked for.
    #[must_use]
    pub fn new(calls_per_second: u32) -> Self {
        Self {
            calls_per_second,
            retries: Retries::default(),
            held: Mutex::new(None),
        }
    }

    /// The same, trying idempotent calls again in another rhythm.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// The API as this establishment's technical account, with calls that end by `deadline`.
    ///
    /// # Errors
    /// A URL or a login that cannot be used: for the person who configures.
    pub fn account(
        &self,
        document: &Arc<Document>,
        establishment: &Establishment,
        deadline: Deadline,
    ) -> Result<Account, Error> {
        let technical_account = TechnicalAccount {
            login: establishment.technical_account.login.clone(),
            password: establishment.technical_account.password.clone(),
        };
        let account = self.client(&document.piste)?.account(&technical_account)?;
        Ok(account.with_deadline(deadline.instant()))
    }

    fn client(&self, piste: &Piste) -> Result<Client, Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, client)) = held.as_ref()
            && same(of, piste)
        {
            return Ok(client.clone());
        }
        let client = Client::new(ClientConfig {
            calls_per_second: f64::from(self.calls_per_second),
            retries: self.retries.clone(),
            ..ClientConfig::new(
                piste.token_url.as_str(),
                piste.api_url.as_str(),
                piste.client_id.as_str(),
                piste.client_secret.clone(),
            )
        })?;
        *held = Some((piste.clone(), client.clone()));
        Ok(client)
    }
}

fn same(a: &Piste, b: &Piste) -> bool {
    (&a.client_id, &a.token_url, &a.api_url) == (&b.client_id, &b.token_url, &b.api_url)
        && a.client_secret.expose_secret() == b.client_secret.expose_secret()
}
