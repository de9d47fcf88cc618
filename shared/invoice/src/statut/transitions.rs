//! Which status a recipient may ask for, from which: the portal's own answer first, a table where it has none.

use std::collections::{BTreeMap, BTreeSet};

use super::Statut;

/// How sure the table is of a transition. AIFE publishes no matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certitude {
    /// In AIFE's published answer of `recuperer/etats/traitement`.
    Publiee,
    /// Follows from what recipients' systems have done for years and from the life cycle AIFE describes.
    Etablie,
    /// Likely (the accountant may send a mandate back), never seen in a source.
    Plausible,
}

/// Who a [`Verdict`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The portal answered `recuperer/etats/traitement` for the status at hand.
    Portail,
    /// The built-in table.
    Table(Certitude),
}

/// The answer to "may the recipient ask for this?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Yes, says the source.
    Possible(Source),
    /// No: the portal would answer 20002.
    Impossible(Source),
    /// Nothing is known of this status or this target: the portal has to judge.
    Indetermine,
}

impl Verdict {
    /// Whether a call is worth making.
    #[must_use]
    pub fn permet(self) -> bool {
        !matches!(self, Verdict::Impossible(_))
    }
}

use Certitude::{Etablie, Plausible, Publiee};

type Cibles = &'static [(Statut, Certitude)];

const DEPUIS_MISE_A_DISPOSITION: Cibles = &[
    (Statut::MiseADisposition, Publiee),
    (Statut::Suspendue, Publiee),
    (Statut::Rejetee, Publiee),
    (Statut::ARecycler, Publiee),
    (Statut::ServiceFait, Etablie),
    (Statut::Mandatee, Publiee),
    (Statut::MiseADispositionComptable, Publiee),
    (Statut::Comptabilisee, Publiee),
    (Statut::MiseEnPaiement, Publiee),
];

/// Where the other statuses before any treatment lead: as for an invoice made available, but unpublished.
const AVANT_TRAITEMENT: Cibles = &[
    (Statut::MiseADisposition, Etablie),
    (Statut::Suspendue, Etablie),
    (Statut::Rejetee, Etablie),
    (Statut::ARecycler, Etablie),
    (Statut::ServiceFait, Etablie),
    (Statut::Mandatee, Etablie),
    (Statut::MiseADispositionComptable, Etablie),
    (Statut::Comptabilisee, Etablie),
    (Statut::MiseEnPaiement, Etablie),
];

/// From each status, what a recipient may ask for. A status with an empty row is a dead end for the recipient:
/// the supplier, the system, or nobody moves next. A status without a row is one the table knows nothing of.
pub const MATRICE: &[(Statut, Cibles)] = &[
    (Statut::MiseADisposition, DEPUIS_MISE_A_DISPOSITION),
    (Statut::Completee, AVANT_TRAITEMENT),
    (Statut::EnCoursAcheminement, AVANT_TRAITEMENT),
    (
        Statut::ServiceFait,
        &[
            (Statut::Suspendue, Etablie),
            (Statut::Rejetee, Etablie),
            (Statut::ARecycler, Etablie),
            (Statut::Mandatee, Etablie),
            (Statut::MiseADispositionComptable, Etablie),
            (Statut::Comptabilisee, Etablie),
            (Statut::MiseEnPaiement, Etablie),
        ],
    ),
    (
        Statut::Mandatee,
        &[
            (Statut::Suspendue, Plausible),
            (Statut::Rejetee, Plausible),
            (Statut::ARecycler, Plausible),
            (Statut::MiseADispositionComptable, Etablie),
            (Statut::Comptabilisee, Etablie),
            (Statut::MiseEnPaiement, Etablie),
        ],
    ),
    (
        Statut::MiseADispositionComptable,
        &[
            (Statut::Suspendue, Plausible),
            (Statut::Rejetee, Plausible),
            (Statut::Comptabilisee, Etablie),
            (Statut::MiseEnPaiement, Etablie),
        ],
    ),
    (Statut::Comptabilisee, &[(Statut::MiseEnPaiement, Etablie)]),
    (Statut::Suspendue, &[]),
    (Statut::ARecycler, &[]),
    (Statut::Rejetee, &[]),
    (Statut::MiseEnPaiement, &[]),
    (Statut::Deposee, &[]),
];

/// The nine statuses that recipients' systems are known to set with `traiter/recue`.
pub const CIBLES: &[Statut] = &[
    Statut::MiseADisposition,
    Statut::Suspendue,
    Statut::Rejetee,
    Statut::ARecycler,
    Statut::ServiceFait,
    Statut::Mandatee,
    Statut::MiseADispositionComptable,
    Statut::Comptabilisee,
    Statut::MiseEnPaiement,
];

/// Three more that one client's list has, for works circuits: the portal has to judge them.
pub const CIBLES_TRAVAUX: &[Statut] = &[
    Statut::Completee,
    Statut::PriseEnCompteDestinataire,
    Statut::TransmiseMoa,
];

/// Statuses that the portal's answer is known to leave out although `traiter/recue` takes them: AIFE's own published
/// answer has no `SERVICE_FAIT`, which recipients have been setting for years. For these the table keeps its word.
pub const TUS_PAR_LE_PORTAIL: &[Statut] = &[Statut::ServiceFait];

/// What a recipient may ask for: the portal's answers as far as they are known, the table for the rest.
///
/// Ask the portal (`recuperer/etats/traitement`) once for each status met, hand its answer to [`Transitions::retenir`],
/// and keep this value as long as the process lives.
#[derive(Debug, Clone, Default)]
pub struct Transitions {
    portail: BTreeMap<Statut, BTreeSet<Statut>>,
    sans_plausibles: bool,
}

impl Transitions {
    /// The table alone, which also lets through what is merely [`Certitude::Plausible`]: the portal's refusal costs one call.
    #[must_use]
    pub fn table() -> Self {
        Self::default()
    }

    /// The table without its [`Certitude::Plausible`] transitions.
    #[must_use]
    pub fn table_stricte() -> Self {
        Self {
            sans_plausibles: true,
            ..Self::default()
        }
    }

    /// Remembers the portal's answer for `depuis`; a later answer replaces an earlier one.
    ///
    /// An empty answer is remembered as "nothing is possible": do not hand in a failed call.
    pub fn retenir(&mut self, depuis: Statut, possibles: impl IntoIterator<Item = Statut>) {
        self.portail.insert(depuis, possibles.into_iter().collect());
    }

    /// Whether the portal has been asked for `depuis`.
    #[must_use]
    pub fn connait(&self, depuis: &Statut) -> bool {
        self.portail.contains_key(depuis)
    }

    /// Whether the portal, asked for any status, has ever named `cible` as something that can be set.
    #[must_use]
    pub fn nomme(&self, cible: &Statut) -> bool {
        self.portail
            .values()
            .any(|possibles| possibles.contains(cible))
    }

    /// May the recipient ask for `vers` when the invoice is at `depuis`?
    #[must_use]
    pub fn verdict(&self, depuis: &Statut, vers: &Statut) -> Verdict {
        if let Some(possibles) = self.portail.get(depuis) {
            if possibles.contains(vers) {
                return Verdict::Possible(Source::Portail);
            }
            if !TUS_PAR_LE_PORTAIL.contains(vers) {
                return Verdict::Impossible(Source::Portail);
            }
        }
        self.verdict_de_la_table(depuis, vers)
    }

    fn verdict_de_la_table(&self, depuis: &Statut, vers: &Statut) -> Verdict {
        let Some((_, cibles)) = MATRICE.iter().find(|(statut, _)| statut == depuis) else {
            // What the MOE and the MOA have in hand is not the recipient's to treat yet.
            return if depuis.est_du_circuit_travaux() && CIBLES.contains(vers) {
                Verdict::Impossible(Source::Table(Certitude::Etablie))
            } else {
                Verdict::Indetermine
            };
        };
        match cibles.iter().find(|(cible, _)| cible == vers) {
            Some((_, Certitude::Plausible)) if self.sans_plausibles => {
                Verdict::Impossible(Source::Table(Certitude::Plausible))
            }
            Some((_, certitude)) => Verdict::Possible(Source::Table(*certitude)),
            None if CIBLES.contains(vers) || cibles.is_empty() => {
                Verdict::Impossible(Source::Table(Certitude::Etablie))
            }
            None => Verdict::Indetermine,
        }
    }

    /// All that may be asked for from `depuis`, for a sentence to a person; empty when nothing may, or nothing is known.
    #[must_use]
    pub fn possibles(&self, depuis: &Statut) -> Vec<Statut> {
        let mut possibles: BTreeSet<Statut> = self.portail.get(depuis).cloned().unwrap_or_default();
        possibles.extend(
            CIBLES
                .iter()
                .filter(|cible| matches!(self.verdict(depuis, cible), Verdict::Possible(_)))
                .cloned(),
        );
        possibles.into_iter().collect()
    }
}
