//! The life of an invoice, 2 000 times, each time otherwise.
//!
//! `RELAIS_SOAK_SEED=17 cargo nextest run -p soak --test life` plays the run of one seed; `RELAIS_SOAK_RUNS=10000` makes more runs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail, and say how long it took"
)]

use std::{ops::Range, time::Instant};

use chorus_pro_sim::{state::Actor, statuts};
use fastrand::Rng;
use jiff::SignedDuration;
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

#[tokio::main(flavor = "current_thread", start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn what_lies_between_two_first_appearances_that_are_archived_at_once_is_told_in_order() {
    let mut world = World::start(Establishments::One).await.unwrap();
    world.reset(5).await.unwrap();
    let mut rng = Rng::with_seed(5);
    world.people().deposit("00000000013456", &mut rng);
    world.poll(None).await;
    for statut in [
        statuts::MISE_A_DISPOSITION_COMPTABLE,
        statuts::MISE_EN_PAIEMENT,
    ] {
        world.clock().advance(SignedDuration::from_mins(1));
        let invoice = world.simulator().invoices()[0].id;
        world
            .simulator()
            .set_status(invoice, statut, None, &Actor::Accountant)
            .unwrap();
    }
    world.poll(None).await;
    world.archive_twice_at_once(1).await;
    while world.erp_reads(false) > 0 {}
    world.settle_down().await.unwrap();
    assert_eq!(world.problems(), []);
    let told: Vec<_> = world
        .erp()
        .views()
        .values()
        .flat_map(|view| &view.announced)
        .map(|a| a.statut.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "MISE_A_DISPOSITION",
            "MISE_A_DISPOSITION_COMPTABLE",
            "MISE_EN_PAIEMENT"
        ]
    );
}
