//! `relais read`: any file as one normalised invoice.

mod file;
mod report;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

pub(crate) use file::FileReading;

/// Every file was read.
const READ: u8 = 0;
/// A file could not be opened.
const NOT_OPENED: u8 = 1;
/// A file is no invoice.
const NO_INVOICE: u8 = 2;

/// What to read, and what to print of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 when every file was read; 2 when a file is no invoice (standard error says what it is); 1 when a file \
cannot be opened.\n
A pivot of Chorus Pro is read with its attachments: the most trusted document is chosen, and `differences` says where \
they disagree.")]
pub(crate) struct Arguments {
    /// Files to read: pivot, UBL, CII, Factur-X, ZUGFeRD. `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print the advisory checks alone.
    #[arg(long)]
    checks: bool,
    /// Print one line of JSON per invoice: {file, kind, invoice, checks, error}. A file is one line, but for a pivot
    /// that holds several invoices: each has its own.
    #[arg(long)]
    json_lines: bool,
}

/// Runs the command. Standard output has JSON only, standard error one line per file that was not read.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let mut out = io::stdout().lock();
    let mut status = READ;
    for name in &arguments.files {
        let reading = file::read(name);
        if let Some(error) = &reading.error {
            report::complain(name, error);
            status = status.max(if reading.opened {
                NO_INVOICE
            } else {
                NOT_OPENED
            });
        }
        let printed = report::print(&mut out, &reading, arguments.checks, arguments.json_lines);
        // Whoever reads us may stop early (`| head`): that is no error.
        if printed.and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    ExitCode::from(status)
}
