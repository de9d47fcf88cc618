use jiff::civil::Date;

use crate::{
    Account, Error, Operation, Statut,
    values::{request, response},
};

request! {
    /// A state to set on an invoice received.
    pub struct TraiterRecue {
        /// The user; the account in the header identifies it, so leave it out.
        id_utilisateur_courant: Option<i64> = "idUtilisateurCourant",
        /// The invoice.
        id_facture: i64 = "idFacture",
        /// The state to set.
        nouveau_statut: Option<Statut> = "nouveauStatut",
        /// Why: mandatory for REJETEE and SUSPENDUE, at most 255 characters. A production client sends an empty text for the others.
        motif: Option<String> = "motif",
        /// Number of the mandat or payment request, with MANDATEE.
        numero_dp_mandat: Option<String> = "numeroDPMandat",
    }
}

impl TraiterRecue {
    /// Sets a state without a motif.
    #[must_use]
    pub fn new(id_facture: i64, nouveau_statut: Statut) -> Self {
        Self {
            id_facture,
            nouveau_statut: Some(nouveau_statut),
            ..Self::default()
        }
    }
}

response! {
    /// What the portal did.
    pub struct FactureTraitee {
        /// The invoice.
        id_facture: Option<i64> = "idFacture",
        /// Number given by the supplier.
        numero_facture: Option<String> = "numeroFacture",
        /// When.
        date_traitement: Option<Date> = "dateTraitement",
        /// The state set.
        nouveau_statut: Option<Statut> = "nouveauStatut",
    }
}

impl Account {
    /// `factures/v1/traiter/recue`: sets a state.
    ///
    /// It is repeated only when the request certainly did not leave, or when a 401 says that the token was no longer good. After an error ask
    /// [`Error::effect`]: when [`Unclear`](crate::Effect::Unclear), read [`consulter_historique`](Self::consulter_historique) before anything
    /// is sent again.
    ///
    /// # Errors
    /// See [`Error`]; [`ErrorKind::Refused`](crate::ErrorKind::Refused) with 20002 when the state cannot follow the current one.
    pub async fn traiter_recue(&self, what: &TraiterRecue) -> Result<FactureTraitee, Error> {
        self.about([what.id_facture])
            .call(Operation::TraiterRecue, what)
            .await?
            .read()
    }
}
