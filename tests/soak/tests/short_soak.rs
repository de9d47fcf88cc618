//! A short soak: everybody at work for some days, trouble of every kind.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use soak::{
    soak::{Scale, soak},
    world::{Establishments, World},
};

/// As little as still has kills, overlaps and a password that expires.
const TINY: Scale = Scale {
    invoices: 40,
    days: 3,
};

#[tokio::test(start_paused = true)]
async fn some_days_of_trouble_lose_nothing_and_do_nothing_twice() {
    let mut world = World::start(Establishments::All).await.unwrap();
    let verdict = soak(&mut world, 1, Scale::SHORT).await.unwrap();
    assert_eq!(verdict.problems, []);
    assert_eq!(verdict.invoices, Scale::SHORT.invoices);
    assert!(verdict.kills > 0 && verdict.overlaps > 0, "{verdict:?}");
    for fault in ["S3 503", "S3 answer lost", "SQS delivers twice", "portal"] {
        assert!(verdict.faults.get(fault) > Some(&0), "{fault}: {verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_seed_played_again_is_the_same_to_the_last_byte_of_the_last_call() {
    let mut fresh = World::start(Establishments::All).await.unwrap();
    let first = soak(&mut fresh, 7, TINY).await.unwrap();
    // Another world, in which another seed was played before.
    let mut used = World::start(Establishments::All).await.unwrap();
    let other = soak(&mut used, 8, TINY).await.unwrap();
    let again = soak(&mut used, 7, TINY).await.unwrap();
    assert!(first.kills > 0 && first.overlaps > 0, "{first:?}");
    assert_eq!(first.digest, again.digest, "{first:?} and {again:?}");
    assert_ne!(first.digest, other.digest);
}
