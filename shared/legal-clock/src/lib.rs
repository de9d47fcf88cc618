//! The legal payment delay of an invoice: what the archive's keys tell of its life, counted under an establishment's configuration.
//!
//! The law and how days are counted are in [`invoice::delai`], which knows no configuration; what a person may configure is in
//! [`lambda_kit::config`], which knows no law. Here the two are joined, once for every function that tells the ERP of a delay.

use archive::keys::Episode;
use invoice::{
    delai::{self, Creance, Etat, Evenement, Regle, RegleInvalide, TableTaux, TauxBce},
    statut::Statut,
};
use jiff::Timestamp;
use lambda_kit::config::{Document, Establishment};
use rust_decimal::Decimal;

/// What the clock says, at `now`, of an invoice that went through these episodes.
///
/// `montant_ttc` is what late interest is counted on; without it no interest can be told. The episodes may come in any order.
/// `None` when the configuration makes no rule: reading the document refuses such a one.
#[must_use]
pub fn delai<'a>(
    establishment: &Establishment,
    document: &Document,
    montant_ttc: Option<Decimal>,
    episodes: impl IntoIterator<Item = &'a Episode>,
    now: Timestamp,
) -> Option<Etat> {
    let regle = regle(establishment).ok()?;
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
        &table(document),
        now,
    ))
}

/// The days that an establishment has, shared as it configured or else as the law says.
///
/// # Errors
/// No delay of the law, or shares that are more than it.
pub fn regle(establishment: &Establishment) -> Result<Regle, RegleInvalide> {
    let regle = Regle::pour(establishment.payment_delay.days())?;
    match establishment.payment_delay_split {
        Some(split) => regle.avec_parts(split.ordonnateur, split.comptable),
        None => Ok(regle),
    }
}

/// The rates that Relais knows, with those of the configuration: of two for the same day, the configured one holds.
///
/// The table counts as checked on the later of the two days that somebody looked.
#[must_use]
pub fn table(document: &Document) -> TableTaux {
    let TableTaux {
        mut taux,
        verifiee_le,
    } = TableTaux::default();
    let configured = &document.ecb_rates;
    taux.retain(|known| configured.iter().all(|rate| rate.from != known.depuis));
    taux.extend(configured.iter().map(|rate| TauxBce {
        depuis: rate.from,
        taux: rate.rate,
    }));
    TableTaux {
        taux,
        verifiee_le: verifiee_le.max(document.ecb_rates_checked_on),
    }
}

#[cfg(test)]
mod tests {
    use invoice::delai::Anomalie;
    use serde_json::{Value, json};

    use super::*;

    const MADE_AVAILABLE: &str = "20261101T091500Z-MISE_A_DISPOSITION";

    /// A town with 30 days, and more or other fields for it and for the document.
    fn configured(of_the_town: &Value, of_the_document: &Value) -> Document {
        let mut town = json!({
            "name": "Mairie d'Exemple", "siret": "00000000013456",
            "technical_account": {"login": "TECH_1_1@cpro.fr", "password": "x"},
            "payment_delay_days": 30, "collect_since": "2026-09-01"
        });
        merge(&mut town, of_the_town);
        let mut document = json!({
            "piste": {"client_id": "x", "client_secret": "x", "token_url": "https://a.example", "api_url": "https://b.example"},
            "establishments": [town]
        });
        merge(&mut document, of_the_document);
        Document::parse(&document.to_string()).unwrap().document
    }

    fn merge(into: &mut Value, fields: &Value) {
        for (name, value) in fields.as_object().unwrap() {
            into[name] = value.clone();
        }
    }

    fn clock(document: &Document, episodes: &[&str], now: &str) -> Etat {
        let episodes: Vec<Episode> = episodes.iter().map(|e| e.parse().unwrap()).collect();
        delai(
            &document.establishments[0],
            document,
            Some(Decimal::from(1_000)),
            &episodes,
            now.parse().unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn thirty_days_run_from_the_day_the_invoice_was_made_available() {
        let plain = configured(&json!({}), &json!({}));
        // Made available on 1 November; 30 days later is 1 December.
        assert_eq!(
            clock(&plain, &[MADE_AVAILABLE], "2026-11-30T12:00:00Z")
                .echeance
                .unwrap()
                .to_string(),
            "2026-12-01"
        );
    }

    #[test]
    fn nothing_is_due_while_the_invoice_is_suspended() {
        let plain = configured(&json!({}), &json!({}));
        let suspended = [MADE_AVAILABLE, "20261105T080000Z-SUSPENDUE"];
        assert_eq!(
            clock(&plain, &suspended, "2026-11-30T12:00:00Z").echeance,
            None
        );
    }

    #[test]
    fn the_delay_is_shared_as_the_law_says_unless_a_convention_says_otherwise() {
        let shares = |document: &Document| {
            let etat = clock(document, &[MADE_AVAILABLE], "2026-11-30T12:00:00Z");
            (etat.ordonnateur.alloues, etat.comptable.alloues)
        };
        let convention = json!({"payment_delay_split": {"ordonnateur": 23, "comptable": 7}});
        assert_eq!(shares(&configured(&json!({}), &json!({}))), (20, 10));
        assert_eq!(shares(&configured(&convention, &json!({}))), (23, 7));
        let hospital = json!({"payment_delay_days": 50});
        assert_eq!(shares(&configured(&hospital, &json!({}))), (35, 15));
    }

    /// Due on 1 December 2026, paid on 11 December: ten days of interest at the rate of 1 July 2026.
    const PAID_LATE: &[&str] = &[MADE_AVAILABLE, "20261211T090000Z-MISE_EN_PAIEMENT"];

    #[test]
    fn a_configured_rate_holds_against_the_one_that_relais_knows() {
        let rate = |document: &Document| {
            let etat = clock(document, PAID_LATE, "2026-12-12T12:00:00Z");
            etat.paiement.unwrap().taux.unwrap().to_string()
        };
        assert_eq!(rate(&configured(&json!({}), &json!({}))), "10.40");
        let correction = json!({"ecb_rates": [{"from": "2026-06-17", "rate": "2.15"}]});
        assert_eq!(rate(&configured(&json!({}), &correction)), "10.15");
    }

    #[test]
    fn a_configured_rate_is_added_to_those_that_relais_knows() {
        let addition = json!({"ecb_rates": [{"from": "2027-02-03", "rate": "3.00"}]});
        let document = configured(&json!({}), &addition);
        assert_eq!(
            table(&document).taux.len(),
            TableTaux::default().taux.len() + 1
        );
        // Made available on 1 June 2027, due on 1 July, paid on 11 July: the rate of 1 July 2027.
        let episodes = [
            "20270601T091500Z-MISE_A_DISPOSITION",
            "20270711T090000Z-MISE_EN_PAIEMENT",
        ];
        let etat = clock(&document, &episodes, "2027-07-12T12:00:00Z");
        assert_eq!(etat.paiement.unwrap().taux.unwrap().to_string(), "11.00");
    }

    #[test]
    fn a_table_that_nobody_checked_lately_is_doubted_until_the_configuration_says_that_somebody_did()
     {
        let episodes = [
            "20270601T091500Z-MISE_A_DISPOSITION",
            "20270711T090000Z-MISE_EN_PAIEMENT",
        ];
        let doubts = |of_the_document: &Value| {
            let document = configured(&json!({}), of_the_document);
            let etat = clock(&document, &episodes, "2027-07-12T12:00:00Z");
            etat.anomalies
                .iter()
                .any(|anomalie| matches!(anomalie, Anomalie::TauxNonVerifie { .. }))
        };
        assert!(doubts(&json!({})));
        assert!(!doubts(&json!({"ecb_rates_checked_on": "2027-07-02"})));
        assert!(
            doubts(&json!({"ecb_rates_checked_on": "2020-01-01"})),
            "an older look than ours changes nothing"
        );
    }
}
