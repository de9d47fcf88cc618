//! What the archive holds of an establishment, folded out of its keys: a few dozen bytes an invoice, whatever the number of its objects.

use std::collections::BTreeMap;

use archive::{
    AmountMarker, BucketStore, ListedKey, StoreError,
    keys::{self, Episode, EpisodeFolder, KeyError},
};
use jiff::{Timestamp, civil::Date};
use lambda_kit::Deadline;
use rust_decimal::Decimal;

use crate::names::{Name, Names};

/// An invoice that the archive holds.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// `idFacture`.
    pub(crate) id: u64,
    /// The instant of its latest archived episode, in seconds since 1970, and the status.
    pub(crate) at: i64,
    pub(crate) statut: Name,
    /// Another status of the same second.
    pub(crate) tied: Option<Name>,
    /// It has documents, in whatever episode; or its manifest says that the portal had none.
    pub(crate) documents: bool,
    /// Its amount is known, be it as unknown to the portal.
    pub(crate) marked: bool,
    pub(crate) ttc: Option<Decimal>,
    pub(crate) devise: Name,
    pub(crate) kind: Name,
    pub(crate) depot: Option<Date>,
}

/// An episode, as it is kept while months are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appearance {
    pub(crate) at: i64,
    pub(crate) statut: Name,
}

/// An archived episode whose announcement is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unannounced {
    pub(crate) episode: Episode,
    /// When its manifest was written.
    pub(crate) archived: Option<Timestamp>,
}

/// What the archive holds of an establishment.
#[derive(Debug)]
pub struct Holdings {
    pub(crate) siret: String,
    pub(crate) names: Names,
    /// By `idFacture`.
    pub(crate) invoices: Vec<Held>,
    pub(crate) unannounced: BTreeMap<u64, Vec<Unannounced>>,
    /// Of the invoices whose keys do not tell everything, the episode whose manifest does.
    pub(crate) untold: BTreeMap<u64, Appearance>,
    /// When the listing began: what the archive got later is not in it.
    pub as_of: Timestamp,
    /// Keys listed.
    pub keys: u64,
    /// Calls that it took.
    pub calls: u64,
}

/// The archive was not listed to its end.
#[derive(Debug, thiserror::Error)]
pub enum HoldingsError {
    /// The archive did not answer.
    #[error("the archive was not listed")]
    Store(#[from] StoreError),
    /// The establishment has no place in the archive.
    #[error("the establishment has no place in the archive")]
    Key(#[from] KeyError),
    /// There was no time.
    #[error(
        "there was no time to list the archive to its end ({keys} keys by then): give the function a longer time limit"
    )]
    NoTime {
        /// Keys listed by then.
        keys: u64,
    },
    /// A listing in another order would be folded wrongly.
    #[error(
        "the store lists keys in no order ({0} comes late): use a bucket whose listings are sorted, as S3's general-purpose buckets are"
    )]
    Unordered(String),
}

impl Holdings {
    /// Lists everything that the archive holds of an establishment.
    ///
    /// # Errors
    /// See [`HoldingsError`].
    pub async fn list(
        archive: &BucketStore,
        siret: &str,
        as_of: Timestamp,
        deadline: Deadline,
    ) -> Result<Self, HoldingsError> {
        let mut listing = archive.listing(&keys::establishment_prefix(siret)?);
        let mut fold = Fold::new(siret, as_of);
        while let Some(page) = listing.next_page().await? {
            for listed in &page {
                fold.key(listed)?;
            }
            if deadline.has_passed() {
                return Err(HoldingsError::NoTime {
                    keys: fold.holdings.keys,
                });
            }
        }
        let mut holdings = fold.finish();
        holdings.calls = listing.calls();
        Ok(holdings)
    }

    /// Folds keys that are at hand, in their order.
    ///
    /// # Errors
    /// [`HoldingsError::Unordered`].
    pub fn of<'a>(
        siret: &str,
        as_of: Timestamp,
        keys: impl IntoIterator<Item = &'a ListedKey>,
    ) -> Result<Self, HoldingsError> {
        let mut fold = Fold::new(siret, as_of);
        for key in keys {
            fold.key(key)?;
        }
        Ok(fold.finish())
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Held> {
        let place = self
            .invoices
            .binary_search_by_key(&id, |held| held.id)
            .ok()?;
        self.invoices.get(place)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Held> {
        let place = self
            .invoices
            .binary_search_by_key(&id, |held| held.id)
            .ok()?;
        self.invoices.get_mut(place)
    }

    /// The archived episodes of an invoice whose announcement is missing.
    pub(crate) fn unannounced_of(&self, id: u64) -> &[Unannounced] {
        self.unannounced.get(&id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn episode(&self, appearance: Appearance) -> Episode {
        let at = Timestamp::from_second(appearance.at).unwrap_or_default();
        Episode::new(at, self.names.of(appearance.statut))
    }

    /// The number of invoices held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.invoices.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.invoices.is_empty()
    }
}

/// The keys seen so far. S3 lists them sorted: an invoice's come together, and so do an episode's.
struct Fold {
    holdings: Holdings,
    open: Option<Open>,
    last_key: String,
}

/// The episode whose keys are coming.
struct Open {
    prefix: String,
    folder: EpisodeFolder,
    archived: bool,
    archived_at: Option<Timestamp>,
    published: bool,
    documents: bool,
    marker: Option<AmountMarker>,
}

impl Open {
    fn new(folder: EpisodeFolder) -> Self {
        Self {
            prefix: folder.prefix(),
            folder,
            archived: false,
            archived_at: None,
            published: false,
            documents: false,
            marker: None,
        }
    }

    fn note(&mut self, rest: &str, modified: Option<Timestamp>) {
        match rest {
            "archived.json" => {
                self.archived = true;
                self.archived_at = modified;
            }
            "published.json" => self.published = true,
            _ if rest.starts_with("documents/") => self.documents = true,
            _ => {
                if let Ok(marker) = rest.parse() {
                    self.marker = Some(marker);
                }
            }
        }
    }
}

impl Fold {
    fn new(siret: &str, as_of: Timestamp) -> Self {
        Self {
            holdings: Holdings {
                siret: siret.to_owned(),
                names: Names::default(),
                invoices: Vec::new(),
                unannounced: BTreeMap::new(),
                untold: BTreeMap::new(),
                as_of,
                keys: 0,
                calls: 0,
            },
            open: None,
            last_key: String::new(),
        }
    }

    fn key(&mut self, listed: &ListedKey) -> Result<(), HoldingsError> {
        let key = listed.key.as_str();
        if key < self.last_key.as_str() {
            return Err(HoldingsError::Unordered(key.to_owned()));
        }
        self.last_key.clear();
        self.last_key.push_str(key);
        self.holdings.keys += 1;
        if let Some(open) = &mut self.open
            && let Some(rest) = key.strip_prefix(&open.prefix)
        {
            open.note(rest, listed.modified);
            return Ok(());
        }
        self.close();
        // What is no episode's (pushes, claims on numbers) is none of this.
        if let Ok((folder, rest)) = EpisodeFolder::parse(key) {
            let mut open = Open::new(folder);
            open.note(rest, listed.modified);
            self.open = Some(open);
        }
        Ok(())
    }

    /// Adds the episode whose last key has come. Without a manifest it is a work that was cut short: it does not count as held.
    fn close(&mut self) {
        let Some(open) = self.open.take().filter(|open| open.archived) else {
            return;
        };
        let holdings = &mut self.holdings;
        let id = open.folder.id_facture();
        let episode = open.folder.episode();
        let this = Appearance {
            at: episode.at().as_second(),
            statut: holdings.names.intern(episode.statut()),
        };
        if holdings.invoices.last().is_none_or(|last| last.id != id) {
            let nothing = holdings.names.intern("");
            holdings.invoices.push(Held {
                id,
                at: i64::MIN,
                statut: nothing,
                tied: None,
                documents: false,
                marked: false,
                ttc: None,
                devise: nothing,
                kind: nothing,
                depot: None,
            });
        }
        let Some(held) = holdings.invoices.last_mut() else {
            return;
        };
        if held.at == this.at
            && *episode < Episode::new(episode.at(), holdings.names.of(held.statut))
        {
            held.tied = Some(this.statut);
        } else {
            held.tied = (held.at == this.at).then_some(held.statut);
            (held.at, held.statut) = (this.at, this.statut);
        }
        held.documents |= open.documents;
        if let Some(marker) = open.marker {
            held.marked = true;
            held.ttc = marker.ttc;
            held.devise = holdings.names.intern(&marker.devise);
            held.kind = holdings.names.intern(&marker.kind);
            held.depot = marker.depot;
        }
        if held.marked && held.documents {
            holdings.untold.remove(&id);
        } else if open.documents {
            holdings.untold.insert(id, this);
        } else {
            // Without documents the first episode is the one that should have had them.
            holdings.untold.entry(id).or_insert(this);
        }
        if !open.published {
            holdings
                .unannounced
                .entry(id)
                .or_default()
                .push(Unannounced {
                    episode: episode.clone(),
                    archived: open.archived_at,
                });
        }
    }

    fn finish(mut self) -> Holdings {
        self.close();
        self.holdings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIRET: &str = "00000000013456";
    const FIRST: &str = "20261103T091500Z-MISE_A_DISPOSITION";
    const SUSPENDED: &str = "20261104T080000Z-SUSPENDUE";
    const MARKER: &str = "montant-ttc-120.00-EUR-depot-2026-11-03-FACTURE";

    fn holdings(keys: &[&str]) -> Holdings {
        let mut keys: Vec<ListedKey> = keys
            .iter()
            .map(|key| ListedKey {
                key: format!("{SIRET}/{key}"),
                modified: None,
            })
            .collect();
        keys.sort_by(|a, b| a.key.cmp(&b.key));
        Holdings::of(SIRET, Timestamp::UNIX_EPOCH, &keys).unwrap()
    }

    fn keys(id: u64, episode: &str, rests: &[&str]) -> Vec<String> {
        rests
            .iter()
            .map(|rest| format!("{id:012}/{episode}/{rest}"))
            .collect()
    }

    fn folded(keys: &[Vec<String>]) -> Holdings {
        let keys: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
        holdings(&keys)
    }

    const WHOLE: &[&str] = &[
        "archived.json",
        "documents/01-F1.pdf",
        "invoice.json",
        MARKER,
        "pivot.xml",
        "published.json",
    ];

    #[test]
    fn an_invoice_is_held_as_of_its_latest_archived_episode_with_the_amount_of_its_documents() {
        let holdings = folded(&[
            keys(7, FIRST, WHOLE),
            keys(7, SUSPENDED, &["archived.json", "published.json"]),
            keys(8, FIRST, WHOLE),
        ]);
        assert_eq!((holdings.len(), holdings.keys), (2, 14));
        let seven = holdings.get(7).unwrap();
        assert_eq!(
            holdings
                .episode(Appearance {
                    at: seven.at,
                    statut: seven.statut
                })
                .to_string(),
            SUSPENDED
        );
        assert_eq!(seven.ttc, "120".parse().ok());
        assert_eq!(holdings.names.of(seven.devise), "EUR");
        assert_eq!(seven.depot, Some(jiff::civil::date(2026, 11, 3)));
        assert!(holdings.untold.is_empty() && holdings.unannounced.is_empty());
        assert!(holdings.get(9).is_none());
    }

    #[test]
    fn an_episode_without_a_manifest_is_not_held() {
        let cut_short = ["documents/01-F1.pdf", "pivot.xml"];
        let holdings = folded(&[keys(7, FIRST, &cut_short), keys(8, FIRST, WHOLE)]);
        assert!(holdings.get(7).is_none() && holdings.get(8).is_some());
    }

    #[test]
    fn an_archived_episode_without_its_announcement_is_named_even_if_a_later_one_has_it() {
        let holdings = folded(&[
            keys(7, FIRST, &["archived.json", "documents/01-F1.pdf", MARKER]),
            keys(7, SUSPENDED, &["archived.json", "published.json"]),
        ]);
        let missing = holdings.unannounced.get(&7).unwrap();
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].episode.to_string(), FIRST);
    }

    #[test]
    fn what_the_keys_do_not_tell_is_to_be_read_in_the_manifest_that_has_it() {
        let holdings = folded(&[
            // Made before there were markers.
            keys(
                7,
                FIRST,
                &["archived.json", "documents/01-F1.pdf", "published.json"],
            ),
            keys(7, SUSPENDED, &["archived.json", "published.json"]),
            // Its documents are gone, or it never had any.
            keys(8, FIRST, &["archived.json", MARKER, "published.json"]),
            keys(8, SUSPENDED, &["archived.json", "published.json"]),
        ]);
        for id in [7, 8] {
            let untold = holdings.untold.get(&id).copied().unwrap();
            assert_eq!(holdings.episode(untold).to_string(), FIRST, "{id}");
        }
    }

    #[test]
    fn two_statuses_of_one_second_are_both_known_in_the_order_of_an_ordinary_life() {
        for other in [
            "20261103T091500Z-COMPLETEE",
            "20261103T091500Z-SERVICE_FAIT",
        ] {
            let holdings = folded(&[keys(7, other, WHOLE), keys(7, FIRST, WHOLE)]);
            let held = holdings.get(7).unwrap();
            let later = other.split_once('-').unwrap().1;
            assert_eq!(holdings.names.of(held.statut), later);
            assert_eq!(holdings.names.of(held.tied.unwrap()), "MISE_A_DISPOSITION");
        }
    }

    #[test]
    fn what_is_no_episode_is_left_aside() {
        let holdings = holdings(&[
            "000000000007/pushes/c-1.json",
            "numeros/abc.json",
            "something else",
        ]);
        assert!(holdings.is_empty());
        assert_eq!(holdings.keys, 3);
    }

    #[test]
    fn a_listing_out_of_order_is_refused() {
        let key = |key: &str| ListedKey {
            key: key.to_owned(),
            modified: None,
        };
        let error = Holdings::of(SIRET, Timestamp::UNIX_EPOCH, &[key("b"), key("a")]).unwrap_err();
        assert!(matches!(error, HoldingsError::Unordered(_)));
    }

    #[test]
    fn an_invoice_takes_a_few_dozen_bytes() {
        assert!(size_of::<Held>() <= 64, "{}", size_of::<Held>());
    }
}
