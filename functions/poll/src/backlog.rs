//! What polls do with the time that is left: the backlogs of all lists, slice by slice, in turn.
//!
//! Only while the jobs queue is shallow: what is new is queued behind what is there, and must not wait behind years.

use std::collections::VecDeque;

use lambda_kit::Deadline;
use messages::sqs::{JobsQueue, SqsError};

use crate::collect::{Collected, TIME_FOR_A_WINDOW};

/// Backlogs fill the queue up to so many jobs: what is new waits behind no more.
const JOBS_AT_MOST: u64 = 2_000;

/// With room for fewer, the backlogs wait: a slice costs two or three calls, however small it is.
const LEAST_ROOM: u64 = 250;

/// The time and the room that backlogs have in one invocation.
///
/// The queue is asked once: its answer lags behind what was sent in the last minute, so what is queued meanwhile is counted here.
#[derive(Debug)]
pub struct Lane<'a> {
    jobs: &'a JobsQueue,
    deadline: Deadline,
    room: Option<u64>,
}

impl<'a> Lane<'a> {
    /// The lane of an invocation that ends by `deadline`.
    #[must_use]
    pub fn new(jobs: &'a JobsQueue, deadline: Deadline) -> Self {
        Self {
            jobs,
            deadline,
            room: None,
        }
    }

    /// How many invoices another slice may have now; `None` when there is no time left, or no room to speak of.
    ///
    /// # Errors
    /// The queue does not say how deep it is.
    pub async fn room(&mut self) -> Result<Option<u64>, SqsError> {
        if self.deadline.remaining() < TIME_FOR_A_WINDOW {
            return Ok(None);
        }
        let room = match self.room {
            Some(room) => room,
            None => JOBS_AT_MOST.saturating_sub(self.jobs.depth().await?),
        };
        self.room = Some(room);
        Ok(self.room.filter(|room| *room >= LEAST_ROOM))
    }

    /// Takes slices of all the lists in turn, one of each, until every backlog is collected, or there is no time or room left.
    ///
    /// `slice` collects one slice of the list it is given, of about so many invoices. A list whose slice fails is left for the next poll.
    pub async fn run<L, E>(
        mut self,
        mut behind: VecDeque<L>,
        mut slice: impl AsyncFnMut(&L, u64) -> Result<Collected, E>,
    ) {
        while let Some(list) = behind.pop_front() {
            let room = match self.room().await {
                Ok(Some(room)) => room,
                Ok(None) => {
                    tracing::info!(
                        event = "poll.backlog_waits",
                        lists = behind.len() + 1,
                        "backlogs wait for the next poll: there is no time left, or jobs enough in the queue"
                    );
                    return;
                }
                Err(error) => {
                    tracing::error!(
                        event = "poll.backlog_waits",
                        error = lambda_kit::chain(&error),
                        "backlogs wait: the jobs queue does not say how deep it is"
                    );
                    return;
                }
            };
            if let Ok(collected) = slice(&list, room).await {
                self.room = self.room.map(|room| room.saturating_sub(collected.queued));
                if collected.backlog_days_left.is_some() {
                    behind.push_back(list);
                }
            }
        }
    }
}
