//! Soaks seed after seed, prints a table, and fails when a seed does.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it talks to a person, and a world that cannot be built ends it"
)]

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use clap::Parser;
use soak::{
    soak::{Scale, Verdict, soak},
    world::{Establishments, World},
};

/// Portal, Relais and ERP through a month of trouble: nothing lost, nothing done twice.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Invoices in each.
    #[arg(long, default_value_t = Scale::MONTH.invoices)]
    invoices: usize,
    /// Days of virtual time in each.
    #[arg(long, default_value_t = Scale::MONTH.days)]
    days: i64,
    /// Ends with the first seed that fails.
    #[arg(long)]
    until_failure: bool,
    /// Shows every call about this invoice, on the standard error stream.
    #[arg(long, value_name = "idFacture")]
    follow: Option<u64>,
    /// Seeds that are played at the same time; as many as there are processors unless given.
    #[arg(long)]
    jobs: Option<usize>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let scale = Scale {
        invoices: arguments.invoices,
        days: arguments.days,
    };
    let jobs = arguments
        .jobs
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let verdicts = Mutex::new(Vec::new());
    println!(
        "{:>6} {:>8} {:>7} {:>8} {:>7} {:>5} {:>8} {:>16} {:>5} {:>10} {:>7}  verdict",
        "seed",
        "invoices",
        "events",
        "commands",
        "faults",
        "kills",
        "overlaps",
        "digest",
        "lost",
        "duplicated",
        "time"
    );
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .start_paused(true)
                    .build()
                    .expect("a runtime");
                runtime.block_on(async {
                    let world = World::start(Establishments::All).await;
                    let mut world = world.expect("a world");
                    if let Some(id_facture) = arguments.follow {
                        world.trace().follow(id_facture);
                    }
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= end {
                            return;
                        }
                        let verdict = soak(&mut world, seed, scale).await.expect("a soak");
                        print(&verdict);
                        if arguments.until_failure && !verdict.holds() {
                            next.store(end, Ordering::Relaxed);
                        }
                        verdicts
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(verdict);
                    }
                });
            });
        }
    });
    summary(
        &verdicts
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    )
}

fn print(verdict: &Verdict) {
    println!(
        "{:>6} {:>8} {:>7} {:>8} {:>7} {:>5} {:>8} {:016x} {:>5} {:>10} {:>6}s  {}",
        verdict.seed,
        verdict.invoices,
        verdict.events,
        verdict.commands,
        verdict.faults_met(),
        verdict.kills,
        verdict.overlaps,
        verdict.digest,
        verdict.lost(),
        verdict.twice(),
        verdict.took.as_secs(),
        if verdict.holds() { "✓" } else { "✗" }
    );
    for problem in verdict.problems.iter().take(10) {
        println!("       ✗ {problem}");
    }
    if let Some(more) = verdict.problems.len().checked_sub(10).filter(|n| *n > 0) {
        println!("       ✗ and {more} more");
    }
}

fn summary(verdicts: &[Verdict]) -> ExitCode {
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, times) in verdicts.iter().flat_map(|verdict| &verdict.faults) {
        *faults.entry(kind).or_default() += times;
    }
    let met: Vec<String> = faults
        .iter()
        .map(|(kind, times)| format!("{kind} {times}"))
        .collect();
    println!("\nfaults met: {}", met.join(", "));
    let failed = verdicts.iter().filter(|verdict| !verdict.holds()).count();
    if failed == 0 {
        println!("{} seeds: nothing lost, nothing done twice", verdicts.len());
        return ExitCode::SUCCESS;
    }
    println!("{failed} of {} seeds failed", verdicts.len());
    ExitCode::FAILURE
}
