//! What comes after a long outage, and at a first installation: thousands of invoices at once, and those of today among them.
//!
//! Nothing goes wrong here but the outage: how fast the past is collected, in which order, and what the present has to wait, is measured by
//! the world's clock. One function works at a time, as if all of them had one process together; no process makes more than
//! five calls a second to the portal, and every call to the cloud takes its milliseconds. The portal's answers are small here: what a
//! line takes for large documents comes on top.

mod measure;

use std::{
    collections::{HashMap, VecDeque},
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chorus_pro_sim::{Deposit, DepositDocument, FaultKind, FaultRule, state::Actor, statuts};
use clap::ValueEnum;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lambda_kit::BoxError;

pub use measure::{Measured, Progress};

use crate::{
    catch_up::measure::{Kind, Known},
    cloud::Queue,
    world::{ERP, JOBS, JOBS_DEAD, Problem, Worked, World},
};

/// `CallsPerSecond` of the template.
const CALLS_PER_SECOND: i64 = 5;

/// `PollRate` of the template.
const POLL_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// How often Relais looks whether an outage is over: each of its functions does so more often, and learns no more.
const TICK_OF_AN_OUTAGE: SignedDuration = SignedDuration::from_hours(2);

/// A new invoice comes so often, for one establishment after the other.
const NEW_EVERY: SignedDuration = SignedDuration::from_secs(45);

/// What is paid on the portal so long after its deposit, as most of a past is.
const PAID_AFTER: SignedDuration = SignedDuration::from_hours(24 * 25);

/// The establishments.
const ESTABLISHMENTS: [&str; 3] = ["00000000013456", "00000000022226", "00000000039991"];

/// A past that is longer than this will never be caught up.
const LONGEST: SignedDuration = SignedDuration::from_hours(48);

/// Why nothing could be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cause {
    /// The passwords of all accounts have expired, in summer.
    Passwords,
    /// The portal is in maintenance.
    Maintenance,
    /// Only downloads fail; the lists are read as ever.
    Downloads,
}

/// Some days without documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Why.
    pub cause: Cause,
    /// How long nobody noticed.
    pub days: i64,
    /// Invoices that are deposited meanwhile, over all establishments.
    pub invoices: usize,
    /// Invoices that were queued and not archived when it began.
    pub queued: usize,
}

/// A first day with Relais.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Invoices on the portal since the day that was chosen, over all establishments.
    pub invoices: usize,
    /// Days since then.
    pub days: i64,
    /// For so many establishments.
    pub establishments: usize,
}

/// Lets nothing be collected for some days, and measures what follows.
///
/// # Errors
/// The world cannot be emptied.
pub async fn after_an_outage(
    world: &mut World,
    seed: u64,
    outage: Outage,
    progress: impl FnMut(&Progress),
) -> Result<Measured, BoxError> {
    let started = Instant::now();
    world.reset(seed).await?;
    let mut play = Play::new(world, seed, progress);
    let length = SignedDuration::from_hours(24 * outage.days);
    play.deposit_all(Kind::Queued, outage.queued, SignedDuration::from_hours(1));
    play.world.poll(None).await;
    play.strike(outage.cause, true);
    play.outage(outage.invoices, length).await;
    play.strike(outage.cause, false);
    play.catch_up().await;
    Ok(play.end(outage.days, started).await)
}

/// Begins with a portal that is full already.
///
/// # Errors
/// The world cannot be emptied.
pub async fn first_installation(
    world: &mut World,
    seed: u64,
    installation: Installation,
    progress: impl FnMut(&Progress),
) -> Result<Measured, BoxError> {
    let started = Instant::now();
    world.reset(seed).await?;
    let length = SignedDuration::from_hours(24 * installation.days);
    let today = world.clock().now();
    let chosen = today.saturating_sub(length).unwrap_or(today);
    world
        .collect_since(chosen.to_zoned(TimeZone::UTC).date())
        .await?;
    world.clock().restart(chosen);
    let mut play = Play::new(world, seed, progress);
    play.paid_after = PAID_AFTER;
    play.sirets = ESTABLISHMENTS
        .get(..installation.establishments)
        .unwrap_or(&ESTABLISHMENTS);
    play.deposit_all(Kind::Past, installation.invoices, length);
    play.catch_up().await;
    Ok(play.end(installation.days, started).await)
}

struct Play<'w, P> {
    world: &'w mut World,
    progress: P,
    rng: Rng,
    sirets: &'static [&'static str],
    /// Every invoice, in the order of the deposits.
    known: Vec<Known>,
    /// The place of each invoice among them.
    places: HashMap<u64, usize>,
    /// How many of the past were told.
    told: usize,
    paid_after: SignedDuration,
    to_be_paid: VecDeque<(Timestamp, i64)>,
    begins: Timestamp,
    /// `None` until the first of the past was told: before, a new one would wait for the end of the outage, not for the past.
    next_new: Option<Timestamp>,
    slices: u64,
    calls_before: u64,
    longest_poll: SignedDuration,
}

impl<'w, P: FnMut(&Progress)> Play<'w, P> {
    fn new(world: &'w mut World, seed: u64, progress: P) -> Self {
        let begins = world.clock().now();
        Self {
            world,
            progress,
            rng: Rng::with_seed(seed),
            sirets: &ESTABLISHMENTS,
            known: Vec::new(),
            places: HashMap::new(),
            told: 0,
            paid_after: SignedDuration::MAX,
            to_be_paid: VecDeque::new(),
            begins,
            next_new: None,
            slices: 0,
            calls_before: 0,
            longest_poll: SignedDuration::ZERO,
        }
    }

    fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// A supplier deposits an invoice, under a number of its own making: the portal's list is in no order of time.
    fn deposit(&mut self, kind: Kind) {
        let turn = self.known.len() % self.sirets.len().max(1);
        let siret = self.sirets.get(turn).copied().unwrap_or_default();
        let number = format!("{:016x}", self.rng.u64(..));
        let document = DepositDocument {
            nom_pj: Some("facture.txt".to_owned()),
            contenu: Some(STANDARD.encode(&number)),
            ..DepositDocument::default()
        };
        let deposit = Deposit {
            siret: Some(siret.to_owned()),
            numero_facture: Some(number),
            documents: Some(vec![document]),
            ..Deposit::default()
        };
        let invoice = self.world.simulator().deposit(deposit);
        let invoice = invoice.expect("an invoice that the portal takes");
        let place = self.known.len();
        self.places
            .insert(u64::try_from(invoice.id).unwrap_or_default(), place);
        self.known.push(Known {
            kind,
            siret,
            deposited: invoice.depose_le,
            told: None,
        });
        if let Ok(payable) = invoice.depose_le.checked_add(self.paid_after) {
            self.to_be_paid.push_back((payable, invoice.id));
        }
    }

    /// So many invoices in so much time.
    fn deposit_all(&mut self, kind: Kind, count: usize, length: SignedDuration) {
        let begins = self.now();
        for number in 1..=count {
            let due = length * i32::try_from(number).unwrap_or(i32::MAX);
            let due = due / i32::try_from(count).unwrap_or(i32::MAX);
            let wait = due - self.now().duration_since(begins);
            self.world.clock().advance(wait);
            self.deposit(kind);
            self.pay();
        }
    }

    /// What is old enough has been paid by hand, on the portal, before Relais has seen it.
    fn pay(&mut self) {
        let now = self.now();
        while let Some((_, id)) = self.to_be_paid.pop_front_if(|(due, _)| *due <= now) {
            let paid = self.world.simulator().set_status(
                id,
                statuts::MISE_EN_PAIEMENT,
                None,
                &Actor::Accountant,
            );
            paid.expect("an invoice that can be paid");
        }
    }

    fn strike(&self, cause: Cause, strikes: bool) {
        let portal = self.world.simulator();
        let rule = match cause {
            Cause::Passwords => {
                for account in &mut portal.portal().accounts {
                    account.expired = strikes;
                }
                return;
            }
            Cause::Maintenance => FaultRule::always(FaultKind::Maintenance),
            Cause::Downloads => {
                FaultRule::always(FaultKind::ServerError).on("factures/v1/telecharger/groupe")
            }
        };
        let rules = strikes.then_some(rule).into_iter().collect();
        portal.set_faults(rules).expect("rules that can strike");
    }

    /// Suppliers go on; Relais looks now and then, and waits.
    async fn outage(&mut self, invoices: usize, length: SignedDuration) {
        let begins = self.now();
        let mut deposited = 0;
        loop {
            let gone = self.now().duration_since(begins);
            if gone >= length {
                return;
            }
            let due = share(invoices, gone + TICK_OF_AN_OUTAGE, length);
            self.deposit_all(Kind::Past, due - deposited, TICK_OF_AN_OUTAGE);
            if due == deposited {
                self.world.clock().advance(TICK_OF_AN_OUTAGE);
            }
            deposited = due;
            self.world.poll(None).await;
            while self.world.archive(None).await != Worked::Idle {}
            self.erp_reads();
        }
    }

    /// Works until every invoice of the past is told, with new ones coming all the time, and a little longer.
    async fn catch_up(&mut self) {
        self.begins = self.now();
        self.calls_before = self.world.simulator().journal().count();
        let mut next_poll = self.begins;
        let mut afterwards = 2;
        let (past, told) = (self.known.len(), self.told);
        loop {
            let now = self.now();
            if now.duration_since(self.begins) > LONGEST {
                return;
            }
            if now >= next_poll {
                if self.told >= past {
                    if afterwards == 0 {
                        return;
                    }
                    afterwards -= 1;
                }
                self.poll().await;
                next_poll = next_poll
                    .saturating_add(POLL_EVERY)
                    .unwrap_or(Timestamp::MAX)
                    .max(now);
            }
            self.new_ones(afterwards > 0);
            let worked = self.archive().await;
            self.erp_reads();
            if self.told > told {
                self.next_new = self.next_new.or(Some(self.now()));
            }
            if worked == Worked::Idle {
                let next = self.next_new.map_or(next_poll, |new| new.min(next_poll));
                let rest = next.duration_since(self.now());
                let most = SignedDuration::from_secs(5);
                self.world
                    .clock()
                    .advance(rest.clamp(SignedDuration::from_millis(100), most));
            }
        }
    }

    fn new_ones(&mut self, come: bool) {
        while let Some(due) = self.next_new.filter(|due| come && *due <= self.now()) {
            self.deposit(Kind::New);
            self.next_new = due.checked_add(NEW_EVERY).ok();
        }
    }

    async fn poll(&mut self) {
        let (before, real) = (self.pace(), Instant::now());
        let report = self.world.relais().poll().await;
        let real = real.elapsed();
        let took = self.keep_pace(before);
        self.longest_poll = self.longest_poll.max(took);
        let Ok(report) = report else { return };
        let collected = || report.collections.iter().filter_map(|c| c.collected);
        let slices: u64 = collected().map(|c| u64::from(c.slices)).sum();
        self.slices += slices;
        let progress = Progress {
            minutes: self.now().duration_since(self.begins).as_mins(),
            told: self.told,
            past: self.past().count(),
            days_left: collected().filter_map(|c| c.backlog_days_left).max(),
            slices,
            listed: collected().map(|c| c.listed).sum(),
            calls: collected().map(|c| u64::from(c.calls)).sum(),
            jobs: self.world.cloud().queues(|queues, _| queues.len(JOBS)),
            took,
            real,
            megabytes: measure::resident_megabytes(),
        };
        (self.progress)(&progress);
    }

    /// What was there when the catching up began.
    fn past(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(|known| known.kind != Kind::New)
    }

    async fn archive(&mut self) -> Worked {
        let before = self.pace();
        let worked = self.world.archive(None).await;
        self.keep_pace(before);
        worked
    }

    fn pace(&self) -> (Timestamp, u64) {
        (self.now(), self.world.simulator().journal().count())
    }

    /// Lets so much time pass as the rate limit asks for; how long it took in all.
    fn keep_pace(&self, (began, calls): (Timestamp, u64)) -> SignedDuration {
        let calls = self.world.simulator().journal().count() - calls;
        let least = i64::try_from(calls).unwrap_or(i64::MAX) * 1_000 / CALLS_PER_SECOND;
        let least = SignedDuration::from_millis(least);
        let took = self.now().duration_since(began);
        self.world.clock().advance(least - took.min(least));
        took.max(least)
    }

    /// Notes what the ERP is told, and when.
    fn erp_reads(&mut self) {
        let now = self.now();
        let told: Vec<u64> = self.world.cloud().queues(|queues, _| {
            let letters = queues.queue(ERP).into_iter().flat_map(Queue::letters);
            letters.filter_map(measure::received).collect()
        });
        for id in told {
            let place = self.places.get(&id).copied().unwrap_or(usize::MAX);
            if let Some(known) = self.known.get_mut(place)
                && known.told.is_none()
            {
                known.told = Some(now);
                self.told += usize::from(known.kind != Kind::New);
            }
        }
        while self.world.erp_reads(false) > 0 {}
    }

    async fn end(self, days: i64, started: Instant) -> Measured {
        let calls = self.world.simulator().journal().count() - self.calls_before;
        let dead = self.world.cloud().queues(|queues, _| queues.len(JOBS_DEAD));
        let problems = match self.world.settle_down().await {
            Ok(()) => self.world.problems(),
            Err(never) => vec![Problem::Lost(never)],
        };
        // The accountant pays what is old: the order of deposits says nothing of what is due among these.
        let unpaid = self.begins.saturating_sub(self.paid_after);
        Measured {
            days,
            invoices: self.past().count(),
            slices: self.slices,
            caught_up: measure::caught_up(&self.known, Kind::Past, self.begins),
            queued_done: measure::caught_up(&self.known, Kind::Queued, self.begins),
            rate: measure::rate(&self.known),
            displaced: measure::displaced(
                &self.known,
                unpaid.unwrap_or(Timestamp::MIN),
                self.begins,
            ),
            new: measure::delay(&self.known),
            dead_letters: dead,
            calls,
            told: self.known.len(),
            longest_poll: self.longest_poll,
            megabytes: measure::resident_megabytes(),
            problems,
            real: started.elapsed(),
        }
    }
}

/// How many of `all` are due when so much of the whole time has gone.
fn share(all: usize, gone: SignedDuration, whole: SignedDuration) -> usize {
    let all = i128::try_from(all).unwrap_or_default();
    let due = all * gone.as_millis() / whole.as_millis().max(1);
    usize::try_from(due.min(all)).unwrap_or_default()
}
