//! The scenario that is shipped, from its first day to its last.

use chorus_pro_sim::scenario::Outcome;
use chorus_pro_sim::{Running, Scenario};
use jiff::SignedDuration;

use crate::scenario::playing;

const A_MONTH: &str = include_str!("../../scenarios/un-mois.json");

/// `10-05 07:00 MISE_A_DISPOSITION`, for each entry of the history.
fn past(running: &Running, label: &str) -> Vec<String> {
    let id = running.simulator().scenario().unwrap().invoices[label].id_facture;
    let invoice = running.simulator().invoice(id).unwrap();
    let entry = |entry: &chorus_pro_sim::state::HistoStatut| {
        format!("{} {}", entry.le.strftime("%m-%d %H:%M"), entry.code)
    };
    invoice.historique.iter().map(entry).collect()
}

#[tokio::test]
async fn the_shipped_month_ends_as_its_story_says() {
    let running = playing(Scenario::read(A_MONTH, None).unwrap(), 0).await;
    running
        .simulator()
        .advance(SignedDuration::from_hours(24 * 36));

    let progress = running.simulator().scenario().unwrap();
    assert!(progress.finished, "{:?}", progress.next);
    assert_eq!((progress.to_come, progress.invoices.len()), (0, 8));
    let ends: Vec<_> = progress
        .invoices
        .iter()
        .map(|(label, invoice)| (label.as_str(), invoice.statut.as_str()))
        .collect();
    assert_eq!(
        ends,
        [
            ("chauffage", "MISE_EN_PAIEMENT"),
            ("mobilier", "REJETEE"),
            ("mobilier/2", "MISE_EN_PAIEMENT"),
            ("papeterie", "MISE_EN_PAIEMENT"),
            ("signalisation", "MISE_EN_PAIEMENT"),
            ("toiture", "MISE_EN_PAIEMENT"),
            ("traiteur", "MISE_EN_PAIEMENT"),
            ("transport", "MISE_EN_PAIEMENT"),
        ]
    );

    // Times are UTC: 09:00 in France is 07:00 until 25 October, 08:00 from then on.
    assert_eq!(
        past(&running, "chauffage"),
        [
            "10-05 07:30 DEPOSEE",
            "10-05 07:30 MISE_A_DISPOSITION",
            "10-06 12:00 SUSPENDUE",
            "10-08 12:00 COMPLETEE",
            "10-09 08:00 SERVICE_FAIT",
            "10-10 07:30 MANDATEE",
            "10-13 07:30 MISE_A_DISPOSITION_COMPTABLE",
            "10-20 07:30 MISE_EN_PAIEMENT",
        ]
    );
    assert_eq!(
        past(&running, "signalisation"),
        [
            "10-05 08:15 DEPOSEE",
            "10-05 08:15 MISE_A_DISPOSITION",
            "10-06 12:05 A_RECYCLER",
            "10-07 12:05 DEPOSEE",
            "10-07 12:05 MISE_A_DISPOSITION",
            "10-08 08:00 SERVICE_FAIT",
            "10-11 07:30 MANDATEE",
            "10-14 07:30 MISE_A_DISPOSITION_COMPTABLE",
            "10-21 07:30 MISE_EN_PAIEMENT",
        ]
    );
    assert_eq!(
        past(&running, "mobilier"),
        [
            "10-05 09:00 DEPOSEE",
            "10-05 09:00 MISE_A_DISPOSITION",
            "10-06 12:10 REJETEE",
        ]
    );
    assert_eq!(
        past(&running, "mobilier/2")[..2],
        ["10-09 12:10 DEPOSEE", "10-09 12:10 MISE_A_DISPOSITION"]
    );
    assert_eq!(
        past(&running, "toiture"),
        [
            "10-06 06:30 DEPOSEE",
            "10-06 06:30 MISE_A_DISPOSITION_MOE",
            "10-07 06:30 PRISE_EN_COMPTE_MOE",
            "10-10 06:30 TRANSMISE_MOA",
            "10-10 06:30 MISE_A_DISPOSITION_MOA",
            "10-11 06:30 PRISE_EN_COMPTE_MOA",
            "10-13 06:30 MISE_A_DISPOSITION",
            "10-14 08:00 SERVICE_FAIT",
            "10-15 07:30 MANDATEE",
            "10-18 07:30 MISE_A_DISPOSITION_COMPTABLE",
            "10-25 08:30 MISE_EN_PAIEMENT",
        ]
    );
    // A person was faster than the ERP, whose decision the portal then refused.
    assert_eq!(
        past(&running, "traiteur")[2..5],
        [
            "10-07 09:20 SUSPENDUE",
            "10-09 09:20 COMPLETEE",
            "10-12 07:00 SERVICE_FAIT"
        ]
    );
    let refused: Vec<_> = progress
        .log
        .iter()
        .filter(|done| done.outcome == Outcome::Refused)
        .collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(
        (refused[0].invoice.as_deref(), refused[0].day.as_str()),
        (Some("traiteur"), "day 3 11:30")
    );
    assert!(refused[0].what.contains("20002"), "{}", refused[0].what);
    // Made available on 6 October and paid on 7 November: more than thirty days.
    let transport = past(&running, "transport");
    assert_eq!(
        (transport[1].as_str(), transport.last().unwrap().as_str()),
        (
            "10-06 08:00 MISE_A_DISPOSITION",
            "11-07 08:30 MISE_EN_PAIEMENT"
        )
    );

    let simulator = running.simulator();
    let invoice = |label: &str| {
        simulator
            .invoice(progress.invoices[label].id_facture)
            .unwrap()
    };
    let chauffage = invoice("chauffage");
    let names: Vec<_> = chauffage
        .documents
        .iter()
        .map(|document| document.nom.as_str())
        .collect();
    assert_eq!(names, ["facture.pdf", "Pièce demandée.pdf"]);
    assert_eq!(
        invoice("signalisation").service().unwrap().code.as_deref(),
        Some("ST-VOIRIE")
    );
    let (refused, anew) = (invoice("mobilier"), invoice("mobilier/2"));
    assert_eq!(anew.numero, "MOB-5512-BIS");
    assert_eq!(
        (anew.montants.ttc, anew.fournisseur.id),
        (refused.montants.ttc, refused.fournisseur.id)
    );
    assert_eq!(
        invoice("papeterie").numero_dp_mandat.as_deref(),
        Some("2026-0412")
    );
    // Seven of the story, one anew, ten from day to day.
    assert_eq!(simulator.invoices().len(), 18);
    assert!(simulator.faults().rules().is_empty());
}

#[tokio::test]
async fn a_month_in_one_jump_and_a_month_hour_by_hour_are_the_same_month() {
    let mut months = Vec::new();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for hours in [24 * 36, 7, 1] {
        let running = playing(Scenario::read(A_MONTH, None).unwrap(), 25).await;
        let simulator = running.simulator();
        for _ in 0..(24 * 36 / hours) {
            simulator.advance(SignedDuration::from_hours(hours));
            // What a client does in between invents nothing anew.
            if hours == 7 {
                crate::client::token(&http, &running.url()).await;
            }
        }
        simulator.advance(SignedDuration::from_hours(24));
        let invoices = simulator.invoices().into_iter().skip(25);
        let month: Vec<_> = invoices
            .map(|invoice| {
                let past: Vec<_> = invoice
                    .historique
                    .iter()
                    .map(|entry| (entry.code.clone(), entry.le))
                    .collect();
                (invoice.numero.clone(), invoice.montants.ttc, past)
            })
            .collect();
        months.push(month);
    }
    assert_eq!(months[0].len(), 18);
    assert_eq!(months[0], months[1]);
    assert_eq!(months[0], months[2]);
}
