//! The figures side by side.

use crate::Variant;
use crate::dossier::Case;
use crate::measure::Measured;

/// Goals: peak memory, speed of the chain on one core, and how much better than Python.
const PEAK_MIB: f64 = 40.0;
const SPEED: f64 = 150.0;
const LESS_MEMORY: f64 = 20.0;
const LESS_CPU: f64 = 5.0;

pub(crate) fn print(rows: &[(Variant, Measured)], base64_length: usize, case: &Case) {
    let megabytes = base64_length as f64 / 1e6;
    let ours = &rows
        .iter()
        .find(|(variant, _)| *variant == Variant::RelaisS3)
        .expect("our own run")
        .1;
    println!(
        "{:<18} {:>8} {:>10} {:>8} {:>10}   {:>8} {:>8}",
        "", "CPU s", "MB/s/core", "wall s", "peak MiB", "x memory", "x CPU"
    );
    for (variant, row) in rows {
        if row.documents == 0 {
            println!("{:<18} {}", variant.name(), row.note);
            continue;
        }
        let (memory, cpu) = (
            row.peak_kib as f64 / ours.peak_kib as f64,
            row.cpu_ms as f64 / ours.cpu_ms.max(1) as f64,
        );
        println!(
            "{:<18} {:>8.2} {:>10.0} {:>8.1} {:>10.1}   {memory:>8.1} {cpu:>8.1}   {}",
            variant.name(),
            row.cpu_ms as f64 / 1e3,
            megabytes / (row.cpu_ms.max(1) as f64 / 1e3),
            row.wall_ms as f64 / 1e3,
            row.peak_kib as f64 / 1024.0,
            row.note,
        );
    }
    verdicts(rows, megabytes);
    let documents: Vec<u64> = rows
        .iter()
        .map(|(_, row)| row.documents)
        .filter(|&documents| documents > 0)
        .collect();
    assert!(
        documents.windows(2).all(|pair| pair[0] == pair[1]),
        "{}: the variants do not agree on the bytes",
        case.title
    );
}

fn verdicts(rows: &[(Variant, Measured)], megabytes: f64) {
    let row = |wanted| {
        rows.iter()
            .find(|(variant, _)| *variant == wanted)
            .map(|(_, row)| row)
            .filter(|row| row.documents > 0)
    };
    let (Some(aside), Some(ours)) = (row(Variant::Relais), row(Variant::RelaisS3)) else {
        return;
    };
    let verdict = |met: bool| if met { "met" } else { "NOT MET" };
    let peak = ours.peak_kib as f64 / 1024.0;
    println!(
        "goal: peak under {PEAK_MIB} MiB: {peak:.1}, {}",
        verdict(peak < PEAK_MIB)
    );
    let speed = megabytes / (aside.cpu_ms.max(1) as f64 / 1e3);
    println!(
        "goal: {SPEED} MB/s of base64 per core, S3 writes aside: {speed:.0}, {}",
        verdict(speed >= SPEED)
    );
    if let Some(python) = row(Variant::Python) {
        let memory = python.peak_kib as f64 / ours.peak_kib as f64;
        let cpu = python.cpu_ms as f64 / ours.cpu_ms.max(1) as f64;
        let met = verdict(memory >= LESS_MEMORY && cpu >= LESS_CPU);
        println!(
            "goal: {LESS_MEMORY} times less memory and {LESS_CPU} times less CPU than Python: {memory:.1} and {cpu:.1}, {met}"
        );
    }
}
