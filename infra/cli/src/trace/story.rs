//! What the archive and the state bucket hold of an invoice, as moments.

use archive::{
    BucketStore, Decision, Manifest, Past, Published, Source,
    keys::{self, Episode, EpisodeFolder},
};
use dead_letters::{Fact, How};
use invoice::delai::Etat;
use jiff::Timestamp;
use lambda_kit::logging::mask::mask;
use messages::{Resultat, Settlement};
use relais_push_status::fact::{Attempt, PushFact, Said};
use rust_decimal::Decimal;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{show, trouble::Trouble};

/// The story of an invoice.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Story {
    pub(super) siret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etablissement: Option<String>,
    pub(super) id_facture: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) numero_facture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fournisseur: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) montant_ttc: Option<Decimal>,
    /// What happened, oldest first.
    pub(super) moments: Vec<Moment>,
    /// Objects that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) illisibles: Vec<String>,
    /// What could not be looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lacunes: Vec<String>,
    /// The legal clock, at this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delai: Option<Etat>,
    #[serde(skip)]
    pub(super) episodes: Vec<Episode>,
}

/// One thing that happened.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    /// Where it happened.
    pub(super) sorte: Sorte,
    pub(super) quoi: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) details: Vec<String>,
}

/// Where a moment happened. The order is that of an invoice's way, for moments of the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Sorte {
    Portail,
    Archive,
    Annonce,
    Commande,
    LettreMorte,
}

impl Story {
    pub(super) fn is_empty(&self) -> bool {
        self.moments.is_empty() && self.illisibles.is_empty()
    }

    fn add(&mut self, at: Timestamp, sorte: Sorte, quoi: impl Into<String>, details: Vec<String>) {
        self.moments.push(Moment {
            at,
            sorte,
            quoi: quoi.into(),
            details,
        });
    }
}

/// Reads everything there is, and takes from all dead letters those of the invoice.
pub(super) async fn read(
    archive: &BucketStore,
    letters: &[Fact],
    siret: &str,
    id_facture: u64,
) -> Result<Story, Trouble> {
    let mut story = Story {
        siret: siret.to_owned(),
        etablissement: None,
        id_facture,
        numero_facture: None,
        fournisseur: None,
        montant_ttc: None,
        moments: Vec::new(),
        illisibles: Vec::new(),
        lacunes: Vec::new(),
        delai: None,
        episodes: Vec::new(),
    };
    let pushes = keys::pushes_prefix(siret, id_facture)?;
    for key in archive
        .list_keys(&keys::invoice_prefix(siret, id_facture)?)
        .await?
    {
        if let Some(name) = key.strip_prefix(&pushes) {
            push(&mut story, archive, &key, name).await?;
        } else if let Ok((folder, rest)) = EpisodeFolder::parse(&key) {
            episode(&mut story, archive, &key, &folder, rest).await?;
        }
    }
    let ours = |fact: &&Fact| {
        fact.id_facture == Some(id_facture) && fact.siret.as_deref().is_none_or(|of| of == siret)
    };
    for fact in letters.iter().filter(ours) {
        letter(&mut story, fact);
    }
    story
        .moments
        .sort_by_key(|moment| (moment.at, moment.sorte));
    story.episodes.sort();
    story.episodes.dedup();
    Ok(story)
}

/// An object; one that cannot be read is noted and stops nothing.
async fn object<T: DeserializeOwned>(
    story: &mut Story,
    archive: &BucketStore,
    key: &str,
) -> Result<Option<T>, Trouble> {
    match archive.read_json(key).await {
        Ok(value) => Ok(value),
        Err(error) if error.decision() == Decision::GiveUp => {
            story.illisibles.push(key.to_owned());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn episode(
    story: &mut Story,
    archive: &BucketStore,
    key: &str,
    folder: &EpisodeFolder,
    rest: &str,
) -> Result<(), Trouble> {
    let episode = folder.episode();
    if !story.episodes.contains(episode) {
        story.episodes.push(episode.clone());
        story.add(
            episode.at(),
            Sorte::Portail,
            format!("{} sur Chorus Pro", episode.statut()),
            Vec::new(),
        );
    }
    match rest {
        "archived.json" => {
            let Some(fact) = object::<Value>(story, archive, key).await? else {
                return Ok(());
            };
            told(story, &fact);
            match serde_json::from_value::<Manifest>(fact) {
                Ok(manifest) => archived(story, episode, manifest),
                Err(_) => story.illisibles.push(key.to_owned()),
            }
        }
        "past.json" => {
            if let Some(past) = object::<Past>(story, archive, key).await? {
                for before in past.episodes() {
                    story.add(
                        before.at(),
                        Sorte::Portail,
                        format!(
                            "{} sur Chorus Pro, avant la première collecte",
                            before.statut()
                        ),
                        Vec::new(),
                    );
                    story.episodes.push(before);
                }
            }
        }
        "published.json" => {
            if let Some(published) = object::<Published>(story, archive, key).await? {
                let mut details = vec![format!("id {}", published.event_id)];
                details.extend(published.message_id.map(|id| format!("message {id}")));
                let quoi = format!(
                    "annoncée à l'ERP : {} ({})",
                    published.event_type,
                    episode.statut()
                );
                story.add(published.published_at, Sorte::Annonce, quoi, details);
            }
        }
        _ => {}
    }
    Ok(())
}

/// What the event in the fact says of the invoice itself: no bank account is in it.
fn told(story: &mut Story, fact: &Value) {
    let event = ["received", "statusChanged"]
        .iter()
        .find_map(|kind| fact.get("announcement")?.get(kind));
    let text = |path: &str| event?.pointer(path)?.as_str().map(str::to_owned);
    if let Some(amount) = text("/montants/ttc").and_then(|amount| amount.parse().ok()) {
        story.montant_ttc = Some(amount);
    }
    story.numero_facture = text("/numeroFacture").or(story.numero_facture.take());
    story.fournisseur = text("/fournisseur/raisonSociale").or(story.fournisseur.take());
}

fn archived(story: &mut Story, episode: &Episode, manifest: Manifest) {
    story.numero_facture = story.numero_facture.take().or(manifest.numero_facture);
    let mut details = Vec::new();
    let mut of = |name: &str, size: u64, sha256: &str| {
        details.push(format!("{:>9}  {sha256}  {name}", show::size(size)));
    };
    if let Some(pivot) = &manifest.pivot {
        of("pivot.xml", pivot.size, &pivot.sha256);
    }
    if let Some(invoice) = &manifest.invoice {
        of("invoice.json", invoice.size, &invoice.sha256);
    }
    for document in &manifest.documents {
        of(
            &document.name,
            document.object.size,
            &document.object.sha256,
        );
    }
    let on_documents = manifest.documents.iter().flat_map(|document| {
        document
            .findings
            .iter()
            .map(|found| format!("{} : {}", document.name, found.detail))
    });
    details.extend(
        manifest
            .findings
            .iter()
            .map(|found| found.detail.clone())
            .chain(on_documents)
            .map(|text| format!("à savoir : {}", mask(&text))),
    );
    let statut = episode.statut();
    let quoi = match manifest.source {
        Source::Status => format!("changement de statut archivé ({statut})"),
        Source::Pdf => format!(
            "archivée en PDF seul, {} ({statut})",
            show::count(manifest.documents.len(), "document")
        ),
        Source::Pivot => format!(
            "archivée, {} ({statut})",
            show::count(manifest.documents.len(), "document")
        ),
    };
    story.add(manifest.archived_at, Sorte::Archive, quoi, details);
}

async fn push(
    story: &mut Story,
    archive: &BucketStore,
    key: &str,
    name: &str,
) -> Result<(), Trouble> {
    if name.ends_with(".attempt.json") {
        if let Some(attempt) = object::<Attempt>(story, archive, key).await? {
            let command = name.trim_end_matches(".attempt.json");
            story.add(
                attempt.at,
                Sorte::Commande,
                "première tentative d'une commande",
                vec![format!("clé {}", show::cut(command, 12))],
            );
        }
        return Ok(());
    }
    let Some(fact) = object::<PushFact>(story, archive, key).await? else {
        return Ok(());
    };
    let (settlement, said) = match &fact.outcome.said {
        Said::Applied(applied) => (&applied.settlement, applied.remarque.as_ref()),
        Said::Refused(refused) => (&refused.settlement, Some(&refused.reason)),
    };
    let refused = matches!(fact.outcome.said, Said::Refused(_));
    let mut details = steps(settlement);
    details.extend(said.map(|reason| format!("{} : {}", reason.code, mask(&reason.message))));
    details.extend(
        settlement
            .motif
            .as_ref()
            .map(|motif| format!("motif : {}", mask(&show::cut(motif, 200)))),
    );
    details.extend(
        settlement
            .numero_dp_mandat
            .as_ref()
            .map(|number| format!("mandat {number}")),
    );
    details.push(format!("événement {}", fact.outcome.id));
    let end = if refused { "refusée" } else { "faite" };
    let quoi = format!(
        "commande {} de {} : {end}",
        settlement.command_id, settlement.command_source
    );
    story.add(settlement.date_traitement, Sorte::Commande, quoi, details);
    Ok(())
}

fn steps(settlement: &Settlement) -> Vec<String> {
    let result = |resultat: Resultat| match resultat {
        Resultat::Applique => "appliqué",
        Resultat::DejaFait => "déjà fait",
        Resultat::Depasse => "dépassé : la facture est plus loin",
        Resultat::Refuse => "refusé",
        Resultat::NonTente => "non tenté",
    };
    settlement
        .etapes
        .iter()
        .map(|etape| format!("{} : {}", etape.nouveau_statut, result(etape.resultat)))
        .collect()
}

fn letter(story: &mut Story, fact: &Fact) {
    let details = vec![
        format!("raison : {}", mask(&show::cut(&fact.reason, 300))),
        format!("à faire : {}", fact.action),
        format!("relais dlq show {}", fact.message_id),
    ];
    story.add(
        fact.at,
        Sorte::LettreMorte,
        format!("lettre morte ({}) : {}", fact.queue, fact.class),
        details,
    );
    if let Some(resolution) = &fact.resolution {
        let how = match resolution.how {
            How::Redriven => "lettre morte relancée",
            How::Discarded => "lettre morte classée",
        };
        let why = resolution.why.iter().cloned().collect();
        story.add(
            resolution.at,
            Sorte::LettreMorte,
            format!("{how} par {}", resolution.by),
            why,
        );
    }
}
