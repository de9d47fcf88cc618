//! A search of one of the lists, page by page; rows of all of them come out under the same names.

use chorus_pro::{
    Error, ErrorKind, Parcours, TypeIdentifiant,
    factures::{FactureRecue, RechercheRecipiendaire},
    travaux::RechercheTravaux,
};
use lambda_kit::config::{Establishment, WorksRole};

/// How often a list that changed too much while it was read is read on.
const SHORT_READS: u32 = 2;

/// A search of one of the lists.
#[derive(Debug)]
pub struct Search(Walk);

#[derive(Debug)]
enum Walk {
    Received(Box<Parcours<RechercheRecipiendaire>>),
    Works(Box<Parcours<RechercheTravaux>>, Party),
}

impl Search {
    pub(crate) fn received(walk: Parcours<RechercheRecipiendaire>) -> Self {
        Self(Walk::Received(Box::new(walk)))
    }

    pub(crate) fn works(
        walk: Parcours<RechercheTravaux>,
        role: WorksRole,
        establishment: &Establishment,
    ) -> Self {
        Self(Walk::Works(Box::new(walk), Party::of(role, establishment)))
    }

    /// The rows of the next page; `None` once all announced rows have been read.
    ///
    /// # Errors
    /// What the portal answers; fewer rows than it announced.
    pub async fn next(&mut self) -> Result<Option<Vec<FactureRecue>>, Error> {
        match &mut self.0 {
            Walk::Received(walk) => walk.suivante().await,
            Walk::Works(walk, party) => {
                let page = walk.suivante().await?;
                Ok(page.map(|rows| {
                    rows.into_iter()
                        .map(|row| party.named_in(FactureRecue::from(row)))
                        .collect()
                }))
            }
        }
    }

    /// The same of a list that moves while it is read: when rows have joined it meanwhile, it is read on.
    ///
    /// # Errors
    /// What the portal answers; a list that keeps changing.
    pub async fn next_while_it_moves(&mut self) -> Result<Option<Vec<FactureRecue>>, Error> {
        let mut again = 0;
        loop {
            match self.next().await {
                Err(error) if again < SHORT_READS && is_short_read(&error) => again += 1,
                answer => return answer,
            }
        }
    }

    /// Rows that the portal announced; none before the first page.
    #[must_use]
    pub fn total(&self) -> u64 {
        match &self.0 {
            Walk::Received(walk) => walk.total(),
            Walk::Works(walk, _) => walk.total(),
        }
        .unwrap_or(0)
    }

    /// Calls made so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        match &self.0 {
            Walk::Received(walk) => walk.appels(),
            Walk::Works(walk, _) => walk.appels(),
        }
    }
}

fn is_short_read(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ShortRead { .. })
}

/// What a row of a works list does not say: that the establishment itself holds the role.
#[derive(Debug)]
struct Party {
    role: WorksRole,
    siret: String,
    name: String,
}

impl Party {
    fn of(role: WorksRole, establishment: &Establishment) -> Self {
        Self {
            role,
            siret: establishment.siret.clone(),
            name: establishment.name.clone(),
        }
    }

    /// The row with the party in its role, as the recipient's own list would name it.
    fn named_in(&self, mut row: FactureRecue) -> FactureRecue {
        let (code, kind, name) = match self.role {
            WorksRole::Moa => (
                &mut row.code_moa,
                &mut row.type_identifiant_moa,
                &mut row.designation_moa,
            ),
            WorksRole::Moe => (
                &mut row.code_moe,
                &mut row.type_identifiant_moe,
                &mut row.designation_moe,
            ),
        };
        code.get_or_insert_with(|| self.siret.clone());
        kind.get_or_insert(TypeIdentifiant::Siret);
        name.get_or_insert_with(|| self.name.clone());
        row
    }
}
