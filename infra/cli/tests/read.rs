//! `relais read`, run as a person runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/invoice/tests/fixtures")
        .join(name)
}

fn relais(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relais"))
        .arg("read")
        .args(arguments)
        .output()
        .unwrap()
}

fn relais_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relais"))
        .arg("read")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn packed(content: &[u8]) -> String {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive
        .start_file("document", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(content).unwrap();
    base64::engine::general_purpose::STANDARD.encode(archive.finish().unwrap().into_inner())
}

#[test]
fn an_invoice_is_printed_as_json_and_the_status_is_zero() {
    let output = relais(&[fixture("ubl-invoice.xml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let invoice: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(invoice["number"], "FX-2026-001");
    assert_eq!(
        invoice["totals"]["withVat"], "114.00",
        "an amount is a string, as written"
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn a_file_that_is_no_invoice_ends_in_two_and_one_line_that_says_what_it_is() {
    let output = relais(&[fixture("README.md").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1);
    assert!(said.ends_with("README.md: neither XML nor PDF\n"), "{said}");
}

#[test]
fn a_missing_file_is_told_apart_from_one_that_is_no_invoice() {
    let output = relais(&["/nowhere/facture.xml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("/nowhere/facture.xml: cannot be opened: ")
    );
}

#[test]
fn one_bad_file_does_not_keep_the_others_from_being_read() {
    let names = [
        fixture("README.md"),
        fixture("cii.xml"),
        fixture("ubl-chorus.xml"),
    ];
    let mut arguments = vec!["--json-lines"];
    arguments.extend(names.iter().map(|name| name.to_str().unwrap()));
    let output = relais(&arguments);
    assert_eq!(output.status.code(), Some(2));
    let lines = lines(&output);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["kind"], "other");
    assert_eq!(lines[0]["error"], "neither XML nor PDF");
    assert_eq!(lines[0]["invoice"], Value::Null);
    assert_eq!(lines[1]["kind"], "cii");
    assert_eq!(lines[1]["invoice"]["number"], "FX-2026-001");
    assert_eq!(lines[1]["error"], Value::Null);
    assert!(lines[1]["checks"].is_array());
    for line in &lines {
        let mut keys: Vec<_> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, ["checks", "error", "file", "invoice", "kind"]);
    }
}

#[test]
fn the_checks_alone_are_printed_when_asked_for() {
    let output = relais(&["--checks", fixture("cii.xml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let checks: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checks["number"], "FX-2026-001");
    assert!(checks["checks"].is_array());
    assert!(checks.get("invoice").is_none());
}

#[test]
fn standard_input_is_read_under_a_dash() {
    let output = relais_with_input(&["-"], &std::fs::read(fixture("cii.xml")).unwrap());
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("FX-2026-001"));
    let output = relais_with_input(&["-"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "-: an empty file\n"
    );
}

#[test]
fn a_pivot_is_read_with_its_attachments_and_says_where_they_disagree() {
    let ubl = std::fs::read_to_string(fixture("ubl-invoice.xml"))
        .unwrap()
        .replace(">114.00<", ">115.00<");
    let pivot = std::fs::read_to_string(fixture("pivot.xml"))
        .unwrap()
        .replace("@1@", &packed(ubl.as_bytes()))
        .replace("@2@", &packed(b"%PDF-1.4 broken"))
        .replace("@3@", "not base64 !")
        .replace("@4@", "");
    let output = relais_with_input(&["--json-lines", "-"], pivot.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "one for each invoice of the pivot");
    let first = &lines[0]["invoice"];
    assert_eq!(first["source"]["role"], "structured-attachment");
    assert_eq!(first["source"]["kind"], "ubl-invoice");
    assert_eq!(first["differences"][0]["field"], "withVat");
    assert_eq!(first["chorus"]["idCPRO"], "3346947");
    assert_eq!(lines[1]["invoice"]["source"]["role"], "pivot-body");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("\"document.pdf\" is not looked into: its base64 is broken"),
        "{said}"
    );
}
