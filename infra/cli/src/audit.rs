//! What an operator did, kept in the state bucket: who, when, what, and what came of it.

use std::process::Command;

use archive::{BucketStore, keys};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{place::value, trouble::Trouble};

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// Qui agit, pour le journal d'audit ; par défaut $USER@machine.
    #[arg(long, value_name = "QUI")]
    by: Option<String>,
}

impl Who {
    pub(crate) fn name(&self) -> String {
        self.by.clone().unwrap_or_else(|| {
            let user = value("USER").or_else(|| value("USERNAME"));
            format!("{}@{}", user.as_deref().unwrap_or("inconnu"), machine())
        })
    }
}

fn machine() -> String {
    let asked = || {
        let answer = Command::new("hostname").output().ok()?;
        let name = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
        (!name.is_empty()).then_some(name)
    };
    value("HOSTNAME")
        .or_else(|| value("COMPUTERNAME"))
        .or_else(asked)
        .unwrap_or_else(|| "machine-inconnue".to_owned())
}

/// An act in progress: written before anything is done, and again with what came of it. One that was cut off has no `outcome`.
pub(crate) struct Act<'a> {
    state: &'a BucketStore,
    key: String,
    record: Record,
}

#[derive(Debug, Serialize)]
struct Record {
    version: u32,
    at: Timestamp,
    by: String,
    action: &'static str,
    what: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Value>,
}

impl<'a> Act<'a> {
    /// Notes what is about to be done.
    pub(crate) async fn begin(
        state: &'a BucketStore,
        at: Timestamp,
        by: &str,
        action: &'static str,
        what: Value,
    ) -> Result<Self, Trouble> {
        let record = Record {
            version: 1,
            at,
            by: by.to_owned(),
            action,
            what,
            outcome: None,
        };
        let key = keys::audit(at, action)?;
        state.put_json(&key, &record).await?;
        Ok(Self { state, key, record })
    }

    /// Notes what came of it.
    pub(crate) async fn end(mut self, outcome: Value) -> Result<(), Trouble> {
        self.record.outcome = Some(outcome);
        Ok(self.state.put_json(&self.key, &self.record).await?)
    }
}
