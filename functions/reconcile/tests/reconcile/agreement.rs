//! The one property that a report is for: it is green if, and only if, both sides agree.

use proptest::prelude::*;

use crate::{
    at, invoice, scene_in_roles,
    world::{Invoice, World},
};

/// What became of one invoice.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Whole,
    NotArchived,
    NotAnnounced,
    WithoutDocuments,
    StatusNotHeld,
    OtherAmount,
    LeftThePortal,
    CutShort,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        20 => Just(Fate::Whole),
        1 => Just(Fate::NotArchived),
        1 => Just(Fate::NotAnnounced),
        1 => Just(Fate::WithoutDocuments),
        1 => Just(Fate::StatusNotHeld),
        1 => Just(Fate::OtherAmount),
        1 => Just(Fate::LeftThePortal),
        1 => Just(Fate::CutShort),
    ]
}

/// In which lists the portal shows one invoice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Received,
    WorksReceived,
    InCircuit,
    InCircuitTwice,
    ReceivedAndInCircuit,
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![
        4 => Just(Shown::Received),
        1 => Just(Shown::WorksReceived),
        1 => Just(Shown::InCircuit),
        1 => Just(Shown::InCircuitTwice),
        2 => Just(Shown::ReceivedAndInCircuit),
    ]
}

fn one(id: u64, day: u8, shown: Shown) -> Invoice {
    let mut one = invoice(id, &format!("2026-{:02}-{:02}", 8 + day % 4, 1 + day % 18));
    if shown != Shown::Received {
        one.kind = "FACTURE_TRAVAUX";
    }
    let (received, roles): (bool, &'static [&'static str]) = match shown {
        Shown::Received | Shown::WorksReceived => (true, &[]),
        Shown::InCircuit => (false, &["MOE"]),
        Shown::InCircuitTwice => (false, &["MOA", "MOE"]),
        Shown::ReceivedAndInCircuit => (true, &["MOA"]),
    };
    Invoice {
        received,
        roles,
        ..one
    }
}

fn enact(world: &World, one: Invoice, fate: &Fate) {
    let id = one.id;
    world.deposit(one.clone());
    world.archive(&one, one.at);
    let of = format!("/{id:012}/");
    match fate {
        Fate::Whole => {}
        Fate::NotArchived => {
            world.remove(&of);
        }
        Fate::NotAnnounced => {
            world.remove(&format!("{}published.json", crate::world::folder(&one)));
        }
        Fate::WithoutDocuments => {
            world.remove(&format!("{}documents/", crate::world::folder(&one)));
        }
        Fate::CutShort => {
            let folder = crate::world::folder(&one);
            for rest in ["archived.json", "published.json", "montant-ttc"] {
                world.remove(&format!("{folder}{rest}"));
            }
        }
        Fate::StatusNotHeld => {
            let mut changed = one;
            changed.statut = "SUSPENDUE".to_owned();
            changed.at = at("2026-11-21T10:00:00Z");
            world.deposit(changed);
        }
        Fate::OtherAmount => {
            let mut changed = one;
            changed.ttc = "0.01".to_owned();
            world.deposit(changed);
        }
        Fate::LeftThePortal => {
            world.state().invoices.remove(&id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_report_is_green_if_and_only_if_both_sides_agree(fates in prop::collection::vec((any::<u8>(), shown(), fate()), 0..24)) {
        let world = World::start();
        for (place, (day, shown, fate)) in fates.iter().enumerate() {
            enact(&world, one(place as u64 + 1, *day, *shown), fate);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async { scene_in_roles(&world, &["MOA", "MOE"]).reconciliation().night(false).await }).unwrap().unwrap();
        let agree = fates.iter().all(|(.., fate)| *fate == Fate::Whole);
        prop_assert_eq!(outcome.report.green, agree, "{:?}", outcome.findings);
        // What the hashes cannot tell is whether a thing was announced, and its documents are there.
        let of_the_lists = fates.iter().all(|(.., fate)| matches!(fate, Fate::Whole | Fate::NotAnnounced | Fate::WithoutDocuments));
        let equal = outcome.report.months.values().flat_map(|m| m.kinds.values()).all(|kind| kind.equal);
        prop_assert_eq!(equal, of_the_lists);
        let makes_good = |fate: &Fate| matches!(fate, Fate::NotArchived | Fate::NotAnnounced | Fate::WithoutDocuments | Fate::StatusNotHeld | Fate::CutShort);
        let lacking = fates.iter().filter(|(.., fate)| makes_good(fate)).count();
        prop_assert_eq!(world.state().jobs.len(), lacking, "a document in two lists is made good once");
        let left = |fate: &Fate| *fate == Fate::LeftThePortal;
        let listed = fates.iter().filter(|(.., fate)| !left(fate)).count() as u64;
        let kinds = outcome.report.months.values().flat_map(|m| m.kinds.values());
        let documents: u64 = kinds.map(|kind| kind.portal.count - kind.also_listed.count).sum();
        prop_assert_eq!(documents, listed);
        prop_assert_eq!(outcome.findings.on_portal_no_more, fates.len() as u64 - listed);
    }
}
