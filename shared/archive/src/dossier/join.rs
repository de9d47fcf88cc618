//! Which of the invoices asked for one in the answer is.

use invoice::pivot_stream::Identity;

use super::Expected;

/// The invoice in the answer, among those asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Join {
    /// It is this one. `by_number`: its `IdCPRO` names none of them.
    Found { index: usize, by_number: bool },
    /// It may be any of these.
    Ambiguous(Vec<usize>),
    /// It is none of them, or was there before.
    Unexpected,
}

/// `IdCPRO` is the `idFacture` of the API; where it is absent, or names nobody, the supplier's number and identifier decide.
pub(super) fn join(expected: &[Expected], taken: &[bool], identity: &Identity) -> Join {
    let is_taken = |index: usize| taken.get(index).copied().unwrap_or(true);
    if let Some(id) = identity.id_cpro
        && let Some(index) = expected
            .iter()
            .position(|expected| expected.folder.id_facture() == id)
    {
        return if is_taken(index) {
            Join::Unexpected
        } else {
            Join::Found {
                index,
                by_number: false,
            }
        };
    }
    let fits = |(index, expected): (usize, &Expected)| {
        (!is_taken(index) && same(expected, identity)).then_some(index)
    };
    let candidates: Vec<usize> = expected.iter().enumerate().filter_map(fits).collect();
    match candidates.as_slice() {
        [] => Join::Unexpected,
        [index] => Join::Found {
            index: *index,
            by_number: identity.id_cpro.is_some(),
        },
        _ => Join::Ambiguous(candidates),
    }
}

fn same(expected: &Expected, identity: &Identity) -> bool {
    let trimmed = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let number = trimmed(&expected.numero);
    let same_number = number.is_some() && number == trimmed(&identity.numero);
    let same_supplier = match (
        trimmed(&expected.fournisseur),
        trimmed(&identity.fournisseur),
    ) {
        (Some(expected), Some(found)) => expected == found,
        // One side does not say: the number decides.
        _ => true,
    };
    same_number && same_supplier
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Episode, EpisodeFolder};

    fn expected(id: u64, numero: &str) -> Expected {
        let episode = Episode::new(jiff::Timestamp::UNIX_EPOCH, "MISE_A_DISPOSITION");
        Expected {
            folder: EpisodeFolder::new("00000000013456", id, episode).unwrap(),
            numero: Some(numero.into()),
            fournisseur: Some("00000000000727".into()),
        }
    }

    fn identity(id_cpro: Option<u64>, numero: &str, fournisseur: &str) -> Identity {
        Identity {
            id_cpro,
            numero: Some(numero.into()),
            fournisseur: Some(fournisseur.into()),
        }
    }

    #[test]
    fn an_id_decides_before_a_number() {
        let expected = [expected(1, "F1"), expected(2, "F2")];
        let found = join(
            &expected,
            &[false, false],
            &identity(Some(2), "F1", "00000000000727"),
        );
        assert_eq!(
            found,
            Join::Found {
                index: 1,
                by_number: false
            }
        );
        assert_eq!(
            join(&expected, &[false, true], &identity(Some(2), "F2", "x")),
            Join::Unexpected
        );
    }

    #[test]
    fn without_an_id_number_and_supplier_decide() {
        let expected = [expected(1, "F1"), expected(2, "F2")];
        let open = [false, false];
        let by_number = |id| Join::Found {
            index: 0,
            by_number: id,
        };
        assert_eq!(
            join(&expected, &open, &identity(None, " F1", "00000000000727")),
            by_number(false)
        );
        assert_eq!(
            join(&expected, &open, &identity(Some(9), "F1", "00000000000727")),
            by_number(true)
        );
        assert_eq!(
            join(&expected, &open, &identity(None, "F1", "00000000000999")),
            Join::Unexpected
        );
        assert_eq!(
            join(&expected, &open, &Identity::default()),
            Join::Unexpected
        );
    }

    #[test]
    fn two_that_fit_are_not_guessed_between() {
        let expected = [expected(1, "F1"), expected(2, "F1")];
        let found = join(
            &expected,
            &[false, false],
            &identity(None, "F1", "00000000000727"),
        );
        assert_eq!(found, Join::Ambiguous(vec![0, 1]));
        let found = join(
            &expected,
            &[true, false],
            &identity(None, "F1", "00000000000727"),
        );
        assert_eq!(
            found,
            Join::Found {
                index: 1,
                by_number: false
            }
        );
    }
}
