//! Kill switches: an operator turns an establishment off without a deployment.

use jiff::Timestamp;
use lambda_kit::config::Establishment;
use serde::{Deserialize, Serialize};

use super::breaker::Scope;

/// What is to be done on the portal for an establishment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Its invoices are listed.
    List,
    /// Its invoices are fetched.
    Fetch,
    /// The ERP's decisions are sent.
    Push,
}

impl Use {
    /// The switch's name, in the configuration and in the object.
    #[must_use]
    pub fn switch(self) -> &'static str {
        match self {
            Self::List | Self::Fetch => "fetch",
            Self::Push => "push",
        }
    }

    pub(super) fn is_on(self, establishment: &Establishment) -> bool {
        match self {
            Self::List | Self::Fetch => establishment.fetch,
            Self::Push => establishment.push,
        }
    }

    /// The parts of the portal that it needs.
    pub(super) fn scopes(self) -> &'static [Scope] {
        match self {
            Self::List => &[Scope::All, Scope::Reads],
            Self::Fetch => &[Scope::All, Scope::Downloads],
            Self::Push => &[Scope::All, Scope::Reads, Scope::Statuses],
        }
    }
}

/// The object `switches/{siret}.json` of the state bucket. A switch is on when this and the configuration say so; no object, all on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Switches {
    /// The version of this shape: 1.
    pub version: u32,
    /// Whether invoices are listed and fetched.
    pub fetch: bool,
    /// Whether the ERP's decisions are sent.
    pub push: bool,
    /// Who set them.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Option<Timestamp>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            version: 1,
            fetch: true,
            push: true,
            by: String::new(),
            why: String::new(),
            at: None,
        }
    }
}

impl Switches {
    /// Whether this may be done.
    #[must_use]
    pub fn is_on(&self, what: Use) -> bool {
        match what {
            Use::List | Use::Fetch => self.fetch,
            Use::Push => self.push,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_written_by_hand_with_the_least_is_honoured() {
        let switches: Switches = serde_json::from_str(r#"{"push": false}"#).unwrap();
        assert!(switches.is_on(Use::Fetch) && !switches.is_on(Use::Push));
    }
}
