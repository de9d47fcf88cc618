//! How dead letters are shown.

use std::{collections::BTreeMap, fmt::Write as _};

use dead_letters::{Drawer, Entry, How, Queue};
use lambda_kit::logging::mask::mask;
use serde_json::{Value, json};

use crate::show;

/// One line that names a letter.
pub(super) fn name(entry: &Entry) -> String {
    format!("{}/{}", entry.fact.queue, entry.fact.message_id)
}

/// A letter as JSON: its fact, and whether it is still in the dead-letter queue.
pub(super) fn json(entry: &Entry) -> Value {
    let mut value = serde_json::to_value(&entry.fact).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("inQueue".to_owned(), json!(!entry.copies.is_empty()));
    }
    value
}

/// The list: a block for each letter, then how many there are of what.
pub(super) fn list(entries: &[&Entry], drawers: &[&Drawer]) -> String {
    let mut page = String::new();
    for entry in entries {
        block(&mut page, entry);
    }
    let waiting = entries
        .iter()
        .filter(|entry| entry.fact.resolution.is_none())
        .count();
    if waiting == 0 {
        page.push_str("Aucune lettre morte n'attend de décision.\n");
    } else {
        let _ = writeln!(
            page,
            "{} en attente{}",
            show::count(waiting, "lettre morte"),
            by_class(entries)
        );
        page.push_str("Une lettre en entier : relais dlq show ID. Une fois la cause corrigée : relais dlq redrive --class CLASSE (d'abord avec --dry-run).\n");
    }
    for drawer in drawers {
        notes(&mut page, drawer);
    }
    page
}

fn block(page: &mut String, entry: &Entry) {
    let fact = &entry.fact;
    let invoice = match (fact.id_facture, &fact.siret) {
        (Some(id), Some(siret)) => format!("facture {id} de {siret}"),
        (Some(id), None) => format!("facture {id}"),
        (None, Some(siret)) => format!("établissement {siret}"),
        (None, None) => "facture inconnue".to_owned(),
    };
    let _ = writeln!(
        page,
        "{}  {}  {}  {}\n  {invoice} ; {}",
        fact.message_id,
        fact.queue,
        show::instant(fact.at),
        fact.class,
        show::count(fact.attempts as usize, "tentative"),
    );
    let _ = writeln!(page, "  raison  : {}", mask(&show::cut(&fact.reason, 300)));
    match &fact.resolution {
        None => {
            let _ = writeln!(page, "  à faire : {}", fact.action);
            if entry.copies.is_empty() {
                page.push_str("  (n'est plus dans la file des lettres mortes : le message est conservé ici, une relance reste possible)\n");
            }
        }
        Some(_) => {
            let _ = writeln!(page, "  {}", resolution(entry));
        }
    }
    page.push('\n');
}

fn resolution(entry: &Entry) -> String {
    let Some(resolution) = &entry.fact.resolution else {
        return "en attente".to_owned();
    };
    let how = match resolution.how {
        How::Redriven => "relancée",
        How::Discarded => "classée",
    };
    let why = resolution
        .why
        .as_ref()
        .map(|why| format!(" : {why}"))
        .unwrap_or_default();
    format!(
        "{how} le {} par {}{why}",
        show::instant(resolution.at),
        resolution.by
    )
}

fn by_class(entries: &[&Entry]) -> String {
    let mut classes: BTreeMap<(Queue, &str), usize> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.fact.resolution.is_none())
    {
        *classes
            .entry((entry.fact.queue, &entry.fact.class))
            .or_default() += 1;
    }
    let mut page = " :\n".to_owned();
    for ((queue, class), number) in classes {
        let _ = writeln!(page, "  {number:>5}  {:<9} {class}", queue.name());
    }
    page.trim_end().to_owned()
}

/// What the list alone does not say of a queue.
fn notes(page: &mut String, drawer: &Drawer) {
    let queue = drawer.queue;
    if drawer.filed > 0 {
        let _ = writeln!(
            page,
            "{queue} : {} par SQS après trop de tentatives, notée(s) maintenant.",
            show::count(drawer.filed, "lettre abandonnée")
        );
    }
    let left = drawer
        .entries
        .iter()
        .filter(|entry| entry.fact.resolution.is_some() && !entry.copies.is_empty())
        .count();
    if left > 0 {
        let _ = writeln!(
            page,
            "{queue} : {} encore dans la file alors que la décision est prise : relais dlq redrive --queue {queue} l'en retire.",
            show::count(left, "copie")
        );
    }
    if drawer.unseen > 0 {
        let _ = writeln!(
            page,
            "{queue} : {} n'ont pas pu être lus (même groupe, ou en cours de lecture par un autre) : recommencez après avoir traité ceux-ci.",
            show::count(
                usize::try_from(drawer.unseen).unwrap_or(usize::MAX),
                "message"
            )
        );
    }
    for key in &drawer.unreadable {
        let _ = writeln!(
            page,
            "{queue} : {key} est illisible ; voyez ses versions dans le bucket d'état."
        );
    }
}

/// A letter in full.
pub(super) fn letter(entry: &Entry) -> String {
    let fact = &entry.fact;
    let unknown = || "inconnu".to_owned();
    let mut page = String::new();
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(page, "{name:<14} {text}");
    };
    line("lettre", &fact.message_id);
    line("file", fact.queue.name());
    line("classe", &fact.class);
    line("raison", &mask(&fact.reason));
    line("à faire", &fact.action);
    line("établissement", &fact.siret.clone().unwrap_or_else(unknown));
    line(
        "facture",
        &fact.id_facture.map_or_else(unknown, |id| id.to_string()),
    );
    if let Some(group) = &fact.group_id {
        line("groupe", group);
    }
    line("tentatives", &fact.attempts.to_string());
    if let Some(sent) = fact.sent_at {
        line("envoyée le", &show::second(sent));
    }
    line("abandonnée le", &show::second(fact.at));
    line("décision", &resolution(entry));
    let in_queue = if entry.copies.is_empty() {
        "non"
    } else {
        "oui"
    };
    line("dans la file", in_queue);
    let _ = writeln!(page, "corps :\n{}", mask(&body(&fact.body)));
    if fact.resolution.is_none() {
        let id = &fact.message_id;
        let _ = writeln!(
            page,
            "\nrelais dlq redrive {id}\nrelais dlq discard {id} --why \"…\""
        );
        if let Some(id) = fact.id_facture {
            let _ = writeln!(page, "relais trace {id}");
        }
    }
    page
}

/// JSON is shown as one reads it, everything else as it is.
fn body(body: &str) -> String {
    serde_json::from_str::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned())
}

/// What a redrive would do.
pub(super) fn would_redrive(entries: &[&Entry]) -> String {
    let mut page = String::new();
    for entry in entries {
        let fact = &entry.fact;
        let invoice = fact
            .id_facture
            .map(|id| format!("  facture {id}"))
            .unwrap_or_default();
        let _ = writeln!(
            page,
            "{}  {}  {}{invoice}",
            fact.message_id, fact.queue, fact.class
        );
    }
    let _ = writeln!(
        page,
        "{} à relancer : rien n'a été fait (--dry-run).",
        show::count(entries.len(), "lettre")
    );
    page
}

/// What a redrive did.
#[derive(Debug, Default)]
pub(super) struct Redrives {
    /// The letter, and the message id that it has now.
    pub(super) sent: Vec<(String, String)>,
    /// Copies removed of letters that were resolved before.
    pub(super) swept: usize,
    /// The letter, and why it stays.
    pub(super) failed: Vec<(String, String)>,
}

impl Redrives {
    pub(super) fn as_json(&self) -> Value {
        json!({
            "sent": self.sent.iter().map(|(letter, id)| json!({"letter": letter, "messageId": id})).collect::<Vec<_>>(),
            "swept": self.swept,
            "failed": self.failed.iter().map(|(letter, why)| json!({"letter": letter, "why": why})).collect::<Vec<_>>(),
        })
    }

    pub(super) fn page(&self) -> String {
        let mut page = String::new();
        for (letter, id) in &self.sent {
            let _ = writeln!(page, "{letter} est de nouveau dans sa file (message {id})");
        }
        for (letter, why) in &self.failed {
            let _ = writeln!(page, "{letter} n'a pas pu être relancée : {why}");
        }
        let _ = write!(page, "{}", show::count(self.sent.len(), "lettre relancée"));
        if self.swept > 0 {
            let _ = write!(
                page,
                ", {} déjà traitée(s) retirée(s) de la file",
                show::count(self.swept, "copie")
            );
        }
        if !self.failed.is_empty() {
            let _ = write!(
                page,
                ", {} : recommencez, c'est sans risque",
                show::count(self.failed.len(), "échec")
            );
        }
        page.push_str(".\n");
        page
    }
}

/// What a discard did.
pub(super) fn discarded(entry: &Entry, first: bool) -> String {
    if first {
        format!(
            "{} est classée. Le message reste lisible : relais dlq show {}\n",
            name(entry),
            entry.fact.message_id
        )
    } else {
        format!(
            "{} avait déjà une décision : {}.\n",
            name(entry),
            resolution(entry)
        )
    }
}
