//! Whether two documents speak of the same supplier.

use crate::model::Invoice;

/// What a document knows of its supplier's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    sirets: Vec<String>,
    sirens: Vec<String>,
    others: Vec<String>,
}

/// The identifiers of an invoice's seller, told by their form: the scheme beside them is wrong too often.
pub(super) fn of(invoice: &Invoice) -> Known {
    let seller = &invoice.seller;
    let ids = seller
        .identifiers
        .iter()
        .chain(&seller.legal_registration)
        .map(|identifier| identifier.id.as_str());
    Known::from_ids(ids.chain(seller.vat_id.as_deref()))
}

impl Known {
    pub(super) fn from_ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        for id in ids {
            let id: String = id
                .chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>()
                .to_uppercase();
            let digits = id.bytes().all(|b| b.is_ascii_digit());
            match id.len() {
                14 if digits => known.sirets.push(id),
                9 if digits => known.sirens.push(id),
                // A French VAT number ends with the SIREN.
                13 if id.starts_with("FR") && id.bytes().skip(4).all(|b| b.is_ascii_digit()) => {
                    known.sirens.extend(id.get(4..).map(str::to_owned));
                }
                0 => {}
                _ => known.others.push(id),
            }
        }
        known
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether both speak of the same supplier, by the most precise identifier that both have; when they have none in
    /// common in kind, nothing says that they differ.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        if !self.sirets.is_empty() && !other.sirets.is_empty() {
            return self.sirets.iter().any(|siret| other.sirets.contains(siret));
        }
        let (ours, theirs) = (self.all_sirens(), other.all_sirens());
        if !ours.is_empty() && !theirs.is_empty() {
            return ours.iter().any(|siren| theirs.contains(siren));
        }
        if !self.others.is_empty()
            && !other.others.is_empty()
            && ours.is_empty()
            && theirs.is_empty()
        {
            return self.others.iter().any(|id| other.others.contains(id));
        }
        true
    }

    fn all_sirens(&self) -> Vec<&str> {
        self.sirens
            .iter()
            .map(String::as_str)
            .chain(self.sirets.iter().filter_map(|siret| siret.get(..9)))
            .collect()
    }

    /// The most precise identifier.
    pub(super) fn shown(&self) -> String {
        [&self.sirets, &self.sirens, &self.others]
            .into_iter()
            .flatten()
            .next()
            .cloned()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ids: &[&str]) -> Known {
        Known::from_ids(ids.iter().copied())
    }

    #[test]
    fn a_siret_a_siren_and_a_vat_number_of_one_supplier_agree() {
        let siret = known(&["123 456 789 00012"]);
        assert!(siret.agrees(&known(&["123456789"])));
        assert!(siret.agrees(&known(&["FR32123456789"])));
        assert!(siret.agrees(&known(&["GLN-1", "12345678900012"])));
        assert!(siret.agrees(&known(&["GLN-1"])), "nothing to compare");
        assert_eq!(siret.shown(), "12345678900012");
    }

    #[test]
    fn another_establishment_or_another_company_differs() {
        let siret = known(&["12345678900012"]);
        assert!(!siret.agrees(&known(&["12345678900020"])));
        assert!(!siret.agrees(&known(&["FR32987654321"])));
        assert!(!known(&["DE123"]).agrees(&known(&["DE124"])));
    }
}
