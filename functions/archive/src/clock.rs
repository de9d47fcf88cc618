//! The legal payment delay of an invoice, from the episodes that the archive holds of it.

use archive::keys::Episode;
use invoice::{
    delai::{self, Creance, Etat, Evenement, Regle, TableTaux},
    statut::Statut,
};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// What the clock says of an invoice that went through these episodes.
///
/// `days` is the establishment's delay; one that the law does not know gives no clock.
#[must_use]
pub fn delai<'a>(
    days: u16,
    montant_ttc: Option<Decimal>,
    episodes: impl IntoIterator<Item = &'a Episode>,
    now: Timestamp,
) -> Option<Etat> {
    let regle = Regle::pour(days).ok()?;
    let events: Vec<Evenement> = episodes
        .into_iter()
        .filter_map(|episode| Evenement::de_statut(&Statut::from(episode.statut()), episode.at()))
        .collect();
    let creance = Creance {
        montant_ttc,
        ..Creance::default()
    };
    Some(delai::calculer(
        &events,
        &creance,
        &regle,
        &TableTaux::default(),
        now,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(episodes: &[&str]) -> Option<String> {
        let episodes: Vec<Episode> = episodes.iter().map(|e| e.parse().unwrap()).collect();
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        delai(30, None, &episodes, now)?
            .echeance
            .map(|day| day.to_string())
    }

    #[test]
    fn thirty_days_run_from_the_day_the_invoice_was_made_available() {
        // Made available on 1 November; 30 days later is 1 December.
        assert_eq!(
            due(&["20261101T091500Z-MISE_A_DISPOSITION"]).as_deref(),
            Some("2026-12-01")
        );
    }

    #[test]
    fn nothing_is_due_while_the_invoice_is_suspended() {
        assert_eq!(
            due(&[
                "20261101T091500Z-MISE_A_DISPOSITION",
                "20261105T080000Z-SUSPENDUE"
            ]),
            None
        );
    }
}
