//! Which command of the ERP a change of status came from, by the facts that push-status leaves in the invoice's folder.

use archive::{BucketStore, StoreError, StoreErrorKind, keys::Episode};
use jiff::{SignedDuration, Timestamp};
use messages::{Resultat, Settlement};
use serde::Deserialize;

use crate::folder::Folder;

/// How far the portal's clock may be ahead of ours: a command ends after the change that it makes, but for that.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// What a change of status needs of a push fact.
#[derive(Debug, Deserialize)]
struct PushFact {
    outcome: Outcome,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    applied: Option<Settlement>,
    refused: Option<Settlement>,
}

/// The id of the command that set this status, when it was one of ours and its fact is written already.
///
/// # Errors
/// The archive does not answer.
pub async fn command(
    archive: &BucketStore,
    known: &Folder,
    episode: &Episode,
) -> Result<Option<String>, StoreError> {
    let mut settled = Vec::new();
    for key in known.pushes() {
        match archive.read_json::<PushFact>(key).await {
            Ok(fact) => settled.extend(fact.and_then(|f| f.outcome.applied.or(f.outcome.refused))),
            Err(error) if matches!(error.kind(), StoreErrorKind::Json) => tracing::warn!(
                event = "archive.odd_push_fact",
                key,
                error = lambda_kit::chain(&error),
                "the fact of a command cannot be read: the change of status is told without naming a command"
            ),
            Err(error) => return Err(error),
        }
    }
    Ok(that_set(&settled, episode.statut(), episode.at()))
}

/// The first command that ended after the change and says that it set the status.
fn that_set(settled: &[Settlement], statut: &str, at: Timestamp) -> Option<String> {
    let not_before = at.saturating_sub(CLOCKS_DIFFER).unwrap_or(at);
    let sets = |settlement: &&Settlement| {
        settlement
            .etapes
            .iter()
            .any(|etape| etape.nouveau_statut == statut && etape.resultat == Resultat::Applique)
    };
    settled
        .iter()
        .filter(|settlement| settlement.date_traitement >= not_before)
        .filter(sets)
        .min_by_key(|settlement| settlement.date_traitement)
        .map(|settlement| settlement.command_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settlement(command_id: &str, statut: &str, resultat: &str, ended: &str) -> Settlement {
        serde_json::from_value(serde_json::json!({
            "commandId": command_id, "commandSource": "urn:erp", "siret": "00000000013456", "idFacture": 7,
            "etapes": [{"nouveauStatut": statut, "resultat": resultat}], "dateTraitement": ended
        }))
        .unwrap()
    }

    fn at() -> Timestamp {
        "2026-11-24T09:05:42Z".parse().unwrap()
    }

    #[test]
    fn a_fact_as_push_status_writes_it_is_read() {
        let settled = settlement("c-1", "MANDATEE", "APPLIQUE", "2026-11-24T09:05:43Z");
        let mut applied = serde_json::to_value(&settled).unwrap();
        applied["remarque"] = serde_json::json!({"code": "MOTIF_COUPE", "message": "…"});
        let fact = serde_json::json!({"version": 1, "outcome": {"id": "abc", "applied": applied}});
        let fact: PushFact = serde_json::from_value(fact).unwrap();
        assert_eq!(fact.outcome.applied, Some(settled));
    }

    #[test]
    fn the_command_that_set_the_status_is_named() {
        let settled = [
            settlement("c-1", "SERVICE_FAIT", "APPLIQUE", "2026-11-24T09:05:43Z"),
            settlement("c-2", "MANDATEE", "APPLIQUE", "2026-11-24T09:05:43Z"),
        ];
        assert_eq!(
            that_set(&settled, "SERVICE_FAIT", at()).as_deref(),
            Some("c-1")
        );
    }

    #[test]
    fn a_command_that_found_the_status_there_did_not_cause_it() {
        let settled = [settlement(
            "c-1",
            "SERVICE_FAIT",
            "DEJA_FAIT",
            "2026-11-24T09:05:43Z",
        )];
        assert_eq!(that_set(&settled, "SERVICE_FAIT", at()), None);
    }

    #[test]
    fn a_command_of_last_week_did_not_cause_the_change_of_today() {
        let settled = [settlement(
            "c-1",
            "SERVICE_FAIT",
            "APPLIQUE",
            "2026-11-17T09:05:43Z",
        )];
        assert_eq!(that_set(&settled, "SERVICE_FAIT", at()), None);
    }
}
