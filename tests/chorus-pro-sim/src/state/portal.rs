//! The whole state and its indexes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::account::{Account, PisteApplication};
use super::invoice::Invoice;
use super::structure::{Structure, Supplier};
use crate::clock::Clock;

/// What the portal does with a reason longer than 255 characters. Nobody has published it; a well-behaved client never sends one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongMotif {
    /// A functional error, 20004.
    Refuse,
    /// Kept up to 255 characters.
    Cut,
    /// Kept whole.
    Accept,
}

/// What sources leave open, or contradict each other on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// A reason of more than 255 characters.
    pub long_motif: LongMotif,
    /// Whether a mandated invoice may still be suspended, refused or recycled.
    pub returns_after_mandate: bool,
    /// Largest download in bytes, before encoding; above it the answer is 413.
    pub download_limit: u64,
    /// Life of a token in seconds.
    pub token_seconds: i64,
    /// Whether a completion or recycling makes the invoice "not downloaded" again.
    pub flag_reset_on_return: bool,
    /// A list of one is answered as a bare object, as `listeStructures` sometimes is.
    pub single_as_object: bool,
    /// 64-bit identifiers are answered as strings.
    pub ids_as_strings: bool,
    /// `rechercher` answers `codeRetour` 0 without its paging keys.
    pub omit_paging: bool,
    /// Largest number of results when the request names none, of the searches that know a maximum.
    pub default_maximum: usize,
    /// The searches of the recipient and of works documents show a change only after up to so many seconds, each change after its own.
    pub listing_lag_seconds: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            long_motif: LongMotif::Refuse,
            returns_after_mandate: true,
            download_limit: 120 * 1024 * 1024,
            token_seconds: 3600,
            flag_reset_on_return: false,
            single_as_object: false,
            ids_as_strings: false,
            omit_paging: false,
            default_maximum: 200,
            listing_lag_seconds: 0,
        }
    }
}

/// Everything the portal knows.
#[derive(Debug)]
pub struct Portal {
    /// Its clock.
    pub clock: Clock,
    /// Its open questions.
    pub behaviour: Behaviour,
    /// The one PISTE application.
    pub application: PisteApplication,
    /// Technical accounts.
    pub accounts: Vec<Account>,
    /// Public structures.
    pub structures: Vec<Arc<Structure>>,
    /// Suppliers.
    pub suppliers: Vec<Arc<Supplier>>,
    pub(crate) invoices: BTreeMap<i64, Arc<Invoice>>,
    pub(crate) rng: ChaCha8Rng,
    tokens: HashMap<String, Timestamp>,
    next_id: i64,
    next_event: i64,
}

impl Portal {
    /// An empty portal; [`crate::seed`] fills it.
    #[must_use]
    pub fn empty(
        seed: u64,
        clock: Clock,
        behaviour: Behaviour,
        application: PisteApplication,
    ) -> Self {
        Self {
            clock,
            behaviour,
            application,
            accounts: Vec::new(),
            structures: Vec::new(),
            suppliers: Vec::new(),
            invoices: BTreeMap::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            tokens: HashMap::new(),
            next_id: 3_346_947,
            next_event: 8_548_000,
        }
    }

    /// All invoices, by identifier.
    pub fn invoices(&self) -> impl DoubleEndedIterator<Item = &Arc<Invoice>> {
        self.invoices.values()
    }

    /// One invoice.
    #[must_use]
    pub fn invoice(&self, id: i64) -> Option<&Arc<Invoice>> {
        self.invoices.get(&id)
    }

    /// The structure with this `idStructureCPP`.
    #[must_use]
    pub fn structure(&self, id: i64) -> Option<&Arc<Structure>> {
        self.structures.iter().find(|structure| structure.id == id)
    }

    /// The structure with this SIRET.
    #[must_use]
    pub fn structure_by_siret(&self, siret: &str) -> Option<&Arc<Structure>> {
        self.structures
            .iter()
            .find(|structure| structure.siret == siret)
    }

    /// The account with these credentials, expired or not.
    #[must_use]
    pub fn account(&self, login: &str, password: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.login == login && account.password == password)
    }

    /// Whether a search shows the invoice at `now`, or its last change is still on its way there.
    pub(crate) fn is_listed(&self, invoice: &Invoice, now: Timestamp) -> bool {
        let longest = i64::from(self.behaviour.listing_lag_seconds);
        if longest == 0 {
            return true;
        }
        let last = invoice.historique.last().map_or(0, |entry| entry.id);
        // Any number will do that is the same for the same change and has nothing to do with its neighbour's.
        let lag = last.wrapping_mul(2_654_435_761).rem_euclid(longest);
        now.duration_since(invoice.etat_courant_le) >= SignedDuration::from_secs(lag)
    }

    /// An identifier for the next invoice: growing, with gaps, because the real ones serve all of France.
    pub(crate) fn next_invoice_id(&mut self) -> i64 {
        self.next_id += self.rng.random_range(1..40);
        self.next_id
    }

    /// An identifier for the next entry of any history.
    pub(crate) fn next_event_id(&mut self) -> i64 {
        self.next_event += 1;
        self.next_event
    }

    /// Grows with every deposit, status and action: while it stays the same, no invoice has moved.
    pub(crate) fn movements(&self) -> i64 {
        self.next_event
    }

    /// Adds or replaces an invoice.
    pub(crate) fn put(&mut self, invoice: Invoice) -> Arc<Invoice> {
        let invoice = Arc::new(invoice);
        self.invoices.insert(invoice.id, Arc::clone(&invoice));
        invoice
    }

    /// A new opaque token and its life in seconds.
    pub(crate) fn issue_token(&mut self) -> (String, i64) {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let token: String = (0..62)
            .filter_map(|_| {
                ALPHABET
                    .get(self.rng.random_range(0..ALPHABET.len()))
                    .copied()
                    .map(char::from)
            })
            .collect();
        let life = self.behaviour.token_seconds;
        let now = self.clock.now();
        self.tokens.retain(|_, end| *end > now);
        // The caller counts the seconds on a clock of its own.
        let life_here = self.clock.stretched(SignedDuration::from_secs(life));
        self.tokens.insert(
            token.clone(),
            now.checked_add(life_here).unwrap_or(Timestamp::MAX),
        );
        (token, life)
    }

    /// Whether a token was issued here and has not ended.
    pub(crate) fn token_is_valid(&self, token: &str) -> bool {
        self.tokens
            .get(token)
            .is_some_and(|end| *end > self.clock.now())
    }

    /// Forgets every token: the next call of every client ends in 401.
    pub fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }
}
