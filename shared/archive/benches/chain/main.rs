//! The whole chain of a download, measured: JSON → base64 → pivot → base64 → ZIP → SHA-256 → S3, beside the two ways people write it.
//!
//! `cargo bench -p archive --bench chain`. Each variant runs in its own process, so that its peak memory is its own; CPU time is that of the
//! process, user and system, from its start. The portal and S3 are one loopback server in the parent process; it makes the answer
//! on the fly and throws away what is stored.
//!
//! Python variants need `requests` and `boto3`; `RELAIS_BENCH_PYTHON` names an interpreter that has them (default: `python3`). Without
//! them the standard library is used and S3 is left out, which the table says.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a person at a terminal"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench may stop at any surprise"
)]
#![allow(clippy::float_arithmetic, reason = "speeds and ratios")]

mod dossier;
mod measure;
mod naive;
mod relais;
mod server;
mod table;

use measure::Measured;

/// A way to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// This crate, S3 writes thrown away inside the process.
    Relais,
    /// This crate, S3 over HTTP.
    RelaisS3,
    /// serde_json to a String, everything decoded in memory, S3 over HTTP.
    NaiveRust,
    /// requests + boto3.
    Python,
}

const VARIANTS: [Variant; 4] = [
    Variant::Relais,
    Variant::RelaisS3,
    Variant::NaiveRust,
    Variant::Python,
];

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Relais => "relais, S3 aside",
            Self::RelaisS3 => "relais",
            Self::NaiveRust => "naive Rust",
            Self::Python => "Python",
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--child") {
        child(&arguments[at + 1], &arguments[at + 2]);
        return;
    }
    let runs = std::env::var("RELAIS_BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(2);
    for case in dossier::CASES {
        let server = server::start(case);
        println!(
            "\n{}: {} MB of base64 in the JSON",
            case.title,
            server.base64_length / 1_000_000
        );
        let mut rows = Vec::new();
        for variant in VARIANTS {
            eprintln!("  running {} ({runs} times) …", variant.name());
            let best = (0..runs)
                .map(|_| run(variant, &server.url))
                .min_by_key(|measured| measured.cpu_ms);
            rows.push((variant, best.expect("at least one run")));
        }
        table::print(&rows, server.base64_length, &case);
    }
}

/// One run of a variant in its own process.
fn run(variant: Variant, url: &str) -> Measured {
    let output = if variant == Variant::Python {
        let python = std::env::var("RELAIS_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/chain/naive.py");
        std::process::Command::new(python)
            .args([script, url])
            .stderr(std::process::Stdio::inherit())
            .output()
    } else {
        let this = std::env::current_exe().unwrap();
        let name = format!("{variant:?}");
        std::process::Command::new(this)
            .args(["--child", &name, url])
            .stderr(std::process::Stdio::inherit())
            .output()
    };
    match output {
        Ok(output) if output.status.success() => {
            Measured::parse(&String::from_utf8_lossy(&output.stdout))
        }
        Ok(output) => panic!("{} failed: {}", variant.name(), output.status),
        Err(error) => {
            eprintln!("  {} cannot be started: {error}", variant.name());
            Measured {
                note: "not run: no Python".to_owned(),
                ..Measured::default()
            }
        }
    }
}

fn child(variant: &str, url: &str) {
    // As the function does: one thread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bytes = runtime.block_on(async {
        match variant {
            "Relais" => relais::run(url, false).await,
            "RelaisS3" => relais::run(url, true).await,
            "NaiveRust" => naive::run(url).await,
            other => panic!("no variant {other}"),
        }
    });
    println!("{}", Measured::of_this_process(bytes));
}
