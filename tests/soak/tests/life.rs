//! The life of an invoice, 2 000 times, each time otherwise.
//!
//! `RELAIS_SOAK_SEED=17 cargo nextest run -p soak --test life` plays the run of one seed; `RELAIS_SOAK_RUNS=10000` makes more runs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail, and say how long it took"
)]

use std::{ops::Range, time::Instant};

use soak::{
    life::live,
    world::{Establishments, World},
};

/// What happens in one run.
const STEPS: usize = 30;

/// What is enough to see what they have in common.
const FAILURES_SHOWN: usize = 3;

/// Over all quarters.
const RUNS: u64 = 2_000;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn seeds(quarter: u64) -> Range<u64> {
    match setting("RELAIS_SOAK_SEED") {
        Some(seed) if seed % 4 == quarter => seed..seed + 1,
        Some(_) => 0..0,
        None => {
            let runs = setting("RELAIS_SOAK_RUNS").unwrap_or(RUNS) / 4;
            quarter * runs..(quarter + 1) * runs
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn quarter(quarter: u64) {
    let started = Instant::now();
    let mut world = World::start(Establishments::One).await.unwrap();
    let seeds = seeds(quarter);
    let mut failures = Vec::new();
    for seed in seeds.clone() {
        failures.extend(live(&mut world, seed, STEPS).await.err());
        if failures.len() == FAILURES_SHOWN {
            break;
        }
    }
    let all: String = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{all}");
    eprintln!(
        "{} runs of {STEPS} steps in {:?}",
        seeds.count(),
        started.elapsed()
    );
}

#[test]
fn the_erp_ends_where_the_portal_is_first_quarter() {
    quarter(0);
}

#[test]
fn the_erp_ends_where_the_portal_is_second_quarter() {
    quarter(1);
}

#[test]
fn the_erp_ends_where_the_portal_is_third_quarter() {
    quarter(2);
}

#[test]
fn the_erp_ends_where_the_portal_is_fourth_quarter() {
    quarter(3);
}
