//! Downloads invoices into a file, in constant memory. Marks them as downloaded on the portal.
//!
//! ```text
//! cargo run -p chorus-pro --example telecharger -- --output pivot.xml 3346947 3346948
//! cargo run -p chorus-pro --example telecharger -- --pdf --output facture.pdf 3346947
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod sandbox;

use std::{fs::File, io::Write as _, path::PathBuf, process::ExitCode};

use chorus_pro::factures::TelechargerGroupe;
use clap::Parser;

/// Downloads invoices into a file.
#[derive(Parser)]
struct Download {
    #[command(flatten)]
    sandbox: sandbox::Sandbox,
    /// The file to write.
    #[arg(long)]
    output: PathBuf,
    /// PDF (or a ZIP of them) instead of the pivot.
    #[arg(long)]
    pdf: bool,
    /// With `--pdf`, the complementary attachments too.
    #[arg(long)]
    complements: bool,
    /// The invoices, by `idFacture`: 10 at most are advised.
    #[arg(required = true)]
    ids: Vec<i64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match download(Download::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", sandbox::explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn download(arguments: Download) -> Result<(), Box<dyn std::error::Error>> {
    let account = arguments.sandbox.account()?;
    let what = if arguments.pdf {
        TelechargerGroupe::pdf(&arguments.ids, arguments.complements)
    } else {
        TelechargerGroupe::pivot(&arguments.ids)
    };
    let mut download = account.telecharger_groupe(&what).await?;
    let mut file = File::create(&arguments.output)?;
    while let Some(piece) = download.chunk().await? {
        file.write_all(&piece)?;
    }
    file.sync_all()?;
    println!(
        "{} bytes in {}",
        download.bytes(),
        arguments.output.display()
    );
    Ok(())
}
