//! A reconciliation against a portal, a store and a queue that answer over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod agreement;
mod handler;
mod nights;
mod works;
#[path = "../world/mod.rs"]
mod world;

use std::time::Duration;

use jiff::{Timestamp, civil::date};
use lambda_kit::Deadline;
use relais_reconcile::night::Outcome;
use serde_json::Value;
use world::{Invoice, World, scene::Scene};

/// Half past one in the night of 23 November, in France.
const NOW: &str = "2026-11-23T00:30:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An invoice deposited on this day, made available on the next and left at that.
fn invoice(id: u64, depot: &str) -> Invoice {
    let depot: jiff::civil::Date = depot.parse().unwrap();
    Invoice {
        id,
        kind: "FACTURE",
        statut: "MISE_A_DISPOSITION".to_owned(),
        at: at(&format!("{}T08:00:00Z", depot.tomorrow().unwrap())),
        depot,
        ttc: format!("{id}.5"),
        received: true,
        roles: &[],
    }
}

/// So many invoices in each of the last four months, all of them archived.
fn settled(each: u64) -> (World, Vec<Invoice>) {
    let world = World::start();
    let mut invoices = Vec::new();
    for (place, month) in ["2026-08", "2026-09", "2026-10", "2026-11"]
        .iter()
        .enumerate()
    {
        for n in 0..each {
            let id = 1 + place as u64 * 1_000 + n;
            let mut one = invoice(id, &format!("{month}-{:02}", 1 + n % 18));
            if n % 5 == 4 {
                one.kind = "FACTURE_TRAVAUX";
            }
            world.deposit(one.clone());
            world.archive(&one, one.at);
            invoices.push(one);
        }
    }
    (world, invoices)
}

async fn night(scene: &Scene) -> Outcome {
    scene
        .reconciliation()
        .night(false)
        .await
        .unwrap()
        .expect("something was due")
}

/// The jobs, by invoice and cause.
fn queued(world: &World) -> Vec<(u64, String)> {
    let state = world.state();
    let told = |job: &Value| {
        let data = &job["data"];
        (
            data["idFacture"].as_u64().unwrap(),
            data["cause"].as_str().unwrap().to_owned(),
        )
    };
    state.jobs.iter().map(told).collect()
}

fn scene(world: &World) -> Scene {
    scene_at(world, NOW)
}

/// Of an establishment that is maître d'ouvrage or maître d'œuvre too.
fn scene_in_roles(world: &World, roles: &[&str]) -> Scene {
    let deadline = Deadline::after(Duration::from_secs(120));
    Scene::in_roles(&world.url, date(2026, 8, 1), at(NOW), roles, deadline)
}

fn scene_at(world: &World, now: &str) -> Scene {
    let deadline = Deadline::after(Duration::from_secs(120));
    Scene::new(&world.url, date(2026, 8, 1), at(now), 100, deadline)
}
