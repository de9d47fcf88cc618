//! Whose fault it is that a message was not handled.

use std::time::Duration;

use archive::StoreError;
use chorus_pro::Operation;
use jiff::Timestamp;
use lambda_kit::{BoxError, batch::Outcome, causes};
use messages::sqs::SqsError;

use crate::gate::{Closed, Fault, Open};

/// The first cause that says whose fault it is decides. An error without such a cause is the message's own. `proven` says of an
/// operation whether the message's own invoice is known to fail in it.
pub(crate) fn outcome(
    error: BoxError,
    open: Option<&Open>,
    proven: impl Fn(Operation) -> bool,
    until: impl Fn(Timestamp) -> Option<Duration>,
) -> Outcome {
    let found = causes(error.as_ref()).find_map(|cause| {
        if let Some(closed) = cause.downcast_ref::<Closed>() {
            return Some(Fault::NotOwn(closed.until.and_then(&until)));
        }
        if let Some(error) = cause.downcast_ref::<chorus_pro::Error>() {
            return Some(match Fault::of(error) {
                Fault::OwnUnlessOutage if open.is_none() && proven(error.operation()) => Fault::Own,
                fault => fault,
            });
        }
        if let Some(error) = cause.downcast_ref::<StoreError>() {
            return Some(of_store(error));
        }
        cause.downcast_ref::<SqsError>().map(of_sqs)
    });
    let trial = open.and_then(|open| until(open.next_trial));
    match found.unwrap_or(Fault::Own) {
        Fault::Own => Outcome::Retry(error),
        Fault::OwnUnlessOutage if open.is_none() => Outcome::Unclear(error),
        Fault::OwnUnlessOutage => Outcome::wait(error, trial),
        Fault::NotOwn(at_least) => Outcome::wait(error, at_least.max(trial)),
    }
}

fn of_store(error: &StoreError) -> Fault {
    match (error.decision(), error.kind()) {
        // A refusal of this very object: its key is too long, its content is not allowed.
        (_, archive::StoreErrorKind::Refused(_)) | (archive::Decision::GiveUp, _) => Fault::Own,
        _ => Fault::NotOwn(None),
    }
}

fn of_sqs(error: &SqsError) -> Fault {
    match error.decision() {
        messages::sqs::Decision::GiveUp => Fault::Own,
        _ => Fault::NotOwn(None),
    }
}
