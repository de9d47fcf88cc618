//! What an outcome says of the invoice besides the command: its number, and the legal payment delay after it.

use archive::{BucketStore, Past, StoreError, keys::Episode};
use invoice::delai::Etat;
use jiff::Timestamp;
use lambda_kit::config::{Document, Establishment};
use messages::{Amount, Etape, Resultat};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::known::Known;

/// Where an invoice stands, by the archive.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    /// The supplier's number.
    pub(crate) numero_facture: Option<String>,
    montant_ttc: Option<Decimal>,
    episodes: Vec<Episode>,
}

/// What is needed of `archived.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Archived {
    numero_facture: Option<String>,
    announcement: Announcement,
}

#[derive(Debug, Deserialize)]
struct Announcement {
    received: Option<Received>,
}

#[derive(Debug, Deserialize)]
struct Received {
    montants: Montants,
}

#[derive(Debug, Deserialize)]
struct Montants {
    ttc: Option<Amount>,
}

impl Standing {
    /// Reads the facts of the episode that the documents came with, and of what came before the first one.
    ///
    /// # Errors
    /// The archive does not answer.
    pub(crate) async fn read(archive: &BucketStore, known: &Known) -> Result<Self, StoreError> {
        let mut episodes = known.episodes.clone();
        for key in &known.pasts {
            let past: Option<Past> = archive.read_json(key).await?;
            episodes.extend(past.iter().flat_map(Past::episodes));
        }
        let archived: Option<Archived> = match &known.with_documents {
            Some(key) => archive.read_json(key).await?,
            None => None,
        };
        let (numero_facture, received) = archived
            .map(|fact| (fact.numero_facture, fact.announcement.received))
            .unwrap_or_default();
        Ok(Self {
            numero_facture,
            montant_ttc: received.and_then(|r| r.montants.ttc).map(Amount::value),
            episodes,
        })
    }

    /// The delay once these steps are done.
    pub(crate) fn delai(
        &self,
        establishment: &Establishment,
        document: &Document,
        etapes: &[Etape],
        now: Timestamp,
    ) -> Option<Etat> {
        let applied: Vec<Episode> = etapes
            .iter()
            .filter(|etape| etape.resultat == Resultat::Applique)
            .map(|etape| Episode::new(now, &etape.nouveau_statut))
            .collect();
        legal_clock::delai(
            establishment,
            document,
            self.montant_ttc,
            self.episodes.iter().chain(&applied),
            now,
        )
    }
}
