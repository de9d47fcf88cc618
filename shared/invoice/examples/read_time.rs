//! How long a read takes: the median per kind over the files given, each read many times.
//!
//! ```text
//! cargo run --profile bench -p invoice --example read_time -- FILE…
//! ```

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const ROUNDS: usize = 50;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]
fn main() -> ExitCode {
    let mut medians: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let Ok(read) = invoice::read(&bytes, &invoice::Limits::default()) else {
            continue;
        };
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let begun = Instant::now();
                let read = invoice::read(std::hint::black_box(&bytes), &invoice::Limits::default());
                std::hint::black_box(&read);
                begun.elapsed()
            })
            .collect();
        let syntax = if read.kind == invoice::Kind::FacturX {
            "PDF"
        } else {
            "XML"
        };
        medians
            .entry(syntax.to_owned())
            .or_default()
            .extend(middle(&mut times));
    }
    for (syntax, mut times) in medians {
        let files = times.len();
        let slowest = times.iter().max().copied().unwrap_or_default();
        println!(
            "{syntax}: {files} files, median {:?}, slowest {slowest:?}",
            middle(&mut times).unwrap_or_default()
        );
    }
    ExitCode::SUCCESS
}

fn middle(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
