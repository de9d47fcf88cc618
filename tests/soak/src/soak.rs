//! A month of a few establishments, with everybody at work and trouble of every kind.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chorus_pro_sim::{FaultKind, FaultRule, faults::RetryAfter};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use lambda_kit::BoxError;

use crate::{
    cloud::CloudFaults,
    world::{BATCHES, Kill, Problem, Worked, World},
};

/// The establishments, with the logins of their accounts.
const ESTABLISHMENTS: [&str; 3] = ["00000000013456", "00000000022226", "00000000039991"];

/// The portal lists a change this late at most: well inside the overlap of the searches.
const LISTING_LAG_SECONDS: u32 = 25 * 60;

/// How much happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Invoices, over all establishments.
    pub invoices: usize,
    /// Days of virtual time.
    pub days: i64,
}

impl Scale {
    /// Ten thousand invoices in a month.
    pub const MONTH: Self = Self {
        invoices: 10_000,
        days: 30,
    };
    /// What a test suite has time for.
    pub const SHORT: Self = Self {
        invoices: 120,
        days: 6,
    };
}

/// What came of a soak.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// From what everything was drawn.
    pub seed: u64,
    /// Invoices deposited.
    pub invoices: usize,
    /// Events that the ERP was told, each counted once.
    pub events: u64,
    /// Commands that it sent.
    pub commands: usize,
    /// Faults that struck, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Functions killed in the middle.
    pub kills: u64,
    /// Functions that ran twice at once.
    pub overlaps: u64,
    /// Everything that was asked of the portal and of the cloud, in its order: the same seed and scale have the same.
    pub digest: u64,
    /// What is not as it must be.
    pub problems: Vec<Problem>,
    /// How long it took.
    pub took: Duration,
}

impl Verdict {
    /// Whether nothing was lost and nothing done twice.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many things were lost.
    #[must_use]
    pub fn lost(&self) -> usize {
        let lost = |problem: &&Problem| matches!(problem, Problem::Lost(_));
        self.problems.iter().filter(lost).count()
    }

    /// How many things were done or said twice.
    #[must_use]
    pub fn twice(&self) -> usize {
        self.problems.len() - self.lost()
    }

    /// How many faults struck.
    #[must_use]
    pub fn faults_met(&self) -> u64 {
        self.faults.values().sum()
    }
}

/// Plays a whole soak in this world.
///
/// # Errors
/// The world cannot be emptied, or the report of completeness cannot be made.
pub async fn soak(world: &mut World, seed: u64, scale: Scale) -> Result<Verdict, BoxError> {
    let started = Instant::now();
    world.reset(seed).await?;
    world.simulator().portal().behaviour.listing_lag_seconds = LISTING_LAG_SECONDS;
    let mut play = Play::new(world, seed, scale);
    play.run(world).await;
    play.calm(world);
    let mut problems = match world.settle_down().await {
        Ok(()) => world.problems(),
        Err(never) => vec![Problem::Lost(never)],
    };
    problems.extend(world.completeness().await?);
    let mut faults = world.cloud().faults_met();
    faults.insert("portal", world.portal_faults_met());
    faults.extend(play.met);
    Ok(Verdict {
        seed,
        invoices: world.simulator().invoices().len(),
        events: world.erp().events().0,
        commands: world.erp().orders().len(),
        faults,
        kills: play.kills,
        overlaps: play.overlaps,
        digest: world.trace().digest(),
        problems,
        took: started.elapsed(),
    })
}

/// Who has not had their turn yet.
#[derive(Debug)]
struct Play {
    rng: Rng,
    scale: Scale,
    begins: Timestamp,
    ends: Timestamp,
    /// When one account's password is expired, and whose.
    expired: (Timestamp, Timestamp, usize),
    deposited: usize,
    kills: u64,
    overlaps: u64,
    met: BTreeMap<&'static str, u64>,
}

impl Play {
    fn new(world: &World, seed: u64, scale: Scale) -> Self {
        let mut rng = Rng::with_seed(seed);
        let begins = world.clock().now();
        let length = SignedDuration::from_hours(24 * scale.days);
        let after = |part: SignedDuration| begins.saturating_add(part).unwrap_or(begins);
        // Two days of a month, and as large a part of a shorter play, somewhere in the middle.
        let outage = length / 15;
        let outage_begins = after(length / 10 * rng.i32(2..6));
        let outage_ends = outage_begins
            .saturating_add(outage)
            .unwrap_or(outage_begins);
        Self {
            expired: (outage_begins, outage_ends, rng.usize(0..3)),
            rng,
            scale,
            begins,
            ends: after(length),
            deposited: 0,
            kills: 0,
            overlaps: 0,
            met: BTreeMap::new(),
        }
    }

    async fn run(&mut self, world: &mut World) {
        while world.clock().now() < self.ends {
            let minutes = self.rng.i64(5..45);
            world.clock().advance(SignedDuration::from_mins(minutes));
            self.weather(world);
            let busy = self.people(world);
            self.erp_decides(world, busy);
            self.poll(world).await;
            self.archive(world).await;
            self.push(world).await;
            while world.erp_reads(self.rng.u8(0..50) == 0) > 0 {}
            world.look_at_the_journal();
        }
    }

    /// Ends all trouble.
    fn calm(&self, world: &World) {
        world.clock().advance(SignedDuration::from_hours(1));
        let mut portal = world.simulator().portal();
        portal.behaviour.listing_lag_seconds = 0;
        for account in &mut portal.accounts {
            account.expired = false;
        }
    }

    fn note(&mut self, fault: &'static str) {
        *self.met.entry(fault).or_default() += 1;
    }

    fn weather(&mut self, world: &World) {
        let now = world.clock().now();
        let (from, until, whose) = self.expired;
        let expired = (from..until).contains(&now);
        if let Some(account) = world.simulator().portal().accounts.get_mut(whose) {
            account.expired = expired;
        }
        if expired {
            self.note("expired password, ticks");
        }
        let (cloud, portal) = match self.rng.u8(0..20) {
            0 => (storm(&mut self.rng), gale()),
            1 => (breeze(), maintenance()),
            2..6 => (CloudFaults::default(), Vec::new()),
            _ => (breeze(), drizzle()),
        };
        world.cloud().set_faults(cloud);
        world
            .simulator()
            .set_faults(portal)
            .expect("rules that can strike");
        let hours = match self.rng.u8(0..30) {
            0 => *self.rng.choice(&[-2, -1, 1, 26]).unwrap_or(&0),
            _ => 0,
        };
        if hours != 0 {
            self.note("clock wrong, ticks");
        }
        world.machine().skew(SignedDuration::from_hours(hours));
    }

    /// Lets suppliers, the accountant and a person act; how much there was to do.
    fn people(&mut self, world: &World) -> usize {
        let gone = world.clock().now().duration_since(self.begins).as_secs();
        // The last deposits come some days before the end, so that they have a life too.
        let window = self.ends.duration_since(self.begins).as_secs() * 8 / 10;
        let due = i64::try_from(self.scale.invoices).unwrap_or(i64::MAX) * gone / window.max(1);
        let due = usize::try_from(due)
            .unwrap_or_default()
            .min(self.scale.invoices);
        let new = due.saturating_sub(self.deposited);
        for _ in 0..new {
            let siret = self.rng.choice(&ESTABLISHMENTS).unwrap_or(&"");
            world.people().deposit(siret, &mut self.rng);
            self.pause(world);
        }
        self.deposited = due;
        let busy = new.max(self.scale.invoices / 1_000).max(1);
        for _ in 0..busy * 2 {
            let (people, rng) = (world.people(), &mut self.rng);
            match rng.u8(0..10) {
                0..3 => people.complete(rng),
                3..5 => people.recycle(rng),
                5 => people.decide_by_hand(rng),
                6 | 7 => people.take_charge(rng),
                _ => people.pay(rng),
            };
            self.pause(world);
        }
        busy
    }

    fn pause(&mut self, world: &World) {
        let milliseconds = self.rng.i64(5..2_000);
        world
            .clock()
            .advance(SignedDuration::from_millis(milliseconds));
    }

    fn erp_decides(&mut self, world: &mut World, busy: usize) {
        let cloud = world.cloud().clone();
        for _ in 0..self.rng.usize(0..=busy * 3) {
            world.erp_mut().decide(&cloud, &mut self.rng);
            if self.rng.u8(0..50) == 0 {
                world.erp_mut().send_again(&cloud, &mut self.rng);
            }
        }
    }

    async fn poll(&mut self, world: &World) {
        match self.rng.u8(0..20) {
            0 => {}
            1 => {
                self.overlaps += 1;
                world.poll_twice_at_once().await;
            }
            _ => {
                let kill = self.killed(20);
                self.count(world.poll(kill).await);
            }
        }
    }

    async fn archive(&mut self, world: &World) {
        loop {
            if self.rng.u8(0..12) == 0 {
                self.overlaps += 1;
                let at_most = *self.rng.choice(&BATCHES).unwrap_or(&1);
                world.archive_twice_at_once(at_most).await;
            }
            let kill = self.killed(24);
            match world.archive(kill).await {
                Worked::Idle => return,
                worked => self.count(worked),
            }
        }
    }

    async fn push(&mut self, world: &World) {
        loop {
            let kill = self.killed(16);
            match world.push(kill).await {
                Worked::Idle => return,
                worked => self.count(worked),
            }
        }
    }

    /// Whether this invocation is killed, and where: at one of the first so many calls to the cloud, or at a call to the portal.
    fn killed(&mut self, cloud_calls: u64) -> Option<Kill> {
        match self.rng.u8(0..50) {
            0 => Some(Kill::AtPortalCall(self.rng.u64(1..6))),
            1..4 => Some(Kill::AtCloudCall(self.rng.u64(1..cloud_calls))),
            _ => None,
        }
    }

    fn count(&mut self, worked: Worked) {
        self.kills += u64::from(worked == Worked::Killed);
    }
}

/// What always happens now and then.
fn breeze() -> CloudFaults {
    CloudFaults {
        s3_busy: 3,
        s3_answer_lost: 3,
        sqs_busy: 3,
        sqs_answer_lost: 3,
        entry_refused: 1,
        delivered_twice: 10,
        out_of_order: true,
    }
}

fn storm(rng: &mut Rng) -> CloudFaults {
    CloudFaults {
        s3_busy: rng.u32(0..150),
        s3_answer_lost: rng.u32(0..150),
        sqs_busy: rng.u32(0..100),
        sqs_answer_lost: rng.u32(0..100),
        entry_refused: 3,
        delivered_twice: rng.u32(0..300),
        out_of_order: true,
    }
}

fn now_and_then(kind: FaultKind, rate: f64) -> FaultRule {
    FaultRule {
        rate: Some(rate),
        ..FaultRule::always(kind)
    }
}

/// 429, with leave to come back at once.
fn too_many_requests(times: u32) -> FaultRule {
    FaultRule {
        retry_after: Some(RetryAfter::Seconds(0)),
        ..FaultRule::always(FaultKind::TooManyRequests).next(times)
    }
}

/// What the gateway always does now and then.
fn drizzle() -> Vec<FaultRule> {
    let recue = "factures/v1/traiter/recue";
    vec![
        now_and_then(FaultKind::Dropped, 0.02)
            .on(recue)
            .after_effect(),
        now_and_then(FaultKind::ServerError, 0.01)
            .on(recue)
            .after_effect(),
        now_and_then(FaultKind::Truncated, 0.005).on("factures/v1/telecharger/groupe"),
        now_and_then(FaultKind::ServerError, 0.004),
        FaultRule {
            status: Some(404),
            ..now_and_then(FaultKind::ServerError, 0.002)
        },
        now_and_then(FaultKind::NotJson, 0.002),
        now_and_then(FaultKind::CutJson, 0.002),
        now_and_then(FaultKind::Dropped, 0.003),
        now_and_then(FaultKind::Unauthorized, 0.002),
        now_and_then(FaultKind::EmptyToken, 0.05),
        too_many_requests(1),
    ]
}

/// A bad half-hour.
fn gale() -> Vec<FaultRule> {
    vec![
        now_and_then(FaultKind::Dropped, 0.2).after_effect(),
        now_and_then(FaultKind::ServerError, 0.2),
        now_and_then(FaultKind::NotJson, 0.1),
        now_and_then(FaultKind::EmptyToken, 0.3),
        too_many_requests(3),
    ]
}

fn maintenance() -> Vec<FaultRule> {
    vec![FaultRule::always(FaultKind::Maintenance)]
}
