//! `relais switch`: an establishment's switches, without a deployment.

use std::{fmt::Write as _, process::ExitCode};

use archive::{BucketStore, keys};
use clap::{Args, ValueEnum};
use lambda_kit::config::{Document, Establishment};
use portal::Switches;
use serde::Serialize;
use serde_json::json;

use crate::{
    audit::{Act, Who},
    place::{self, Place},
    show,
    trouble::Trouble,
};

/// Which switches, and how.
#[derive(Debug, Args)]
#[command(after_help = "\
Sans --fetch ni --push, montre les interrupteurs. `fetch` coupé : les factures restent sur Chorus Pro et attendent. `push` coupé : les \
décisions de l'ERP attendent dans leur file. Rien n'est perdu ; tout reprend une fois rallumé. Un interrupteur coupé dans la \
configuration reste coupé quoi qu'il arrive ici.")]
pub(crate) struct Arguments {
    /// Le SIRET de l'établissement, ou `all` pour tous ; tous par défaut pour montrer.
    #[arg(value_name = "SIRET|all")]
    siret: Option<String>,
    /// Aller chercher les factures.
    #[arg(long, value_enum)]
    fetch: Option<Position>,
    /// Pousser les décisions de l'ERP.
    #[arg(long, value_enum)]
    push: Option<Position>,
    /// Pourquoi ; demandé pour tout changement.
    #[arg(long, value_name = "EXPLICATION")]
    why: Option<String>,
    /// En JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    who: Who,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Position {
    On,
    Off,
}

/// An establishment's switches, in the configuration and here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    siret: &'a str,
    nom: &'a str,
    /// Both the configuration and the switch say so.
    fetch: bool,
    push: bool,
    configuration_fetch: bool,
    configuration_push: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    switch: Option<Switches>,
}

/// The switches of an establishment, when there are any.
pub(crate) async fn read(state: &BucketStore, siret: &str) -> Result<Option<Switches>, Trouble> {
    Ok(state.read_json(&keys::switches(siret)?).await?)
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let Arguments { fetch, push, .. } = arguments;
    let place = Place::open(&[place::STATE, place::CONFIG]).await?;
    let document = place.document().await?;
    let chosen: Vec<&Establishment> = match arguments.siret.as_deref() {
        Some(siret) if siret != "all" => vec![place::establishment(&document, siret)?],
        None if fetch.is_some() || push.is_some() => {
            return Err(Trouble::Misuse(
                "quel établissement ? Donnez son SIRET, ou all".to_owned(),
            ));
        }
        _ => document.establishments.iter().collect(),
    };
    let state = place.state()?;
    if fetch.is_some() || push.is_some() {
        change(arguments, &place, &state, &chosen).await?;
    }
    let rows = rows(&state, &document, &chosen).await?;
    if arguments.json {
        show::json(&rows)?;
    } else {
        show::print(&page(&rows));
    }
    Ok(ExitCode::SUCCESS)
}

async fn change(
    arguments: &Arguments,
    place: &Place,
    state: &BucketStore,
    chosen: &[&Establishment],
) -> Result<(), Trouble> {
    let why = arguments
        .why
        .as_deref()
        .map(str::trim)
        .filter(|why| !why.is_empty());
    let Some(why) = why else {
        return Err(Trouble::Misuse(
            "--why doit dire pourquoi : la prochaine personne d'astreinte le lira".to_owned(),
        ));
    };
    let by = arguments.who.name();
    let now = place.now();
    let sirets: Vec<&str> = chosen.iter().map(|e| e.siret.as_str()).collect();
    let position = |wanted: Option<Position>| wanted.map(|position| position == Position::On);
    let what = json!({"sirets": sirets, "fetch": position(arguments.fetch), "push": position(arguments.push), "why": why});
    let act = Act::begin(state, now, &by, "switch", what).await?;
    for siret in &sirets {
        let before = read(state, siret).await?;
        let was = |pick: fn(&Switches) -> bool| before.as_ref().is_none_or(pick);
        let after = Switches {
            version: 1,
            fetch: position(arguments.fetch).unwrap_or_else(|| was(|switches| switches.fetch)),
            push: position(arguments.push).unwrap_or_else(|| was(|switches| switches.push)),
            by: by.clone(),
            why: why.to_owned(),
            at: Some(now),
        };
        state.put_json(&keys::switches(siret)?, &after).await?;
    }
    act.end(json!({"changed": sirets})).await
}

async fn rows<'a>(
    state: &BucketStore,
    document: &'a Document,
    chosen: &[&Establishment],
) -> Result<Vec<Row<'a>>, Trouble> {
    let mut rows = Vec::new();
    for establishment in &document.establishments {
        if !chosen.iter().any(|one| one.siret == establishment.siret) {
            continue;
        }
        let switch = read(state, &establishment.siret).await?;
        rows.push(Row {
            siret: &establishment.siret,
            nom: &establishment.name,
            fetch: establishment.fetch && switch.as_ref().is_none_or(|s| s.fetch),
            push: establishment.push && switch.as_ref().is_none_or(|s| s.push),
            configuration_fetch: establishment.fetch,
            configuration_push: establishment.push,
            switch,
        });
    }
    Ok(rows)
}

fn page(rows: &[Row<'_>]) -> String {
    let word = |on: bool| if on { "allumé" } else { "COUPÉ" };
    let mut page = format!(
        "{:<15} {:<8} {:<8} établissement\n",
        "SIRET", "fetch", "push"
    );
    for row in rows {
        let _ = writeln!(
            page,
            "{:<15} {:<8} {:<8} {}",
            row.siret,
            word(row.fetch),
            word(row.push),
            row.nom
        );
        for (name, configured) in [
            ("fetch", row.configuration_fetch),
            ("push", row.configuration_push),
        ] {
            if !configured {
                let _ = writeln!(page, "{:<15} {name} est coupé dans la configuration", "");
            }
        }
        if let Some(switch) = row
            .switch
            .as_ref()
            .filter(|switch| !(switch.fetch && switch.push))
        {
            let _ = writeln!(
                page,
                "{:<15} coupé le {} par {} : {}",
                "",
                switch.at.map_or_else(|| "?".to_owned(), show::instant),
                switch.by,
                switch.why
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_shown_with_who_cut_it_and_why() {
        let switch = Switches {
            version: 1,
            fetch: true,
            push: false,
            by: "jeanne@mairie".into(),
            why: "bascule de l'ERP".into(),
            at: "2026-11-23T09:15:00Z".parse().ok(),
        };
        let row = Row {
            siret: "00000000013456",
            nom: "Mairie",
            fetch: false,
            push: false,
            configuration_fetch: false,
            configuration_push: true,
            switch: Some(switch),
        };
        assert_eq!(
            page(&[row]),
            "SIRET           fetch    push     établissement\n\
             00000000013456  COUPÉ    COUPÉ    Mairie\n                fetch est coupé dans la configuration\n                \
             coupé le 2026-11-23 10:15 par jeanne@mairie : bascule de l'ERP\n"
        );
    }
}
