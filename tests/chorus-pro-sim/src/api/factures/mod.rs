//! `factures/v1`: invoices as their recipient sees them.

pub(super) mod a_traiter;
pub(super) mod consultation;
pub(super) mod criteria;
pub(super) mod historique;
pub(super) mod recherche;
pub(super) mod row;
pub(crate) mod telechargement;
pub(super) mod traitement;

use std::sync::Arc;

use super::answer::Answer;
use crate::state::{Account, Invoice, Portal};

/// The invoice that a call names, when it exists and the account may see it.
fn visible(
    portal: &Portal,
    account: &Account,
    id: Option<i64>,
    field: &str,
) -> Result<Arc<Invoice>, Answer> {
    let id = id.ok_or_else(|| Answer::malformed(&format!("{field} est obligatoire")))?;
    let invoice = portal.invoice(id).ok_or_else(Answer::unknown_invoice)?;
    let works = [&invoice.moa, &invoice.moe]
        .into_iter()
        .flatten()
        .any(|structure| account.covers(structure.id));
    if !account.covers(invoice.destinataire.id) && !works {
        return Err(Answer::no_right());
    }
    Ok(Arc::clone(invoice))
}
