//! A batch of commands, in order for each invoice.
//!
//! What cannot be answered (no id, no invoice, no establishment of ours) is put in the dead-letter queue with the reason; every other
//! command goes on its errand.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_kit::{
    Deadline, Failure, Invocation,
    batch::{Batch, Outcome, Record},
    config::Document,
};
use messages::{CloudEvent, CommandIdentity, SetStatus};

use crate::{decision::identity, deps::Deps, errand::Errand};

/// Handles a batch of commands, in order for each invoice.
///
/// # Errors
/// The batch is unusable as a whole, or every command of it failed by its own fault.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<SqsEvent>,
) -> Result<SqsBatchResponse, Failure> {
    deps.portal.renew();
    let document = deps.config.current().await;
    let batch = Batch::new(invocation.payload, invocation.deadline)?.with_pace(deps.pace);
    let deadline = batch.work_deadline();
    let report = batch
        .each_in_order(
            async |record| one(deps, &document, record, deadline).await,
            &deps.caretaker,
        )
        .await;
    deps.portal.settle(&invocation.metrics).await;
    report.count_on(&invocation.metrics);
    Ok(report.response_unless_all_failed()?)
}

async fn one(
    deps: &Deps,
    document: &Arc<Document>,
    record: &Record,
    deadline: Deadline,
) -> Outcome {
    let (identity, command) = match CloudEvent::<SetStatus>::parse(&record.body) {
        Ok(command) => (identity(&command), Ok(command)),
        Err(error) => match CommandIdentity::of(&record.body) {
            Some(identity) => (identity, Err(error)),
            None => return Outcome::dead_letter(error.class(), error.to_string()),
        },
    };
    let Some(establishment) = document.establishment(&identity.siret) else {
        return Outcome::dead_letter(
            "command.unknown-establishment",
            format!(
                "no establishment with SIRET {} in the configuration of Relais: correct the command, or add the establishment and redrive",
                identity.siret
            ),
        );
    };
    let id_facture = identity.id_facture;
    let errand = Errand {
        deps,
        document,
        establishment,
        identity,
        deadline,
    };
    // Boxed: the compiler follows a chain of futures only so deep.
    match Box::pin(errand.run(command)).await {
        Ok(()) => Outcome::Done,
        Err(later) => deps.portal.outcome_of(establishment, id_facture, later),
    }
}
