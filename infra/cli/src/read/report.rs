//! What is printed.

use std::io::{self, Write};

use invoice::checks::Finding;
use invoice::{Invoice, Kind};
use serde::Serialize;

use super::FileReading;

/// One line of `--json-lines`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    file: &'a str,
    kind: Option<Kind>,
    invoice: Option<&'a Invoice>,
    checks: &'a [Finding],
    error: Option<&'a str>,
}

/// The checks of one invoice, for `--checks`.
#[derive(Debug, Serialize)]
struct Checks<'a> {
    file: &'a str,
    number: Option<&'a str>,
    checks: &'a [Finding],
}

/// Prints what was read of a file; nothing but an error line when nothing was.
pub(super) fn print(
    out: &mut impl Write,
    reading: &FileReading,
    checks: bool,
    json_lines: bool,
) -> io::Result<()> {
    let file = reading.file.as_str();
    if json_lines && reading.invoices.is_empty() {
        let error = reading.error.as_deref();
        return line(
            out,
            &Line {
                file,
                kind: reading.kind,
                invoice: None,
                checks: &[],
                error,
            },
        );
    }
    for (invoice, findings) in &reading.invoices {
        match (json_lines, checks) {
            (true, false) => {
                line(
                    out,
                    &Line {
                        file,
                        kind: reading.kind,
                        invoice: Some(invoice),
                        checks: findings,
                        error: None,
                    },
                )?;
            }
            (true, true) => {
                line(
                    out,
                    &Line {
                        file,
                        kind: reading.kind,
                        invoice: None,
                        checks: findings,
                        error: None,
                    },
                )?;
            }
            (false, true) => pretty(
                out,
                &Checks {
                    file,
                    number: invoice.number.as_deref(),
                    checks: findings,
                },
            )?,
            (false, false) => pretty(out, invoice)?,
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

fn pretty(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// One line on standard error: the file, and what is the matter with it.
#[expect(clippy::print_stderr, reason = "a command talks to a person")]
pub(super) fn complain(file: &str, what: &str) {
    eprintln!("{file}: {what}");
}
