//! The legal clock of an invoice, at this moment, from the episodes that the archive holds.

use invoice::delai::Etat;
use jiff::Timestamp;
use lambda_kit::config::Document;

use super::story::Story;

/// What the clock says now; nothing while no episode is known, or when the configuration does not know the establishment.
pub(super) fn now(story: &Story, document: &Document, now: Timestamp) -> Option<Etat> {
    let establishment = document.establishment(&story.siret)?;
    if story.episodes.is_empty() {
        return None;
    }
    legal_clock::delai(
        establishment,
        document,
        story.montant_ttc,
        &story.episodes,
        now,
    )
}
