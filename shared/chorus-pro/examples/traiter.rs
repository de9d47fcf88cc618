//! Sets the state of an invoice. This changes the portal and notifies the supplier, so it asks for `--yes`.
//!
//! ```text
//! cargo run -p chorus-pro --example traiter -- --id 3346947 --statut SERVICE_FAIT --yes
//! cargo run -p chorus-pro --example traiter -- --id 3346947 --statut SUSPENDUE --motif "RIB manquant" --yes
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod sandbox;

use std::process::ExitCode;

use chorus_pro::{
    Effect, Statut,
    factures::{ConsulterHistorique, TraiterRecue},
};
use clap::Parser;

/// Sets the state of an invoice.
#[derive(Parser)]
struct SetStatus {
    #[command(flatten)]
    sandbox: sandbox::Sandbox,
    /// The invoice.
    #[arg(long)]
    id: i64,
    /// The state to set, such as SERVICE_FAIT.
    #[arg(long)]
    statut: Statut,
    /// Why: mandatory for SUSPENDUE and REJETEE.
    #[arg(long)]
    motif: Option<String>,
    /// Number of the mandat, with MANDATEE.
    #[arg(long)]
    numero_dp_mandat: Option<String>,
    /// Really do it; without it, the current state and what the portal lets follow it are shown.
    #[arg(long)]
    yes: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match set_status(SetStatus::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", sandbox::explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn set_status(arguments: SetStatus) -> Result<(), Box<dyn std::error::Error>> {
    let account = arguments.sandbox.account()?;
    let history = account
        .consulter_historique(&ConsulterHistorique::new(arguments.id))
        .await?;
    let current = history.statut_courant().cloned().unwrap_or_default();
    println!("current state   {current}");
    if !arguments.yes {
        let follow = account.etats_traitement(current).await?;
        let follow: Vec<_> = follow.iter().map(Statut::as_str).collect();
        println!("may follow      {}", follow.join(" "));
        println!("nothing changed: add --yes to set {}", arguments.statut);
        return Ok(());
    }
    let command = TraiterRecue {
        motif: arguments.motif,
        numero_dp_mandat: arguments.numero_dp_mandat,
        ..TraiterRecue::new(arguments.id, arguments.statut)
    };
    match account.traiter_recue(&command).await {
        Ok(treated) => println!(
            "set             {}",
            treated.nouveau_statut.unwrap_or_default()
        ),
        Err(error) if error.effect() == Effect::Unclear => {
            println!("unclear         {error}");
            let history = account
                .consulter_historique(&ConsulterHistorique::new(arguments.id))
                .await?;
            println!(
                "current state   {}",
                history.statut_courant().cloned().unwrap_or_default()
            );
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
