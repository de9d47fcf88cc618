//! Jobs that outlive the queue's memory: an outage may be longer than SQS keeps a message.

use jiff::{SignedDuration, Timestamp};
use lambda_kit::{
    batch::{Outcome, Outcomes, Record},
    causes, chain,
    config::Establishment,
};
use messages::{CloudEvent, InvoiceJob};
use portal::Closed;

use crate::{deps::Deps, shift::Tasks};

/// A job that has waited for so long is sent anew: half of the 14 days that SQS keeps it, and well before a message that waits for
/// anything else is given up.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The messages of these tasks that have been in the queue for [`RENEWED_AFTER`].
pub(crate) fn old<'a>(tasks: &Tasks<'a>, now: Timestamp) -> Vec<&'a Record> {
    let records = tasks.values().flat_map(|task| &task.records);
    records.copied().filter(|one| is_old(one, now)).collect()
}

/// Sends anew those of the old messages that wait for Chorus Pro, or for the switch `fetch`: each is done, and the new one waits in its
/// place.
///
/// A job is not a decision that grows stale, and to do it twice does no harm: nobody has to look at it for an outage's sake. It is looked
/// at once it was worked on, for a job may be the one that tries whether the outage is over, again and again. What failed by its own
/// fault, or waits for anything else, is given up as ever.
pub(crate) async fn renew(
    deps: &Deps,
    establishment: &Establishment,
    old: &[&Record],
    outcomes: &Outcomes,
) {
    let waits = |record: &&&Record| outcomes.look(record, waits_for_chorus_pro) == Some(true);
    let waiting: Vec<&Record> = old.iter().filter(waits).copied().collect();
    if waiting.is_empty() {
        return;
    }
    let jobs: Result<Vec<_>, _> = waiting
        .iter()
        .map(|record| CloudEvent::<InvoiceJob>::parse(&record.body))
        .collect();
    // They were read before they became tasks.
    let Ok(jobs) = jobs else { return };
    if let Err(error) = deps.jobs.send_all(&jobs).await {
        tracing::warn!(
            event = "archive.not_renewed",
            siret = establishment.siret,
            error = chain(&error),
            "jobs that have waited for long were not all sent anew; it is tried again when they come back"
        );
        return;
    }
    tracing::info!(
        event = "archive.renewed",
        siret = establishment.siret,
        jobs = jobs.len(),
        "jobs that have waited for Chorus Pro for long were sent anew, so that the queue does not forget them"
    );
    for record in waiting {
        outcomes.set(record, Outcome::Done);
    }
}

fn waits_for_chorus_pro(outcome: &Outcome) -> bool {
    let Outcome::Wait { error, .. } = outcome else {
        return false;
    };
    causes(error.as_ref()).any(|cause| cause.is::<Closed>() || cause.is::<chorus_pro::Error>())
}

fn is_old(record: &Record, now: Timestamp) -> bool {
    record
        .sent_at
        .is_some_and(|sent| now.duration_since(sent) > RENEWED_AFTER)
}
