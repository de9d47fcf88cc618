//! `relais trace`: everything that is known of an invoice, in one chronological page.

mod clock;
mod letters;
mod page;
mod story;

use std::process::ExitCode;

use clap::Args;
use dead_letters::Queue;

use crate::{
    place::{self, Place},
    show,
    trouble::Trouble,
};

/// Which invoice.
#[derive(Debug, Args)]
#[command(after_help = "\
Lit les archives et le bucket d'état, et regarde les lettres mortes comme `relais dlq list`, sans rien en retirer ; n'interroge pas Chorus Pro.
Aucune coordonnée bancaire n'est affichée.")]
pub(crate) struct Arguments {
    /// L'identifiant de la facture sur Chorus Pro.
    #[arg(value_name = "ID_FACTURE")]
    invoice: u64,
    /// L'établissement ; sinon Relais cherche dans tous ceux de la configuration.
    #[arg(long)]
    siret: Option<String>,
    /// En JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let mut needed = vec![place::ARCHIVE, place::STATE];
    needed.extend(Queue::ALL.iter().flat_map(|queue| place::of_queue(*queue)));
    if arguments.siret.is_none() {
        needed.push(place::CONFIG);
    }
    let place = Place::open(&needed).await?;
    let (archive, state) = (place.archive()?, place.state()?);
    // Only the payment delay needs it when the SIRET is given.
    let document = match place.document().await {
        Ok(document) => Some(document),
        Err(_) if arguments.siret.is_some() => None,
        Err(trouble) => return Err(trouble),
    };
    let sirets: Vec<String> = match (&arguments.siret, &document) {
        (Some(siret), _) => vec![siret.clone()],
        (None, Some(document)) => document
            .establishments
            .iter()
            .map(|e| e.siret.clone())
            .collect(),
        (None, None) => Vec::new(),
    };
    let letters = letters::read(&place, &state).await?;
    let mut found = false;
    for siret in &sirets {
        let mut story = story::read(&archive, &letters.facts, siret, arguments.invoice).await?;
        if story.is_empty() {
            continue;
        }
        found = true;
        story.lacunes.clone_from(&letters.lacunes);
        if let Some(document) = &document {
            let name = document.establishment(siret).map(|e| e.name.clone());
            story.etablissement = name;
            story.delai = clock::now(&story, document, place.now());
        }
        if arguments.json {
            show::json(&story)?;
        } else {
            show::print(&page::page(&story));
        }
    }
    if found {
        return Ok(ExitCode::SUCCESS);
    }
    let lacunes: String = letters.lacunes.iter().map(|l| format!("\n{l}")).collect();
    Err(Trouble::Refused(format!(
        "rien n'est connu de la facture {} pour {}. Si elle est sur Chorus Pro : relais replay {}{lacunes}",
        arguments.invoice,
        sirets.join(", "),
        arguments.invoice
    )))
}
