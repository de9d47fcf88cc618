//! What travels on the queues of Relais.
//!
//! Messages are CloudEvents 1.0 in JSON, structured mode ([`CloudEvent`]): four events for the ERP, one command from it, and the job
//! that goes from `poll` to `archive`. Names are Chorus Pro's where it has a word; amounts are decimal texts, instants RFC 3339 in UTC.
//! A message holds pointers into the archive, never a document; it names the supplier and carries no bank account and no agent's name.
//!
//! | type | Rust | who sends it |
//! |---|---|---|
//! | `relais.invoice.received.v1` | [`InvoiceReceived`] | archive, to the ERP |
//! | `relais.invoice.status-changed.v1` | [`StatusChanged`] | archive, to the ERP |
//! | `relais.status.applied.v1` | [`StatusApplied`] | push-status, to the ERP |
//! | `relais.status.refused.v1` | [`StatusRefused`] | push-status, to the ERP |
//! | `relais.status.set.v1` | [`SetStatus`] | the ERP |
//! | `relais.invoice.job.v1` | [`InvoiceJob`] | poll, to archive |
//!
//! An event's id is a [hash of what it is about](event_id): sent twice, it has the same id. The JSON Schemas in `schemas/` are made from
//! these types ([`schema`]), `asyncapi.yaml` describes the channels, `examples/` has one message of each.
//!
//! The [`sqs`] module is the one place that knows how messages are put on SQS. This crate knows neither HTTP nor S3, and no rule of
//! the domain: whether a status may be set is not its business.

mod data;
mod envelope;
mod error;
mod event_id;
mod parse;
pub mod schema;
pub mod sqs;

pub use data::{
    AboutInvoice, Amount, ArchivePointers, Document, Etablissement, Etape, Exigences, Finding,
    Fournisseur, InvoiceJob, InvoiceReceived, Montants, NotAnAmount, Reason, References, Resultat,
    Service, SetStatus, Settlement, StatusApplied, StatusChanged, StatusRefused, Steps, Travaux,
};
pub use envelope::{CloudEvent, Message};
pub use error::{FieldProblem, MessageError};
pub use event_id::event_id;
pub use parse::CommandIdentity;
