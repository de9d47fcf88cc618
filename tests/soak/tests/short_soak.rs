//! A short soak: everybody at work for some days, trouble of every kind.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use soak::{
    soak::{Scale, soak},
    world::{Establishments, World},
};

#[tokio::test]
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
