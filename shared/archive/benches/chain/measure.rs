//! What a process used: CPU time, wall time, peak memory.

use std::fmt;
use std::fs::read_to_string;

/// The figures of one run; one line, tab-separated, between processes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Bytes of the documents stored.
    pub(crate) documents: u64,
    /// User and system time.
    pub(crate) cpu_ms: u64,
    pub(crate) wall_ms: u64,
    /// VmHWM.
    pub(crate) peak_kib: u64,
    /// What was left out.
    pub(crate) note: String,
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            documents,
            cpu_ms,
            wall_ms,
            peak_kib,
            note,
        } = self;
        write!(
            formatter,
            "{documents}\t{cpu_ms}\t{wall_ms}\t{peak_kib}\t{note}"
        )
    }
}

impl Measured {
    pub(crate) fn parse(line: &str) -> Self {
        let mut fields = line.trim_end_matches('\n').split('\t');
        let mut number = || {
            fields
                .next()
                .unwrap_or_default()
                .trim()
                .parse()
                .expect("a number")
        };
        let (documents, cpu_ms, wall_ms, peak_kib) = (number(), number(), number(), number());
        Self {
            documents,
            cpu_ms,
            wall_ms,
            peak_kib,
            note: fields.next().unwrap_or_default().to_owned(),
        }
    }

    /// Linux only, like the function: clock ticks are hundredths of a second there.
    pub(crate) fn of_this_process(documents: u64) -> Self {
        let stat = read_to_string("/proc/self/stat").unwrap();
        // The name, in parentheses, may hold blanks.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
        let uptime: f64 = read_to_string("/proc/uptime")
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let status = read_to_string("/proc/self/status").unwrap();
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        Self {
            documents,
            cpu_ms: (ticks(11) + ticks(12)) * 10,
            wall_ms: ((uptime * 100.0) as u64).saturating_sub(ticks(19)) * 10,
            peak_kib: peak.split_whitespace().next().unwrap().parse().unwrap(),
            note: String::new(),
        }
    }
}
