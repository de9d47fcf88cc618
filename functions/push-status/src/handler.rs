//! A batch of commands, in order for each invoice.
//!
//! What cannot be answered (no id, no invoice, no establishment of ours) is put in the dead-letter queue with the reason; every other
//! command goes on its [errand](crate::errand).

use std::sync::{Arc, Mutex, PoisonError};

use archive::BucketStore;
use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use invoice::statut::{Statut, Transitions};
use lambda_kit::{
    BoxError, Deadline, Failure, Invocation,
    batch::{Batch, DeadLetter, Outcome, Record},
    config::{ConfigStore, Document},
};
use messages::{
    CloudEvent, CommandIdentity, SetStatus,
    sqs::{self, DeadLetterQueue, ErpQueue},
};
use portal::Portal;

use crate::{config::Settings, errand::Errand};

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    config: ConfigStore,
    pub(crate) portal: Portal,
    pub(crate) archive: BucketStore,
    pub(crate) erp: ErpQueue,
    dead_letters: DeadLetterQueue,
    /// The table, and what the portal has said of it: asked once per process and status.
    transitions: Mutex<Transitions>,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let queues = aws_sdk_sqs::Client::new(sdk);
        Ok(Self {
            config: ConfigStore::load(settings.config, sdk).await?,
            portal: Portal::new(settings.calls_per_second),
            archive: BucketStore::new(aws_sdk_s3::Client::new(sdk), settings.archive_bucket),
            erp: ErpQueue::new(queues.clone(), settings.erp_queue_url),
            dead_letters: DeadLetterQueue::new(queues, settings.dead_letter_queue_url),
            transitions: Mutex::new(Transitions::table()),
        })
    }

    pub(crate) fn transitions(&self) -> Transitions {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn remember(&self, depuis: Statut, possibles: Vec<Statut>) {
        self.transitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retenir(depuis, possibles);
    }
}

/// Handles a batch of commands, in order for each invoice.
///
/// # Errors
/// The batch is unusable as a whole, or every command of it failed.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<SqsEvent>,
) -> Result<SqsBatchResponse, Failure> {
    let document = deps.config.current().await;
    let deadline = invocation.deadline;
    let report = Batch::new(invocation.payload, deadline)?
        .each_in_order(
            async |record| one(deps, &document, record, deadline).await,
            async |record, dead| bury(deps, record, dead).await,
        )
        .await;
    report.count_on(&invocation.metrics);
    Ok(report.response_unless_all_failed()?)
}

async fn bury(deps: &Deps, record: &Record, dead: &DeadLetter) -> Result<(), BoxError> {
    let letter = sqs::DeadLetter {
        body: &record.body,
        reason: &dead.reason,
        error_class: dead.class,
        source_message_id: &record.message_id,
        group_id: record.group_id.as_deref(),
    };
    Ok(deps.dead_letters.put(letter).await?)
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
        Err(later) => Outcome::retry(later),
    }
}

fn identity(command: &CloudEvent<SetStatus>) -> CommandIdentity {
    CommandIdentity {
        id: command.id.clone(),
        source: command.source.clone(),
        siret: command.data.siret.clone(),
        id_facture: command.data.id_facture,
    }
}
