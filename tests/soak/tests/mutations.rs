//! The mutations fit the code as it is. Whether the soak catches each of them, `make soak-mutations` shows: that takes minutes.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{path::Path, process::Command};

#[test]
fn each_mutation_still_changes_the_code_that_it_names() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let patches = std::fs::read_dir(here.join("mutations")).unwrap();
    let mut names = Vec::new();
    for patch in patches.map(|entry| entry.unwrap().path()) {
        if patch
            .extension()
            .is_none_or(|extension| extension != "patch")
        {
            continue;
        }
        let checked = Command::new("git")
            .args(["apply", "--check"])
            .arg(&patch)
            .current_dir(here.join("../.."))
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{}: {why}", patch.display());
        names.push(patch.file_stem().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "blind-retry",
            "cursor-first",
            "fact-before-event",
            "no-overlap"
        ]
    );
}
