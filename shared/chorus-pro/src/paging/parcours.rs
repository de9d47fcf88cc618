use std::collections::HashSet;

use jiff::Timestamp;

use super::page::{Page, Row};
use crate::{Account, Error, Operation, Statut, http::Answer};

/// Rows a page when all pages are read; 1000 is proven in production.
pub const PAR_PAGE: u32 = 1000;

/// How often rows may disappear under a search before it is given up: it would never end on a portal that is all movement.
const STEPS_BACK: u32 = 20;

mod sealed {
    use super::{Account, Error, Operation, Page, Row};

    /// A search that is made page by page.
    pub trait Search {
        /// What a row is.
        #[expect(private_bounds, reason = "the trait is sealed")]
        type Row: Row;

        /// The operation, for errors.
        const OPERATION: Operation;

        /// Asks for one page.
        fn page(
            &self,
            account: &Account,
            page: u32,
            par_page: u32,
        ) -> impl Future<Output = Result<Page<Self::Row>, Error>> + Send;
    }
}

pub(crate) use sealed::Search;

/// All pages of a search, one at a time: memory holds one page and the keys of the rows that were read.
///
/// Give the search an upper end that is past, so that nothing can join the result while it is read.
///
/// Each row comes once, even when rows move between pages while they are read. When rows leave the result during the search (an invoice
/// changes state), those behind them move up, and one may slip from the next page into one already read: `total` tells, and the
/// page before is read again. At the end the rows read are counted against `total`: fewer is an error
/// ([`ErrorKind::ShortRead`](crate::ErrorKind::ShortRead)), never an end.
#[derive(Debug)]
pub struct Parcours<S: Search> {
    account: Account,
    search: S,
    par_page: u32,
    next: Option<u32>,
    last_total: Option<u64>,
    seen: HashSet<(i64, Statut, Option<Timestamp>)>,
    steps_back: u32,
    calls: u32,
}

impl<S: Search> Parcours<S> {
    pub(crate) fn new(account: &Account, search: S, par_page: u32) -> Self {
        Self {
            account: account.clone(),
            search,
            par_page: par_page.max(1),
            next: Some(1),
            last_total: None,
            seen: HashSet::new(),
            steps_back: 0,
            calls: 0,
        }
    }

    /// The rows of the next page that have not come before; `None` once all announced rows have been read.
    ///
    /// # Errors
    /// What the search answers, and [`ErrorKind::ShortRead`](crate::ErrorKind::ShortRead). After an error the same page is asked for again.
    pub async fn suivante(&mut self) -> Result<Option<Vec<S::Row>>, Error> {
        let Some(asked) = self.next else {
            return Ok(None);
        };
        self.calls += 1;
        let page = self
            .search
            .page(&self.account, asked, self.par_page)
            .await?;
        if page.rows.is_empty() && page.total == 0 && asked > 1 {
            // "No result" for a page that was there a moment ago: the result has become shorter by an unknown number of rows.
            self.next = Some(self.step_back(asked, 1, 0)?);
            return Ok(Some(Vec::new()));
        }
        if let Some(complaint) = page.complaint(asked) {
            return Err(self.short_read(page.total, complaint));
        }
        let total = page.total;
        let last_page = asked >= page.pages;
        let page_size = u64::from(page.nb_resultats_par_page.max(1));
        let fresh: Vec<S::Row> = page
            .rows
            .into_iter()
            .filter(|row| self.seen.insert(row.episode()))
            .collect();
        let gone = self
            .last_total
            .map_or(0, |before| before.saturating_sub(total));
        self.last_total = Some(total);
        self.next = if gone > 0 && asked > 1 {
            Some(self.step_back(asked, gone.div_ceil(page_size), total)?)
        } else if last_page {
            None
        } else {
            Some(asked + 1)
        };
        if self.next.is_none() && (self.seen.len() as u64) < total {
            self.next = Some(1);
            return Err(self.short_read(total, "at the last page".to_owned()));
        }
        Ok(Some(fresh))
    }

    /// Rows announced by the last page read; `None` before the first.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.last_total
    }

    /// Distinct rows read so far.
    #[must_use]
    pub fn lues(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Calls made so far.
    #[must_use]
    pub fn appels(&self) -> u32 {
        self.calls
    }

    fn step_back(&mut self, asked: u32, pages: u64, total: u64) -> Result<u32, Error> {
        self.steps_back += 1;
        if self.steps_back > STEPS_BACK {
            return Err(self.short_read(
                total,
                format!("rows disappeared {STEPS_BACK} times while it was read"),
            ));
        }
        Ok(asked
            .saturating_sub(u32::try_from(pages).unwrap_or(u32::MAX))
            .max(1))
    }

    fn short_read(&self, expected: u64, reason: String) -> Error {
        Answer::short_read(S::OPERATION, self.lues(), expected, reason)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::{LazyLock, Mutex},
    };

    use proptest::prelude::*;

    use super::*;
    use crate::{Client, ClientConfig, ErrorKind, TechnicalAccount, factures::FactureRecue};

    /// A portal in memory whose rows disappear between two pages, as invoices that change state do.
    #[derive(Debug)]
    struct Portal {
        rows: Mutex<Vec<i64>>,
        /// Before which call how many rows disappear, and from which place.
        departures: Vec<(u32, usize, usize)>,
        calls: Mutex<u32>,
        lies: Lie,
    }

    #[derive(Debug, PartialEq)]
    enum Lie {
        None,
        /// Announces one row more than there is.
        Total,
        /// Answers page 1 whatever is asked.
        Page,
        /// Leaves the last row of every page out.
        ShortPages,
    }

    impl Portal {
        fn with(rows: i64) -> Self {
            Self {
                rows: Mutex::new((1..=rows).collect()),
                departures: Vec::new(),
                calls: Mutex::new(0),
                lies: Lie::None,
            }
        }
    }

    impl Search for Portal {
        type Row = FactureRecue;

        const OPERATION: Operation = Operation::RechercherRecipiendaire;

        async fn page(
            &self,
            _: &Account,
            page: u32,
            par_page: u32,
        ) -> Result<Page<FactureRecue>, Error> {
            let mut rows = self.rows.lock().unwrap();
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            for (_, count, from) in self
                .departures
                .iter()
                .filter(|(before, ..)| *before == *calls)
            {
                let from = from % rows.len().max(1);
                let to = (from + count).min(rows.len());
                rows.drain(from..to);
            }
            if rows.is_empty() {
                return Ok(Page::empty());
            }
            let size = par_page as usize;
            let shown = if self.lies == Lie::Page { 1 } else { page };
            let mut ids: Vec<i64> = rows
                .iter()
                .copied()
                .skip((shown as usize - 1) * size)
                .take(size)
                .collect();
            if self.lies == Lie::ShortPages {
                ids.pop();
            }
            let total = rows.len() as u64 + u64::from(self.lies == Lie::Total);
            if ids.is_empty() {
                return Ok(Page::empty());
            }
            Ok(Page {
                rows: ids.into_iter().map(row).collect(),
                page_courante: shown,
                pages: u32::try_from(rows.len().div_ceil(size)).unwrap(),
                nb_resultats_par_page: par_page,
                total,
            })
        }
    }

    fn row(id: i64) -> FactureRecue {
        serde_json::from_str(&format!(
            r#"{{"idFacture":{id},"statut":"MISE_A_DISPOSITION"}}"#
        ))
        .unwrap()
    }

    /// One for all cases: a client reads the system's certificates when it is built.
    static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
        let url = "http://127.0.0.1:1";
        let client = Client::new(ClientConfig::new(url, url, "id", "secret".into())).unwrap();
        let account = TechnicalAccount {
            login: "TECH_1_1@cpro.fr".into(),
            password: "password".into(),
        };
        client.account(&account).unwrap()
    });

    fn walk(portal: Portal, par_page: u32) -> Parcours<Portal> {
        Parcours::new(&ACCOUNT, portal, par_page)
    }

    async fn all(walk: &mut Parcours<Portal>) -> Result<Vec<i64>, Error> {
        let mut ids = Vec::new();
        while let Some(rows) = walk.suivante().await? {
            ids.extend(rows.iter().map(|row| row.id_facture));
        }
        Ok(ids)
    }

    #[tokio::test]
    async fn one_page_costs_one_call() {
        let mut walk = walk(Portal::with(3), 1000);
        assert_eq!(all(&mut walk).await.unwrap(), [1, 2, 3]);
        assert_eq!((walk.appels(), walk.lues(), walk.total()), (1, 3, Some(3)));
    }

    #[tokio::test]
    async fn full_pages_do_not_cost_a_call_more() {
        let mut walk = walk(Portal::with(20), 10);
        assert_eq!(all(&mut walk).await.unwrap().len(), 20);
        assert_eq!(walk.appels(), 2);
    }

    #[tokio::test]
    async fn no_result_is_the_end() {
        let mut walk = walk(Portal::with(0), 10);
        assert!(all(&mut walk).await.unwrap().is_empty());
        assert_eq!(walk.appels(), 1);
    }

    #[tokio::test]
    async fn a_portal_that_does_not_keep_its_word_is_an_error_and_not_an_end() {
        for lies in [Lie::Total, Lie::Page, Lie::ShortPages] {
            let mut walk = walk(
                Portal {
                    lies,
                    ..Portal::with(25)
                },
                10,
            );
            let error = all(&mut walk).await.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::ShortRead { .. }),
                "{error}"
            );
            assert!(error.is_transient());
        }
    }

    #[tokio::test]
    async fn a_row_that_slips_into_a_page_already_read_is_read() {
        // Ten rows leave page 1 after it was read: rows 11 to 20 are now page 1, and page 2 begins with row 21.
        let mut walk = walk(
            Portal {
                departures: vec![(2, 10, 0)],
                ..Portal::with(30)
            },
            10,
        );
        let mut ids = all(&mut walk).await.unwrap();
        ids.sort_unstable();
        assert_eq!(ids, (1..=30).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn the_same_invoice_in_two_states_is_two_rows_and_a_repeat_is_none() {
        let suspended: FactureRecue =
            serde_json::from_str(r#"{"idFacture":1,"statut":"SUSPENDUE","dateHeureEtatCourant":"2026-11-20T10:00:00+01:00"}"#)
                .unwrap();
        assert_ne!(row(1).episode(), suspended.episode());
        assert_eq!(row(1).episode(), row(1).episode());
    }

    proptest! {
        #[test]
        fn every_row_that_stays_is_read_once_whatever_leaves_in_between(
            rows in 0i64..120,
            par_page in 1u32..25,
            departures in prop::collection::vec((1u32..12, 1usize..15, 0usize..120), 0..6),
        ) {
            let mut walk = walk(Portal { departures, ..Portal::with(rows) }, par_page);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let read = runtime.block_on(all(&mut walk));
            let stayed: BTreeSet<i64> = walk.search.rows.lock().unwrap().iter().copied().collect();
            match read {
                Ok(ids) => {
                    let distinct: BTreeSet<i64> = ids.iter().copied().collect();
                    prop_assert_eq!(distinct.len(), ids.len(), "a row came twice");
                    prop_assert!(distinct.is_superset(&stayed), "lost: {:?}", stayed.difference(&distinct));
                }
                // Giving up is allowed, silence is not.
                Err(error) => {
                    let gave_up = matches!(error.kind(), ErrorKind::ShortRead { .. });
                    prop_assert!(gave_up, "{}", error);
                }
            }
        }
    }
}
