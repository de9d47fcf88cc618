//! `relais replay`: one invoice again, from the start.

use std::process::ExitCode;

use archive::keys;
use chorus_pro::factures::FactureRecue;
use clap::Args;
use lambda_kit::config::Establishment;
use serde_json::json;

use crate::{
    audit::{Act, Who},
    place::{self, Place},
    portal_lists::PortalLists,
    show,
    trouble::Trouble,
};

const CAUSE: &str = "REPLAY";

/// Which invoices.
#[derive(Debug, Args)]
#[command(after_help = "\
La facture est cherchée sur Chorus Pro telle qu'elle y est aujourd'hui, parmi les factures reçues et, si la configuration nomme des \
rôles de maître d'ouvrage ou de maître d'œuvre (works_roles), parmi les pièces de ces marchés ; puis elle est mise en file. Ses documents sont téléchargés et archivés \
de nouveau ; ce qui est scellé dans les archives reste tel quel, et l'ERP reçoit l'événement sous le même identifiant : il peut \
l'ignorer s'il l'a déjà. Sans risque, autant de fois qu'on veut.")]
pub(crate) struct Arguments {
    /// L'identifiant de la facture sur Chorus Pro ; plusieurs possibles.
    #[arg(required = true, value_name = "ID_FACTURE")]
    invoices: Vec<u64>,
    /// L'établissement, si plusieurs sont configurés ; sinon Relais le cherche.
    #[arg(long)]
    siret: Option<String>,
    /// Montre ce qui serait mis en file, et ne fait rien.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let place = Place::open(&[place::STATE, place::ARCHIVE, place::JOBS, place::CONFIG]).await?;
    let document = place.document().await?;
    let (state, archive) = (place.state()?, place.archive()?);
    let all: Vec<&Establishment> = match &arguments.siret {
        Some(siret) => vec![place::establishment(&document, siret)?],
        None => document.establishments.iter().collect(),
    };
    let mut jobs = Vec::new();
    let mut absent = Vec::new();
    for id in &arguments.invoices {
        // Where the archive knows the invoice, that establishment is asked first.
        let mut candidates = Vec::new();
        for establishment in &all {
            let held = keys::invoice_prefix(&establishment.siret, *id)?;
            let known = !archive.list_keys(&held).await?.is_empty();
            candidates.push((!known, *establishment));
        }
        candidates.sort_by_key(|(unknown, _)| *unknown);
        let mut found = None;
        for (_, establishment) in candidates {
            let account = place.account(&document, establishment)?;
            let lists = PortalLists::of(establishment, account, &state, place.now()).await?;
            if let Some(shown) = lists.row(*id).await? {
                show::print(&line(establishment, &shown.row));
                found = Some(lists.job(&shown, CAUSE));
                break;
            }
        }
        match found {
            Some(job) => jobs.push(job),
            None => absent.push(*id),
        }
    }
    for id in &absent {
        show::print(&format!(
            "{id} : Chorus Pro ne donne pas cette facture à {} ; vérifiez l'identifiant et le SIRET.\n",
            all.iter()
                .map(|e| e.siret.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if arguments.dry_run {
        show::print(&format!(
            "{} à reprendre : rien n'a été fait (--dry-run).\n",
            show::count(jobs.len(), "facture")
        ));
    } else if !jobs.is_empty() {
        let ids: Vec<u64> = jobs.iter().map(|job| job.data.id_facture).collect();
        let by = arguments.who.name();
        let act = Act::begin(&state, place.now(), &by, "replay", json!({"invoices": ids})).await?;
        let queued = place.jobs()?.send_all(&jobs).await?;
        act.end(json!({"queued": queued})).await?;
        show::print(&format!(
            "{} en file. Pour suivre : relais trace {}\n",
            show::count(queued, "facture"),
            ids.first().copied().unwrap_or_default()
        ));
    }
    Ok(if absent.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn line(establishment: &Establishment, row: &FactureRecue) -> String {
    let since = row
        .date_heure_etat_courant
        .map(show::instant)
        .unwrap_or_default();
    format!(
        "{} : n° {} de {}, {} depuis le {since}, établissement {}\n",
        row.id_facture,
        row.numero_facture.as_deref().unwrap_or("inconnu"),
        row.designation_fournisseur
            .as_deref()
            .unwrap_or("un fournisseur inconnu"),
        row.statut.as_str(),
        establishment.siret,
    )
}
