//! An establishment's lists on the portal: a row by the invoice's id, the rows of some days of deposit, and rows as jobs.

use std::collections::BTreeSet;

use archive::{BucketStore, keys};
use chorus_pro::{
    Account,
    factures::{ConsulterRecipiendaire, FactureRecue},
};
use jiff::{Timestamp, civil::Date};
use lambda_kit::config::Establishment;
use listing::{Criteria, PortalList, Structure, StructureError, appearance};
use messages::{CloudEvent, InvoiceJob};
use relais_poll::cursor::Cursor;

use crate::trouble::Trouble;

/// The lists of an establishment.
pub(crate) struct PortalLists<'a> {
    establishment: &'a Establishment,
    account: Account,
    structure: Structure,
}

/// A row, in the list that shows it.
pub(crate) struct Shown {
    list: PortalList,
    pub(crate) row: FactureRecue,
}

impl<'a> PortalLists<'a> {
    /// The lists, by what `poll` knows of the establishment, or what the portal says.
    pub(crate) async fn of(
        establishment: &'a Establishment,
        account: Account,
        state: &BucketStore,
        now: Timestamp,
    ) -> Result<Self, Trouble> {
        let key = keys::cursor(&establishment.siret, PortalList::Received.name())?;
        let cursor: Option<Cursor> = state.read_json(&key).await?;
        let noted = cursor.and_then(|cursor| cursor.structure);
        let structure = match Structure::of(establishment, noted, &account, now).await {
            Err(StructureError::NotAttached { siret }) => Err(not_attached(&siret)),
            structure => structure.map_err(Trouble::from),
        }?;
        Ok(Self {
            establishment,
            account,
            structure,
        })
    }

    /// The present row of an invoice, in the list that says most of it; `None` when no list of this establishment shows it.
    ///
    /// No list can be searched by id: the portal is asked for the invoice's number first. Where it does not tell it (what is on its way
    /// through a works circuit has no recipient yet), the lists of the roles are read whole.
    pub(crate) async fn row(&self, id_facture: u64) -> Result<Option<Shown>, Trouble> {
        let Ok(id) = i64::try_from(id_facture) else {
            return Ok(None);
        };
        let lists = PortalList::of(self.establishment);
        match self.consulted(id).await? {
            Some(number) => {
                let criteria = number.map_or(Criteria::All, Criteria::Numbered);
                self.find(id, lists.into_iter(), &criteria).await
            }
            None => self.find(id, in_a_role(lists), &Criteria::All).await,
        }
    }

    async fn find(
        &self,
        id: i64,
        lists: impl Iterator<Item = PortalList>,
        criteria: &Criteria,
    ) -> Result<Option<Shown>, Trouble> {
        for list in lists {
            let mut search = self.search(list, criteria);
            while let Some(rows) = search.next_while_it_moves().await? {
                if let Some(row) = rows.into_iter().find(|row| row.id_facture == id) {
                    return Ok(Some(Shown { list, row }));
                }
            }
        }
        Ok(None)
    }

    /// The number of an invoice, if it has one; `None` when the portal does not show us the invoice.
    async fn consulted(&self, id: i64) -> Result<Option<Option<String>>, Trouble> {
        let one = ConsulterRecipiendaire::new(id, 1);
        match self.account.consulter_recipiendaire(&one).await {
            Ok(consulted) => Ok(Some(consulted.numero_facture)),
            Err(error) if error.refusal().is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What was deposited on these days, both included; what several lists show comes once, as the first of them shows it.
    pub(crate) async fn deposited(&self, from: Date, to: Date) -> Result<Vec<Shown>, Trouble> {
        let criteria = Criteria::Deposited { from, to };
        let mut also_listed = BTreeSet::new();
        let mut all = Vec::new();
        for list in PortalList::of(self.establishment) {
            let mut search = self.search(list, &criteria);
            while let Some(rows) = search.next_while_it_moves().await? {
                let new = rows
                    .into_iter()
                    .filter(|row| !list.overlaps() || also_listed.insert(appearance(row)));
                all.extend(new.map(|row| Shown { list, row }));
            }
        }
        Ok(all)
    }

    fn search(&self, list: PortalList, criteria: &Criteria) -> listing::Search {
        list.search(
            &self.account,
            self.establishment,
            self.structure.id,
            criteria,
        )
    }

    /// The job of a row, with the reason for it.
    pub(crate) fn job(&self, shown: &Shown, cause: &str) -> CloudEvent<InvoiceJob> {
        let Shown { list, row } = shown;
        list.job(
            self.establishment,
            &self.structure,
            row,
            &appearance(row),
            cause,
        )
    }
}

/// Of these lists, those of the works circuit.
fn in_a_role(lists: Vec<PortalList>) -> impl Iterator<Item = PortalList> {
    lists.into_iter().filter(|list| list.role().is_some())
}

fn not_attached(siret: &str) -> Trouble {
    Trouble::Refused(format!(
        "le compte technique ne voit pas l'établissement {siret} : `relais doctor --siret {siret}` dit quoi faire"
    ))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use chorus_pro_sim::{Deposit, Options, Running};
    use jiff::civil::date;
    use lambda_kit::{Deadline, config::Document};
    use portal::Portal;
    use serde_json::{Value, json};

    use super::*;

    const MAIRIE: &str = "00000000013456";

    struct Stand {
        portal: Running,
        document: Arc<Document>,
    }

    impl Stand {
        /// The mairie, maître d'ouvrage and maître d'œuvre, on a portal without invoices.
        async fn new() -> Self {
            let options = Options {
                now: Some("2026-11-23T09:00:00Z".parse().unwrap()),
                ..Options::default()
            };
            let portal = chorus_pro_sim::start(options).await.unwrap();
            let mut config = portal.config();
            config["establishments"][0]["works_roles"] = json!(["MOA", "MOE"]);
            let document = Document::parse(&config.to_string()).unwrap().document;
            Self {
                portal,
                document: Arc::new(document),
            }
        }

        fn lists(&self) -> PortalLists<'_> {
            let establishment = self.document.establishment(MAIRIE).unwrap();
            let deadline = Deadline::after(Duration::from_secs(60));
            let account = Portal::new(100)
                .account(&self.document, establishment, deadline)
                .unwrap();
            PortalLists {
                establishment,
                account,
                structure: Structure {
                    id: i64::try_from(establishment.structure_id.unwrap()).unwrap(),
                    exigences: None,
                    as_of: Timestamp::UNIX_EPOCH,
                },
            }
        }

        fn works(&self, number: &str, statut: &str) -> u64 {
            let deposit = json!({
                "siret": MAIRIE, "moa": MAIRIE, "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL",
                "numeroFacture": number, "statut": statut, "documents": [{}],
                "dateHeureEtatCourant": "2026-10-12T10:00:00Z"
            });
            self.deposit(deposit)
        }

        fn deposit(&self, deposit: Value) -> u64 {
            let deposit: Deposit = serde_json::from_value(deposit).unwrap();
            let invoice = self.portal.simulator().deposit(deposit).unwrap();
            u64::try_from(invoice.id).unwrap()
        }
    }

    #[tokio::test]
    async fn a_document_of_the_works_circuit_is_found_by_its_id_and_its_job_names_the_role() {
        let stand = Stand::new().await;
        stand.works("SIT-02", "MISE_A_DISPOSITION_MOA");
        let id = stand.works("SIT-03", "MISE_A_DISPOSITION_MOA");
        let lists = stand.lists();
        let shown = lists.row(id).await.unwrap().unwrap();
        let job = lists.job(&shown, "REPLAY").data;
        assert_eq!((job.id_facture, job.role.as_deref()), (id, Some("MOA")));
        assert_eq!(
            (job.numero_facture.as_str(), job.cause.as_str()),
            ("SIT-03", "REPLAY")
        );
        let moa = job.travaux.unwrap().moa.unwrap();
        assert_eq!(moa.identifiant.as_deref(), Some(MAIRIE));
        assert!(lists.row(id + 1_000).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn it_is_found_where_the_portal_does_not_tell_its_number_to_anybody_but_the_recipient() {
        let stand = Stand::new().await;
        let id = stand.works("SIT-03", "MISE_A_DISPOSITION_MOA");
        let lists = stand.lists();
        let roles = in_a_role(PortalList::of(lists.establishment));
        let id = i64::try_from(id).unwrap();
        let shown = lists
            .find(id, roles, &Criteria::All)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(shown.list.name(), "FACTURE_TRAVAUX_MOA");
    }

    #[tokio::test]
    async fn what_was_deposited_is_listed_once_in_however_many_lists_it_stands() {
        let stand = Stand::new().await;
        let circuit = stand.works("SIT-03", "MISE_A_DISPOSITION_MOA");
        let available = stand.works("SIT-04", "MISE_A_DISPOSITION");
        let ordinary = stand.deposit(json!({
            "siret": MAIRIE, "typeFacture": "FACTURE", "documents": [{}], "dateHeureEtatCourant": "2026-10-31T22:30:00Z"
        }));
        let lists = stand.lists();
        let october = lists
            .deposited(date(2026, 10, 1), date(2026, 10, 31))
            .await
            .unwrap();
        let mut jobs: Vec<(u64, Option<String>)> = october
            .iter()
            .map(|shown| lists.job(shown, "BACKFILL").data)
            .map(|job| (job.id_facture, job.role))
            .collect();
        jobs.sort();
        assert_eq!(
            jobs,
            [
                (circuit, Some("MOA".to_owned())),
                (available, None),
                (ordinary, None)
            ]
        );
        let november = lists.deposited(date(2026, 11, 1), date(2026, 11, 30));
        assert!(november.await.unwrap().is_empty());
    }
}
