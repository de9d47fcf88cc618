//! Where an operator looks at dead letters, sends them back or lays them aside.

use std::collections::{BTreeMap, BTreeSet};

use archive::{BucketStore, CursorWrite, MessageFailures, Tag, Versioned, keys};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use messages::sqs::{CLASS_ATTRIBUTE, Found, REASON_ATTRIBUTE, RawQueue, SOURCE_ATTRIBUTE};

use crate::{DeadLetterError, Fact, How, Queue, Resolution, fact::GivenUp};

/// What a fact is tagged with when somebody has decided on its letter, by the very write that notes the decision: a rule of the state
/// bucket forgets such facts after a year. One that waits for a decision has no tag, and is kept.
const RESOLVED: Tag = Tag {
    name: "resolved",
    value: "yes",
};

/// Facts read at the same time.
const READS: usize = 16;
/// Tries of a change that meets another one.
const TRIES: u32 = 5;

/// A queue and its dead-letter queue.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Which one.
    pub queue: Queue,
    /// Where its messages are worked on.
    pub origin: RawQueue,
    /// Where those are that were given up.
    pub dead: RawQueue,
}

/// The state bucket, and whoever works at it.
#[derive(Clone, Debug)]
pub struct Desk {
    state: BucketStore,
    by: String,
}

/// A dead letter: its fact, and the copies of it in the dead-letter queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What is known of it.
    pub fact: Fact,
    /// Its copies in the dead-letter queue: one as a rule, none when SQS has forgotten it or somebody moved it by other means.
    pub copies: Vec<Found>,
}

/// All dead letters of a queue, waiting or resolved, oldest first.
#[derive(Clone, Debug)]
pub struct Drawer {
    /// The queue.
    pub queue: Queue,
    /// The letters.
    pub entries: Vec<Entry>,
    /// How many facts were written only now, for messages that SQS gave up by itself.
    pub filed: usize,
    /// Messages of the dead-letter queue that could not be looked at: in a FIFO queue a group shows ten at a time.
    pub unseen: u64,
    /// Keys whose facts cannot be read.
    pub unreadable: Vec<String>,
}

/// What became of a letter that was to be sent back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redriven {
    /// It is in its queue again, under this message id.
    Sent(String),
    /// Somebody had dealt with it before; a copy that was left in the dead-letter queue is gone now.
    AlreadyResolved(Resolution),
}

impl Desk {
    /// A desk in this state bucket; `by` is who works there.
    pub fn new(state: BucketStore, by: impl Into<String>) -> Self {
        Self {
            state,
            by: by.into(),
        }
    }

    /// Looks into the dead-letter queue without removing anything, writes the facts that are missing, and reads all of them.
    ///
    /// What was looked at is hidden from others until [`Desk::close`], or for two minutes.
    ///
    /// # Errors
    /// See [`DeadLetterError`].
    pub async fn open(&self, lane: &Lane, now: Timestamp) -> Result<Drawer, DeadLetterError> {
        let found = lane.dead.look().await?;
        let (mut facts, unreadable) = self.facts(lane.queue).await?;
        let mut copies: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        for message in found {
            copies
                .entry(source_id(&message).to_owned())
                .or_default()
                .push(message);
        }
        let mut filed = 0;
        for (id, messages) in &copies {
            let Some(message) = messages.first() else {
                continue;
            };
            let known = facts.contains_key(id)
                || unreadable
                    .iter()
                    .any(|key| keys::dead_letter(lane.queue.name(), id).is_ok_and(|k| k == *key));
            if !known {
                let last_error = self.last_error(lane.queue, id).await?;
                let fact = given_up_by_sqs(lane.queue, id, message, last_error, now);
                let fact = self.state.put_fact(&fact.key()?, fact).await?;
                filed += usize::from(fact.is_new());
                facts.insert(id.clone(), fact.into_inner());
            }
        }
        let depth = lane.dead.depth().await?;
        let looked_at: u64 = copies.values().map(|messages| messages.len() as u64).sum();
        let mut entries: Vec<Entry> = facts
            .into_iter()
            .map(|(id, fact)| Entry {
                copies: copies.remove(&id).unwrap_or_default(),
                fact,
            })
            .collect();
        entries.sort_by(|a, b| {
            let order = |entry: &Entry| (entry.fact.at, entry.fact.message_id.clone());
            order(a).cmp(&order(b))
        });
        Ok(Drawer {
            queue: lane.queue,
            entries,
            filed,
            unseen: depth.total().saturating_sub(looked_at),
            unreadable,
        })
    }

    /// The last error of a message that failed, where the function that worked on it has noted one.
    async fn last_error(&self, queue: Queue, id: &str) -> Result<Option<String>, DeadLetterError> {
        let key = keys::failures(queue.name(), id)?;
        match self.state.read_json::<MessageFailures>(&key).await {
            Ok(failures) => Ok(failures.map(|failures| failures.last_error)),
            Err(error) if error.decision() == archive::Decision::GiveUp => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Shows to others again what was looked at and not removed. Without it that happens after two minutes.
    ///
    /// # Errors
    /// See [`DeadLetterError`].
    pub async fn close(&self, lane: &Lane, drawer: Drawer) -> Result<(), DeadLetterError> {
        let copies = drawer.entries.iter().flat_map(|entry| &entry.copies);
        stream::iter(copies)
            .map(Ok)
            .try_for_each_concurrent(READS, async |copy| lane.dead.put_back(copy).await)
            .await?;
        Ok(())
    }

    /// The facts of a queue by message id, without a look at the queue itself; and the keys of those that cannot be read.
    ///
    /// # Errors
    /// See [`DeadLetterError`].
    pub async fn facts(
        &self,
        queue: Queue,
    ) -> Result<(BTreeMap<String, Fact>, Vec<String>), DeadLetterError> {
        let listed = self
            .state
            .list_keys(&keys::dead_letters_prefix(queue.name())?)
            .await?;
        let mut facts = BTreeMap::new();
        let mut unreadable = Vec::new();
        let mut reads = stream::iter(listed)
            .map(|key| async {
                let fact = self.state.read_json::<Fact>(&key).await;
                (key, fact)
            })
            .buffer_unordered(READS);
        while let Some((key, fact)) = reads.next().await {
            match fact {
                Ok(Some(fact)) => {
                    facts.insert(fact.message_id.clone(), fact);
                }
                Ok(None) => {}
                Err(error) if error.decision() == archive::Decision::GiveUp => unreadable.push(key),
                Err(error) => return Err(error.into()),
            }
        }
        unreadable.sort();
        Ok((facts, unreadable))
    }

    /// Sends the message to its queue again, notes it, and removes it from the dead-letter queue, in that order: cut off in between it
    /// is sent twice, which every reader recognises, and never lost. Works also when the dead-letter queue has forgotten the message.
    ///
    /// # Errors
    /// See [`DeadLetterError`]. Safe to repeat.
    pub async fn redrive(
        &self,
        lane: &Lane,
        entry: &mut Entry,
        now: Timestamp,
    ) -> Result<Redriven, DeadLetterError> {
        if let Some(resolution) = entry.fact.resolution.clone() {
            self.sweep(lane, entry).await?;
            return Ok(Redriven::AlreadyResolved(resolution));
        }
        let fact = &entry.fact;
        let once = format!("{}-{now}", fact.message_id);
        let sent = lane
            .origin
            .send(
                &fact.body,
                fact.event_type().as_deref(),
                fact.group_id.as_deref(),
                &once,
            )
            .await?;
        self.resolve(entry, How::Redriven, None, now).await?;
        self.sweep(lane, entry).await?;
        Ok(Redriven::Sent(sent))
    }

    /// Notes that the letter has no object any more, and why, and removes it from the dead-letter queue. The fact keeps the message.
    ///
    /// `false` when somebody had dealt with it before: then only copies that were left in the dead-letter queue go.
    ///
    /// # Errors
    /// See [`DeadLetterError`]. Safe to repeat.
    pub async fn discard(
        &self,
        lane: &Lane,
        entry: &mut Entry,
        why: &str,
        now: Timestamp,
    ) -> Result<bool, DeadLetterError> {
        let first = entry.fact.resolution.is_none();
        if first {
            self.resolve(entry, How::Discarded, Some(why), now).await?;
        }
        self.sweep(lane, entry).await?;
        Ok(first)
    }

    /// Removes what is left of a resolved letter in the dead-letter queue.
    ///
    /// # Errors
    /// See [`DeadLetterError`].
    pub async fn sweep(&self, lane: &Lane, entry: &mut Entry) -> Result<usize, DeadLetterError> {
        let copies = std::mem::take(&mut entry.copies);
        for copy in &copies {
            lane.dead.remove(copy).await?;
        }
        Ok(copies.len())
    }

    /// Writes the resolution. Whoever came first is right: a resolution that is there stays.
    async fn resolve(
        &self,
        entry: &mut Entry,
        how: How,
        why: Option<&str>,
        at: Timestamp,
    ) -> Result<(), DeadLetterError> {
        let key = entry.fact.key()?;
        for _ in 0..TRIES {
            let Versioned {
                value: mut fact,
                etag,
            } = self
                .state
                .read_cursor::<Fact>(&key)
                .await?
                .ok_or_else(|| DeadLetterError::Vanished(key.clone()))?;
            if fact.resolution.is_none() {
                fact.resolution = Some(Resolution {
                    how,
                    by: self.by.clone(),
                    why: why.map(str::to_owned),
                    at,
                });
                let state = &self.state;
                let written = state.write_tagged_cursor(&key, &fact, Some(&etag), RESOLVED);
                match written.await? {
                    CursorWrite::Written(_) => {}
                    CursorWrite::Lost => continue,
                }
            }
            entry.fact = fact;
            return Ok(());
        }
        Err(DeadLetterError::Contended(key))
    }
}

impl Drawer {
    /// Those that wait for a person.
    pub fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.fact.resolution.is_none())
    }

    /// The classes of those that wait, each once.
    #[must_use]
    pub fn classes(&self) -> BTreeSet<&str> {
        self.waiting()
            .map(|entry| entry.fact.class.as_str())
            .collect()
    }
}

/// The id that a message had in its own queue: noted beside it when a function put it there, kept by SQS when SQS did.
fn source_id(message: &Found) -> &str {
    message
        .attributes
        .get(SOURCE_ATTRIBUTE)
        .map_or(&message.message_id, |id| id)
}

/// The fact of a message without one. SQS itself gave it up, unless the attributes say that a function did and its fact is gone.
fn given_up_by_sqs(
    queue: Queue,
    id: &str,
    message: &Found,
    last_error: Option<String>,
    now: Timestamp,
) -> Fact {
    let told = |name: &str| message.attributes.get(name).map(String::as_str);
    let times = message.receive_count;
    let reason = match (queue, last_error) {
        (Queue::Erp, _) => format!("l'ERP l'a reçu {times} fois sans le supprimer"),
        (_, Some(error)) => format!("{times} tentatives ont échoué ; la dernière : {error}"),
        (_, None) => format!(
            "{times} tentatives ont échoué ; les lignes du journal qui portent messageId {id} disent pourquoi"
        ),
    };
    let attributes = message
        .attributes
        .iter()
        .filter(|(name, _)| !name.starts_with("relais-"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let given_up = GivenUp {
        queue,
        message_id: id,
        class: told(CLASS_ATTRIBUTE).unwrap_or(queue.class_of_given_up()),
        reason: told(REASON_ATTRIBUTE).unwrap_or(&reason),
        body: &message.body,
        attributes,
        group_id: message.group_id.as_deref(),
        attempts: times,
        sent_at: message.sent_at,
    };
    Fact::of(given_up, now)
}
