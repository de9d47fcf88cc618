//! `relais dlq`: the dead letters.

mod page;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use dead_letters::{Desk, Drawer, Entry, Lane, Queue, Redriven};
use futures::future::try_join_all;
use serde_json::json;

use crate::{
    audit::{Act, Who},
    place::{self, Place},
    show,
    trouble::Trouble,
};

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// Liste ce qui attend une décision, avec la raison et ce qu'il faut faire.
    List(List),
    /// Montre une lettre en entier, corps compris.
    Show(Show),
    /// Renvoie des lettres dans leur file, une fois la cause corrigée. Sans risque : tout ce qui suit reconnaît un message déjà traité.
    Redrive(Redrive),
    /// Classe une lettre qui n'a plus d'objet, avec une explication. Le message reste un an dans le bucket d'état.
    Discard(Discard),
}

/// Which letters.
#[derive(Debug, Args)]
struct Filters {
    /// Une seule file : jobs (factures), statuses (commandes de l'ERP) ou erp (événements).
    #[arg(long, value_name = "FILE")]
    queue: Option<Queue>,
    /// Une classe d'erreur (`message.not-json`), ou le début de plusieurs (`message`).
    #[arg(long, value_name = "CLASSE")]
    class: Option<String>,
    /// Une facture, par son idFacture.
    #[arg(long, value_name = "ID_FACTURE")]
    invoice: Option<u64>,
}

impl Filters {
    fn queues(&self) -> Vec<Queue> {
        self.queue
            .map_or_else(|| Queue::ALL.to_vec(), |queue| vec![queue])
    }

    fn accept(&self, entry: &Entry) -> bool {
        let of_class = |wanted: &String| {
            let rest = entry.fact.class.strip_prefix(wanted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.queue.is_none_or(|queue| queue == entry.fact.queue)
            && self.class.as_ref().is_none_or(of_class)
            && self
                .invoice
                .is_none_or(|id| entry.fact.id_facture == Some(id))
    }

    fn choose_nothing(&self) -> bool {
        self.queue.is_none() && self.class.is_none() && self.invoice.is_none()
    }
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    /// Aussi celles qui ont été relancées ou classées depuis un an.
    #[arg(long)]
    resolved: bool,
    /// En JSON, corps compris.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// L'identifiant de la lettre, ou son début.
    id: String,
    /// En JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// Des lettres, par leur identifiant ou son début.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    /// Toutes.
    #[arg(long)]
    all: bool,
    /// Dit ce qui serait relancé, et ne fait rien.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// L'identifiant de la lettre, ou son début.
    id: String,
    /// Pourquoi elle n'a plus d'objet.
    #[arg(long, value_name = "EXPLICATION")]
    why: String,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub(crate) async fn run(dlq: &Dlq) -> Result<ExitCode, Trouble> {
    match dlq {
        Dlq::List(arguments) => list(arguments).await,
        Dlq::Show(arguments) => show_one(arguments).await,
        Dlq::Redrive(arguments) => redrive(arguments).await,
        Dlq::Discard(arguments) => discard(arguments).await,
    }
}

/// The drawers of some queues, open: what was looked at shows to others again when they are closed.
struct Office {
    place: Place,
    desk: Desk,
    drawers: Vec<(Lane, Drawer)>,
}

impl Office {
    async fn open(queues: &[Queue], by: &str) -> Result<Self, Trouble> {
        let mut needed = vec![place::STATE];
        needed.extend(queues.iter().flat_map(|queue| place::of_queue(*queue)));
        let place = Place::open(&needed).await?;
        let desk = Desk::new(place.state()?, by);
        let now = place.now();
        let lanes: Vec<Lane> = queues
            .iter()
            .map(|queue| place.lane(*queue))
            .collect::<Result<_, _>>()?;
        let drawers = try_join_all(lanes.into_iter().map(async |lane| {
            let drawer = desk.open(&lane, now).await?;
            Ok::<_, Trouble>((lane, drawer))
        }))
        .await?;
        Ok(Self {
            place,
            desk,
            drawers,
        })
    }

    async fn close(self) -> Result<(), Trouble> {
        for (lane, drawer) in self.drawers {
            self.desk.close(&lane, drawer).await?;
        }
        Ok(())
    }

    /// The letter whose id begins with this text, when there is exactly one.
    fn find(&mut self, id: &str) -> Result<(&Lane, &mut Entry), Trouble> {
        let mut found: Vec<(&Lane, &mut Entry)> = self
            .drawers
            .iter_mut()
            .flat_map(|(lane, drawer)| {
                let lane = &*lane;
                drawer.entries.iter_mut().map(move |entry| (lane, entry))
            })
            .filter(|(_, entry)| entry.fact.message_id.starts_with(id))
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(Trouble::Refused(format!(
                "aucune lettre morte dont l'identifiant commence par {id} ; `relais dlq list --resolved` les montre toutes"
            ))),
            (Some(_), false) => Err(Trouble::Misuse(format!(
                "plusieurs lettres mortes commencent par {id} : donnez plus de caractères"
            ))),
        }
    }
}

async fn list(arguments: &List) -> Result<ExitCode, Trouble> {
    let office = Office::open(&arguments.filters.queues(), "").await?;
    let entries: Vec<&Entry> = office
        .drawers
        .iter()
        .flat_map(|(_, drawer)| &drawer.entries)
        .filter(|entry| arguments.filters.accept(entry))
        .filter(|entry| arguments.resolved || entry.fact.resolution.is_none())
        .collect();
    if arguments.json {
        let rows: Vec<_> = entries.iter().map(|entry| page::json(entry)).collect();
        show::json(&rows)?;
    } else {
        let drawers: Vec<&Drawer> = office.drawers.iter().map(|(_, drawer)| drawer).collect();
        show::print(&page::list(&entries, &drawers));
    }
    office.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn show_one(arguments: &Show) -> Result<ExitCode, Trouble> {
    let mut office = Office::open(&Queue::ALL, "").await?;
    let (_, entry) = office.find(&arguments.id)?;
    if arguments.json {
        show::json(&page::json(entry))?;
    } else {
        show::print(&page::letter(entry));
    }
    office.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn redrive(arguments: &Redrive) -> Result<ExitCode, Trouble> {
    let Redrive {
        ids,
        filters,
        all,
        dry_run,
        who,
    } = arguments;
    if ids.is_empty() && filters.choose_nothing() && !all {
        return Err(Trouble::Misuse(
            "lesquelles ? Donnez des identifiants, --class, --invoice, --queue, ou --all"
                .to_owned(),
        ));
    }
    let by = who.name();
    let mut office = Office::open(&filters.queues(), &by).await?;
    for id in ids {
        office.find(id)?;
    }
    let chosen = |entry: &Entry| {
        let named = |id: &String| entry.fact.message_id.starts_with(id.as_str());
        filters.accept(entry) && (ids.is_empty() || ids.iter().any(named))
    };
    let waiting: Vec<&Entry> = office
        .drawers
        .iter()
        .flat_map(|(_, drawer)| drawer.waiting())
        .filter(|entry| chosen(entry))
        .collect();
    if *dry_run {
        show::print(&page::would_redrive(&waiting));
        office.close().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let what = json!({
        "queue": filters.queue, "class": filters.class, "invoice": filters.invoice, "ids": ids, "all": all,
        "letters": waiting.iter().map(|entry| page::name(entry)).collect::<Vec<_>>(),
    });
    let state = office.place.state()?;
    let act = Act::begin(&state, office.place.now(), &by, "dlq-redrive", what).await?;
    let mut done = page::Redrives::default();
    for (lane, drawer) in &mut office.drawers {
        for entry in drawer.entries.iter_mut().filter(|entry| chosen(entry)) {
            let left = entry.copies.len();
            match office.desk.redrive(lane, entry, office.place.now()).await {
                Ok(Redriven::Sent(message_id)) => done.sent.push((page::name(entry), message_id)),
                Ok(Redriven::AlreadyResolved(_)) => done.swept += left,
                Err(error) => done
                    .failed
                    .push((page::name(entry), lambda_kit::chain(&error))),
            }
        }
    }
    act.end(done.as_json()).await?;
    show::print(&done.page());
    office.close().await?;
    Ok(if done.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn discard(arguments: &Discard) -> Result<ExitCode, Trouble> {
    let why = arguments.why.trim();
    if why.is_empty() {
        return Err(Trouble::Misuse("--why doit dire pourquoi".to_owned()));
    }
    let by = arguments.who.name();
    let mut office = Office::open(&Queue::ALL, &by).await?;
    let (state, now, desk) = (
        office.place.state()?,
        office.place.now(),
        office.desk.clone(),
    );
    let (lane, entry) = office.find(&arguments.id)?;
    let what = json!({"letter": page::name(entry), "why": why});
    let act = Act::begin(&state, now, &by, "dlq-discard", what).await?;
    let first = desk.discard(lane, entry, why, now).await?;
    act.end(json!({"discarded": first})).await?;
    show::print(&page::discarded(entry, first));
    office.close().await?;
    Ok(ExitCode::SUCCESS)
}
