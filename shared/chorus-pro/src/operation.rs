use std::fmt;

/// An operation of the API, as errors and logs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// The PISTE token, `POST /api/oauth/token`.
    Jeton,
    /// `POST /cpro/factures/v1/rechercher/recipiendaire`
    RechercherRecipiendaire,
    /// `POST /cpro/factures/v1/consulter/recipiendaire`
    ConsulterRecipiendaire,
    /// `POST /cpro/factures/v1/consulter/historique`
    ConsulterHistorique,
    /// `POST /cpro/factures/v1/telecharger/groupe`
    TelechargerGroupe,
    /// `POST /cpro/factures/v1/traiter/recue`
    TraiterRecue,
    /// `POST /cpro/facturesTravaux/v1/rechercher`
    RechercherFacturesTravaux,
    /// `POST /cpro/structures/v1/rechercher`
    RechercherStructures,
    /// `POST /cpro/structures/v1/consulter`
    ConsulterStructure,
    /// `POST /cpro/structures/v1/rechercher/services`
    RechercherServices,
    /// `POST /cpro/transverses/v1/recuperer/structures/actives/destinataire`
    StructuresActivesDestinataire,
    /// `POST /cpro/transverses/v1/recuperer/etats/traitement`
    EtatsTraitement,
    /// `POST /cpro/transverses/v1/recuperer/tauxtva`
    TauxTva,
    /// `GET /cpro/transverses/v1/health-check`
    HealthCheck,
}

impl Operation {
    /// The path after the API's base URL; empty for the token, whose whole URL is configuration.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Jeton => "",
            Self::RechercherRecipiendaire => "/cpro/factures/v1/rechercher/recipiendaire",
            Self::ConsulterRecipiendaire => "/cpro/factures/v1/consulter/recipiendaire",
            Self::ConsulterHistorique => "/cpro/factures/v1/consulter/historique",
            Self::TelechargerGroupe => "/cpro/factures/v1/telecharger/groupe",
            Self::TraiterRecue => "/cpro/factures/v1/traiter/recue",
            Self::RechercherFacturesTravaux => "/cpro/facturesTravaux/v1/rechercher",
            Self::RechercherStructures => "/cpro/structures/v1/rechercher",
            Self::ConsulterStructure => "/cpro/structures/v1/consulter",
            Self::RechercherServices => "/cpro/structures/v1/rechercher/services",
            Self::StructuresActivesDestinataire => {
                "/cpro/transverses/v1/recuperer/structures/actives/destinataire"
            }
            Self::EtatsTraitement => "/cpro/transverses/v1/recuperer/etats/traitement",
            Self::TauxTva => "/cpro/transverses/v1/recuperer/tauxtva",
            Self::HealthCheck => "/cpro/transverses/v1/health-check",
        }
    }

    /// A short name for logs and metrics: `factures/rechercher/recipiendaire`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jeton => "oauth/token",
            Self::RechercherRecipiendaire => "factures/rechercher/recipiendaire",
            Self::ConsulterRecipiendaire => "factures/consulter/recipiendaire",
            Self::ConsulterHistorique => "factures/consulter/historique",
            Self::TelechargerGroupe => "factures/telecharger/groupe",
            Self::TraiterRecue => "factures/traiter/recue",
            Self::RechercherFacturesTravaux => "facturesTravaux/rechercher",
            Self::RechercherStructures => "structures/rechercher",
            Self::ConsulterStructure => "structures/consulter",
            Self::RechercherServices => "structures/rechercher/services",
            Self::StructuresActivesDestinataire => {
                "transverses/recuperer/structures/actives/destinataire"
            }
            Self::EtatsTraitement => "transverses/recuperer/etats/traitement",
            Self::TauxTva => "transverses/recuperer/tauxtva",
            Self::HealthCheck => "transverses/health-check",
        }
    }

    /// Whether a repeat has no effect of its own. Only `traiter/recue` changes something that a repeat would change again.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        self != Self::TraiterRecue
    }

    /// The sole GET of the family; everything else is a POST.
    pub(crate) fn is_get(self) -> bool {
        self == Self::HealthCheck
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
