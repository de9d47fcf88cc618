//! The program, as a person starts it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chorus-pro-sim"))
}

/// Ends what it started, also when a test fails.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(arguments: &[&str]) -> (Started, String) {
    let mut child = program()
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (Started(child), line)
}

#[test]
fn it_says_where_it_listens_and_how_many_invoices_it_has() {
    let (_running, line) = started(&["--listen", "127.0.0.1:0", "--invoices", "7"]);
    assert!(
        line.starts_with("chorus-pro-sim: ready on http://127.0.0.1:")
            && line.contains("with 7 invoices"),
        "{line}"
    );
    assert!(!line.contains(":0 "), "{line}");
}

#[test]
fn a_taken_port_is_one_clear_line_and_exit_code_1() {
    let (_running, line) = started(&["--listen", "127.0.0.1:0", "--invoices", "0"]);
    let address = line
        .split("http://")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let refused = program().args(["--listen", address]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.lines().count() == 1 && said.contains(address) && said.contains("--listen"),
        "{said}"
    );
}

#[test]
fn a_bad_fault_file_or_folder_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faults.json");
    std::fs::write(
        &file,
        r#"{"faults": [{"kind": "dropped", "operation": "token/x"}]}"#,
    )
    .unwrap();
    let missing = folder.path().join("absent");
    for arguments in [
        ["--faults", file.to_str().unwrap()],
        ["--documents", missing.to_str().unwrap()],
        ["--faults", missing.to_str().unwrap()],
    ] {
        let refused = program()
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert_eq!(
            String::from_utf8(refused.stderr).unwrap().lines().count(),
            1,
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn it_stops_quietly_when_asked_to() {
    let mut child = program()
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let stopped = Command::new("kill")
        .arg("-TERM")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "");
}
