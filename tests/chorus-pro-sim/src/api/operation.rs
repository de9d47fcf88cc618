//! The paths that are routed.

use serde::Serialize;

/// One operation of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// The OAuth token.
    Token,
    /// Search as recipient.
    RechercherRecipiendaire,
    /// Search what is to be treated.
    RechercherATraiter,
    /// One invoice.
    ConsulterRecipiendaire,
    /// Its past.
    ConsulterHistorique,
    /// Download.
    TelechargerGroupe,
    /// Change of status.
    TraiterRecue,
    /// Search of works invoices by role.
    RechercherTravaux,
    /// Search of structures.
    RechercherStructures,
    /// One structure.
    ConsulterStructure,
    /// Its services.
    RechercherServices,
    /// The structures of the account.
    StructuresActivesDestinataire,
    /// Possible targets.
    EtatsTraitement,
    /// VAT rates, the usual connection probe.
    TauxTva,
    /// Health.
    HealthCheck,
    /// Anything else.
    Unknown,
}

impl Operation {
    /// Every routed operation.
    pub const ALL: [Self; 15] = [
        Self::Token,
        Self::RechercherRecipiendaire,
        Self::RechercherATraiter,
        Self::ConsulterRecipiendaire,
        Self::ConsulterHistorique,
        Self::TelechargerGroupe,
        Self::TraiterRecue,
        Self::RechercherTravaux,
        Self::RechercherStructures,
        Self::ConsulterStructure,
        Self::RechercherServices,
        Self::StructuresActivesDestinataire,
        Self::EtatsTraitement,
        Self::TauxTva,
        Self::HealthCheck,
    ];

    /// Its path after `/cpro/`, as faults and the journal name it; `token` for the token.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::RechercherRecipiendaire => "factures/v1/rechercher/recipiendaire",
            Self::RechercherATraiter => "factures/v1/rechercher/atraiter/recipiendaire",
            Self::ConsulterRecipiendaire => "factures/v1/consulter/recipiendaire",
            Self::ConsulterHistorique => "factures/v1/consulter/historique",
            Self::TelechargerGroupe => "factures/v1/telecharger/groupe",
            Self::TraiterRecue => "factures/v1/traiter/recue",
            Self::RechercherTravaux => "facturesTravaux/v1/rechercher",
            Self::RechercherStructures => "structures/v1/rechercher",
            Self::ConsulterStructure => "structures/v1/consulter",
            Self::RechercherServices => "structures/v1/rechercher/services",
            Self::StructuresActivesDestinataire => {
                "transverses/v1/recuperer/structures/actives/destinataire"
            }
            Self::EtatsTraitement => "transverses/v1/recuperer/etats/traitement",
            Self::TauxTva => "transverses/v1/recuperer/tauxtva",
            Self::HealthCheck => "transverses/v1/health-check",
            Self::Unknown => "unknown",
        }
    }

    /// The operation at this path of the server. Paths are case sensitive.
    #[must_use]
    pub fn at(path: &str) -> Self {
        if path == "/api/oauth/token" {
            return Self::Token;
        }
        let Some(rest) = path.strip_prefix("/cpro/") else {
            return Self::Unknown;
        };
        Self::ALL
            .into_iter()
            .find(|operation| *operation != Self::Token && operation.name() == rest)
            .unwrap_or(Self::Unknown)
    }
}

impl Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
