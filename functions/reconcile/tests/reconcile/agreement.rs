//! The one property that a report is for: it is green if, and only if, both sides agree.

use proptest::prelude::*;

use crate::{at, invoice, scene, world::World};

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

fn enact(world: &World, id: u64, day: u8, fate: &Fate) {
    let one = invoice(id, &format!("2026-{:02}-{:02}", 8 + day % 4, 1 + day % 18));
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
    fn a_report_is_green_if_and_only_if_both_sides_agree(fates in prop::collection::vec((any::<u8>(), fate()), 0..24)) {
        let world = World::start();
        for (place, (day, fate)) in fates.iter().enumerate() {
            enact(&world, place as u64 + 1, *day, fate);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async { scene(&world).reconciliation().night(false).await }).unwrap().unwrap();
        let agree = fates.iter().all(|(_, fate)| *fate == Fate::Whole);
        prop_assert_eq!(outcome.report.green, agree, "{:?}", outcome.findings);
        // What the hashes cannot tell is whether a thing was announced, and its documents are there.
        let of_the_lists = fates.iter().all(|(_, fate)| matches!(fate, Fate::Whole | Fate::NotAnnounced | Fate::WithoutDocuments));
        let equal = outcome.report.months.values().flat_map(|m| m.kinds.values()).all(|kind| kind.equal);
        prop_assert_eq!(equal, of_the_lists);
        let makes_good = |fate: &Fate| matches!(fate, Fate::NotArchived | Fate::NotAnnounced | Fate::WithoutDocuments | Fate::StatusNotHeld | Fate::CutShort);
        let lacking = fates.iter().filter(|(_, fate)| makes_good(fate)).count();
        prop_assert_eq!(world.state().jobs.len(), lacking);
    }
}
