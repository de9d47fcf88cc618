//! Portal, Relais and ERP in one process.
//!
//! The portal is `chorus-pro-sim`, reached without a wire; Relais are the three functions, called as Lambda calls them; the ERP reads
//! its queue and sends commands. All of them live by one clock.

mod erp;
mod event_source;
mod functions;
mod infrastructure;
mod kill;
mod people;
mod verify;
mod watch;
mod way;

use std::{path::PathBuf, sync::Arc};

use chorus_pro_sim::{Options, Simulator};
use jiff::{SignedDuration, Timestamp, civil::Date};
use lambda_kit::BoxError;
use relais_poll::handler::{CollectionReport, CollectionState};
use serde_json::Value;
use tempfile::TempDir;

pub use erp::{Erp, Order, View};
pub use functions::Relais;
pub use infrastructure::{ARCHIVE, ERP, ERP_DEAD, JOBS, JOBS_DEAD, STATE, STATUSES, STATUSES_DEAD};
pub use kill::{Ended, Kill};
pub use people::People;
pub use verify::Problem;

use crate::{
    cloud::{Cloud, CloudFaults, SkewedClock, VirtualClock},
    trace::Trace,
};
use event_source::Batch;
use watch::Watch;
use way::Way;

/// What a call to the portal takes, by its clock: each look at the time moves it a little.
const PORTAL_TICK_MS: i64 = 70;

/// How many messages Lambda hands to a function at once, by the template.
const BATCH: usize = 10;

/// How many it may hand to each of two that run at once: in small batches, two appearances of one invoice meet.
pub const BATCHES: [usize; 3] = [1, 2, BATCH];

/// After so many rounds a world that is still busy will never be quiet.
const ROUNDS: usize = 400;

/// When every rehearsal begins.
const START: &str = "2026-10-05T06:00:00Z";

/// Where the functions believe the portal to be.
const PORTAL: &str = "https://portal.invalid";

/// How many establishments there are, of the simulator's three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Establishments {
    /// The first.
    One,
    /// All.
    All,
}

/// Everything that plays together.
#[derive(Debug)]
pub struct World {
    clock: VirtualClock,
    machine: SkewedClock,
    cloud: Cloud,
    portal: Arc<Simulator>,
    way: Arc<Way>,
    relais: Relais,
    trace: Trace,
    erp: Erp,
    watch: Watch,
    config: PathBuf,
    _folder: TempDir,
}

/// What came of letting a function work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// There was nothing to do.
    Idle,
    /// It answered, with success or without.
    Answered,
    /// It was killed.
    Killed,
}

impl World {
    /// Starts a world; it is to be [reset](Self::reset) before it is played in.
    ///
    /// # Errors
    /// No folder, no configuration.
    pub async fn start(establishments: Establishments) -> Result<Self, BoxError> {
        let clock = VirtualClock::starting_at(start());
        let machine = SkewedClock::of(&clock);
        let trace = Trace::default();
        let cloud = Cloud::new(&clock, &trace, 0);
        let options = Options {
            now: Some(start()),
            ..Options::default()
        };
        let portal = Arc::new(Simulator::new(options)?);
        let way = Arc::new(Way::to(&portal, &clock, &trace, 0));
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("relais.json");
        let mut document = portal.config(PORTAL);
        if establishments == Establishments::One
            && let Some(list) = document
                .get_mut("establishments")
                .and_then(|l| l.as_array_mut())
        {
            list.truncate(1);
        }
        std::fs::write(&config, serde_json::to_vec(&document)?)?;
        let relais = Relais::start(&config, &cloud.sdk(&machine), &way).await?;
        let mut world = Self {
            erp: Erp::new(),
            watch: Watch::default(),
            clock,
            machine,
            cloud,
            portal,
            way,
            relais,
            trace,
            config,
            _folder: folder,
        };
        world.reset(0).await?;
        Ok(world)
    }

    /// Begins anew: an empty cloud, a portal without invoices, an ERP that has seen nothing.
    ///
    /// # Errors
    /// The portal cannot be emptied, the functions cannot be started.
    pub async fn reset(&mut self, seed: u64) -> Result<(), BoxError> {
        // The functions draw the jitter of their pauses from it.
        fastrand::seed(seed);
        self.trace.restart();
        self.way = Arc::new(Way::to(&self.portal, &self.clock, &self.trace, seed));
        self.clock.restart(start());
        self.machine.skew(SignedDuration::ZERO);
        self.cloud.reset(seed);
        infrastructure::create(&self.cloud);
        self.simulator().reset(Some(seed), Some(0))?;
        let clock = self.clock.clone();
        self.simulator()
            .portal()
            .clock
            .follow(move || clock.tick(PORTAL_TICK_MS));
        self.erp = Erp::new();
        self.watch = Watch::from_now(self.simulator());
        self.restart_relais().await
    }

    /// Starts the functions again, as after a deployment.
    ///
    /// # Errors
    /// The configuration is not there, or wrong.
    pub async fn restart_relais(&mut self) -> Result<(), BoxError> {
        let sdk = self.cloud.sdk(&self.machine);
        self.relais = Relais::start(&self.config, &sdk, &self.way).await?;
        Ok(())
    }

    /// Lets Relais collect what has happened since this day, as its configuration says at a first installation.
    ///
    /// # Errors
    /// The configuration cannot be written or read.
    pub async fn collect_since(&mut self, day: Date) -> Result<(), BoxError> {
        let mut document: Value = serde_json::from_slice(&std::fs::read(&self.config)?)?;
        let establishments = document.get_mut("establishments");
        for establishment in establishments
            .and_then(|l| l.as_array_mut())
            .into_iter()
            .flatten()
        {
            establishment["collect_since"] = day.to_string().into();
        }
        std::fs::write(&self.config, serde_json::to_vec(&document)?)?;
        self.restart_relais().await
    }

    /// The functions of Relais.
    #[must_use]
    pub fn relais(&self) -> &Relais {
        &self.relais
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// The clock of the machines that Relais runs on.
    #[must_use]
    pub fn machine(&self) -> &SkewedClock {
        &self.machine
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The portal's stand-in.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.portal
    }

    /// Everything that was asked of the portal and of the cloud since the last reset.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Who acts on the portal.
    #[must_use]
    pub fn people(&self) -> People<'_> {
        People::new(self.simulator())
    }

    /// The ERP.
    #[must_use]
    pub fn erp(&self) -> &Erp {
        &self.erp
    }

    /// The ERP, to let it act.
    pub fn erp_mut(&mut self) -> &mut Erp {
        &mut self.erp
    }

    /// Lets `poll` run once.
    pub async fn poll(&self, kill: Option<Kill>) -> Worked {
        let work = self.relais.poll();
        match kill::until_killed(work, kill, &self.cloud, self.simulator()).await {
            Ended::Done(_) => Worked::Answered,
            Ended::Killed => Worked::Killed,
        }
    }

    /// Lets `poll` run twice at once.
    pub async fn poll_twice_at_once(&self) {
        // Whether one of them failed shows in what is missing at the end.
        let _ = tokio::join!(self.relais.poll(), self.relais.poll());
    }

    /// Lets `archive` have one batch.
    pub async fn archive(&self, kill: Option<Kill>) -> Worked {
        let Some(batch) = Batch::receive(&self.cloud, JOBS, BATCH) else {
            return Worked::Idle;
        };
        let work = self.relais.archive(batch.event());
        self.settle(batch, work, kill).await
    }

    /// Lets `archive` have two batches at once, of so many jobs at most.
    pub async fn archive_twice_at_once(&self, at_most: usize) {
        let batches = [at_most; 2].map(|size| Batch::receive(&self.cloud, JOBS, size));
        let [Some(first), Some(second)] = batches else {
            if let Some(only) = batches.into_iter().flatten().next() {
                let work = self.relais.archive(only.event());
                self.settle(only, work, None).await;
            }
            return;
        };
        let (one, two) = tokio::join!(
            self.relais.archive(first.event()),
            self.relais.archive(second.event())
        );
        first.settle(&self.cloud, one);
        second.settle(&self.cloud, two);
    }

    /// Lets `push-status` have one batch.
    pub async fn push(&self, kill: Option<Kill>) -> Worked {
        let Some(batch) = Batch::receive(&self.cloud, STATUSES, BATCH) else {
            return Worked::Idle;
        };
        let work = self.relais.push(batch.event());
        self.settle(batch, work, kill).await
    }

    async fn settle(
        &self,
        batch: Batch,
        work: impl Future<
            Output = Result<aws_lambda_events::sqs::SqsBatchResponse, lambda_kit::Failure>,
        >,
        kill: Option<Kill>,
    ) -> Worked {
        match kill::until_killed(work, kill, &self.cloud, self.simulator()).await {
            Ended::Done(answer) => {
                batch.settle(&self.cloud, answer);
                Worked::Answered
            }
            Ended::Killed => Worked::Killed,
        }
    }

    /// Asks for the report of completeness, once everything that may take its time has had it; what it finds.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn completeness(&self) -> Result<Vec<Problem>, BoxError> {
        self.clock.advance(SignedDuration::from_hours(3));
        let answer = self
            .relais
            .reconcile()
            .await
            .map_err(|failure| failure.to_string())?;
        let red = answer.establishments.iter().filter(|e| !e.green);
        Ok(red
            .map(|e| {
                let findings = serde_json::to_string(&e.findings).unwrap_or_default();
                let why = e.error.clone().unwrap_or(findings);
                Problem::Lost(format!("the report of {} is not green: {why}", e.siret))
            })
            .collect())
    }

    /// Looks at what the portal has noted since the last time. Its journal forgets: a long play looks now and then.
    pub fn look_at_the_journal(&mut self) {
        self.watch.look(&self.portal);
    }

    /// How many calls to the portal were struck by a fault, as far as the journal was looked at.
    #[must_use]
    pub fn portal_faults_met(&self) -> u64 {
        self.watch.faulty()
    }

    /// Lets the ERP read what is there for it; `crash` makes it forget to delete some of it.
    pub fn erp_reads(&mut self, crash: bool) -> usize {
        self.erp.read(&self.cloud, crash)
    }

    /// Ends all trouble and lets everybody work until nothing is left to do.
    ///
    /// # Errors
    /// What is still there when it never ends.
    pub async fn settle_down(&mut self) -> Result<(), String> {
        self.cloud.set_faults(CloudFaults::default());
        self.machine.skew(SignedDuration::ZERO);
        // No rules can be wrong in no rules.
        let _ = self.simulator().set_faults(Vec::new());
        for _ in 0..ROUNDS {
            self.poll(None).await;
            while self.archive(None).await != Worked::Idle {}
            while self.push(None).await != Worked::Idle {}
            while self.erp_reads(false) > 0 {}
            let busy = [JOBS, STATUSES, ERP];
            match self.cloud.queues(|queues, _| queues.next_due(&busy)) {
                None if self.nothing_new().await => {
                    self.look_at_the_journal();
                    return Ok(());
                }
                None => self.clock.advance(SignedDuration::from_mins(5)),
                Some(due) => self.wait_until(due),
            }
        }
        let left = |name: &str| self.cloud.queues(|queues, _| queues.len(name));
        Err(format!(
            "never quiet: {} jobs, {} commands and {} events are left",
            left(JOBS),
            left(STATUSES),
            left(ERP)
        ))
    }

    /// Whether a poll of everything finds nothing that was not there before.
    async fn nothing_new(&self) -> bool {
        let Ok(report) = self.relais.poll().await else {
            return false;
        };
        let collected = |c: &CollectionReport| c.state == CollectionState::Collected;
        report.collections.iter().all(collected)
            && self.cloud.queues(|queues, _| queues.len(JOBS) == 0)
    }

    fn wait_until(&self, due: Timestamp) {
        // What is due and was not given waits for another of its group: some time has to pass all the same.
        let wait = due.duration_since(self.clock.now());
        self.clock.advance(wait.max(SignedDuration::from_mins(1)));
    }
}

fn start() -> Timestamp {
    START.parse().expect("an instant")
}
