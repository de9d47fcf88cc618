//! Scenario files that are not right, and the program that says so.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use chorus_pro_sim::Scenario;
use serde_json::{Value, json};

use crate::client::MAIRIE;

fn problems(file: &Value) -> Vec<String> {
    let error = Scenario::read(&file.to_string(), None).unwrap_err();
    error.problems().to_vec()
}

fn of_step(step: &Value) -> Vec<String> {
    let deposit =
        json!({"at": "day 1 09:00", "do": "deposit", "invoice": "known", "siret": MAIRIE});
    problems(&json!({"steps": [deposit, step]}))
}

#[test]
fn each_mistake_of_a_step_is_told_with_its_number_and_what_would_be_right() {
    let cases = [
        (
            json!({"at": "day 2 09:00", "do": "depsit"}),
            "step 2: do: unknown verb \"depsit\"; there are deposit, complete",
        ),
        (
            json!({"at": "day 2 09:00"}),
            "step 2: do: a verb is missing",
        ),
        (
            json!({"do": "pay", "invoice": "known"}),
            "step 2: at: an instant is missing",
        ),
        (
            json!({"at": "tomorrow", "do": "pay", "invoice": "known"}),
            "step 2: at: \"tomorrow\" is no instant",
        ),
        (
            json!({"at": 3, "do": "pay", "invoice": "known"}),
            "step 2: at: invalid type",
        ),
        (
            json!({"at": "2020-01-01 09:00", "do": "pay", "invoice": "known"}),
            "step 2: at: 2020-01-01 09:00 is before the start",
        ),
        (
            json!({"at": "day 2 09:00", "do": "pay", "invoice": "unknown"}),
            "step 2: invoice: no step before it deposits \"unknown\"; deposited by then: known",
        ),
        (
            json!({"at": "day 1 08:00", "do": "pay", "invoice": "known"}),
            "step 2: invoice: no step before it deposits \"known\"; deposited by then: nothing",
        ),
        (
            json!({"at": "day 2 09:00", "do": "pay"}),
            "step 2: invoice: \"pay\" needs the label of an invoice",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "invoice": "known"}),
            "step 2: invoice: \"known\" is deposited twice",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "siret": "12"}),
            "step 2: siret: no establishment has SIRET 12",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "montant": "12"}),
            "step 2: unknown field `montant`",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "every": "2 fortnights", "times": 2}),
            "step 2: every: \"2 fortnights\" is no length of time",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "invoice": "b", "every": "1d", "times": 2}),
            "step 2: invoice: a deposit that repeats makes several",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "invoice": "b", "count": 2}),
            "step 2: invoice: this \"deposit\" is not about one invoice",
        ),
        (
            json!({"at": "day 2 09:00", "do": 3, "invoice": "known"}),
            "step 2: do: invalid type",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "every": "1d", "times": 0}),
            "step 2: times: from 1 to 10000",
        ),
        (
            json!({"at": "day 2 09:00", "do": "deposit", "every": "1d"}),
            "step 2: every and times come together",
        ),
        (
            json!({"at": "day 2 09:00", "do": "pay", "invoice": "known", "every": "1d", "times": 2}),
            "step 2: every: only a deposit repeats",
        ),
        (
            json!({"at": "day 2 09:00", "do": "status", "invoice": "known", "statut": "SUPENDUE"}),
            "step 2: statut: \"SUPENDUE\" is not a status",
        ),
        (
            json!({"at": "day 2 09:00", "do": "status", "invoice": "known", "statut": "SUSPENDUE", "par": "erp"}),
            "step 2: commentaire: SUSPENDUE needs a reason",
        ),
        (
            json!({"at": "day 2 09:00", "do": "status", "invoice": "known", "statut": "COMPLETEE", "par": "erp"}),
            "step 2: statut: a recipient cannot ask for COMPLETEE",
        ),
        (
            json!({"at": "day 2 09:00", "do": "recycle", "invoice": "known", "codeService": "LUNE"}),
            "step 2: codeService: 00000000013456 has no service LUNE",
        ),
        (
            json!({"at": "day 2 09:00", "do": "faults", "faults": [{"kind": "dropped", "operation": "nowhere"}]}),
            "step 2: ",
        ),
        (json!("pay"), "step 2: invalid type"),
    ];
    for (step, expected) in cases {
        let said = of_step(&step);
        assert!(
            said.len() == 1 && said[0].starts_with(expected),
            "{step}: {said:?}"
        );
    }
}

#[test]
fn each_mistake_of_a_robot_or_of_the_file_is_told_with_its_name() {
    let cases = [
        (
            json!({"robots": {"accountant": {"pays_after": "soon"}}}),
            "robots.accountant: pays_after: \"soon\" is no length of time",
        ),
        (
            json!({"robots": {"accountant": {"share": 0.5}}}),
            "robots.accountant: it would do nothing; give pays_after or takes_charge_after",
        ),
        (
            json!({"robots": {"accountant": {"pays_after": "1d", "share": 2}}}),
            "robots.accountant: share: a part of all invoices",
        ),
        (
            json!({"robots": {"supplier": {"completes_after": "1d", "pays_after": "1d"}}}),
            "robots.supplier: unknown field \"pays_after\"",
        ),
        (
            json!({"robots": {"supplier": {"completes_after": "1d", "siret": "12"}}}),
            "robots.supplier: siret: no establishment",
        ),
        (
            json!({"robots": {"banker": {}}}),
            "robots: unknown field \"banker\"; there are supplier",
        ),
        (
            json!({"robots": {"person": [{"when": "MISE_A_DISPOSITION", "after": "1d", "sets": "GONE"}]}}),
            "robots.person 1: sets: \"GONE\" is not a status",
        ),
        (
            json!({"speed": "fast", "robots": {"moe": {"takes_after": "1d"}}}),
            "speed: \"fast\" is no speed",
        ),
        (
            json!({"erp": "maybe", "robots": {"moe": {"takes_after": "1d"}}}),
            "the file: erp: \"maybe\" is neither",
        ),
        (
            json!({"starts": "soon", "robots": {"moe": {"takes_after": "1d"}}}),
            "starts: \"soon\" is no instant",
        ),
        (
            json!({"step": [], "robots": {"moe": {"takes_after": "1d"}}}),
            "the file: unknown field \"step\"",
        ),
        (json!({}), "the file: it has neither steps nor robots"),
        (json!([]), "the file: invalid type"),
    ];
    for (file, expected) in cases {
        let said = problems(&file);
        assert!(
            said.len() == 1 && said[0].starts_with(expected),
            "{file}: {said:?}"
        );
    }
    let cut = Scenario::read("{\"steps\": [\n", None).unwrap_err();
    assert!(
        cut.to_string().starts_with("the file: ") && cut.to_string().contains("line 2"),
        "{cut}"
    );
}

#[test]
fn mistakes_are_told_in_the_order_of_the_steps_whoever_found_them() {
    let said = problems(&json!({"speed": "fast", "steps": [
        {"at": "day 1 09:00", "do": "deposit", "siret": "12"},
        {"at": "day 1 09:30", "do": "dance"},
        {"at": "day 2 09:00", "do": "pay", "invoice": "nobody's"},
    ]}));
    let places: Vec<_> = said
        .iter()
        .map(|one| one.split(':').next().unwrap())
        .collect();
    assert_eq!(places, ["speed", "step 1", "step 2", "step 3"]);
}

#[test]
fn the_label_of_a_deposit_anew_is_known_when_the_supplier_makes_one() {
    let step = |at: &str, rest: Value| {
        let mut step = rest;
        step["at"] = at.into();
        step
    };
    let mut file = json!({"steps": [
        step("day 1 09:00", json!({"do": "deposit", "invoice": "f", "siret": MAIRIE})),
        step("day 9 09:00", json!({"do": "pay", "invoice": "f/2"})),
    ]});
    assert_eq!(problems(&file).len(), 1);
    file["robots"] = json!({"supplier": {"deposits_anew_after": "3d"}});
    assert!(Scenario::read(&file.to_string(), None).is_ok());
}

#[test]
fn a_mistake_is_told_once_and_not_again_at_every_step_that_follows_from_it() {
    let said = problems(&json!({"steps": [
        {"at": "day 1 09:00", "do": "deposit", "invoice": "a", "colour": "red"},
        {"at": "day 1 09:30", "do": "deposit", "invoice": "b", "siret": "12"},
        {"at": "day 2 09:00", "do": "pay", "invoice": "a"},
        {"at": "day 2 09:00", "do": "pay", "invoice": "b"},
    ]}));
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn the_program_tells_all_mistakes_of_a_file_at_once_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.json");
    let steps =
        json!([{"at": "day 1 09:00", "do": "dance"}, {"at": "never", "do": "pay", "invoice": "x"}]);
    std::fs::write(
        &file,
        json!({"steps": steps, "robots": {"moe": {"takes_after": "-1d"}}}).to_string(),
    )
    .unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_chorus-pro-sim"))
        .args(["--listen", "127.0.0.1:0", "--scenario"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.stdout.is_empty() && said.contains("scenario.json"),
        "{said}"
    );
    for expected in [
        "3 things to mend",
        "\n  step 1: do: ",
        "\n  step 2: at: ",
        "\n  robots.moe: takes_after: ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn the_program_plays_the_shipped_month_and_says_so() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/un-mois.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_chorus-pro-sim"))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--invoices",
            "0",
            "--scenario",
            file,
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .take(2)
        .map(Result::unwrap)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        lines[1]
            .contains("playing a month at a town hall: 29 steps from 2026-10-05 08:00, 1d per 2s"),
        "{lines:?}"
    );
}
