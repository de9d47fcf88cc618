//! A night's proof of 100 000 invoices: time, memory, calls.
//!
//! The portal and S3 answer over HTTP from a process of their own, so that the memory measured is that of the function's code alone; both share
//! the machine's processors. `RELAIS_BENCH_INVOICES` takes another number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a bench may fail, and talks to a person"
)]

#[path = "../../tests/world/mod.rs"]
mod world;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use jiff::{Timestamp, ToSpan as _, civil::date};
use lambda_kit::Deadline;
use relais_reconcile::night::Outcome;
use world::{Invoice, World, scene::Scene};

const SERVE: &str = "RELAIS_BENCH_SERVE";
/// The invoices of two years.
const MONTHS: u64 = 24;
const NOW: &str = "2026-11-23T00:30:00Z";

/// What has to hold.
const SECONDS: f64 = 60.0;
const MEGABYTES: u64 = 100;

fn main() {
    let invoices = std::env::var("RELAIS_BENCH_INVOICES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    if std::env::var_os(SERVE).is_some() {
        return serve(invoices);
    }
    let mut served = Served::start();
    println!(
        "{invoices} invoices, about 8 keys each, {MONTHS} months of deposits, both kinds; portal and S3 over loopback HTTP from another process"
    );
    println!(
        "{:<34}{:>9}{:>12}{:>13}{:>13}{:>13}{:>13}",
        "", "seconds", "CPU s", "VmHWM MB", "search calls", "list calls", "keys"
    );
    for (name, calls_per_second) in [
        ("as fast as it goes (100 calls/s)", 100),
        ("at the default rate (5 calls/s)", 5),
    ] {
        let measured = measure(&served.url, calls_per_second);
        measured.print(name);
        measured.must_hold();
    }
    served.child.kill().expect("the other process ends");
}

struct Measured {
    seconds: f64,
    cpu: f64,
    peak_mb: u64,
    outcome: Outcome,
}

fn measure(url: &str, calls_per_second: u32) -> Measured {
    let deadline = Deadline::after(Duration::from_secs(900));
    let now: Timestamp = NOW.parse().unwrap();
    let scene = Scene::new(url, date(2024, 12, 1), now, calls_per_second, deadline);
    // One thread, as the function has.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let reconciliation = scene.reconciliation();
    let outcome = runtime
        .block_on(Box::pin(reconciliation.days(
            relais_reconcile::month::Days {
                from: date(2024, 12, 1),
                to: date(2026, 11, 23),
            },
            true,
        )))
        .expect("a proof");
    Measured {
        seconds: start.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - cpu,
        peak_mb: peak_kib().div_ceil(1024),
        outcome,
    }
}

impl Measured {
    fn print(&self, name: &str) {
        let work = self.outcome.report.work;
        println!(
            "{name:<34}{:>9.1}{:>12.1}{:>13}{:>13}{:>13}{:>13}",
            self.seconds,
            self.cpu,
            self.peak_mb,
            work.portal_calls,
            work.archive_calls,
            work.archive_keys
        );
    }

    /// Calls: one for each thousand listed, and one for the last page of each of the two lists.
    fn must_hold(&self) {
        let report = &self.outcome.report;
        let work = report.work;
        assert!(
            report.green,
            "the two sides agree, and the report is not green: {:?}",
            self.outcome.findings
        );
        assert!(self.seconds < SECONDS, "it took {:.1} s", self.seconds);
        assert!(self.peak_mb < MEGABYTES, "it took {} MB", self.peak_mb);
        assert_eq!(work.archive_calls, work.archive_keys.div_ceil(1_000));
        let searches = work.portal_rows / 1_000 + 2;
        assert!(
            work.portal_calls <= searches,
            "{} searches",
            work.portal_calls
        );
    }
}

/// The other process.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(SERVE, "1")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the other process");
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It ends with the bench, however the bench ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(invoices: u64) {
    let world = World::start();
    let first = date(2024, 12, 1);
    for n in 0..invoices {
        let month = first
            .checked_add(i64::try_from(n * MONTHS / invoices).unwrap().months())
            .unwrap();
        let depot = month
            .checked_add(i64::try_from(n % 22).unwrap().days())
            .unwrap();
        let invoice = Invoice {
            id: 3_000_000 + n * 7,
            kind: if n % 20 == 0 {
                "FACTURE_TRAVAUX"
            } else {
                "FACTURE"
            },
            statut: "MISE_A_DISPOSITION".to_owned(),
            at: format!("{depot}T{:02}:15:30Z", n % 24).parse().unwrap(),
            depot,
            ttc: format!("{}.{:02}", 10 + n % 9_000, n % 100),
            received: true,
            roles: &[],
        };
        world.archive(&invoice, invoice.at);
        // And a decision of the ERP: the eighth key.
        let key = format!("{}/{:012}/pushes/c-{n}.json", world::SIRET, invoice.id);
        let object = world::Object {
            bytes: Vec::new(),
            modified: invoice.at,
        };
        world
            .state()
            .objects
            .get_mut(world::ARCHIVE)
            .unwrap()
            .insert(key, object);
        world.deposit(invoice);
    }
    println!("{}", world.url);
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// The most memory that this process ever had in use.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux, like the function");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Clock ticks are hundredths of a second on Linux.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |place: usize| fields[place].parse::<u32>().unwrap();
    f64::from(ticks(11) + ticks(12)) / 100.0
}
