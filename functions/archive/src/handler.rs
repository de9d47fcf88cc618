//! A batch of jobs, and what becomes of each.
//!
//! Jobs come in batches so that one download serves many invoices. Each still has its own end: done, back to the queue, or in the
//! dead-letter queue with the reason.

use std::{collections::BTreeMap, sync::Arc};

use archive::keys::{Episode, EpisodeFolder};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_kit::{
    Deadline, Failure, Invocation, Metrics,
    batch::{Batch, DeadLetter, Outcome, Outcomes, Record},
    config::Document,
};
use messages::{CloudEvent, InvoiceJob};
use portal::Use;

use crate::{
    deps::Deps,
    renewal,
    shift::{Shift, Task, Tasks},
};

/// Handles a batch of jobs.
///
/// # Errors
/// The batch is unusable as a whole, or every job of it failed by its own fault.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<SqsEvent>,
) -> Result<SqsBatchResponse, Failure> {
    deps.portal.renew();
    let document = deps.config.current().await;
    let metrics = invocation.metrics;
    let batch = Batch::new(invocation.payload, invocation.deadline)?.with_pace(deps.pace);
    let deadline = batch.work_deadline();
    let report = batch
        .together(
            async |records, outcomes| {
                work(deps, &document, deadline, &metrics, records, outcomes).await;
            },
            &deps.caretaker,
        )
        .await;
    deps.portal.settle(&metrics).await;
    report.count_on(&metrics);
    Ok(report.response_unless_all_failed()?)
}

async fn work(
    deps: &Deps,
    document: &Arc<Document>,
    deadline: Deadline,
    metrics: &Metrics,
    records: &[Record],
    outcomes: &Outcomes,
) {
    let mut tasks: BTreeMap<String, Tasks<'_>> = BTreeMap::new();
    for record in records {
        match task(record, document) {
            Ok((folder, job)) => {
                let tasks = tasks.entry(job.siret.clone()).or_default();
                let task = tasks.entry(folder).or_insert_with(|| Task::listed(job));
                task.records.push(record);
            }
            Err(dead) => outcomes.set(record, Outcome::DeadLetter(dead)),
        }
    }
    for (siret, tasks) in tasks {
        let Some(establishment) = document.establishment(&siret) else {
            continue;
        };
        let old = renewal::old(&tasks, deps.clock.now());
        if let Err(closed) = deps.gate.switched_on(establishment, Use::Fetch).await {
            for record in tasks.values().flat_map(|task| &task.records) {
                outcomes.set(record, Outcome::wait(closed.clone(), None));
            }
        } else {
            let shift = Shift {
                deps,
                document,
                establishment,
                deadline,
                metrics,
                outcomes,
            };
            // Boxed: the compiler follows a chain of futures only so deep.
            Box::pin(shift.run(tasks)).await;
        }
        renewal::renew(deps, establishment, &old, outcomes).await;
    }
}

/// Reads a message, or says why it can never be worked on.
fn task(record: &Record, document: &Document) -> Result<(EpisodeFolder, InvoiceJob), DeadLetter> {
    let dead = |class: &'static str, reason: String| DeadLetter { class, reason };
    let job = CloudEvent::<InvoiceJob>::parse(&record.body)
        .map_err(|e| dead(e.class(), e.to_string()))?
        .data;
    if document.establishment(&job.siret).is_none() {
        let reason = format!(
            "no establishment with SIRET {} in the configuration of Relais: add it and redrive, or discard the job",
            job.siret
        );
        return Err(dead("job.unknown-establishment", reason));
    }
    let episode: Episode = job
        .episode
        .parse()
        .map_err(|e: archive::keys::KeyError| dead("job.bad-episode", e.to_string()))?;
    let folder = EpisodeFolder::new(&job.siret, job.id_facture, episode)
        .map_err(|e| dead("job.bad-key", e.to_string()))?;
    Ok((folder, job))
}
