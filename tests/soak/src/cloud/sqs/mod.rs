//! SQS: standard and FIFO queues, visibility, dead letters, retention; by direct calls and by the JSON protocol.

mod protocol;
mod queue;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub(super) use protocol::answer;
pub use queue::{Delivery, Letter, Queue, QueueSettings};

use super::faults::Dice;

/// All queues, by name.
#[derive(Debug, Default)]
pub struct Queues {
    queues: BTreeMap<String, Queue>,
    counter: u64,
}

/// A queue has no message with this receipt any more, or never had, or there is no such queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stale;

impl Queues {
    /// A queue's URL.
    #[must_use]
    pub fn url(name: &str) -> String {
        format!("{}/000000000000/{name}", super::ENDPOINT)
    }

    /// Makes a queue.
    pub fn create(&mut self, name: &str, settings: QueueSettings) {
        self.queues.insert(name.to_owned(), Queue::new(settings));
    }

    /// A queue, to look into.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    /// How many messages a queue holds, in flight or not.
    #[must_use]
    pub fn len(&self, name: &str) -> usize {
        self.queue(name).map_or(0, Queue::len)
    }

    /// When the next message of any of these queues can be received; nothing when all are empty.
    #[must_use]
    pub fn next_due(&self, names: &[&str]) -> Option<Timestamp> {
        names
            .iter()
            .filter_map(|name| self.queue(name)?.next_due())
            .min()
    }

    /// Sends a message and gives its id; the id of the earlier one when a FIFO queue knows its deduplication id.
    pub fn send(&mut self, name: &str, letter: Letter, now: Timestamp) -> Option<String> {
        self.counter += 1;
        let number = self.counter;
        Some(self.queues.get_mut(name)?.send(number, letter, now))
    }

    /// Takes at most so many messages; `dice` gives those of a standard queue in any order.
    pub(super) fn receive(
        &mut self,
        name: &str,
        at_most: usize,
        now: Timestamp,
        dice: Option<&mut Dice>,
    ) -> Vec<Delivery> {
        let Some(queue) = self.queues.get_mut(name) else {
            return Vec::new();
        };
        let received = queue.receive(at_most, now, dice);
        let graveyard = queue.settings().dead_letters_to.clone();
        if let Some(graveyard) = graveyard.and_then(|(name, _)| self.queues.get_mut(&name)) {
            for letter in received.dead {
                self.counter += 1;
                graveyard.bury(self.counter, letter);
            }
        }
        received.deliveries
    }

    /// Deletes a message that was received; whether it was still there to be deleted.
    pub fn delete(&mut self, name: &str, receipt: &str, now: Timestamp) -> bool {
        self.queues
            .get_mut(name)
            .is_some_and(|queue| queue.delete(receipt, now).is_ok())
    }

    /// Puts off, or brings forward, when a message that was received is there again.
    pub fn change_visibility(
        &mut self,
        name: &str,
        receipt: &str,
        seconds: i64,
        now: Timestamp,
    ) -> bool {
        self.queues
            .get_mut(name)
            .is_some_and(|queue| queue.change_visibility(receipt, seconds, now).is_ok())
    }

    /// Lets a received message of a standard queue be received again at once; whether it is one.
    pub(super) fn reveal(&mut self, name: &str, delivery: &Delivery, now: Timestamp) -> bool {
        self.queues
            .get_mut(name)
            .is_some_and(|queue| !queue.settings().fifo && queue.reveal(&delivery.receipt, now))
    }

    /// Empties a queue and gives what was in it, oldest first.
    pub fn drain(&mut self, name: &str) -> Vec<Letter> {
        self.queues
            .get_mut(name)
            .map(Queue::drain)
            .unwrap_or_default()
    }
}
