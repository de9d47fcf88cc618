//! `relais`: what an operator or an ERP team runs by hand.

mod read;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// From Chorus Pro to the ERP and back: the commands that a person runs.
#[derive(Debug, Parser)]
#[command(name = "relais", version, about)]
struct Relais {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads e-invoices of any format that Chorus Pro hands out and prints them as normalised JSON.
    Read(read::Arguments),
}

fn main() -> ExitCode {
    match Relais::parse().command {
        Command::Read(arguments) => read::run(&arguments),
    }
}
