//! The life of a few invoices, at random: who acts when, and what goes wrong, is drawn from a seed.

use std::fmt;

use chorus_pro_sim::{FaultKind, FaultRule, faults::RetryAfter};
use fastrand::Rng;
use jiff::SignedDuration;
use lambda_kit::BoxError;

use crate::{
    cloud::CloudFaults,
    world::{BATCHES, Kill, World},
};

/// The establishment of these lives.
const SIRET: &str = "00000000013456";

/// At most so many invoices live at once: the fewer, the more happens to each.
const INVOICES: usize = 3;

/// One thing that happens. What it chooses, it draws from its own seed, so that a step does the same with and without those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub what: What,
    seed: u64,
}

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A supplier deposits an invoice.
    Deposit,
    /// A supplier completes one.
    Complete,
    /// A supplier recycles one.
    Recycle,
    /// A person on the portal sets a status.
    ByHand,
    /// The accountant takes charge, or books.
    TakeCharge,
    /// The accountant pays.
    Pay,
    /// Two changes on the portal, with nothing of Relais in between.
    TwoChanges,
    /// The function looks for what is new.
    Poll,
    /// Two of it at once.
    TwoPolls,
    /// The function has some batches.
    Archive,
    /// Two of it at once.
    TwoArchives,
    /// The function has some batches.
    Push,
    /// The ERP reads.
    ErpReads,
    /// The ERP reads and dies.
    ErpCrashes,
    /// The ERP asks for something.
    Decide,
    /// The ERP asks for the same again.
    AskAgain,
    /// Time passes.
    Wait,
    /// The next invocation of a function is its last.
    KilledPoll,
    /// The same for archive.
    KilledArchive,
    /// The same for push-status.
    KilledPush,
    /// The next `traiter/recue` is applied, and nobody is told.
    PushTimesOut,
    /// The portal fails at something else.
    PortalFails,
    /// The cloud is in a bad way from here on, or well again.
    Weather,
    /// The machines' clock is set wrong, or right again.
    ClockJumps,
}

use What::{
    Archive, AskAgain, ByHand, ClockJumps, Complete, Decide, Deposit, ErpCrashes, ErpReads,
    KilledArchive, KilledPoll, KilledPush, Pay, Poll, PortalFails, Push, PushTimesOut, Recycle,
    TakeCharge, TwoArchives, TwoChanges, TwoPolls, Wait, Weather,
};

/// How often each thing happens, beside the others.
const WEIGHTS: [(What, u32); 24] = [
    (Deposit, 5),
    (Complete, 5),
    (Recycle, 4),
    (ByHand, 4),
    (TakeCharge, 3),
    (Pay, 2),
    (TwoChanges, 2),
    (Poll, 12),
    (TwoPolls, 1),
    (Archive, 12),
    (TwoArchives, 1),
    (Push, 12),
    (ErpReads, 9),
    (ErpCrashes, 1),
    (Decide, 11),
    (AskAgain, 1),
    (Wait, 7),
    (KilledPoll, 2),
    (KilledArchive, 3),
    (KilledPush, 3),
    (PushTimesOut, 3),
    (PortalFails, 2),
    (Weather, 2),
    (ClockJumps, 1),
];

/// What happens in the run of a seed.
#[must_use]
pub fn steps(seed: u64, count: usize) -> Vec<Step> {
    let mut rng = Rng::with_seed(seed);
    let total: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut draw = || {
        let mut drawn = rng.u32(0..total);
        let what = WEIGHTS
            .iter()
            .find(|(_, weight)| {
                let hit = drawn < *weight;
                drawn = drawn.saturating_sub(*weight);
                hit
            })
            .map_or(Wait, |(what, _)| *what);
        Step {
            what,
            seed: rng.u64(..),
        }
    };
    let mut steps: Vec<Step> = (0..count).map(|_| draw()).collect();
    if let Some(first) = steps.first_mut() {
        first.what = Deposit;
    }
    steps
}

/// A run that did not end well.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The seed.
    pub seed: u64,
    /// The steps that it takes.
    pub steps: Vec<Step>,
    /// What is wrong at the end.
    pub problems: Vec<String>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            steps,
            problems,
        } = self;
        writeln!(
            f,
            "RELAIS_SOAK_SEED={seed} fails; these {} steps of it are enough:",
            steps.len()
        )?;
        for step in steps {
            writeln!(f, "  {:?} ({:x})", step.what, step.seed)?;
        }
        for problem in problems {
            writeln!(f, "  ✗ {problem}")?;
        }
        Ok(())
    }
}

/// Plays these steps in a fresh world, lets it settle, and says what is wrong.
///
/// # Errors
/// The world could not be emptied.
pub async fn play(world: &mut World, seed: u64, steps: &[Step]) -> Result<Vec<String>, BoxError> {
    world.reset(seed).await?;
    for step in steps {
        world.take(*step).await;
    }
    Ok(match world.settle_down().await {
        Ok(()) => world.problems().iter().map(ToString::to_string).collect(),
        Err(never) => vec![never],
    })
}

/// Plays the run of a seed; when it fails, leaves out every step without which it still does.
///
/// # Errors
/// What is wrong at the end of the shortest run.
pub async fn live(world: &mut World, seed: u64, count: usize) -> Result<(), Failed> {
    let mut steps = steps(seed, count);
    let wrong = |problems: Result<Vec<String>, BoxError>| match problems {
        Ok(problems) => problems,
        Err(error) => vec![error.to_string()],
    };
    let mut problems = wrong(play(world, seed, &steps).await);
    if problems.is_empty() {
        return Ok(());
    }
    for place in (0..steps.len()).rev() {
        let mut fewer = steps.clone();
        fewer.remove(place);
        let left = wrong(play(world, seed, &fewer).await);
        if !left.is_empty() {
            (steps, problems) = (fewer, left);
        }
    }
    Err(Failed {
        seed,
        steps,
        problems,
    })
}

impl World {
    async fn take(&mut self, step: Step) {
        let mut rng = Rng::with_seed(step.seed);
        let rng = &mut rng;
        self.clock()
            .advance(SignedDuration::from_millis(rng.i64(10..40_000)));
        match step.what {
            Deposit if self.simulator().invoices().len() < INVOICES => {
                self.people().deposit(SIRET, rng);
            }
            Deposit | Complete => {
                self.people().complete(rng);
            }
            Recycle => {
                self.people().recycle(rng);
            }
            ByHand => {
                self.people().decide_by_hand(rng);
            }
            TakeCharge => {
                self.people().take_charge(rng);
            }
            Pay => {
                self.people().pay(rng);
            }
            TwoChanges => {
                let people = self.people();
                let _ = people.complete(rng) || people.recycle(rng) || people.take_charge(rng);
                self.clock()
                    .advance(SignedDuration::from_millis(rng.i64(100..90_000)));
                self.people().decide_by_hand(rng);
            }
            Poll => {
                self.poll(None).await;
            }
            TwoPolls => self.poll_twice_at_once().await,
            Archive => {
                for _ in 0..rng.u8(1..4) {
                    self.archive(None).await;
                }
            }
            TwoArchives => {
                let at_most = *rng.choice(&BATCHES).unwrap_or(&1);
                self.archive_twice_at_once(at_most).await;
            }
            Push => {
                for _ in 0..rng.u8(1..4) {
                    self.push(None).await;
                }
            }
            ErpReads => {
                self.erp_reads(false);
            }
            ErpCrashes => {
                self.erp_reads(true);
            }
            Decide => {
                let cloud = self.cloud().clone();
                self.erp_mut().decide(&cloud, rng);
            }
            AskAgain => {
                let cloud = self.cloud().clone();
                self.erp_mut().send_again(&cloud, rng);
            }
            Wait => {
                let minutes = [2, 6, 15, 40, 180, 26 * 60];
                let minutes = rng.choice(minutes).unwrap_or(1);
                self.clock().advance(SignedDuration::from_mins(minutes));
            }
            KilledPoll => {
                let kill = killed(rng, 8, 2);
                self.poll(Some(kill)).await;
            }
            KilledArchive => {
                let kill = killed(rng, 12, 1);
                self.archive(Some(kill)).await;
            }
            KilledPush => {
                let kill = killed(rng, 8, 2);
                self.push(Some(kill)).await;
            }
            PushTimesOut => {
                let rule = FaultRule::always(FaultKind::Dropped)
                    .on("factures/v1/traiter/recue")
                    .next(1);
                self.portal_fails(rule.after_effect());
            }
            PortalFails => {
                let rule = portal_fault(rng);
                self.portal_fails(rule);
            }
            Weather => {
                let faults = if rng.bool() {
                    storm(rng)
                } else {
                    CloudFaults::default()
                };
                self.cloud().set_faults(faults);
            }
            ClockJumps => {
                let hours = [0, -2, 1, 30, -24 * 40];
                let hours = rng.choice(hours).unwrap_or(0);
                self.machine().skew(SignedDuration::from_hours(hours));
            }
        }
    }

    fn portal_fails(&self, rule: FaultRule) {
        self.simulator()
            .faults()
            .add(vec![rule])
            .expect("a rule that can strike");
    }
}

fn killed(rng: &mut Rng, cloud_calls: u64, portal_calls: u64) -> Kill {
    if rng.u8(0..3) == 0 {
        Kill::AtPortalCall(rng.u64(1..=portal_calls))
    } else {
        Kill::AtCloudCall(rng.u64(1..=cloud_calls))
    }
}

fn portal_fault(rng: &mut Rng) -> FaultRule {
    let kinds = [
        FaultKind::ServerError,
        FaultKind::TooManyRequests,
        FaultKind::NotJson,
        FaultKind::CutJson,
        FaultKind::Dropped,
        FaultKind::Unauthorized,
        FaultKind::Forbidden,
        FaultKind::EmptyToken,
        FaultKind::Maintenance,
    ];
    let kind = rng.choice(kinds).unwrap_or(FaultKind::ServerError);
    let rule = FaultRule {
        // 429 with leave to come back at once: a pause would be one of the machine's time.
        retry_after: (kind == FaultKind::TooManyRequests).then_some(RetryAfter::Seconds(0)),
        ..FaultRule::always(kind).next(rng.u32(1..6))
    };
    match rng.u8(0..4) {
        0 if kind != FaultKind::EmptyToken => rule.on("factures/v1/traiter/recue"),
        1 if kind != FaultKind::EmptyToken => rule.on("factures/v1/traiter/recue").after_effect(),
        _ => rule,
    }
}

fn storm(rng: &mut Rng) -> CloudFaults {
    CloudFaults {
        s3_busy: rng.u32(0..150),
        s3_answer_lost: rng.u32(0..150),
        sqs_busy: rng.u32(0..100),
        sqs_answer_lost: rng.u32(0..100),
        entry_refused: 0,
        delivered_twice: rng.u32(0..300),
        out_of_order: rng.bool(),
    }
}
