//! Tests a connection: the API is up, PISTE knows the application, Chorus Pro knows the technical account, and whom it may receive for.
//!
//! ```text
//! export CHORUS_PRO_CLIENT_ID=… CHORUS_PRO_CLIENT_SECRET=… CHORUS_PRO_LOGIN=TECH_1_…@cpro.fr CHORUS_PRO_PASSWORD=…
//! cargo run -p chorus-pro --example probe
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod sandbox;

use std::process::ExitCode;

use clap::Parser;

/// Tests a connection to Chorus Pro.
#[derive(Parser)]
struct Probe {
    #[command(flatten)]
    sandbox: sandbox::Sandbox,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match probe(Probe::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", sandbox::explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn probe(arguments: Probe) -> Result<(), Box<dyn std::error::Error>> {
    let account = arguments.sandbox.account()?;
    let health = account.health_check().await?;
    println!(
        "health-check      {}",
        health.body.or(health.status_code).unwrap_or_default()
    );
    account.taux_tva().await?;
    println!("token and account accepted");
    for structure in account.structures_actives_destinataire().await? {
        let siret = structure.identifiant.unwrap_or_default();
        let name = structure.designation_structure.unwrap_or_default();
        println!(
            "receives for      {siret}  idStructureCPP {}  {name}",
            structure.id_structure_cpp.unwrap_or_default()
        );
        let Some(id) = structure.id_structure_cpp else {
            continue;
        };
        let consulted = account.consulter_structure(id).await?;
        if let Some(expires) = consulted
            .information_generales
            .and_then(|info| info.date_expiration_mot_passe_compte_tech)
        {
            println!("                  the technical account's password expires {expires}");
        }
    }
    Ok(())
}
