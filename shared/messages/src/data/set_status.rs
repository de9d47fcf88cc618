//! `relais.status.set.v1`.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};

use super::AboutInvoice;
use crate::{CloudEvent, FieldProblem, Message, event_id, parse::check_siret};

/// The ERP's command to set the status of an invoice on the portal. It ends in exactly one `relais.status.applied.v1` or
/// `relais.status.refused.v1`.
///
/// The CloudEvents `id` is the command's own: sent again with the same `id` and `source`, it is the same command and nothing is done
/// twice. In the queue, commands for one invoice go with the same `MessageGroupId`, and so keep their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetStatus {
    /// The establishment that received the invoice.
    #[schemars(regex(pattern = "^[0-9]{14}$"))]
    pub siret: String,
    /// The portal's id of the invoice.
    #[schemars(range(min = 1))]
    pub id_facture: u64,
    /// The status to set, or several to set one after the other.
    pub nouveau_statut: Steps,
    /// The reason; required for `SUSPENDUE` and `REJETEE`. The portal takes 255 characters: of a longer one it gets the
    /// beginning, the whole stays in the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motif: Option<String>,
    /// The number of the mandat, with `MANDATEE`.
    #[serde(rename = "numeroDPMandat", skip_serializing_if = "Option::is_none")]
    pub numero_dp_mandat: Option<String>,
    /// The ERP's own reference; it comes back in the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_erp: Option<String>,
    /// The status that the ERP believes the invoice to have. When it has another, the command is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statut_actuel: Option<String>,
    /// Whether to suspend a second time, though the law knows one suspension (Code de la commande publique, R2192-27).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insister: bool,
}

impl SetStatus {
    /// The command as an ERP sends it: `id` is the ERP's own, `source` names the ERP.
    pub fn into_event(self, id: impl Into<String>, source: impl Into<String>) -> CloudEvent<Self> {
        CloudEvent {
            id: id.into(),
            source: source.into(),
            subject: Some(self.id_facture.to_string()),
            time: None,
            data: self,
        }
    }
}

impl CloudEvent<SetStatus> {
    /// What the command is known by in the archive: the same for the same `source` and `id`, 64 hexadecimal digits, whatever
    /// characters these have.
    #[must_use]
    pub fn push_key(&self) -> String {
        event_id(SetStatus::TYPE, &[&self.source, &self.id])
    }
}

impl Message for SetStatus {
    const TYPE: &'static str = "relais.status.set.v1";

    fn check(&self) -> Result<(), FieldProblem> {
        check_siret(&self.siret)?;
        if self.id_facture == 0 {
            return Err(FieldProblem::new("data.idFacture", "is not above 0"));
        }
        Ok(())
    }
}

impl AboutInvoice for SetStatus {
    fn siret(&self) -> &str {
        &self.siret
    }

    fn id_facture(&self) -> u64 {
        self.id_facture
    }
}

/// One or more statuses, in the order in which they are to be set. In JSON: a text, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(Vec<String>);

impl Steps {
    /// The statuses; at least one.
    #[must_use]
    pub fn statuses(&self) -> &[String] {
        &self.0
    }

    fn new(statuses: &[String]) -> Result<Self, &'static str> {
        let statuses: Vec<String> = statuses.iter().map(|s| s.trim().to_owned()).collect();
        if statuses.is_empty() {
            return Err("names no status");
        }
        if statuses.iter().any(String::is_empty) {
            return Err("has an empty status");
        }
        Ok(Self(statuses))
    }
}

impl From<&str> for Steps {
    fn from(status: &str) -> Self {
        Self(vec![status.to_owned()])
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Steps {
    fn from(statuses: [S; N]) -> Self {
        const { assert!(N > 0, "a command names at least one status") };
        Self(statuses.map(Into::into).into())
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList;

        impl<'de> Visitor<'de> for TextOrList {
            type Value = Steps;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status or a list of statuses")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Steps, E> {
                Steps::new(&[text.to_owned()]).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Steps, A::Error> {
                let mut statuses = Vec::new();
                while let Some(status) = list.next_element::<String>()? {
                    statuses.push(status);
                }
                Steps::new(&statuses).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(TextOrList)
    }
}

impl JsonSchema for Steps {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Steps".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"oneOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
        ]})
    }
}
