//! The simulator itself, without its server: state, faults and journal, each behind its lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::control::{self, Deposit, DepositDocument, DepositError};
use crate::documents::{Document, FolderError};
use crate::faults::{FaultError, FaultRule, Faults};
use crate::journal::Journal;
use crate::options::{Options, StartError};
use crate::scenario::{self, Player};
use crate::seed;
use crate::state::{Actor, Invoice, LifecycleError, Portal};

/// A portal with its faults and its journal. What `/_sim/` does over HTTP, this does in the same process.
#[derive(Debug)]
pub struct Simulator {
    portal: Mutex<Portal>,
    faults: Mutex<Faults>,
    correlation: Mutex<ChaCha8Rng>,
    player: Option<Mutex<Player>>,
    journal: Journal,
    options: Options,
}

impl Simulator {
    /// A portal filled as `options` say.
    ///
    /// # Errors
    ///
    /// When the journal, the folder of documents or a fault cannot be used.
    pub fn new(options: Options) -> Result<Self, StartError> {
        let journal =
            Journal::open(options.journal.as_deref()).map_err(|source| StartError::Journal {
                path: options.journal.clone().unwrap_or_default(),
                source,
            })?;
        let mut faults = Faults::none(options.seed);
        faults.set(options.faults.clone())?;
        let mut portal = seed::portal(&options)?;
        let player = Player::for_options(&options, &mut portal);
        Ok(Self {
            portal: Mutex::new(portal),
            player: player.map(Mutex::new),
            faults: Mutex::new(faults),
            correlation: Mutex::new(correlation_ids(options.seed)),
            journal,
            options,
        })
    }

    /// The whole state, locked: no call is answered while it is held.
    ///
    /// With a scenario, everything due has happened by then, and the clock stands still until the lock is taken again: nobody sees
    /// the portal before it has caught up with its clock.
    pub fn portal(&self) -> MutexGuard<'_, Portal> {
        let mut portal = self.portal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut player) = self.player() {
            player.catch_up(&mut portal, &self.faults);
        }
        portal
    }

    /// The scenario, locked. Whoever wants the portal too takes that first.
    pub(crate) fn player(&self) -> Option<MutexGuard<'_, Player>> {
        let player = self.player.as_ref()?;
        Some(player.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets everything happen that is due by the portal's present.
    pub(crate) fn catch_up(&self) {
        drop(self.portal());
    }

    /// How far the scenario is, as `GET /_sim/scenario` shows it; nothing without one.
    #[must_use]
    pub fn scenario(&self) -> Option<scenario::Progress> {
        let portal = self.portal();
        let progress = self.player()?.progress(&portal);
        Some(progress)
    }

    /// Pushes the clock to what the scenario has next, and lets it happen; what is done tells it. Nothing without a scenario.
    pub fn play_next(&self) -> Option<Vec<scenario::Done>> {
        let mut portal = self.portal();
        let done = self.player()?.next(&mut portal, &self.faults);
        Some(done)
    }

    /// The faults, locked.
    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What the simulator was started with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// All invoices as they are.
    #[must_use]
    pub fn invoices(&self) -> Vec<Arc<Invoice>> {
        self.portal().invoices().cloned().collect()
    }

    /// One invoice as it is.
    #[must_use]
    pub fn invoice(&self, id: i64) -> Option<Arc<Invoice>> {
        self.portal().invoice(id).cloned()
    }

    /// Deposits an invoice.
    ///
    /// # Errors
    ///
    /// When the deposit names a recipient, service or amount that cannot be.
    pub fn deposit(&self, deposit: Deposit) -> Result<Arc<Invoice>, DepositError> {
        deposit.put_into(&mut self.portal())
    }

    /// Deposits `count` generated invoices at the present instant.
    pub fn deposit_generated(&self, count: usize) -> Vec<Arc<Invoice>> {
        seed::deposit_now(&mut self.portal(), count)
    }

    /// Puts any status on an invoice, whatever the matrix says.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown.
    pub fn set_status(
        &self,
        id: i64,
        statut: &str,
        commentaire: Option<&str>,
        actor: &Actor,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        self.portal()
            .set_status(id, statut, commentaire.map(str::to_owned), actor)
    }

    /// Attachments such as a supplier adds when it completes an invoice.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read.
    pub fn attachments(&self, given: &[DepositDocument]) -> Result<Vec<Document>, DepositError> {
        control::read_documents(&mut self.portal(), given, false)
    }

    /// The supplier completes a suspended invoice.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown or not `SUSPENDUE`.
    pub fn complete(
        &self,
        id: i64,
        documents: Vec<Document>,
        commentaire: Option<&str>,
    ) -> Result<Arc<Invoice>, LifecycleError> {
        self.portal()
            .complete(id, documents, commentaire.map(str::to_owned))
    }

    /// The supplier recycles an invoice to another service.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown or not `A_RECYCLER`, or the service is not the recipient's.
    pub fn recycle(&self, id: i64, service: Option<&str>) -> Result<Arc<Invoice>, LifecycleError> {
        self.portal().recycle(id, service, Vec::new(), None)
    }

    /// The accountant pays.
    ///
    /// # Errors
    ///
    /// When the invoice is unknown or no payment is possible from its status.
    pub fn pay(&self, id: i64) -> Result<Arc<Invoice>, LifecycleError> {
        self.portal().pay(id, None)
    }

    /// Puts these faults in force instead of what was there.
    ///
    /// # Errors
    ///
    /// When one of them can strike nothing.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), FaultError> {
        self.faults().set(rules)
    }

    /// The portal's present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.portal().clock.now()
    }

    /// Pushes the portal's clock forward. Tokens older than their life end with it.
    pub fn advance(&self, by: SignedDuration) {
        self.portal().clock.advance(by);
    }

    /// A Relais configuration that fits this portal, reached at `base_url`.
    #[must_use]
    pub fn config(&self, base_url: &str) -> serde_json::Value {
        crate::control::relais_config(&self.portal(), base_url)
    }

    /// Starts again from the seed: invoices, clock, faults, behaviour and the journal's memory.
    ///
    /// # Errors
    ///
    /// When the folder of documents cannot be read any more.
    pub fn reset(&self, seed: Option<u64>, invoices: Option<usize>) -> Result<usize, FolderError> {
        let options = Options {
            seed: seed.unwrap_or(self.options.seed),
            invoices: invoices.unwrap_or(self.options.invoices),
            ..self.options.clone()
        };
        let mut fresh = seed::portal(&options)?;
        let player = Player::for_options(&options, &mut fresh);
        let count = fresh.invoices().count();
        let mut faults = Faults::none(options.seed);
        // They were accepted at the start.
        let _ = faults.set(options.faults);
        let mut portal = self.portal();
        if let (Some(mut present), Some(player)) = (self.player(), player) {
            *present = player;
        }
        *portal = fresh;
        *self.faults() = faults;
        *self.correlation() = correlation_ids(options.seed);
        drop(portal);
        self.journal.clear();
        Ok(count)
    }

    /// `Id-8c6d0b6ae93135bc54114f08 0`, as Axway writes it.
    pub(crate) fn correlation_id(&self) -> String {
        let mut rng = self.correlation();
        format!(
            "Id-{:016x}{:08x} 0",
            rng.random::<u64>(),
            rng.random::<u32>()
        )
    }

    fn correlation(&self) -> MutexGuard<'_, ChaCha8Rng> {
        self.correlation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn correlation_ids(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed ^ 0xC0)
}
