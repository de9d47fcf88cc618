use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

const SIRET: &str = "00000000013456";

fn folder(statut: &str) -> EpisodeFolder {
    let at = "2026-11-23T09:15:00.789Z".parse().unwrap();
    EpisodeFolder::new(SIRET, 3_346_947, Episode::new(at, statut)).unwrap()
}

#[test]
fn the_keys_are_those_of_the_design() {
    let folder = folder("MISE_A_DISPOSITION");
    let prefix = "00000000013456/000003346947/20261123T091500Z-MISE_A_DISPOSITION/";
    assert_eq!(folder.prefix(), prefix);
    assert_eq!(folder.pivot(), format!("{prefix}pivot.xml"));
    assert_eq!(folder.invoice(), format!("{prefix}invoice.json"));
    assert_eq!(folder.archived(), format!("{prefix}archived.json"));
    assert_eq!(folder.published(), format!("{prefix}published.json"));
    assert_eq!(folder.past(), format!("{prefix}past.json"));
    assert_eq!(
        folder.change(),
        "00000000013456/000003346947/changes/20261123T0915Z-MISE_A_DISPOSITION.json"
    );
    assert_eq!(
        folder.document(1, &SafeName::new("F1.pdf", None)),
        format!("{prefix}documents/01-F1.pdf")
    );
    assert_eq!(
        push_fact(SIRET, 7, "a-1").unwrap(),
        "00000000013456/000000000007/pushes/a-1.json"
    );
    assert_eq!(
        cursor(SIRET, "FACTURE").unwrap(),
        "cursors/00000000013456/FACTURE.json"
    );
    assert_eq!(switches(SIRET).unwrap(), "switches/00000000013456.json");
    assert_eq!(breaker("portal").unwrap(), "breakers/portal.json");
    assert_eq!(
        failures("jobs", "5f2c-1").unwrap(),
        "failures/jobs/5f2c-1.json"
    );
    assert_eq!(
        report(Date::constant(2026, 11, 23), SIRET).unwrap(),
        "reports/2026-11-23/00000000013456.json"
    );
    assert_eq!(
        dead_letter("jobs", "0b7d2f30-1c").unwrap(),
        "dead-letters/jobs/0b7d2f30-1c.json"
    );
    assert_eq!(probe(SIRET).unwrap(), "probes/00000000013456.json");
    assert_eq!(
        audit(
            "2026-11-23T09:15:00.789012Z".parse().unwrap(),
            "dlq-redrive"
        )
        .unwrap(),
        "audit/2026-11-23/20261123T091500789012Z-dlq-redrive.json"
    );
    assert_eq!(
        reconcile_progress(SIRET).unwrap(),
        "reconcile/00000000013456.json"
    );
}

#[test]
fn two_statuses_of_one_second_are_in_their_ordinary_order() {
    let of = |statut| folder(statut).episode().clone();
    assert!(of("SERVICE_FAIT") < of("MANDATEE"));
    assert!(of("SUSPENDUE") < of("COMPLETEE"));
    assert!(of("MISE_A_DISPOSITION") < of("SERVICE_FAIT"));
}

#[test]
fn a_key_is_read_back_with_what_stands_behind_its_folder() {
    let folder = folder("SUSPENDUE");
    assert_eq!(
        EpisodeFolder::parse(&folder.archived()),
        Ok((folder.clone(), "archived.json"))
    );
    assert_eq!(EpisodeFolder::parse(&folder.prefix()), Ok((folder, "")));
    for wrong in [
        "",
        "a/b/c/d",
        "00000000013456/7/20261123T091500Z-A/x",
        "00000000013456/000000000007/pushes/a.json",
    ] {
        assert!(EpisodeFolder::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_stand_in_a_key_is_refused() {
    let episode = folder("A").episode().clone();
    assert!(matches!(
        EpisodeFolder::new("123", 1, episode.clone()),
        Err(KeyError::Siret(_))
    ));
    assert!(matches!(
        EpisodeFolder::new("0000000001345/", 1, episode.clone()),
        Err(KeyError::Siret(_))
    ));
    assert!(matches!(
        EpisodeFolder::new(SIRET, u64::MAX, episode),
        Err(KeyError::IdFacture(_))
    ));
    for part in ["", "..", "../x", "a/b", "é", ".hidden"] {
        assert!(
            matches!(cursor(SIRET, part), Err(KeyError::Part(_))),
            "{part}"
        );
        assert!(
            matches!(push_fact(SIRET, 1, part), Err(KeyError::Part(_))),
            "{part}"
        );
    }
}

#[test]
fn episodes_sort_by_time() {
    let earlier = Episode::new("2026-11-23T09:15:00Z".parse().unwrap(), "SUSPENDUE");
    let later = Episode::new("2026-11-23T09:15:01Z".parse().unwrap(), "COMPLETEE");
    assert!(earlier < later && earlier.to_string() < later.to_string());
}

proptest! {
    #[test]
    fn every_status_gives_an_episode_that_reads_back(second in 0_i64..4_000_000_000, statut in any::<String>()) {
        let episode = Episode::new(Timestamp::from_second(second).unwrap(), &statut);
        let text = episode.to_string();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
        prop_assert_eq!(text.parse(), Ok(episode));
    }

    #[test]
    fn no_name_leaves_the_folder(number in 1_u32..200, name in any::<String>(), extension in proptest::option::of("[a-z]{1,4}")) {
        let folder = folder("MISE_A_DISPOSITION");
        let key = folder.document(number, &SafeName::new(&name, extension.as_deref()));
        let name = key.strip_prefix(&folder.documents()).unwrap();
        prop_assert!(!name.contains('/') && !name.contains('\\') && !name.contains(".."), "{}", name);
        prop_assert!(name.len() <= 100 + 4);
        prop_assert!(EpisodeFolder::parse(&key).is_ok());
    }
}
