//! Pages: 1-based, ten to a page unless told otherwise.

use serde::Serialize;

use crate::state::Behaviour;

/// The four numbers, nested or at top level as each service has it.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParametresRetour {
    pub(crate) page_courante: usize,
    pub(crate) pages: usize,
    pub(crate) nb_resultats_par_page: usize,
    pub(crate) total: usize,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) maximum: Option<i64>,
    pub(crate) page: Option<i64>,
    pub(crate) per_page: Option<i64>,
}

fn positive(value: Option<i64>) -> Option<usize> {
    value
        .and_then(|number| usize::try_from(number).ok())
        .filter(|number| *number > 0)
}

impl Wanted {
    /// Cuts `items` at the maximum, then to the page.
    pub(crate) fn cut<T>(
        &self,
        behaviour: &Behaviour,
        mut items: Vec<T>,
    ) -> (Vec<T>, ParametresRetour) {
        items.truncate(positive(self.maximum).unwrap_or(behaviour.default_maximum));
        self.page_of(items, 10)
    }

    /// Cuts `items` to the page; there is no maximum.
    pub(crate) fn page_of<T>(
        &self,
        items: Vec<T>,
        default_per_page: usize,
    ) -> (Vec<T>, ParametresRetour) {
        let total = items.len();
        let per_page = positive(self.per_page).unwrap_or(default_per_page);
        let page = positive(self.page).unwrap_or(1);
        let skip = (page - 1).saturating_mul(per_page);
        let rows = items.into_iter().skip(skip).take(per_page).collect();
        let pages = total.div_ceil(per_page);
        (
            rows,
            ParametresRetour {
                page_courante: page,
                pages,
                nb_resultats_par_page: per_page,
                total,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_two_hundred_at_most_and_ten_a_page() {
        let (rows, paging) = Wanted::default().cut(&Behaviour::default(), (0..500).collect());
        assert_eq!(rows, (0..10).collect::<Vec<_>>());
        assert_eq!(
            paging,
            ParametresRetour {
                page_courante: 1,
                pages: 20,
                nb_resultats_par_page: 10,
                total: 200
            }
        );
    }

    #[test]
    fn pages_cover_everything_once() {
        let mut seen = Vec::new();
        for page in 1..=4 {
            let wanted = Wanted {
                maximum: Some(999_999),
                page: Some(page),
                per_page: Some(7),
            };
            let (rows, paging) = wanted.cut(&Behaviour::default(), (0..25).collect());
            assert_eq!(paging.pages, 4);
            seen.extend(rows);
        }
        assert_eq!(seen, (0..25).collect::<Vec<_>>());
    }
}
