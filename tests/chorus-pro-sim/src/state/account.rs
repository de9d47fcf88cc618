//! Who may call: the PISTE application and the technical accounts.

/// An application registered with PISTE.
#[derive(Debug, Clone)]
pub struct PisteApplication {
    /// OAuth `client_id`.
    pub client_id: String,
    /// OAuth `client_secret`.
    pub client_secret: String,
}

/// A technical account: what the `cpro-account` header carries.
#[derive(Debug, Clone)]
pub struct Account {
    /// `TECH_1_1@cpro.fr`.
    pub login: String,
    /// Its password.
    pub password: String,
    /// The structures it may act for.
    pub structures: Vec<i64>,
    /// Whether its password ran out: every call then ends in 401.
    pub expired: bool,
    /// Whether it may change statuses; without it `traiter/recue` answers 20001.
    pub may_modify: bool,
}

impl Account {
    /// Whether the account acts for this structure.
    #[must_use]
    pub fn covers(&self, structure: i64) -> bool {
        self.structures.contains(&structure)
    }
}
