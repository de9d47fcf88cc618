//! Real files, each deposited as an invoice.

use std::path::Path;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::parties::stranger;
use super::{Moment, generate};
use crate::documents::{Content, Document, Facts, FolderError, Found, TypePj, fit_name, scan};
use crate::state::{Invoice, Kind, Montants, Portal, Tva};

/// Deposits every PDF and XML file below `folder`: the file becomes the main document.
pub(super) fn folder(portal: &mut Portal, folder: &Path) -> Result<(), FolderError> {
    for found in scan(folder)? {
        let index = portal.invoices.len();
        let mut invoice = generate(portal, index, Moment::Now);
        let facts = found.facts.clone().unwrap_or_default();
        fill(portal, &mut invoice, &facts);
        let id = portal.next_event_id() * 100;
        invoice.documents = vec![document(id, found)];
        portal.put(invoice);
    }
    Ok(())
}

fn document(id: i64, found: Found) -> Document {
    let structured = found.facts.is_some();
    let fitted = fit_name(&found.name);
    let category = if structured {
        "Facture XML"
    } else {
        "Facture PDF"
    };
    let content = Content::File {
        path: found.path,
        size: found.size,
    };
    let mut document = Document::new(id, fitted.clone(), TypePj::Principale, category, content);
    if fitted != found.name {
        document.nom_dans_zip = Some(found.name);
    }
    document
}

/// Puts what the file says of itself over what was invented.
fn fill(portal: &mut Portal, invoice: &mut Invoice, facts: &Facts) {
    invoice.kind = Kind::Facture;
    invoice.type_facture_travaux = None;
    invoice.moa = None;
    invoice.cadre = "A1_FACTURE_FOURNISSEUR".to_owned();
    invoice.type_facture = if facts.credit_note {
        "AVOIR"
    } else {
        "FACTURE"
    };
    invoice.numero_origine = None;
    invoice.lignes = Vec::new();
    if let Some(numero) = &facts.numero {
        // The portal takes no more than 20 characters.
        invoice.numero = numero.chars().take(20).collect();
    }
    if let Some(date) = facts.date {
        invoice.date_facture = date;
    }
    if let Some(devise) = facts
        .devise
        .as_ref()
        .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        invoice.devise.clone_from(devise);
    }
    if let Some(order) = &facts.order {
        invoice.numero_bon_commande = Some(order.chars().take(50).collect());
    }
    if let Some(structure) = facts
        .buyer_siret
        .as_deref()
        .and_then(|siret| portal.structure_by_siret(siret))
    {
        invoice.destinataire = Arc::clone(structure);
        invoice.id_service = None;
        invoice.id_service_depose = None;
    }
    if let Some(name) = &facts.seller {
        let known = portal
            .suppliers
            .iter()
            .find(|supplier| supplier.designation == *name)
            .cloned();
        invoice.fournisseur = known.unwrap_or_else(|| {
            let id = 170_000 + i64::try_from(portal.suppliers.len()).unwrap_or_default();
            let made = stranger(
                &mut portal.rng,
                id,
                name,
                facts.seller_id.as_deref(),
                facts.seller_country.as_deref(),
            );
            let made = Arc::new(made);
            portal.suppliers.push(Arc::clone(&made));
            made
        });
    }
    if let (Some(ht), Some(ttc)) = (facts.ht, facts.ttc) {
        set_totals(invoice, ht, ttc, facts.a_payer.unwrap_or(ttc));
    }
}

/// Replaces the amounts: one VAT line that leads from one total to the other.
pub(crate) fn set_totals(invoice: &mut Invoice, ht: Decimal, ttc: Decimal, a_payer: Decimal) {
    invoice.montants = Montants { ht, ttc, a_payer };
    let montant = ttc - ht;
    let taux = (montant * Decimal::ONE_HUNDRED)
        .checked_div(ht)
        .unwrap_or_default()
        .round_dp(2)
        .normalize();
    invoice.tvas = vec![Tva {
        taux,
        base_ht: ht,
        montant,
    }];
}
