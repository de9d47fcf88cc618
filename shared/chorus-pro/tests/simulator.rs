//! The client against the portal's stand-in, which shares no type with it: what one misreads, the other does not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{collections::BTreeSet, time::Duration};

use chorus_pro::{
    Account, Borne, Client, ClientConfig, Decision, Effect, ErrorKind, Forbidden, RoleUtilisateur,
    Statut, TechnicalAccount, TypeDemandePaiement,
    factures::{
        ConsulterHistorique, ConsulterRecipiendaire, RechercheRecipiendaire, TelechargerGroupe,
        TraiterRecue,
    },
    structures::{RechercheServices, RechercheStructures},
    travaux::RechercheTravaux,
};
use chorus_pro_sim::{FaultKind, FaultRule, Operation, Options, Running, Shape, start};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

const SIRET: &str = "00000000013456";

async fn portal(invoices: usize) -> Running {
    start(Options {
        invoices,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// The client that the simulator's own configuration document describes, and its technical accounts.
fn client(portal: &Running) -> (Client, Vec<(String, TechnicalAccount)>) {
    let document = portal.config();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let piste = &document["piste"];
    let mut config = ClientConfig::new(
        text(&piste["token_url"]),
        text(&piste["api_url"]),
        text(&piste["client_id"]),
        text(&piste["client_secret"]).into(),
    );
    config.calls_per_second = 1000.0;
    config.retries.first_wait = Duration::from_millis(5);
    let accounts = document["establishments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|establishment| {
            let technical = &establishment["technical_account"];
            let account = TechnicalAccount {
                login: text(&technical["login"]),
                password: text(&technical["password"]).into(),
            };
            (text(&establishment["siret"]), account)
        });
    (Client::new(config).unwrap(), accounts.collect())
}

fn account(portal: &Running) -> Account {
    let (client, accounts) = client(portal);
    let (_, technical) = accounts.iter().find(|(siret, _)| siret == SIRET).unwrap();
    client.account(technical).unwrap()
}

async fn listed(account: &Account, search: RechercheRecipiendaire, par_page: u32) -> BTreeSet<i64> {
    let mut walk = account.parcourir_recipiendaire_par(search, par_page);
    let mut ids = BTreeSet::new();
    while let Some(rows) = walk.suivante().await.unwrap() {
        for row in rows {
            assert!(row.champs_illisibles.is_empty(), "{row:?}");
            assert!(
                row.statut.is_known() && row.date_heure_etat_courant.is_some(),
                "{row:?}"
            );
            assert_eq!(row.code_destinataire.as_deref(), Some(SIRET));
            assert!(
                row.montant_ttc.is_some()
                    && row.numero_facture.is_some()
                    && row.date_depot.is_some(),
                "{row:?}"
            );
            ids.insert(row.id_facture);
        }
    }
    ids
}

fn of(kind: TypeDemandePaiement) -> RechercheRecipiendaire {
    RechercheRecipiendaire {
        type_demande_paiement: Some(kind),
        ..RechercheRecipiendaire::default()
    }
}

#[tokio::test]
async fn every_invoice_of_the_account_is_listed_whatever_the_page_size() {
    let portal = portal(200).await;
    let account = account(&portal);
    let mut read = BTreeSet::new();
    for kind in [
        TypeDemandePaiement::Facture,
        TypeDemandePaiement::FactureTravaux,
    ] {
        let all = listed(&account, of(kind.clone()), 1000).await;
        assert_eq!(all, listed(&account, of(kind), 7).await);
        read.extend(all);
    }
    let held: BTreeSet<i64> = portal
        .simulator()
        .invoices()
        .iter()
        .filter(|invoice| invoice.destinataire.siret == SIRET)
        .filter(|invoice| chorus_pro_sim::statuts::is_visible_to_recipient(&invoice.statut))
        .map(|invoice| invoice.id)
        .collect();
    assert!(held.len() > 20, "the simulator has something to list");
    assert_eq!(read, held);
}

#[tokio::test]
async fn a_window_on_the_state_date_finds_what_changed_in_it() {
    let portal = portal(50).await;
    let account = account(&portal);
    let id = *listed(&account, of(TypeDemandePaiement::Facture), 1000)
        .await
        .first()
        .unwrap();
    let before = portal.simulator().now();
    portal
        .simulator()
        .advance(jiff::SignedDuration::from_hours(1));
    let actor = chorus_pro_sim::state::Actor::System;
    portal
        .simulator()
        .set_status(id, "SUSPENDUE", Some("RIB manquant"), &actor)
        .unwrap();
    let window = |from: Timestamp, until: Timestamp| RechercheRecipiendaire {
        periode_date_heure_etat_courant_du: Some(Borne::depuis(from)),
        periode_date_heure_etat_courant_au: Some(Borne::jusqu_a(until)),
        ..of(TypeDemandePaiement::Facture)
    };
    let after = portal.simulator().now() + 1.minute();
    assert_eq!(
        listed(&account, window(before + 30.minutes(), after), 1000).await,
        [id].into()
    );
    assert!(
        !listed(
            &account,
            window(before - 8760.hours(), before + 30.minutes()),
            1000
        )
        .await
        .contains(&id)
    );
    // Nothing at all is the code 20000 without paging.
    assert!(
        listed(&account, window(after + 1.hour(), after + 2.hours()), 1000)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn an_invoice_goes_through_its_life_and_its_history_tells() {
    let portal = portal(50).await;
    let account = account(&portal);
    let search = RechercheRecipiendaire {
        statut_courant: vec![Statut::MiseADisposition],
        ..of(TypeDemandePaiement::Facture)
    };
    let id = *listed(&account, search, 1000).await.first().unwrap();
    assert!(
        account
            .etats_traitement(Statut::MiseADisposition)
            .await
            .unwrap()
            .contains(&Statut::Suspendue)
    );

    for statut in [Statut::ServiceFait, Statut::Mandatee] {
        let command = TraiterRecue {
            numero_dp_mandat: Some("M-2026-1".into()),
            ..TraiterRecue::new(id, statut.clone())
        };
        let treated = account.traiter_recue(&command).await.unwrap();
        assert_eq!(
            (treated.id_facture, treated.nouveau_statut),
            (Some(id), Some(statut))
        );
    }
    let error = account
        .traiter_recue(&TraiterRecue::new(id, Statut::ServiceFait))
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().0, 20002);
    assert_eq!(
        (error.decision(), error.effect()),
        (Decision::Refusal, Effect::NotApplied)
    );

    let history = account
        .consulter_historique(&ConsulterHistorique::new(id))
        .await
        .unwrap();
    assert_eq!(history.statut_courant(), Some(&Statut::Mandatee));
    let newest: Vec<_> = history
        .statuts()
        .iter()
        .take(2)
        .filter_map(|state| state.histo_statut_code.clone())
        .collect();
    assert_eq!(newest, [Statut::Mandatee, Statut::ServiceFait]);
    let invoice = account
        .consulter_recipiendaire(&ConsulterRecipiendaire::new(id, 50))
        .await
        .unwrap();
    assert_eq!(invoice.statut_facture, Some(Statut::Mandatee));
    assert_eq!(
        invoice.references.unwrap().numero_dp_mandat.as_deref(),
        Some("M-2026-1")
    );
}

#[tokio::test]
async fn ten_invoices_are_one_download() {
    let portal = portal(100).await;
    let account = account(&portal);
    let ids: Vec<i64> = listed(&account, of(TypeDemandePaiement::Facture), 1000)
        .await
        .into_iter()
        .take(10)
        .collect();
    let mut download = account
        .telecharger_groupe(&TelechargerGroupe::pivot(&ids))
        .await
        .unwrap();
    let mut pivot = Vec::new();
    while let Some(piece) = download.chunk().await.unwrap() {
        pivot.extend_from_slice(&piece);
    }
    let pivot = String::from_utf8(pivot).unwrap();
    assert!(pivot.contains("<CPPFacturePivot") && pivot.trim_end().ends_with("</CPPFacturePivot>"));
    for id in &ids {
        assert!(pivot.contains(&format!("<IdCPRO>{id}</IdCPRO>")), "{id}");
    }
    let downloaded = RechercheRecipiendaire {
        facture_telechargee_par_destinataire: Some(true),
        ..of(TypeDemandePaiement::Facture)
    };
    assert!(
        ids.iter()
            .all(|id| portal.simulator().invoice(*id).unwrap().telechargee)
    );
    assert!(
        listed(&account, downloaded, 1000)
            .await
            .is_superset(&ids.iter().copied().collect())
    );

    let mut download = account
        .telecharger_groupe(&TelechargerGroupe::pdf(&ids[..1], false))
        .await
        .unwrap();
    assert!(
        download
            .chunk()
            .await
            .unwrap()
            .unwrap()
            .starts_with(b"%PDF")
    );
}

#[tokio::test]
async fn structures_services_and_works_documents_are_found() {
    let portal = portal(200).await;
    let account = account(&portal);
    account.taux_tva().await.unwrap();
    assert_eq!(
        account.health_check().await.unwrap().status_code_value,
        Some(200)
    );
    let active = account.structures_actives_destinataire().await.unwrap();
    let own = active
        .iter()
        .find(|structure| structure.identifiant.as_deref() == Some(SIRET))
        .unwrap();
    let id = own.id_structure_cpp.unwrap();
    let found = account
        .rechercher_structures(&RechercheStructures::siret(SIRET))
        .await
        .unwrap();
    assert_eq!(found.rows[0].id_structure_cpp, Some(id));
    let structure = account.consulter_structure(id).await.unwrap();
    assert_eq!(
        structure
            .information_generales
            .unwrap()
            .identifiant_structure
            .as_deref(),
        Some(SIRET)
    );
    assert!(
        account
            .rechercher_services(&RechercheServices::page(id, 1, 100))
            .await
            .unwrap()
            .total
            > 0
    );
    let search = RechercheTravaux {
        role_utilisateur: Some(RoleUtilisateur::Moa),
        id_destinataire: Some(id),
        ..RechercheTravaux::default()
    };
    let mut walk = account.parcourir_travaux(search);
    while let Some(rows) = walk.suivante().await.unwrap() {
        for row in rows {
            assert!(
                row.champs_illisibles.is_empty() && row.statut_facture_travaux.is_known(),
                "{row:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_portal_that_fails_once_of_each_kind_is_read_all_the_same() {
    let portal = portal(50).await;
    let account = account(&portal);
    let expected = listed(&account, of(TypeDemandePaiement::Facture), 1000).await;
    for kind in [
        FaultKind::ServerError,
        FaultKind::Maintenance,
        FaultKind::NotJson,
        FaultKind::CutJson,
        FaultKind::Truncated,
        FaultKind::Dropped,
        FaultKind::Unauthorized,
    ] {
        let rule = FaultRule::always(kind)
            .on("factures/v1/rechercher/recipiendaire")
            .next(1);
        portal.simulator().set_faults(vec![rule]).unwrap();
        assert_eq!(
            listed(&account, of(TypeDemandePaiement::Facture), 1000).await,
            expected,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_status_whose_answer_is_lost_is_unclear_and_sent_once() {
    let portal = portal(50).await;
    let account = account(&portal);
    let search = RechercheRecipiendaire {
        statut_courant: vec![Statut::MiseADisposition],
        ..of(TypeDemandePaiement::Facture)
    };
    let ids = listed(&account, search, 1000).await;
    let kinds = [
        FaultKind::ServerError,
        FaultKind::NotJson,
        FaultKind::CutJson,
        FaultKind::Truncated,
        FaultKind::Dropped,
    ];
    for (id, kind) in ids.into_iter().zip(kinds) {
        let calls = portal.simulator().journal().calls(Operation::TraiterRecue);
        let rule = FaultRule::always(kind)
            .on("factures/v1/traiter/recue")
            .after_effect()
            .next(1);
        portal.simulator().set_faults(vec![rule]).unwrap();
        let error = account
            .traiter_recue(&TraiterRecue::new(id, Statut::ServiceFait))
            .await
            .unwrap_err();
        assert_eq!(error.effect(), Effect::Unclear, "{kind:?}: {error}");
        assert_eq!(
            portal.simulator().journal().calls(Operation::TraiterRecue),
            calls + 1,
            "{kind:?}"
        );
        let history = account
            .consulter_historique(&ConsulterHistorique::new(id))
            .await
            .unwrap();
        assert_eq!(
            history.statut_courant(),
            Some(&Statut::ServiceFait),
            "it was applied"
        );
    }
}

#[tokio::test]
async fn what_a_person_must_put_right_is_said_as_such() {
    let portal = portal(5).await;
    let account = account(&portal);
    let search = of(TypeDemandePaiement::Facture);
    for (shape, expected) in [
        (Shape::EmptyObject, Forbidden::NotRouted),
        (Shape::Echo, Forbidden::Refused),
        (Shape::Empty, Forbidden::Unexplained),
    ] {
        let rule = FaultRule {
            shape: Some(shape),
            ..FaultRule::always(FaultKind::Forbidden)
        };
        portal.simulator().set_faults(vec![rule]).unwrap();
        let error = account.rechercher_recipiendaire(&search).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Forbidden { shape } if *shape == expected),
            "{error}"
        );
        assert_eq!(error.decision(), Decision::CallSomeone);
        assert!(error.correlation_id().is_some());
    }
    portal
        .simulator()
        .set_faults(vec![FaultRule::always(FaultKind::ExpiredPassword)])
        .unwrap();
    let error = account.rechercher_recipiendaire(&search).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unauthorised { .. }),
        "{error}"
    );
    assert_eq!(error.decision(), Decision::CallSomeone);
}

#[tokio::test]
async fn the_deviations_seen_in_the_wild_change_nothing() {
    let mut options = Options {
        invoices: 100,
        ..Options::default()
    };
    let plain = start(options.clone()).await.unwrap();
    options.behaviour.single_as_object = true;
    options.behaviour.ids_as_strings = true;
    let odd = start(options.clone()).await.unwrap();
    let expected = listed(&account(&plain), of(TypeDemandePaiement::Facture), 1).await;
    assert_eq!(
        listed(&account(&odd), of(TypeDemandePaiement::Facture), 1).await,
        expected
    );
    assert_eq!(
        account(&odd)
            .rechercher_structures(&RechercheStructures::siret(SIRET))
            .await
            .unwrap()
            .rows
            .len(),
        1
    );

    options.behaviour.omit_paging = true;
    let broken = start(options).await.unwrap();
    let error = account(&broken)
        .rechercher_recipiendaire(&of(TypeDemandePaiement::Facture))
        .await
        .unwrap_err();
    assert_eq!(error.decision(), Decision::Content);
}
