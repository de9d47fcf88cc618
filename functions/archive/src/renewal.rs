//! Jobs that outlive the queue's memory: an outage may be longer than SQS keeps a message.

use jiff::{SignedDuration, Timestamp};
use lambda_kit::{
    batch::{Outcome, Outcomes, Record},
    chain,
    config::Establishment,
};
use messages::{CloudEvent, InvoiceJob};
use portal::Use;

use crate::{deps::Deps, shift::Tasks};

/// A job that has waited for so long is sent anew: half of the 14 days that SQS keeps it, and well before a message that waits for
/// anything else is given up.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Sends anew what has waited for Chorus Pro (or for the switch `fetch`) for [`RENEWED_AFTER`]: its message is done, and the new one
/// waits in its place.
///
/// A job is not a decision that grows stale, and to do it twice does no harm: nobody has to look at it for an outage's sake. While
/// Chorus Pro is there nothing is renewed: what is as old then has a trouble of its own, and is given up as ever.
pub(crate) async fn renew(
    deps: &Deps,
    establishment: &Establishment,
    tasks: &mut Tasks<'_>,
    outcomes: &Outcomes,
) {
    let now = deps.clock.now();
    let records = tasks.values().flat_map(|task| &task.records);
    let old: Vec<&Record> = records.copied().filter(|one| is_old(one, now)).collect();
    if old.is_empty() || deps.gate.look(establishment, Use::Fetch).await.is_ok() {
        return;
    }
    let jobs: Result<Vec<_>, _> = old
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
    for record in old {
        outcomes.set(record, Outcome::Done);
    }
    tasks.retain(|_, task| {
        task.records.retain(|record| !is_old(record, now));
        !task.records.is_empty()
    });
}

fn is_old(record: &Record, now: Timestamp) -> bool {
    record
        .sent_at
        .is_some_and(|sent| now.duration_since(sent) > RENEWED_AFTER)
}
