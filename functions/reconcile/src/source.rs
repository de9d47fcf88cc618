//! The lists of the portal that an establishment's invoices stand in.

use archive::keys::Episode;
use chorus_pro::{
    Account, Borne, Error, Parcours, TypeDemandePaiement,
    factures::{FactureRecue, RechercheRecipiendaire},
};
use jiff::{Timestamp, civil::Date};
use lambda_kit::config::Establishment;
use listing::Seen;
use messages::{CloudEvent, Exigences, InvoiceJob};
use rust_decimal::Decimal;

use crate::month::Days;

/// How often a list that changed too much while it was read is read on.
const SHORT_READS: u32 = 2;

/// One list. A further one (works invoices in the roles MOA and MOE) is a further variant, with its walk and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// What the establishment received, of one kind: `rechercher/recipiendaire`.
    Recipient(TypeDemandePaiement),
}

/// A list while it is read, page by page.
#[derive(Debug)]
pub enum Walk {
    /// See [`Source::Recipient`].
    Recipient(Parcours<RechercheRecipiendaire>),
}

/// A row of a list.
#[derive(Clone, Debug)]
pub enum Row {
    /// See [`Source::Recipient`].
    Recipient(Box<FactureRecue>),
}

impl Source {
    /// The lists of an establishment.
    #[must_use]
    pub fn all(_establishment: &Establishment) -> Vec<Self> {
        vec![
            Self::Recipient(TypeDemandePaiement::Facture),
            Self::Recipient(TypeDemandePaiement::FactureTravaux),
        ]
    }

    /// Its name in a report.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Recipient(kind) => kind.as_str(),
        }
    }

    /// Begins to read what was deposited on these days.
    #[must_use]
    pub fn walk(&self, account: &Account, structure_id: i64, days: Days) -> Walk {
        // As an upper end, the portal may read a day as midnight at its start.
        let to = Borne::Heure(days.to.at(23, 59, 59, 0));
        match self {
            Self::Recipient(kind) => {
                Walk::Recipient(account.parcourir_recipiendaire(RechercheRecipiendaire {
                    type_demande_paiement: Some(kind.clone()),
                    id_destinataire: Some(structure_id),
                    periode_date_depot_du: Some(Borne::Jour(days.from)),
                    periode_date_depot_au: Some(to),
                    recuperer_taille: Some(true),
                    ..RechercheRecipiendaire::default()
                }))
            }
        }
    }
}

impl Walk {
    /// The next rows; `None` when all that the portal announced has come. When rows joined the list while it was read, it is read on.
    ///
    /// # Errors
    /// What the portal answers; a list that keeps changing.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Row>>, Error> {
        let Self::Recipient(walk) = self;
        let mut again = 0;
        loop {
            match walk.suivante().await {
                Ok(page) => {
                    return Ok(page.map(|rows| {
                        rows.into_iter()
                            .map(|row| Row::Recipient(Box::new(row)))
                            .collect()
                    }));
                }
                Err(error) if again < SHORT_READS && is_short_read(&error) => again += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Rows that the portal has announced; none before the first page.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self::Recipient(walk) = self;
        walk.total().unwrap_or(0)
    }

    /// Calls made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        let Self::Recipient(walk) = self;
        u64::from(walk.appels())
    }
}

fn is_short_read(error: &Error) -> bool {
    matches!(error.kind(), chorus_pro::ErrorKind::ShortRead { .. })
}

impl Row {
    /// Which appearance of an invoice it is.
    #[must_use]
    pub fn appearance(&self) -> Seen {
        let Self::Recipient(row) = self;
        listing::appearance(row)
    }

    /// The day of its deposit.
    #[must_use]
    pub fn depot(&self) -> Option<Date> {
        let Self::Recipient(row) = self;
        row.date_depot
    }

    /// The amount with tax.
    #[must_use]
    pub fn ttc(&self) -> Option<Decimal> {
        let Self::Recipient(row) = self;
        row.montant_ttc
    }

    /// Its currency.
    #[must_use]
    pub fn devise(&self) -> Option<&str> {
        let Self::Recipient(row) = self;
        row.devise.as_deref()
    }

    /// The job for the appearance that the row shows.
    #[must_use]
    pub fn job(
        &self,
        establishment: &Establishment,
        cause: &str,
        exigences: Option<Exigences>,
    ) -> CloudEvent<InvoiceJob> {
        let Self::Recipient(row) = self;
        listing::job(establishment, row, &self.appearance(), exigences, cause)
    }

    /// The same for an earlier appearance of the invoice, one that is archived.
    #[must_use]
    pub fn job_for(
        &self,
        establishment: &Establishment,
        episode: &Episode,
        cause: &str,
        exigences: Option<Exigences>,
    ) -> CloudEvent<InvoiceJob> {
        let Self::Recipient(row) = self;
        let appearance = Seen {
            date_heure_etat_courant: episode.at(),
            id_facture: self.appearance().id_facture,
            statut: episode.statut().to_owned(),
        };
        listing::job(establishment, row, &appearance, exigences, cause)
    }

    /// The instant of its state, to the second, as an episode has it.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.appearance().date_heure_etat_courant
    }
}
