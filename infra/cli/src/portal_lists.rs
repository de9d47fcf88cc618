//! The portal's list of invoices: a row of it by the invoice's id, and rows as jobs.

use archive::{BucketStore, keys};
use chorus_pro::{
    Account, TypeDemandePaiement,
    factures::{ConsulterRecipiendaire, FactureRecue, RechercheRecipiendaire},
};
use lambda_kit::config::Establishment;
use listing::StructureError;
use messages::{CloudEvent, Exigences, InvoiceJob};
use relais_poll::cursor::Cursor;

use crate::trouble::Trouble;

/// The kinds of invoice: the portal lists one at a time.
pub(crate) const KINDS: [TypeDemandePaiement; 2] = [
    TypeDemandePaiement::Facture,
    TypeDemandePaiement::FactureTravaux,
];

/// An establishment's list.
pub(crate) struct PortalList<'a> {
    pub(crate) establishment: &'a Establishment,
    pub(crate) account: Account,
    structure_id: i64,
    exigences: Option<Exigences>,
}

impl<'a> PortalList<'a> {
    /// The list, by what `poll` knows of the establishment, or what the portal says.
    pub(crate) async fn of(
        establishment: &'a Establishment,
        account: Account,
        state: &BucketStore,
    ) -> Result<Self, Trouble> {
        let key = keys::cursor(&establishment.siret, TypeDemandePaiement::Facture.as_str())?;
        let cursor: Option<Cursor> = state.read_json(&key).await?;
        let known = cursor.and_then(|cursor| cursor.structure);
        let configured = establishment
            .structure_id
            .and_then(|id| i64::try_from(id).ok());
        let structure_id = match configured.or(known.map(|structure| structure.id)) {
            Some(id) => id,
            None => look_up(&account, &establishment.siret).await?,
        };
        Ok(Self {
            establishment,
            account,
            structure_id,
            exigences: known.and_then(|structure| structure.exigences),
        })
    }

    /// Criteria that find this establishment's invoices of one kind, with their sizes.
    pub(crate) fn criteria(&self, kind: &TypeDemandePaiement) -> RechercheRecipiendaire {
        RechercheRecipiendaire {
            type_demande_paiement: Some(kind.clone()),
            id_destinataire: Some(self.structure_id),
            recuperer_taille: Some(true),
            ..RechercheRecipiendaire::default()
        }
    }

    /// The present row of an invoice; `None` when this establishment has no such invoice.
    ///
    /// The list cannot be searched by id: the portal is asked for the invoice's number first.
    pub(crate) async fn row(&self, id_facture: u64) -> Result<Option<FactureRecue>, Trouble> {
        let Ok(id) = i64::try_from(id_facture) else {
            return Ok(None);
        };
        let one = ConsulterRecipiendaire::new(id, 1);
        let consulted = match self.account.consulter_recipiendaire(&one).await {
            Ok(consulted) => consulted,
            Err(error) if error.refusal().is_some() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        for kind in &KINDS {
            let criteria = RechercheRecipiendaire {
                numero_facture: consulted.numero_facture.clone(),
                ..self.criteria(kind)
            };
            let mut pages = self.account.parcourir_recipiendaire(criteria);
            while let Some(rows) = pages.suivante().await? {
                if let Some(row) = rows.into_iter().find(|row| row.id_facture == id) {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }

    /// The job of a row, with the reason for it.
    pub(crate) fn job(&self, row: &FactureRecue, cause: &str) -> CloudEvent<InvoiceJob> {
        let appearance = listing::appearance(row);
        listing::job(self.establishment, row, &appearance, self.exigences, cause)
    }
}

async fn look_up(account: &Account, siret: &str) -> Result<i64, Trouble> {
    match listing::structure_id(account, siret).await {
        Ok(id) => Ok(id),
        Err(StructureError::NotAttached { .. }) => Err(Trouble::Refused(format!(
            "le compte technique ne voit pas l'établissement {siret} : `relais doctor --siret {siret}` dit quoi faire"
        ))),
        Err(error) => Err(error.into()),
    }
}
