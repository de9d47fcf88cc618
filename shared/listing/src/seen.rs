//! One appearance of an invoice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One appearance of an invoice, as the search shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Since when the invoice has this status.
    pub date_heure_etat_courant: Timestamp,
    /// The invoice.
    pub id_facture: u64,
    /// Its status.
    pub statut: String,
}
