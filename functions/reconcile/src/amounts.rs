//! What the keys of an invoice do not tell: its amount when it was archived before there were markers, and whether it never had documents.
//!
//! Its manifest is read for it, and the marker that was lacking is written: it is read once.

use archive::{AmountMarker, BucketStore, Decision, StoreError, keys::EpisodeFolder};
use futures::{StreamExt as _, stream};
use jiff::civil::Date;
use lambda_kit::Deadline;
use messages::{Amount, Montants};
use serde::{Deserialize, de::IgnoredAny};

use crate::holdings::{Appearance, Holdings};

/// Manifests read at the same time.
const AT_ONCE: usize = 16;

/// `archived.json`, as far as it is needed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Archived {
    documents: Vec<IgnoredAny>,
    announcement: Announcement,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Announcement {
    received: Option<Received>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Received {
    montants: Montants,
    date_depot: Option<Date>,
    type_demande_paiement: String,
}

/// What one manifest tells.
#[derive(Debug)]
struct Told {
    id: u64,
    /// The manifest names no document: there is none to be missing.
    has_none: bool,
    marker: AmountMarker,
}

/// Reads what is to be known of these invoices, as far as it is not known, and returns how many manifests were read.
///
/// With `mark`, each marker that was lacking is written. At the deadline it stops: what is left is still untold.
///
/// # Errors
/// The archive does not answer.
pub(crate) async fn learn(
    archive: &BucketStore,
    holdings: &mut Holdings,
    ids: Vec<u64>,
    mark: bool,
    deadline: Deadline,
) -> Result<u64, StoreError> {
    let wanted: Vec<(EpisodeFolder, bool)> = ids
        .into_iter()
        .filter_map(|id| {
            let untold = *holdings.untold.get(&id)?;
            let unmarked = holdings.get(id).is_some_and(|held| !held.marked);
            Some((folder(holdings, id, untold)?, mark && unmarked))
        })
        .collect();
    let mut answers = stream::iter(wanted)
        .take_while(|_| std::future::ready(!deadline.has_passed()))
        .map(|(folder, mark)| async move { read(archive, &folder, mark).await })
        .buffer_unordered(AT_ONCE);
    let mut read = 0;
    while let Some(told) = answers.next().await {
        read += 1;
        if let Some(told) = told? {
            apply(holdings, told);
        }
    }
    Ok(read)
}

fn folder(holdings: &Holdings, id: u64, appearance: Appearance) -> Option<EpisodeFolder> {
    EpisodeFolder::new(&holdings.siret, id, holdings.episode(appearance)).ok()
}

async fn read(
    archive: &BucketStore,
    folder: &EpisodeFolder,
    mark: bool,
) -> Result<Option<Told>, StoreError> {
    let key = folder.archived();
    let archived = match archive.read_json::<Archived>(&key).await {
        Ok(Some(archived)) => archived,
        Ok(None) => return Ok(None),
        // One that cannot be read tells nothing: its invoice is reported for its amount.
        Err(error) if error.decision() == Decision::GiveUp => {
            tracing::warn!(
                event = "reconcile.manifest_unreadable",
                key,
                error = lambda_kit::chain(&error),
                "a manifest cannot be read: the amount of its invoice is not known"
            );
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let received = archived.announcement.received.unwrap_or_default();
    let marker = AmountMarker::new(
        received.montants.ttc.map(Amount::value),
        received.montants.devise.as_deref(),
        received.date_depot,
        &received.type_demande_paiement,
    );
    if mark {
        archive.put_marker(&folder.amount_marker(&marker)).await?;
    }
    Ok(Some(Told {
        id: folder.id_facture(),
        has_none: archived.documents.is_empty(),
        marker,
    }))
}

fn apply(holdings: &mut Holdings, told: Told) {
    let Told {
        id,
        has_none,
        marker,
    } = told;
    let devise = holdings.names.intern(&marker.devise);
    let kind = holdings.names.intern(&marker.kind);
    let mut whole = true;
    if let Some(held) = holdings.get_mut(id) {
        held.documents |= has_none;
        whole = held.documents;
        if !held.marked {
            held.marked = true;
            held.ttc = marker.ttc;
            held.depot = marker.depot;
            (held.devise, held.kind) = (devise, kind);
        }
    }
    // What is left is the episode whose documents are to be downloaded anew.
    if whole {
        holdings.untold.remove(&id);
    }
}
