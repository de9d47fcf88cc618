//! From each record's outcome to what becomes of its message.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Aftercare, Back, Blame, DeadLetter, Failures, Outcome, Record, Report, Returned, run::guarded,
};
use crate::{Deadline, Pace, chain, logging::mask::mask};

/// A message that failed so often by its own fault is buried; one whose fault is unclear, when it has done so for longer than any outage
/// lasts.
pub const MOST_FAILURES: u32 = 10;

/// A message that is older than this and still not done is buried: SQS forgets it after 14 days, and somebody needs days to act.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(10 * 24);

/// The class of a dead letter that failed [`MOST_FAILURES`] times or more.
pub const FAILED_TOO_OFTEN: &str = "message.failed-too-often";

/// The class of a dead letter that waited for [`LONGEST_WAIT`].
pub const WAITED_TOO_LONG: &str = "message.waited-too-long";

/// Settles the records of one batch, one after the other.
pub(super) struct Settling<'a, A> {
    pub(super) care: &'a A,
    pub(super) deadline: Deadline,
    pub(super) pace: Pace,
    pub(super) report: Report,
}

impl<A: Aftercare> Settling<'_, A> {
    /// Settles one record; the delay of its message when it goes back.
    pub(super) async fn settle(&mut self, record: &Record, outcome: Outcome) -> Option<Duration> {
        match outcome {
            Outcome::Done => {
                self.report.done += 1;
                None
            }
            Outcome::DeadLetter(dead) => self.bury(record, dead).await,
            Outcome::Retry(error) => {
                let error = chain(error.as_ref());
                self.failed(record, &error, Blame::Own).await
            }
            Outcome::Unclear(error) => {
                let error = chain(error.as_ref());
                self.failed(record, &error, Blame::Unclear).await
            }
            Outcome::Wait { error, at_least } => {
                let delay = self.pace.waiting(record.receive_count, at_least);
                self.waits(record, &chain(error.as_ref()), delay, Back::Waits)
                    .await
            }
        }
    }

    /// There was no time to start the record: its turn comes soon.
    pub(super) async fn no_time(&mut self, record: &Record) -> Option<Duration> {
        let delay = self.pace.waiting(1, None);
        let why = "there was no time left to start it";
        self.waits(record, why, delay, Back::NotStarted).await
    }

    /// An earlier message of its group goes back: it comes with it, and not before it.
    pub(super) fn held_back(&mut self, record: &Record, delay: Duration) {
        tracing::info!(
            event = "batch.not_started",
            messageId = record.message_id,
            "a message goes back to the queue behind an earlier one of its group"
        );
        self.put(record, delay, Back::NotStarted);
    }

    /// Hides what goes back for as long as it is to wait, and returns the report.
    pub(super) async fn end(self) -> Report {
        let (care, report) = (self.care, self.report);
        if report.returned.is_empty() {
            return report;
        }
        let put = guarded(self.deadline, care.put_back(&report.returned)).await;
        let error = match &put {
            Ok(Ok(())) => return report,
            Ok(Err(error)) => chain(error.as_ref()),
            Err(cut_off) => cut_off.to_string(),
        };
        tracing::warn!(
            event = "batch.not_delayed",
            error,
            "messages go back to the queue with the queue's own delay"
        );
        report
    }

    async fn failed(&mut self, record: &Record, error: &str, blame: Blame) -> Option<Duration> {
        let error = mask(error);
        let counting = self.care.count_failure(record, &error, blame);
        let counted = guarded(self.deadline, counting).await;
        let failures = match counted {
            Ok(Ok(failures)) => Some(failures),
            Ok(Err(trouble)) => not_counted(&chain(trouble.as_ref())),
            Err(cut_off) => not_counted(&cut_off.to_string()),
        };
        tracing::warn!(
            event = "batch.retry",
            error = error.as_ref(),
            failures = failures.map(Failures::all),
            unclear = blame == Blame::Unclear,
            receiveCount = record.receive_count,
            "a message failed and goes back to the queue"
        );
        if let Some(dead) = failures.and_then(|failures| self.failed_for_good(failures, &error)) {
            return self.bury(record, dead).await;
        }
        if self.is_too_old(record) {
            return self.bury(record, waited_too_long(&error)).await;
        }
        let failures = failures.map_or(record.receive_count, Failures::all);
        let delay = match blame {
            Blame::Own => self.pace.after_failure(failures),
            Blame::Unclear => self.pace.after_unclear(failures),
        };
        Some(self.put(record, delay, Back::Failed))
    }

    /// Why a message that failed so often is not tried again.
    fn failed_for_good(&self, failures: Failures, error: &str) -> Option<DeadLetter> {
        if failures.own >= MOST_FAILURES {
            return Some(failed_too_often(error));
        }
        let since = failures.unclear_since?;
        let longest = SignedDuration::try_from(self.pace.longest_outage()).ok()?;
        let outlasted = self.care.now().duration_since(since) >= longest;
        (outlasted && failures.unclear >= MOST_FAILURES)
            .then(|| failed_for_too_long(failures.unclear, since, error))
    }

    async fn waits(
        &mut self,
        record: &Record,
        error: &str,
        delay: Duration,
        why: Back,
    ) -> Option<Duration> {
        let error = mask(error);
        if self.is_too_old(record) {
            return self.bury(record, waited_too_long(&error)).await;
        }
        tracing::info!(
            event = "batch.waits",
            messageId = record.message_id,
            error = error.as_ref(),
            receiveCount = record.receive_count,
            seconds = delay.as_secs(),
            "a message waits in the queue"
        );
        Some(self.put(record, delay, why))
    }

    async fn bury(&mut self, record: &Record, dead: DeadLetter) -> Option<Duration> {
        let buried = guarded(self.deadline, self.care.bury(record, &dead)).await;
        let error = match buried {
            Ok(Ok(())) => {
                tracing::error!(
                    event = "batch.dead_letter",
                    class = dead.class,
                    reason = dead.reason,
                    "a message was put in the dead-letter queue"
                );
                self.report.dead_lettered += 1;
                return None;
            }
            Ok(Err(error)) => chain(error.as_ref()),
            Err(cut_off) => cut_off.to_string(),
        };
        tracing::error!(
            event = "batch.not_dead_lettered",
            class = dead.class,
            reason = dead.reason,
            error,
            "a message was not put in the dead-letter queue and goes back to its own"
        );
        let delay = self.pace.waiting(record.receive_count, None);
        Some(self.put(record, delay, Back::Waits))
    }

    fn is_too_old(&self, record: &Record) -> bool {
        record
            .sent_at
            .is_some_and(|sent| self.care.now().duration_since(sent) > LONGEST_WAIT)
    }

    fn put(&mut self, record: &Record, delay: Duration, why: Back) -> Duration {
        self.report.returned.push(Returned {
            message_id: record.message_id.clone(),
            receipt_handle: record.receipt_handle.clone(),
            delay,
            why,
        });
        delay
    }
}

fn not_counted(error: &str) -> Option<Failures> {
    tracing::warn!(
        event = "batch.not_counted",
        error,
        "the failure of a message was not counted"
    );
    None
}

fn failed_too_often(error: &str) -> DeadLetter {
    DeadLetter {
        class: FAILED_TOO_OFTEN,
        reason: format!(
            "Le traitement a échoué {MOST_FAILURES} fois, toujours pour ce message seul. Dernière erreur : {error}. Corrigez-en la cause, puis remettez le message en file."
        ),
    }
}

fn failed_for_too_long(times: u32, since: Timestamp, error: &str) -> DeadLetter {
    let since = since.strftime("%d/%m/%Y à %H:%M UTC");
    DeadLetter {
        class: FAILED_TOO_OFTEN,
        reason: format!(
            "Le traitement échoue depuis le {since} ({times} fois), plus longtemps que ne dure une panne : c'est sans doute ce message seul. Dernière erreur : {error}. Corrigez-en la cause, puis remettez le message en file."
        ),
    }
}

fn waited_too_long(error: &str) -> DeadLetter {
    DeadLetter {
        class: WAITED_TOO_LONG,
        reason: format!(
            "Le message attend depuis plus de 10 jours, et la file l'oublierait après 14. Dernière cause : {error}. Corrigez-la (portail, identifiants, interrupteur), puis remettez le message en file."
        ),
    }
}
