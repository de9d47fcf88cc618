//! What a cloud does now and then.

use std::time::Duration;

use fastrand::Rng;

/// How long an answer is under way at most, in milliseconds.
const LONGEST_WAY: u64 = 20;

/// How often each fault strikes, in calls (or messages) of a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudFaults {
    /// S3 answers 503 and has done nothing.
    pub s3_busy: u32,
    /// S3 has done what was asked and answers 503: whoever tries a conditional write again meets its own.
    pub s3_answer_lost: u32,
    /// SQS answers 503 and has done nothing.
    pub sqs_busy: u32,
    /// SQS has done what was asked and answers 503.
    pub sqs_answer_lost: u32,
    /// One entry of a batch is refused, for the service's own sake.
    pub entry_refused: u32,
    /// A message of a standard queue that was received is there for the next consumer at once.
    pub delivered_twice: u32,
    /// A standard queue gives its messages in any order.
    pub out_of_order: bool,
}

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    Busy,
    AnswerLost,
}

/// Chance, from a seed.
#[derive(Debug)]
pub(super) struct Dice(Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed ^ 0xC10D))
    }

    pub(super) fn strikes(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.0.u32(0..1000) < per_mille
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0.usize(0..count.max(1))
    }

    /// How long an answer is under way: who of two that work at once is the first is drawn by it.
    pub(super) fn time_under_way(&mut self) -> Duration {
        Duration::from_millis(self.0.u64(1..=LONGEST_WAY))
    }

    pub(super) fn s3(&mut self, faults: &CloudFaults) -> Fate {
        self.fate(faults.s3_busy, faults.s3_answer_lost)
    }

    pub(super) fn sqs(&mut self, faults: &CloudFaults) -> Fate {
        self.fate(faults.sqs_busy, faults.sqs_answer_lost)
    }

    fn fate(&mut self, busy: u32, answer_lost: u32) -> Fate {
        if self.strikes(busy) {
            Fate::Busy
        } else if self.strikes(answer_lost) {
            Fate::AnswerLost
        } else {
            Fate::Answered
        }
    }
}
