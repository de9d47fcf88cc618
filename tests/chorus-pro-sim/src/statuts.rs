//! The status codes of a payment request, and what the recipient may ask for.
//!
//! The 56 codes are the enum of the official *Factures* swagger. No official matrix of transitions exists: the one here is a
//! conservative reconstruction from the list that AIFE documents for `MISE_A_DISPOSITION`, and is an invention of this simulator.

/// Supplied to the recipient: the legal payment delay starts.
pub const MISE_A_DISPOSITION: &str = "MISE_A_DISPOSITION";
/// Deposited by the supplier, not yet visible to the recipient.
pub const DEPOSEE: &str = "DEPOSEE";
/// Suspended by the recipient: documents are missing.
pub const SUSPENDUE: &str = "SUSPENDUE";
/// Completed by the supplier after a suspension.
pub const COMPLETEE: &str = "COMPLETEE";
/// Refused by the recipient for good.
pub const REJETEE: &str = "REJETEE";
/// Wrong addressee: the supplier may send it elsewhere.
pub const A_RECYCLER: &str = "A_RECYCLER";
/// The service was done.
pub const SERVICE_FAIT: &str = "SERVICE_FAIT";
/// A mandate was issued.
pub const MANDATEE: &str = "MANDATEE";
/// Handed to the accountant.
pub const MISE_A_DISPOSITION_COMPTABLE: &str = "MISE_A_DISPOSITION_COMPTABLE";
/// Booked by the accountant.
pub const COMPTABILISEE: &str = "COMPTABILISEE";
/// Paid.
pub const MISE_EN_PAIEMENT: &str = "MISE_EN_PAIEMENT";
/// On its way to a recipient who collects by EDI.
pub const EN_COURS_ACHEMINEMENT: &str = "EN_COURS_ACHEMINEMENT";

/// Every code of the official enum, in its order.
pub const TOUS: [&str; 56] = [
    "BROUILLON",
    "A_VALIDER_1",
    "ERREUR_FOURNISSEUR_SUR_VALIDEUR",
    "REFUSEE_1",
    "VALIDEE_1",
    "ABSENCE_VALIDATION_1_HORS_DELAI",
    "A_VALIDER_2",
    "ERREUR_COTRAITANT_SUR_VALIDEUR",
    "REFUSEE_2",
    "VALIDEE_2",
    "ABSENCE_VALIDATION_2_HORS_DELAI",
    DEPOSEE,
    "ERREUR_FOURNISSEUR_SUR_MOE",
    EN_COURS_ACHEMINEMENT,
    MISE_A_DISPOSITION,
    A_RECYCLER,
    SUSPENDUE,
    REJETEE,
    MANDATEE,
    MISE_EN_PAIEMENT,
    COMPTABILISEE,
    MISE_A_DISPOSITION_COMPTABLE,
    "ABANDONNEE",
    "SUPPRIMEE",
    "ASSOCIEE",
    "EN_COURS_TRAITEMENT_PIVOT_S",
    "A_VALIDER_MOE",
    "REFUSEE_MOE",
    "EN_ATTENTE_RECYCLAGE_FOURNISSEUR",
    "ERREUR_MOE_SUR_FOURNISSEUR",
    "ERREUR_MOA_SUR_FOURNISSEUR",
    "INTERPRETEE_OCR",
    COMPLETEE,
    "ERREUR_FOURNISSEUR_SUR_MOA",
    "ERREUR_MOE_SUR_MOA",
    "ERREUR_DESTINATAIRE_PD",
    "ERREUR_DESTINATAIRE_EA",
    SERVICE_FAIT,
    "NON_CONFORME",
    "A_ASSOCIER_MOE",
    "ERREUR_DE_MOE",
    "MISE_A_DISPOSITION_MOE",
    "PRISE_EN_COMPTE_MOE",
    "A_ASSOCIER_MOA",
    "ERREUR_DE_MOA",
    "REFUSEE_MOA",
    "A_ASSOCIER_FOURNISSEUR",
    "REFUSEE_FOURNISSEUR",
    "A_COMPLETER",
    "TRANSMISE_MOA",
    "PRISE_EN_COMPTE_DESTINATAIRE",
    "REMPLACEE_PAR_A22",
    "DUPLIQUE_APRES_REFUS",
    "MISE_A_DISPOSITION_MOA",
    "PRISE_EN_COMPTE_MOA",
    "TECHNIQUE_INCONNU",
];

/// Codes that the recipient's own search lists. What is still with the supplier, a validator or in the works circuit is not his yet.
const VISIBLES: [&str; 13] = [
    EN_COURS_ACHEMINEMENT,
    MISE_A_DISPOSITION,
    A_RECYCLER,
    SUSPENDUE,
    REJETEE,
    SERVICE_FAIT,
    MANDATEE,
    MISE_A_DISPOSITION_COMPTABLE,
    COMPTABILISEE,
    MISE_EN_PAIEMENT,
    COMPLETEE,
    "PRISE_EN_COMPTE_DESTINATAIRE",
    "EN_ATTENTE_RECYCLAGE_FOURNISSEUR",
];

/// Targets that the recipient may ask for, in the order of AIFE's own answer (`SERVICE_FAIT` after them: real clients use it).
const CIBLES: [&str; 9] = [
    MISE_A_DISPOSITION,
    SUSPENDUE,
    REJETEE,
    MANDATEE,
    MISE_EN_PAIEMENT,
    COMPTABILISEE,
    MISE_A_DISPOSITION_COMPTABLE,
    A_RECYCLER,
    SERVICE_FAIT,
];

/// Whether `code` is one of the official 56.
#[must_use]
pub fn is_official(code: &str) -> bool {
    TOUS.contains(&code)
}

/// Whether a recipient's search shows an invoice at this status. A code that is not in the official enum is shown: a client has to live with it.
#[must_use]
pub fn is_visible_to_recipient(code: &str) -> bool {
    VISIBLES.contains(&code) || !is_official(code)
}

/// Whether a recipient may move an invoice from `from` to `to`.
///
/// `returns_after_mandate` decides the three cells that nobody could confirm: whether a mandated invoice may still be suspended,
/// refused or recycled.
#[must_use]
pub fn may_move(from: &str, to: &str, returns_after_mandate: bool) -> bool {
    let after_mandate = matches!(
        to,
        MISE_A_DISPOSITION_COMPTABLE | COMPTABILISEE | MISE_EN_PAIEMENT
    );
    match from {
        MISE_A_DISPOSITION | COMPLETEE | EN_COURS_ACHEMINEMENT => CIBLES.contains(&to),
        SERVICE_FAIT => after_mandate || matches!(to, SUSPENDUE | REJETEE | A_RECYCLER | MANDATEE),
        MANDATEE => {
            after_mandate
                || (returns_after_mandate && matches!(to, SUSPENDUE | REJETEE | A_RECYCLER))
        }
        MISE_A_DISPOSITION_COMPTABLE => {
            matches!(to, COMPTABILISEE | MISE_EN_PAIEMENT)
                || (returns_after_mandate && matches!(to, SUSPENDUE | REJETEE))
        }
        COMPTABILISEE => to == MISE_EN_PAIEMENT,
        _ => false,
    }
}

/// The targets possible from `from`, as `recuperer/etats/traitement` lists them.
#[must_use]
pub fn targets_from(from: &str, returns_after_mandate: bool) -> Vec<&'static str> {
    CIBLES
        .into_iter()
        .filter(|to| may_move(from, to, returns_after_mandate))
        .collect()
}

/// Whether a reason is compulsory with this target.
#[must_use]
pub fn needs_motif(target: &str) -> bool {
    matches!(target, SUSPENDUE | REJETEE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_matrix_is_as_documented() {
        let columns = [
            MISE_A_DISPOSITION,
            SUSPENDUE,
            REJETEE,
            A_RECYCLER,
            SERVICE_FAIT,
            MANDATEE,
            MISE_A_DISPOSITION_COMPTABLE,
            COMPTABILISEE,
            MISE_EN_PAIEMENT,
        ];
        // One letter a column; `?` is decided by the option.
        let rows = [
            (MISE_A_DISPOSITION, "yyyyyyyyy"),
            (COMPLETEE, "yyyyyyyyy"),
            (EN_COURS_ACHEMINEMENT, "yyyyyyyyy"),
            (SERVICE_FAIT, "nyyynyyyy"),
            (MANDATEE, "n???nnyyy"),
            (MISE_A_DISPOSITION_COMPTABLE, "n??nnnnyy"),
            (COMPTABILISEE, "nnnnnnnny"),
            (SUSPENDUE, "nnnnnnnnn"),
            (A_RECYCLER, "nnnnnnnnn"),
            (REJETEE, "nnnnnnnnn"),
            (MISE_EN_PAIEMENT, "nnnnnnnnn"),
            (DEPOSEE, "nnnnnnnnn"),
        ];
        for (from, cells) in rows {
            for (to, cell) in columns.iter().zip(cells.chars()) {
                for returns in [true, false] {
                    let expected = cell == 'y' || (cell == '?' && returns);
                    assert_eq!(
                        may_move(from, to, returns),
                        expected,
                        "{from} to {to}, returns {returns}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_enum_has_the_56_official_codes_once_each() {
        let unique: std::collections::BTreeSet<_> = TOUS.iter().collect();
        assert_eq!(unique.len(), 56);
    }
}
