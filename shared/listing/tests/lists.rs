//! The lists of an establishment that receives, and that is maître d'ouvrage and maître d'œuvre, against the portal's stand-in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use chorus_pro::{Account, Client, ClientConfig, TechnicalAccount, factures::FactureRecue};
use chorus_pro_sim::{Deposit, Options, Running};
use jiff::{Timestamp, civil::date};
use lambda_kit::config::{Document, Establishment, WorksRole};
use listing::{Criteria, PortalList, Search, Structure, appearance};
use messages::Exigences;
use serde_json::{Value, json};

const MAIRIE: &str = "00000000013456";
const UNIVERSITE: &str = "00000000022226";
const MOA: PortalList = PortalList::Works(WorksRole::Moa);
const MOE: PortalList = PortalList::Works(WorksRole::Moe);

struct Stand {
    portal: Running,
    account: Account,
    mairie: Establishment,
    structure: Structure,
}

impl Stand {
    /// The mairie, in both roles, on a portal without invoices.
    async fn new() -> Self {
        let now = Some("2026-11-23T09:00:00Z".parse().unwrap());
        let options = Options {
            now,
            ..Options::default()
        };
        let portal = chorus_pro_sim::start(options).await.unwrap();
        let mut config = portal.config();
        config["establishments"][0]["works_roles"] = json!(["MOA", "MOE"]);
        let document = Document::parse(&config.to_string()).unwrap().document;
        let mairie = document.establishments[0].clone();
        assert_eq!(mairie.siret, MAIRIE);
        let structure = Structure {
            id: i64::try_from(mairie.structure_id.unwrap()).unwrap(),
            exigences: Some(Exigences::default()),
            as_of: Timestamp::UNIX_EPOCH,
        };
        let account = account(&portal, &mairie);
        Self {
            portal,
            account,
            mairie,
            structure,
        }
    }

    fn deposit(&self, what: &Value) -> i64 {
        let mut given = json!({"siret": MAIRIE, "documents": [{}]});
        for (name, value) in what.as_object().unwrap() {
            given[name] = value.clone();
        }
        let deposit: Deposit = serde_json::from_value(given).unwrap();
        self.portal.simulator().deposit(deposit).unwrap().id
    }

    fn search(&self, list: PortalList, criteria: &Criteria) -> Search {
        list.search(&self.account, &self.mairie, self.structure.id, criteria)
    }

    async fn rows(&self, list: PortalList, criteria: &Criteria) -> Vec<FactureRecue> {
        let mut search = self.search(list, criteria);
        let mut rows = Vec::new();
        while let Some(page) = search.next_while_it_moves().await.unwrap() {
            rows.extend(page);
        }
        assert_eq!(search.total(), rows.len() as u64);
        rows
    }

    async fn ids(&self, list: PortalList, criteria: &Criteria) -> Vec<i64> {
        let rows = self.rows(list, criteria).await;
        rows.iter().map(|row| row.id_facture).collect()
    }
}

fn account(portal: &Running, establishment: &Establishment) -> Account {
    let piste = &portal.config()["piste"];
    let text = |name: &str| piste[name].as_str().unwrap().to_owned();
    let mut config = ClientConfig::new(
        text("token_url"),
        text("api_url"),
        text("client_id"),
        text("client_secret").into(),
    );
    config.calls_per_second = 1000.0;
    let technical = TechnicalAccount {
        login: establishment.technical_account.login.clone(),
        password: establishment.technical_account.password.clone(),
    };
    Client::new(config).unwrap().account(&technical).unwrap()
}

fn october() -> Criteria {
    Criteria::Deposited {
        from: date(2026, 10, 1),
        to: date(2026, 10, 31),
    }
}

fn in_circuit(number: &str, day: &str) -> Value {
    json!({
        "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL", "numeroFacture": number, "montantHT": "48200.00",
        "moa": MAIRIE, "statut": "MISE_A_DISPOSITION_MOA", "dateHeureEtatCourant": format!("{day}T10:00:00Z")
    })
}

#[tokio::test]
async fn an_establishment_has_the_lists_of_what_it_receives_and_of_its_roles() {
    let stand = Stand::new().await;
    let lists = PortalList::of(&stand.mairie);
    assert_eq!(
        lists,
        [PortalList::Received, PortalList::WorksReceived, MOA, MOE]
    );
    let names: Vec<&str> = lists.iter().map(|list| list.name()).collect();
    assert_eq!(
        names,
        [
            "FACTURE",
            "FACTURE_TRAVAUX",
            "FACTURE_TRAVAUX_MOA",
            "FACTURE_TRAVAUX_MOE"
        ]
    );
}

#[tokio::test]
async fn works_documents_are_listed_by_the_days_of_their_deposit_in_the_role_that_the_row_names() {
    let stand = Stand::new().await;
    stand.deposit(&in_circuit("SIT-09", "2026-09-30"));
    let first = stand.deposit(&in_circuit("SIT-10", "2026-10-01"));
    let last = stand.deposit(&in_circuit("SIT-11", "2026-10-31"));
    stand.deposit(&in_circuit("SIT-12", "2026-11-01"));
    let mut listed = stand.rows(MOA, &october()).await;
    listed.sort_by_key(|row| row.id_facture);
    let ids: Vec<i64> = listed.iter().map(|row| row.id_facture).collect();
    assert_eq!(ids, [first, last]);
    let row = &listed[0];
    assert_eq!(row.code_moa.as_deref(), Some(MAIRIE));
    assert_eq!(
        row.designation_moa.as_deref(),
        Some(stand.mairie.name.as_str())
    );
    assert_eq!(
        (row.code_moe.as_deref(), row.date_depot),
        (None, Some(date(2026, 10, 1)))
    );

    // Nothing is no error: this search has its own code for it.
    let mut none = stand.search(MOE, &october());
    assert_eq!(none.next().await.unwrap(), Some(Vec::new()));
    assert_eq!(none.next().await.unwrap(), None);
    assert_eq!((none.total(), none.calls()), (0, 1));
    assert!(
        stand
            .ids(PortalList::WorksReceived, &october())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_was_made_available_to_the_recipient_stands_in_both_lists() {
    let stand = Stand::new().await;
    let mut available = in_circuit("SIT-10", "2026-10-12");
    available["statut"] = json!("MISE_A_DISPOSITION");
    let id = stand.deposit(&available);
    let received = stand.rows(PortalList::WorksReceived, &october()).await;
    let seen = stand.rows(MOA, &october()).await;
    assert_eq!((received.len(), received[0].id_facture), (1, id));
    assert_eq!((seen.len(), seen[0].id_facture), (1, id));
    assert_eq!(appearance(&received[0]), appearance(&seen[0]));
}

#[tokio::test]
async fn a_role_list_is_read_whole_however_long_it_is() {
    let stand = Stand::new().await;
    for n in 0..250 {
        stand.deposit(&in_circuit(&format!("SIT-{n}"), "2026-10-12"));
    }
    assert_eq!(stand.ids(MOA, &october()).await.len(), 250);
}

#[tokio::test]
async fn a_document_is_found_by_its_number_in_every_list() {
    let stand = Stand::new().await;
    let numbered = Criteria::Numbered("SIT-10".to_owned());
    let id = stand.deposit(&in_circuit("SIT-10", "2026-10-12"));
    stand.deposit(&in_circuit("SIT-11", "2026-10-12"));
    assert_eq!(stand.ids(MOA, &numbered).await, [id]);
    assert!(
        stand
            .ids(PortalList::WorksReceived, &numbered)
            .await
            .is_empty()
    );
    assert_eq!(stand.ids(MOA, &Criteria::All).await.len(), 2);
}

#[tokio::test]
async fn the_job_of_a_role_s_row_says_in_which_role_and_holds_nothing_against_what_another_body_pays()
 {
    let stand = Stand::new().await;
    let mut of_another = in_circuit("SIT-10", "2026-10-12");
    of_another["siret"] = json!(UNIVERSITE);
    stand.deposit(&of_another);
    let row = stand.rows(MOA, &october()).await.remove(0);
    let shown = appearance(&row);
    let job = MOA.job(&stand.mairie, &stand.structure, &row, &shown, "RECONCILE");
    let data = job.data;
    assert_eq!(
        (
            data.role.as_deref(),
            data.siret.as_str(),
            data.cause.as_str()
        ),
        (Some("MOA"), MAIRIE, "RECONCILE")
    );
    assert_eq!(data.exigences, None);
    let travaux = data.travaux.unwrap();
    assert_eq!(travaux.moa.unwrap().identifiant.as_deref(), Some(MAIRIE));
    assert_eq!(data.montants.ht.unwrap().to_string(), "48200.00");

    // The same document as its recipient would see it.
    let mut own = row.clone();
    own.id_destinataire = Some(stand.structure.id);
    let job = PortalList::WorksReceived.job(&stand.mairie, &stand.structure, &own, &shown, "POLL");
    assert_eq!(
        (job.data.role, job.data.exigences),
        (None, stand.structure.exigences)
    );
}
