//! What happened to an invoice between two polls.
//!
//! The portal's list shows an invoice's last status only; its history (`consulter/historique`) has the rest, to the minute. Each change
//! that no poll has seen becomes a job of its own, as if a poll had seen it, so that it is told like any other and in its place. Of a
//! history, codes, dates and comments are used: who did it stays on the portal.

use archive::keys::Episode;
use chorus_pro::{
    Account, Error,
    factures::{ConsulterHistorique, Historique},
};
use invoice::statut::{
    Passage, Repere, Statut,
    rattrapage::{Entree, Rattrapage},
    rattraper,
};
use jiff::{Timestamp, tz::TimeZone};
use messages::InvoiceJob;

/// The cause of a job that was read in the history.
pub const HISTORY: &str = "HISTORY";

const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// The portal's history of one invoice.
#[derive(Debug)]
pub struct Past {
    historique: Historique,
    now: Timestamp,
}

impl Past {
    /// Asks the portal. A portal that understands and refuses has no history to give: the invoice goes on without.
    ///
    /// # Errors
    /// The portal cannot be asked: the episode waits, so that nothing is told out of its order.
    pub async fn read(
        account: &Account,
        id_facture: u64,
        now: Timestamp,
    ) -> Result<Option<Self>, Error> {
        let id = i64::try_from(id_facture).unwrap_or(i64::MAX);
        match account
            .consulter_historique(&ConsulterHistorique::new(id))
            .await
        {
            Ok(historique) => Ok(Some(Self { historique, now })),
            Err(error) if error.refusal().is_some() => {
                tracing::warn!(
                    event = "archive.history_refused",
                    idFacture = id_facture,
                    error = lambda_kit::chain(&error),
                    "the portal does not give the history: changes between two polls stay unknown"
                );
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The changes after `last`, the last episode told, and before the job's own; oldest first, each as a job.
    #[must_use]
    pub fn between(&self, last: &Episode, job: &InvoiceJob) -> Vec<InvoiceJob> {
        let last = Repere::nouveau(Statut::from(last.statut()), last.at());
        self.passages(Some(&last), job)
            .into_iter()
            .map(|passage| self.as_job(&passage, job))
            .collect()
    }

    /// The statuses that an invoice had before it was seen for the first time.
    #[must_use]
    pub fn before(&self, job: &InvoiceJob) -> Vec<Episode> {
        self.passages(None, job)
            .into_iter()
            .map(|passage| Episode::new(passage.instant, passage.statut.code()))
            .collect()
    }

    fn passages(&self, last: Option<&Repere>, job: &InvoiceJob) -> Vec<Passage> {
        let present = Repere::nouveau(
            Statut::from(job.statut.as_str()),
            job.date_heure_etat_courant,
        );
        let Rattrapage { entre, etrangetes } = rattraper(last, &present, &self.entries(), self.now);
        if !etrangetes.is_empty() {
            tracing::warn!(
                event = "archive.odd_history",
                idFacture = job.id_facture,
                episode = job.episode,
                odd = ?etrangetes,
                "the history of an invoice is odd: what can be told of it is told"
            );
        }
        entre
    }

    fn entries(&self) -> Vec<Entree> {
        self.historique
            .statuts()
            .into_iter()
            .filter_map(|state| {
                Some(Entree {
                    id: state.histo_statut_id.unwrap_or_default(),
                    statut: Statut::from(state.histo_statut_code.as_ref()?.as_str()),
                    date: state.histo_statut_date_passage?.to_zoned(PARIS).datetime(),
                })
            })
            .collect()
    }

    fn as_job(&self, passage: &Passage, job: &InvoiceJob) -> InvoiceJob {
        let commentaire = self
            .historique
            .statuts()
            .into_iter()
            .find(|state| state.histo_statut_id == Some(passage.id))
            .and_then(|state| state.histo_statut_commentaire.clone())
            .filter(|text| !text.trim().is_empty());
        InvoiceJob {
            episode: Episode::new(passage.instant, passage.statut.code()).to_string(),
            statut: passage.statut.code().to_owned(),
            date_heure_etat_courant: passage.instant,
            cause: HISTORY.to_owned(),
            commentaire,
            ..job.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made available, acknowledged and mandated in one minute, as a person in a hurry does it.
    const HISTORY_OF_A_MORNING: &str = r#"{
        "codeRetour": 0, "libelle": "GCU_MSG_01_000", "idFacture": 7, "statutCourantCode": "MANDATEE",
        "historiquesDesStatuts": {"histoStatut": [
            {"histoStatutId": 13, "histoStatutCode": "MANDATEE", "histoStatutDatePassage": "2026-11-24 10:05"},
            {"histoStatutId": 12, "histoStatutCode": "SERVICE_FAIT", "histoStatutDatePassage": "2026-11-24 10:05",
             "histoStatutCommentaire": "livré complet", "histoStatutUtilisateurNom": "Martin", "histoStatutUtilisateurEmail": "m@exemple.fr"},
            {"histoStatutId": 11, "histoStatutCode": "MISE_A_DISPOSITION", "histoStatutDatePassage": "2026-11-23 10:15"},
            {"histoStatutId": 10, "histoStatutCode": "DEPOSEE", "histoStatutDatePassage": "2026-11-23 10:14"}
        ]}
    }"#;

    fn past() -> Past {
        Past {
            historique: serde_json::from_str(HISTORY_OF_A_MORNING).unwrap(),
            now: "2026-11-25T09:00:00Z".parse().unwrap(),
        }
    }

    fn mandated() -> InvoiceJob {
        serde_json::from_value(serde_json::json!({
            "siret": "00000000013456", "idFacture": 7, "episode": "20261124T090542Z-MANDATEE", "statut": "MANDATEE",
            "dateHeureEtatCourant": "2026-11-24T09:05:42.120Z", "cause": "POLL", "typeDemandePaiement": "FACTURE",
            "numeroFacture": "F-1", "commentaire": "mandat 42"
        }))
        .unwrap()
    }

    #[test]
    fn a_change_between_two_polls_becomes_a_job_with_its_own_comment() {
        let last: Episode = "20261123T091530Z-MISE_A_DISPOSITION".parse().unwrap();
        let jobs = past().between(&last, &mandated());
        let told: Vec<_> = jobs
            .iter()
            .map(|job| (job.episode.as_str(), job.commentaire.as_deref()))
            .collect();
        assert_eq!(
            told,
            [("20261124T090500Z-SERVICE_FAIT", Some("livré complet"))]
        );
        assert_eq!(jobs[0].cause, HISTORY);
    }

    #[test]
    fn nothing_of_the_agents_stays_in_the_job() {
        let last: Episode = "20261123T091530Z-MISE_A_DISPOSITION".parse().unwrap();
        let text = serde_json::to_string(&past().between(&last, &mandated())).unwrap();
        assert!(
            !text.contains("Martin") && !text.contains("exemple.fr"),
            "{text}"
        );
    }

    #[test]
    fn nothing_lies_between_two_episodes_that_follow_one_another() {
        let last: Episode = "20261124T090500Z-SERVICE_FAIT".parse().unwrap();
        assert_eq!(past().between(&last, &mandated()), []);
    }

    #[test]
    fn an_invoice_seen_late_for_the_first_time_has_a_past() {
        let before: Vec<_> = past()
            .before(&mandated())
            .iter()
            .map(Episode::to_string)
            .collect();
        assert_eq!(
            before,
            [
                "20261123T091400Z-DEPOSEE",
                "20261123T091500Z-MISE_A_DISPOSITION",
                "20261124T090500Z-SERVICE_FAIT"
            ]
        );
    }
}
