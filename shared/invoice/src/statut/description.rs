//! What a status is called, who sets it, and what it means for whoever waits on the invoice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Statut;

/// Who can put an invoice into a status.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Auteur {
    /// Chorus Pro itself.
    Systeme,
    /// The supplier, or the co-contractor or sub-contractor in its place.
    Fournisseur,
    /// Whoever validates an A9 or A12 invoice before the recipient sees it.
    Valideur,
    /// The recipient's ordonnateur: a person on the portal, or the ERP through Relais.
    Destinataire,
    /// The public accountant, mostly through Hélios.
    Comptable,
    /// The project manager of works (maîtrise d'œuvre).
    Moe,
    /// The contracting authority of works (maîtrise d'ouvrage).
    Moa,
    /// A status outside the official enum: nobody knows.
    Inconnu,
}

pub(super) struct Description {
    pub(super) libelle: &'static str,
    pub(super) id_statut: Option<u8>,
    pub(super) auteurs: &'static [Auteur],
}

impl Statut {
    /// The French label, for people.
    #[must_use]
    pub fn libelle(&self) -> &'static str {
        self.description().libelle
    }

    /// The number of the status in EDI status messages (`IdStatut` of CPPStatut V1_19), where it is published (01 to 12).
    #[must_use]
    pub fn id_statut(&self) -> Option<u8> {
        self.description().id_statut
    }

    /// The status behind an EDI number (`IdStatut`), for the twelve published ones.
    ///
    /// 04 is `A_RECYCLER`, not `REJETEE`: both are labelled "rejetée par l'ordonnateur" there, and clients have mixed them up.
    #[must_use]
    pub fn depuis_id_statut(id: u8) -> Option<Statut> {
        Statut::CONNUS
            .iter()
            .find(|statut| statut.id_statut() == Some(id))
            .cloned()
    }

    /// Who can set the status, most usual first; never empty.
    #[must_use]
    pub fn auteurs(&self) -> &'static [Auteur] {
        self.description().auteurs
    }

    /// Whether the circuit has nothing after this status: paid, rejected (the supplier sends a new invoice), given up,
    /// deleted, or replaced by another document.
    ///
    /// For display. It is no reason to stop listening: a person at the portal may still change what the circuit does not foresee.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Statut::MiseEnPaiement
                | Statut::Rejetee
                | Statut::Abandonnee
                | Statut::Supprimee
                | Statut::RemplaceeParA22
                | Statut::DupliqueApresRefus
        )
    }

    /// Whether the next move is the supplier's: complete, deposit again, or send another invoice.
    #[must_use]
    pub fn attend_le_fournisseur(&self) -> bool {
        matches!(
            self,
            Statut::Suspendue | Statut::ARecycler | Statut::Rejetee
        )
    }

    /// Whether Chorus Pro demands a `motif` with the status (`traiter/recue`: "dans l'obligation de motiver son choix").
    #[must_use]
    pub fn exige_un_motif(&self) -> bool {
        matches!(self, Statut::Rejetee | Statut::Suspendue)
    }

    /// Whether the document is still on its way between supplier, maîtrise d'œuvre and maîtrise d'ouvrage of a works contract.
    ///
    /// There the MOE and the MOA act on the portal, with services of their own (associate, take into account, refuse); `traiter/recue`
    /// is the recipient's, once the document is made available to it.
    #[must_use]
    pub fn est_du_circuit_travaux(&self) -> bool {
        matches!(
            self,
            Statut::Associee
                | Statut::AAssocierFournisseur
                | Statut::AAssocierMoe
                | Statut::AAssocierMoa
                | Statut::AValiderMoe
                | Statut::AbsenceValidationMoeDelaiReglementaire
                | Statut::ACompleter
                | Statut::EnAttenteRecyclageFournisseur
                | Statut::ErreurDeMoa
                | Statut::ErreurDeMoe
                | Statut::ErreurDestinataireEa
                | Statut::ErreurDestinatairePd
                | Statut::ErreurFournisseurSurMoa
                | Statut::ErreurFournisseurSurMoe
                | Statut::ErreurMoaSurFournisseur
                | Statut::ErreurMoeSurFournisseur
                | Statut::ErreurMoeSurMoa
                | Statut::MiseADispositionMoa
                | Statut::MiseADispositionMoe
                | Statut::PriseEnCompteMoa
                | Statut::PriseEnCompteMoe
                | Statut::RefuseeFournisseur
                | Statut::RefuseeMoa
                | Statut::RefuseeMoe
                | Statut::RemplaceeParA22
                | Statut::TransmiseMoa
        )
    }

    /// How far along the payment circuit the status is: 1 for `SERVICE_FAIT` to 5 for `MISE_EN_PAIEMENT`.
    ///
    /// `None` off that road (before it, sent back, unknown). All steps but the last are optional on Chorus Pro,
    /// so a higher rank includes the lower ones.
    #[must_use]
    pub fn rang(&self) -> Option<u8> {
        match self {
            Statut::ServiceFait => Some(1),
            Statut::Mandatee => Some(2),
            Statut::MiseADispositionComptable => Some(3),
            Statut::Comptabilisee => Some(4),
            Statut::MiseEnPaiement => Some(5),
            _ => None,
        }
    }

    /// Whether an invoice at this status has gone past `souhaite` on the payment circuit.
    #[must_use]
    pub fn depasse(&self, souhaite: &Statut) -> bool {
        matches!((self.rang(), souhaite.rang()), (Some(ici), Some(voulu)) if ici > voulu)
    }
}
