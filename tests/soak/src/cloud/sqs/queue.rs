//! One queue.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Stale;
use crate::cloud::faults::Dice;

/// How long a FIFO queue knows a deduplication id.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);

/// Among how many messages a standard queue chooses when it keeps no order.
const IN_REACH: usize = 40;

/// What a queue is.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// Whether groups keep their order and deduplication ids count.
    pub fifo: bool,
    /// How long a received message is hidden.
    pub visibility: SignedDuration,
    /// How long a message is kept.
    pub retention: SignedDuration,
    /// Where a message goes that was received so many times.
    pub dead_letters_to: Option<(String, u32)>,
}

impl QueueSettings {
    /// A standard queue that keeps messages for two weeks.
    #[must_use]
    pub fn standard(visibility: SignedDuration) -> Self {
        Self {
            fifo: false,
            visibility,
            retention: SignedDuration::from_hours(14 * 24),
            dead_letters_to: None,
        }
    }

    /// A FIFO queue that keeps messages for two weeks.
    #[must_use]
    pub fn fifo(visibility: SignedDuration) -> Self {
        Self {
            fifo: true,
            ..Self::standard(visibility)
        }
    }

    /// The same, giving up on a message after so many receives.
    #[must_use]
    pub fn with_dead_letters(self, queue: &str, receives: u32) -> Self {
        Self {
            dead_letters_to: Some((queue.to_owned(), receives)),
            ..self
        }
    }
}

/// A message as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The body.
    pub body: String,
    /// Message attributes, all texts.
    pub attributes: BTreeMap<String, String>,
    /// The group.
    pub group: Option<String>,
    /// The deduplication id; a FIFO queue takes the body for it when there is none.
    pub deduplication: Option<String>,
    /// After how many seconds it may be received.
    pub delay_seconds: i64,
}

/// A message as it is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The id that the queue gave it.
    pub message_id: String,
    /// By what it is deleted.
    pub receipt: String,
    /// What was sent.
    pub letter: Letter,
    /// When.
    pub sent_at: Timestamp,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

#[derive(Debug)]
struct Held {
    message_id: String,
    letter: Letter,
    sent_at: Timestamp,
    visible_at: Timestamp,
    receive_count: u32,
    receipt: u64,
}

/// What came of a receive: what was given, and what was given up.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) dead: Vec<Buried>,
}

/// A message on its way to a dead-letter queue.
#[derive(Debug)]
pub(super) struct Buried(Held);

/// A queue.
#[derive(Debug)]
pub struct Queue {
    settings: QueueSettings,
    held: BTreeMap<u64, Held>,
    /// When each message may be received, and its number.
    due: BTreeSet<(Timestamp, u64)>,
    groups: HashMap<String, BTreeSet<u64>>,
    known: HashMap<String, (Timestamp, String)>,
    receipts: u64,
    expired: usize,
}

impl Queue {
    pub(super) fn new(settings: QueueSettings) -> Self {
        Self {
            settings,
            held: BTreeMap::new(),
            due: BTreeSet::new(),
            groups: HashMap::new(),
            known: HashMap::new(),
            receipts: 0,
            expired: 0,
        }
    }

    /// What it is.
    #[must_use]
    pub fn settings(&self) -> &QueueSettings {
        &self.settings
    }

    /// How many messages it holds, in flight or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many messages were lost because nobody took them within the retention.
    #[must_use]
    pub fn expired(&self) -> usize {
        self.expired
    }

    /// The messages, oldest first.
    pub fn letters(&self) -> impl Iterator<Item = &Letter> {
        self.held.values().map(|held| &held.letter)
    }

    /// When the next message can be received.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(super) fn send(&mut self, number: u64, letter: Letter, now: Timestamp) -> String {
        let message_id = format!("{number:08x}-0000-4000-8000-000000000000");
        if self.settings.fifo {
            let key = letter
                .deduplication
                .clone()
                .unwrap_or_else(|| letter.body.clone());
            let key = format!("{}/{key}", letter.group.as_deref().unwrap_or_default());
            if let Some((at, id)) = self.known.get(&key)
                && now.duration_since(*at) < DEDUPLICATION
            {
                return id.clone();
            }
            self.known.insert(key, (now, message_id.clone()));
        }
        let delay = SignedDuration::from_secs(letter.delay_seconds);
        self.hold(
            number,
            Held {
                message_id: message_id.clone(),
                visible_at: now.saturating_add(delay).unwrap_or(now),
                letter,
                sent_at: now,
                receive_count: 0,
                receipt: 0,
            },
        );
        message_id
    }

    pub(super) fn bury(&mut self, number: u64, Buried(mut held): Buried) {
        held.receive_count = 0;
        held.receipt = 0;
        self.hold(number, held);
    }

    fn hold(&mut self, number: u64, held: Held) {
        self.due.insert((held.visible_at, number));
        if self.settings.fifo {
            let group = held.letter.group.clone().unwrap_or_default();
            self.groups.entry(group).or_default().insert(number);
        }
        self.held.insert(number, held);
    }

    fn remove(&mut self, number: u64) -> Option<Held> {
        let held = self.held.remove(&number)?;
        self.due.remove(&(held.visible_at, number));
        if self.settings.fifo {
            let group = held.letter.group.as_deref().unwrap_or_default();
            if let Some(members) = self.groups.get_mut(group) {
                members.remove(&number);
                if members.is_empty() {
                    self.groups.remove(group);
                }
            }
        }
        Some(held)
    }

    fn forget_expired(&mut self, now: Timestamp) {
        while let Some((number, held)) = self.held.first_key_value()
            && now.duration_since(held.sent_at) > self.settings.retention
        {
            let number = *number;
            self.remove(number);
            self.expired += 1;
        }
    }

    pub(super) fn receive(
        &mut self,
        at_most: usize,
        now: Timestamp,
        dice: Option<&mut Dice>,
    ) -> Received {
        self.forget_expired(now);
        let mut received = Received::default();
        let chosen = if self.settings.fifo {
            self.heads(now)
        } else {
            self.any(at_most, now, dice)
        };
        for first in chosen {
            let mut next = Some(first);
            while let Some(number) = next
                && received.deliveries.len() < at_most
            {
                next = self.follower(number, now);
                self.take(number, now, &mut received);
            }
        }
        received
    }

    /// Messages of a standard queue that can be received, in the order in which they are given.
    fn any(&self, at_most: usize, now: Timestamp, dice: Option<&mut Dice>) -> Vec<u64> {
        let due = self
            .due
            .range(..=(now, u64::MAX))
            .map(|(_, number)| *number);
        let Some(dice) = dice else {
            return due.take(at_most).collect();
        };
        let mut reach: Vec<u64> = due.take(IN_REACH).collect();
        let mut chosen = Vec::new();
        while chosen.len() < at_most && !reach.is_empty() {
            chosen.push(reach.swap_remove(dice.below(reach.len())));
        }
        chosen
    }

    /// The first message of each group, where it can be received: what comes after one in flight has to wait.
    fn heads(&self, now: Timestamp) -> Vec<u64> {
        let is_head = |number: &u64| {
            self.held
                .get(number)
                .and_then(|held| {
                    self.groups
                        .get(held.letter.group.as_deref().unwrap_or_default())
                })
                .is_some_and(|members| members.first() == Some(number))
        };
        self.due
            .range(..=(now, u64::MAX))
            .map(|(_, number)| *number)
            .filter(is_head)
            .take(IN_REACH)
            .collect()
    }

    /// The message after this one in its group, when it can be received too.
    fn follower(&self, number: u64, now: Timestamp) -> Option<u64> {
        if !self.settings.fifo {
            return None;
        }
        let group = self.held.get(&number)?.letter.group.as_deref();
        let members = self.groups.get(group.unwrap_or_default())?;
        let next = *members.range(number + 1..).next()?;
        (self.held.get(&next)?.visible_at <= now).then_some(next)
    }

    fn take(&mut self, number: u64, now: Timestamp, received: &mut Received) {
        let given_up = |held: &Held| {
            self.settings
                .dead_letters_to
                .as_ref()
                .is_some_and(|(_, receives)| held.receive_count >= *receives)
        };
        if self.held.get(&number).is_some_and(given_up) {
            received.dead.extend(self.remove(number).map(Buried));
            return;
        }
        let Some(held) = self.held.get_mut(&number) else {
            return;
        };
        self.receipts += 1;
        self.due.remove(&(held.visible_at, number));
        held.receive_count += 1;
        held.receipt = self.receipts;
        held.visible_at = now
            .saturating_add(self.settings.visibility)
            .unwrap_or(Timestamp::MAX);
        self.due.insert((held.visible_at, number));
        received.deliveries.push(Delivery {
            message_id: held.message_id.clone(),
            receipt: format!("{number}/{}", held.receipt),
            letter: held.letter.clone(),
            sent_at: held.sent_at,
            receive_count: held.receive_count,
        });
    }

    /// The message of a receipt, if it is the latest one: SQS takes no other for sure.
    fn received(&self, receipt: &str) -> Result<u64, Stale> {
        let (number, receipt) = receipt.split_once('/').ok_or(Stale)?;
        let number = number.parse().map_err(|_| Stale)?;
        let receipt: u64 = receipt.parse().map_err(|_| Stale)?;
        match self.held.get(&number) {
            Some(held) if held.receipt == receipt => Ok(number),
            _ => Err(Stale),
        }
    }

    pub(super) fn delete(&mut self, receipt: &str, now: Timestamp) -> Result<(), Stale> {
        let number = self.received(receipt)?;
        let in_flight = self.held.get(&number).is_some_and(|h| h.visible_at > now);
        if self.settings.fifo && !in_flight {
            return Err(Stale);
        }
        self.remove(number);
        Ok(())
    }

    pub(super) fn change_visibility(
        &mut self,
        receipt: &str,
        seconds: i64,
        now: Timestamp,
    ) -> Result<(), Stale> {
        let number = self.received(receipt)?;
        let held = self.held.get_mut(&number).ok_or(Stale)?;
        if held.visible_at <= now {
            return Err(Stale);
        }
        self.due.remove(&(held.visible_at, number));
        held.visible_at = now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(Timestamp::MAX);
        self.due.insert((held.visible_at, number));
        Ok(())
    }

    pub(super) fn reveal(&mut self, receipt: &str, now: Timestamp) -> bool {
        let Ok(number) = self.received(receipt) else {
            return false;
        };
        let Some(held) = self.held.get_mut(&number) else {
            return false;
        };
        self.due.remove(&(held.visible_at, number));
        held.visible_at = now;
        self.due.insert((now, number));
        true
    }

    pub(super) fn drain(&mut self) -> Vec<Letter> {
        self.due.clear();
        self.groups.clear();
        std::mem::take(&mut self.held)
            .into_values()
            .map(|held| held.letter)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn letter(group: &str, body: &str) -> Letter {
        Letter {
            body: body.to_owned(),
            group: Some(group.to_owned()),
            ..Letter::default()
        }
    }

    fn bodies(deliveries: &[Delivery]) -> Vec<&str> {
        deliveries.iter().map(|d| d.letter.body.as_str()).collect()
    }

    fn fifo() -> Queue {
        let mut queue = Queue::new(QueueSettings::fifo(MINUTE).with_dead_letters("dead", 2));
        for (number, (group, body)) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")]
            .into_iter()
            .enumerate()
        {
            queue.send(number as u64, letter(group, body), at(0));
        }
        queue
    }

    #[test]
    fn what_follows_a_message_in_flight_waits_and_other_groups_do_not() {
        let mut queue = fifo();
        let first = queue.receive(1, at(0), None).deliveries;
        assert_eq!(bodies(&first), ["a1"]);
        assert_eq!(bodies(&queue.receive(10, at(0), None).deliveries), ["b1"]);
        queue.delete(&first[0].receipt, at(0)).unwrap();
        assert_eq!(
            bodies(&queue.receive(10, at(0), None).deliveries),
            ["a2", "a3"]
        );
    }

    #[test]
    fn a_message_that_was_not_deleted_comes_back_before_those_after_it() {
        let mut queue = fifo();
        assert_eq!(
            bodies(&queue.receive(2, at(0), None).deliveries),
            ["a1", "a2"]
        );
        let again = queue.receive(10, at(2), None).deliveries;
        assert_eq!(bodies(&again), ["b1", "a1", "a2", "a3"]);
        assert_eq!(again[1].receive_count, 2);
    }

    #[test]
    fn a_message_that_was_received_too_often_is_given_up_and_its_group_goes_on() {
        let mut queue = fifo();
        for minute in [0, 2] {
            assert_eq!(queue.receive(10, at(minute), None).deliveries.len(), 4);
        }
        queue.send(9, letter("a", "a4"), at(3));
        let received = queue.receive(10, at(4), None);
        assert_eq!(received.dead.len(), 4);
        assert_eq!(received.dead[0].0.letter.body, "a1");
        assert_eq!(bodies(&received.deliveries), ["a4"]);
    }

    #[test]
    fn the_same_message_within_five_minutes_is_one_message() {
        let mut queue = Queue::new(QueueSettings::fifo(MINUTE));
        for (number, minute) in [(1, 0), (2, 4), (3, 5)] {
            queue.send(number, letter("a", "same"), at(minute));
        }
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn an_old_receipt_deletes_nothing() {
        let mut queue = Queue::new(QueueSettings::standard(MINUTE));
        queue.send(1, letter("a", "one"), at(0));
        let first = queue.receive(1, at(0), None).deliveries;
        let second = queue.receive(1, at(2), None).deliveries;
        assert_eq!(queue.delete(&first[0].receipt, at(2)), Err(Stale));
        assert_eq!(queue.delete(&second[0].receipt, at(2)), Ok(()));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_is_put_off_and_brought_forward() {
        let mut queue = Queue::new(QueueSettings::standard(MINUTE));
        queue.send(1, letter("a", "one"), at(0));
        let first = queue.receive(1, at(0), None).deliveries;
        queue
            .change_visibility(&first[0].receipt, 600, at(0))
            .unwrap();
        assert!(queue.receive(1, at(9), None).deliveries.is_empty());
        assert_eq!(queue.receive(1, at(10), None).deliveries.len(), 1);
    }

    #[test]
    fn what_nobody_takes_is_lost_after_the_retention_and_counted() {
        let mut queue = Queue::new(QueueSettings {
            retention: MINUTE,
            ..QueueSettings::standard(MINUTE)
        });
        queue.send(1, letter("a", "one"), at(0));
        assert!(queue.receive(1, at(2), None).deliveries.is_empty());
        assert_eq!((queue.len(), queue.expired()), (0, 1));
    }
}
