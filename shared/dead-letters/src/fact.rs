//! What is kept of a dead letter.

use std::collections::BTreeMap;

use archive::keys::{self, KeyError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Queue, about::About, next_action};

/// Version of [`Fact`].
const VERSION: u32 = 1;

/// A dead letter: why it is one, what to do about it, and the message whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// The format of this object.
    pub version: u32,
    /// Where the message was.
    pub queue: Queue,
    /// The id that it had there.
    pub message_id: String,
    /// The class of the error: a stable name to sort by.
    pub class: String,
    /// Why, in a sentence.
    pub reason: String,
    /// What to do about it, in French.
    pub action: String,
    /// The message, as it was received.
    pub body: String,
    /// Its text attributes, where they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The establishment, when the body tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siret: Option<String>,
    /// The invoice, when the body tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_facture: Option<u64>,
    /// The message's group, which keeps its order among others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// How often it was received.
    pub attempts: u32,
    /// When it was first sent, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When it was given up, or found to be.
    pub at: Timestamp,
    /// What a person did about it; absent while it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// What a person did about a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// What.
    pub how: How,
    /// Who.
    pub by: String,
    /// Why it was discarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The two ways in which a dead letter ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum How {
    /// It was sent to its queue again.
    Redriven,
    /// It was laid aside for good.
    Discarded,
}

/// A message that is given up, before what it says is looked at.
#[derive(Debug)]
pub(crate) struct GivenUp<'a> {
    pub(crate) queue: Queue,
    pub(crate) message_id: &'a str,
    pub(crate) class: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) body: &'a str,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) group_id: Option<&'a str>,
    pub(crate) attempts: u32,
    pub(crate) sent_at: Option<Timestamp>,
}

impl Fact {
    pub(crate) fn of(given_up: GivenUp<'_>, at: Timestamp) -> Self {
        let GivenUp {
            queue,
            message_id,
            class,
            reason,
            body,
            attributes,
            group_id,
            attempts,
            sent_at,
        } = given_up;
        let about = About::of(body);
        Self {
            version: VERSION,
            queue,
            message_id: message_id.to_owned(),
            class: class.to_owned(),
            reason: reason.to_owned(),
            action: next_action(queue, class).to_owned(),
            body: body.to_owned(),
            attributes,
            siret: about.siret,
            id_facture: about.id_facture,
            group_id: group_id.map(str::to_owned),
            attempts,
            sent_at,
            at,
            resolution: None,
        }
    }

    /// Where it lies in the state bucket.
    ///
    /// # Errors
    /// The message's id cannot stand in a key.
    pub fn key(&self) -> Result<String, KeyError> {
        keys::dead_letter(self.queue.name(), &self.message_id)
    }

    /// The `type` of the message, where it says one.
    #[must_use]
    pub fn event_type(&self) -> Option<String> {
        About::of(&self.body).event_type
    }
}
