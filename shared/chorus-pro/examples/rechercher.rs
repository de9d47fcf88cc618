//! Lists the invoices whose state changed in the last days.
//!
//! ```text
//! cargo run -p chorus-pro --example rechercher -- --days 7
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to a person"
)]

mod sandbox;

use std::process::ExitCode;

use chorus_pro::{Borne, TypeDemandePaiement, factures::RechercheRecipiendaire};
use clap::Parser;
use jiff::{Timestamp, ToSpan};

/// Lists the invoices received whose state changed.
#[derive(Parser)]
struct Search {
    #[command(flatten)]
    sandbox: sandbox::Sandbox,
    /// How many days back.
    #[arg(long, default_value_t = 30)]
    days: i64,
    /// `idStructureCPP` of the recipient; all of the account's without it.
    #[arg(long)]
    structure: Option<i64>,
    /// Works documents instead of invoices.
    #[arg(long)]
    works: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match search(Search::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", sandbox::explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn search(arguments: Search) -> Result<(), Box<dyn std::error::Error>> {
    let account = arguments.sandbox.account()?;
    let until = Timestamp::now();
    let from = until - (arguments.days * 24).hours();
    let kind = if arguments.works {
        TypeDemandePaiement::FactureTravaux
    } else {
        TypeDemandePaiement::Facture
    };
    let mut pages = account.parcourir_recipiendaire(RechercheRecipiendaire {
        type_demande_paiement: Some(kind),
        id_destinataire: arguments.structure,
        recuperer_taille: Some(true),
        periode_date_heure_etat_courant_du: Some(Borne::depuis(from)),
        periode_date_heure_etat_courant_au: Some(Borne::jusqu_a(until)),
        ..RechercheRecipiendaire::default()
    });
    while let Some(rows) = pages.suivante().await? {
        for row in rows {
            println!(
                "{:>12}  {:<24}  {:<26}  {:>14}  {:>10} bytes  {}",
                row.id_facture,
                row.statut,
                row.date_heure_etat_courant
                    .map(|at| at.to_string())
                    .unwrap_or_default(),
                row.montant_ttc
                    .map(|amount| amount.to_string())
                    .unwrap_or_default(),
                row.taille
                    .map(|bytes| bytes.to_string())
                    .unwrap_or_else(|| "?".to_owned()),
                row.numero_facture.unwrap_or_default(),
            );
            if !row.champs_illisibles.is_empty() {
                println!(
                    "              unreadable: {}",
                    row.champs_illisibles.join(", ")
                );
            }
        }
    }
    println!("{} rows in {} calls", pages.lues(), pages.appels());
    Ok(())
}
