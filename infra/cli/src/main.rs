//! `relais`: what an operator or an ERP team runs by hand.

mod audit;
mod backfill;
mod dlq;
mod doctor;
mod env;
mod place;
mod portal_lists;
mod read;
mod replay;
mod show;
mod status;
mod switch;
mod trace;
mod trouble;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use trouble::Trouble;

/// De Chorus Pro à l'ERP et retour : les commandes de l'exploitant.
#[derive(Debug, Parser)]
#[command(name = "relais", version, max_term_width = 110)]
#[command(after_help = "\
Les commandes lisent les mêmes variables d'environnement que les fonctions (RELAIS_STATE_BUCKET, RELAIS_JOBS_DLQ_URL, …) et les \
identifiants AWS comme tout programme AWS. `relais env` écrit ces variables dans un fichier, --env les lit.\n
Code de sortie : 0, tout est fait ; 1, quelque chose a échoué ou ne va pas ; 2, la commande est incomplète ou mal écrite.")]
struct Relais {
    /// Fichier de variables NOM=VALEUR à ajouter à l'environnement (voir `relais env`).
    #[arg(long, global = true, value_name = "FICHIER")]
    env: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Vérifie pas à pas une installation : configuration, droits AWS, PISTE, comptes techniques ; dit quoi faire à chaque pas.
    Doctor(doctor::Arguments),
    /// L'état de tout sur une page : collecte, files, lettres mortes, disjoncteurs, complétude, comptes.
    Status(status::Arguments),
    /// Les lettres mortes : lister, montrer, relancer, classer.
    #[command(subcommand)]
    Dlq(dlq::Dlq),
    /// Toute l'histoire d'une facture, par ordre chronologique, avec son délai de paiement recalculé.
    Trace(trace::Arguments),
    /// Reprend une facture depuis le début, sans risque : téléchargée, archivée et annoncée de nouveau sous le même identifiant.
    Replay(replay::Arguments),
    /// Met en file les factures déposées sur une période, à débit limité ; reprend où il s'était arrêté.
    Backfill(backfill::Arguments),
    /// Montre ou change les interrupteurs `fetch` et `push` d'un établissement, sans redéployer.
    Switch(switch::Arguments),
    /// Écrit le fichier de variables pour --env à partir des sorties de la pile CloudFormation.
    Env(env::Arguments),
    /// Reads e-invoices of any format that Chorus Pro hands out and prints them as normalised JSON.
    Read(read::Arguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let given = Relais::parse();
    let done = match given.env.as_deref().map_or(Ok(()), env::enter) {
        Ok(()) => run(given.command).await,
        Err(trouble) => Err(trouble),
    };
    done.unwrap_or_else(|trouble| trouble.report())
}

/// Each future is boxed: together they would be as large as the largest.
async fn run(command: Command) -> Result<ExitCode, Trouble> {
    match command {
        Command::Read(arguments) => Ok(read::run(&arguments)),
        Command::Env(arguments) => env::run(&arguments),
        Command::Dlq(dlq) => Box::pin(dlq::run(&dlq)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(&arguments)).await,
        Command::Status(arguments) => Box::pin(status::run(&arguments)).await,
        Command::Trace(arguments) => Box::pin(trace::run(&arguments)).await,
        Command::Replay(arguments) => Box::pin(replay::run(&arguments)).await,
        Command::Backfill(arguments) => Box::pin(backfill::run(&arguments)).await,
        Command::Switch(arguments) => Box::pin(switch::run(&arguments)).await,
    }
}
