//! A batch of commands, in order for each invoice.
//!
//! What cannot be answered (no id, no invoice, no establishment of ours) is put in the dead-letter queue with the reason; every other
//! command goes on its errand.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dead_letters::{Grave, Queue, count_failure};
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Deadline, Failure, Invocation,
    batch::{Aftercare, Batch, Blame, DeadLetter, Failures, Outcome, Record, Returned},
    config::Document,
};
use messages::{CloudEvent, CommandIdentity, SetStatus, sqs::Hidden};

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
            deps,
        )
        .await;
    deps.portal.settle(&invocation.metrics).await;
    report.count_on(&invocation.metrics);
    Ok(report.response_unless_all_failed()?)
}

impl Aftercare for Deps {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn bury(&self, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
        bury(self, record, dead).await
    }

    async fn count_failure(
        &self,
        record: &Record,
        error: &str,
        blame: Blame,
    ) -> Result<Failures, BoxError> {
        let (state, now) = (&self.state, self.clock.now());
        Ok(count_failure(state, Queue::Statuses, record, error, blame, now).await?)
    }

    async fn put_back(&self, returned: &[Returned]) -> Result<(), BoxError> {
        let hidden: Vec<Hidden<'_>> = returned
            .iter()
            .filter_map(|r| {
                Some(Hidden {
                    receipt_handle: r.receipt_handle.as_deref()?,
                    delay: r.delay,
                })
            })
            .collect();
        self.source.hide(&hidden).await?;
        Ok(())
    }
}

async fn bury(deps: &Deps, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
    let grave = Grave {
        queue: Queue::Statuses,
        state: &deps.state,
        dead_letters: &deps.dead_letters,
    };
    Ok(grave.bury(record, dead, deps.clock.now()).await?)
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
