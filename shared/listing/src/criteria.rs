//! What of a list is searched: the same wish in the words of either search.

use chorus_pro::{Borne, factures::RechercheRecipiendaire, travaux::RechercheTravaux};
use jiff::{Timestamp, civil::Date};

/// Which invoices of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criteria {
    /// Those that reached their state in a span, both ends included: what changed, deposited whenever.
    Changed {
        /// The first instant.
        from: Timestamp,
        /// The last instant; without one the span reaches the portal's present.
        to: Option<Timestamp>,
    },
    /// Those deposited on these days, both included: what a later change does not move elsewhere.
    Deposited {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// Those with a supplier's number. Several suppliers may have used it.
    Numbered(String),
    /// All of them.
    All,
}

/// The dates of a search, as either search names them.
#[derive(Default)]
struct Periods {
    changed: (Option<Borne>, Option<Borne>),
    deposited: (Option<Borne>, Option<Borne>),
}

impl Criteria {
    fn periods(&self) -> Periods {
        match self {
            Self::Changed { from, to } => Periods {
                changed: (Some(Borne::depuis(*from)), to.map(Borne::jusqu_a)),
                ..Periods::default()
            },
            Self::Deposited { from, to } => Periods {
                // As an upper end, the portal may read a day as midnight at its start.
                deposited: (
                    Some(Borne::Jour(*from)),
                    Some(Borne::Heure(to.at(23, 59, 59, 0))),
                ),
                ..Periods::default()
            },
            Self::Numbered(_) | Self::All => Periods::default(),
        }
    }

    fn number(&self) -> Option<String> {
        match self {
            Self::Numbered(number) => Some(number.clone()),
            Self::Changed { .. } | Self::Deposited { .. } | Self::All => None,
        }
    }

    /// As `factures/v1/rechercher/recipiendaire` has them.
    pub(crate) fn received(&self) -> RechercheRecipiendaire {
        let Periods { changed, deposited } = self.periods();
        RechercheRecipiendaire {
            numero_facture: self.number(),
            periode_date_depot_du: deposited.0,
            periode_date_depot_au: deposited.1,
            periode_date_heure_etat_courant_du: changed.0,
            periode_date_heure_etat_courant_au: changed.1,
            ..RechercheRecipiendaire::default()
        }
    }

    /// As `facturesTravaux/v1/rechercher` has them.
    pub(crate) fn works(&self) -> RechercheTravaux {
        let Periods { changed, deposited } = self.periods();
        RechercheTravaux {
            numero_facture_travaux: self.number(),
            periode_date_depot_du: deposited.0,
            periode_date_depot_au: deposited.1,
            periode_date_heure_etat_courant_du: changed.0,
            periode_date_heure_etat_courant_au: changed.1,
            ..RechercheTravaux::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    fn both(criteria: &Criteria) -> [Value; 2] {
        let received = serde_json::to_value(criteria.received()).unwrap();
        [received, serde_json::to_value(criteria.works()).unwrap()]
    }

    #[test]
    fn a_span_of_changes_is_written_in_french_time_and_may_be_open() {
        let from = "2026-11-23T08:15:00Z".parse().unwrap();
        let to = "2026-11-23T09:00:00Z".parse().ok();
        assert_eq!(
            both(&Criteria::Changed { from, to: None }),
            [(); 2].map(|()| json!({"periodeDateHeureEtatCourantDu": "2026-11-23T09:15:00"}))
        );
        let closed = json!({
            "periodeDateHeureEtatCourantDu": "2026-11-23T09:15:00",
            "periodeDateHeureEtatCourantAu": "2026-11-23T10:00:00"
        });
        let both = both(&Criteria::Changed { from, to });
        assert_eq!(both, [closed.clone(), closed]);
    }

    #[test]
    fn days_of_deposit_are_searched_to_the_last_second_of_the_last_day() {
        let (from, to) = (date(2026, 9, 1), date(2026, 9, 30));
        let days = json!({"periodeDateDepotDu": "2026-09-01", "periodeDateDepotAu": "2026-09-30T23:59:59"});
        let both = both(&Criteria::Deposited { from, to });
        assert_eq!(both, [days.clone(), days]);
    }

    #[test]
    fn a_number_has_another_name_in_either_search() {
        let [received, works] = both(&Criteria::Numbered("SIT-03".to_owned()));
        assert_eq!(received, json!({"numeroFacture": "SIT-03"}));
        assert_eq!(works, json!({"numeroFactureTravaux": "SIT-03"}));
        assert_eq!(both(&Criteria::All), [json!({}), json!({})]);
    }
}
