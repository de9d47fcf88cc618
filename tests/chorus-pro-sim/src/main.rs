//! The simulator as a program.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chorus_pro_sim::{FaultRule, Options, Scenario, start};
use clap::Parser;
use jiff::Timestamp;

/// A stand-in for Chorus Pro: the PISTE token, the recipient's API, and a control surface under /_sim/.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9400")]
    listen: SocketAddr,
    /// Decides every invented value: the same seed gives the same invoices
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many invoices are deposited at the start
    #[arg(long, value_name = "N", default_value_t = 200)]
    invoices: usize,
    /// Deposit the PDF and XML files of this folder too, one invoice each
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Append one JSON line a call to this file
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Faults in force from the start, as PUT /_sim/faults takes them
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Play this scenario: deposits, the supplier's answers, payments and changes by hand as days go by on the portal's clock
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// What the portal's clock shows at the start, such as 2026-11-23T09:00:00+01:00 (default: the machine's time)
    #[arg(long, value_name = "INSTANT")]
    now: Option<Timestamp>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&mut std::io::stderr(), &format!("chorus-pro-sim: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let faults = arguments
        .faults
        .as_deref()
        .map(read_faults)
        .transpose()?
        .unwrap_or_default();
    let scenario = arguments
        .scenario
        .as_deref()
        .map(|path| read_scenario(path, arguments.now))
        .transpose()?;
    let plan = scenario.as_ref().map(ToString::to_string);
    let options = Options {
        listen: arguments.listen,
        seed: arguments.seed,
        invoices: arguments.invoices,
        documents: arguments.documents,
        journal: arguments.journal,
        faults,
        scenario,
        now: arguments.now,
        ..Options::default()
    };
    let signals =
        Signals::listen().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let running = start(options).await.map_err(|error| error.to_string())?;
    let count = running.simulator().invoices().len();
    let url = running.url();
    say(
        &mut std::io::stdout(),
        &format!("chorus-pro-sim: ready on {url} with {count} invoices; try {url}/_sim/"),
    );
    if let Some(plan) = plan {
        say(
            &mut std::io::stdout(),
            &format!("chorus-pro-sim: playing {plan}; GET {url}/_sim/scenario shows how far it is"),
        );
    }
    signals.received().await;
    // A call that a fault holds back for an hour must not hold back the end.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(500), running.stop()).await;
    Ok(())
}

fn read_faults(path: &Path) -> Result<Vec<FaultRule>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the faults {}: {error}", path.display()))?;
    chorus_pro_sim::faults::read(&text)
        .map_err(|error| format!("the faults {} are not right: {error}", path.display()))
}

fn read_scenario(path: &Path, now: Option<Timestamp>) -> Result<Scenario, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the scenario {}: {error}", path.display()))?;
    Scenario::read(&text, now)
        .map_err(|error| format!("the scenario {} is not right: {error}", path.display()))
}

/// Writes a line; a reader that has gone away is no reason to stop.
fn say(to: &mut dyn Write, line: &str) {
    let _ = writeln!(to, "{line}");
    let _ = to.flush();
}

/// What ends the program. It listens from the moment it is made: a signal may follow the ready line at once.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn received(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
