//! Catches up after outages, or at a first installation, prints what it took, and fails when something is not as it must be.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it talks to a person, and a world that cannot be built ends it"
)]

use std::process::ExitCode;

use clap::Parser;
use jiff::SignedDuration;
use soak::{
    catch_up::{
        Cause, Installation, Measured, Outage, Progress, after_an_outage, first_installation,
    },
    world::{Establishments, World},
};

/// What comes after an outage, or at a first installation: everything, in its order, at a steady rate, and what is new beside it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Days of the outages.
    #[arg(long, value_delimiter = ',', default_value = "1,31,100")]
    days: Vec<i64>,
    /// Why nothing can be collected meanwhile.
    #[arg(long, value_enum, default_value = "passwords")]
    cause: Cause,
    /// Invoices that are deposited during each.
    #[arg(long, default_value_t = 10_000)]
    invoices: usize,
    /// Invoices that are queued and not archived when it begins.
    #[arg(long, default_value_t = 100)]
    queued: usize,
    /// No outage: so many invoices of three years are there at a first installation.
    #[arg(long, value_name = "INVOICES")]
    first_installation: Option<usize>,
    /// From what everything is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Says how far it is after each poll.
    #[arg(long, short)]
    verbose: bool,
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut world = World::start(Establishments::All).await.expect("a world");
    let mut all = Vec::new();
    if let Some(invoices) = arguments.first_installation {
        let installation = Installation {
            invoices,
            days: 3 * 365,
            establishments: 3,
        };
        progress_heading();
        let measured = first_installation(&mut world, arguments.seed, installation, show).await;
        println!();
        heading();
        all.push(row(measured.expect("a first installation")));
    } else {
        if !arguments.verbose {
            heading();
        }
        for days in arguments.days {
            let outage = Outage {
                cause: arguments.cause,
                days,
                invoices: arguments.invoices,
                queued: arguments.queued,
            };
            if arguments.verbose {
                progress_heading();
            }
            let verbose = arguments.verbose;
            let measured = after_an_outage(&mut world, arguments.seed, outage, |progress| {
                if verbose {
                    show(progress);
                }
            })
            .await;
            if verbose {
                heading();
            }
            all.push(row(measured.expect("an outage")));
        }
    }
    match all.iter().all(|measured| measured.problems.is_empty()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn heading() {
    println!(
        "{:>5} {:>8} {:>6} {:>9} {:>9} {:>15} {:>9} {:>15} {:>5} {:>9} {:>8} {:>6} {:>6}",
        "days",
        "invoices",
        "slices",
        "caught up",
        "queued",
        "invoices/hour",
        "displaced",
        "new: delay",
        "dead",
        "calls/inv",
        "poll",
        "MB",
        "time"
    );
}

fn row(measured: Measured) -> Measured {
    let per_hundred = measured.calls_per_hundred();
    println!(
        "{:>5} {:>8} {:>6} {:>9} {:>9} {:>15} {:>9} {:>15} {:>5} {:>9} {:>8} {:>6} {:>5}s",
        measured.days,
        measured.invoices,
        measured.slices,
        hours(measured.caught_up),
        hours(measured.queued_done),
        format!("{} – {}", measured.rate.0, measured.rate.1),
        measured.displaced,
        format!("{} / {}", minutes(measured.new.0), minutes(measured.new.1)),
        measured.dead_letters,
        format!("{}.{:02}", per_hundred / 100, per_hundred % 100),
        minutes(measured.longest_poll),
        measured.megabytes,
        measured.real.as_secs()
    );
    for problem in measured.problems.iter().take(10) {
        println!("       ✗ {problem}");
    }
    if let Some(more @ 1..) = measured.problems.len().checked_sub(10) {
        println!("       ✗ and {more} more");
    }
    measured
}

fn progress_heading() {
    println!(
        "{:>9} {:>15} {:>12} {:>7} {:>7} {:>6} {:>6} {:>7} {:>8} {:>6}",
        "after",
        "told",
        "status: left",
        "slices",
        "listed",
        "calls",
        "jobs",
        "poll",
        "really",
        "MB"
    );
}

fn show(progress: &Progress) {
    println!(
        "{:>9} {:>15} {:>12} {:>7} {:>7} {:>6} {:>6} {:>7} {:>6}ms {:>6}",
        hours(SignedDuration::from_mins(progress.minutes)),
        format!("{}/{}", progress.told, progress.past),
        progress
            .days_left
            .map_or_else(|| "–".to_owned(), |days| format!("{days} days")),
        progress.slices,
        progress.listed,
        progress.calls,
        progress.jobs,
        minutes(progress.took),
        progress.real.as_millis(),
        progress.megabytes
    );
}

/// `5:40`: hours and minutes.
fn hours(duration: SignedDuration) -> String {
    format!("{}:{:02} h", duration.as_hours(), duration.as_mins() % 60)
}

/// `2:05`: minutes and seconds.
fn minutes(duration: SignedDuration) -> String {
    format!("{}:{:02}", duration.as_mins(), duration.as_secs() % 60)
}
