//! The table of transitions, held against what the portal answers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{sync::Arc, time::Duration};

use chorus_pro_sim::Options;
use invoice::statut::{
    Statut, Transitions, Verdict,
    transitions::{CIBLES, MATRICE, TUS_PAR_LE_PORTAIL},
};
use lambda_kit::{Deadline, config::Document};
use portal::Portal;
use relais_push_status::push::Portail;

/// What the portal says can be asked for from each status that the table has a row for.
async fn answers() -> Vec<(Statut, Vec<Statut>)> {
    let running = chorus_pro_sim::start(Options::default()).await.unwrap();
    let config = running.config().to_string();
    let document = Arc::new(Document::parse(&config).unwrap().document);
    let account = Portal::new(100)
        .account(
            &document,
            &document.establishments[0],
            Deadline::after(Duration::from_secs(60)),
        )
        .unwrap();
    let portail = Portail {
        account: &account,
        id_facture: 1,
        since: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut answers = Vec::new();
    for (depuis, _) in MATRICE {
        answers.push((depuis.clone(), portail.possibles(depuis).await.unwrap()));
    }
    answers
}

#[tokio::test]
async fn the_table_says_what_the_portal_says_of_every_status() {
    let table = Transitions::table();
    for (depuis, possibles) in answers().await {
        for vers in CIBLES {
            let said = table.verdict(&depuis, vers);
            assert_eq!(
                matches!(said, Verdict::Possible(_)),
                possibles.contains(vers),
                "{depuis} to {vers}: the table says {said:?}"
            );
        }
    }
}

#[tokio::test]
async fn once_asked_the_portal_has_the_last_word() {
    let mut transitions = Transitions::table();
    for (depuis, possibles) in answers().await {
        transitions.retenir(depuis.clone(), possibles.clone());
        for vers in CIBLES.iter().filter(|s| !TUS_PAR_LE_PORTAIL.contains(s)) {
            assert_eq!(
                transitions.verdict(&depuis, vers).permet(),
                possibles.contains(vers)
            );
        }
    }
}
