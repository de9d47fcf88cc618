//! An episode that is to be done, and how much is known of its place in its invoice's life.

use std::collections::{BTreeMap, btree_map::Entry};

use archive::keys::EpisodeFolder;
use lambda_kit::batch::Record;
use messages::InvoiceJob;

use crate::twin::Face;

/// An episode, and the messages that ask for it: the same job may come more than once in a batch, and a change that was read in the
/// history came in none.
pub(crate) struct Task<'a> {
    pub(crate) job: InvoiceJob,
    pub(crate) records: Vec<&'a Record>,
    pub(super) stage: Stage,
}

/// How much is known of an episode's place in its invoice's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The list showed it; what lies before it is not known.
    Listed,
    /// All before it is told, or has tasks of its own in front of it.
    Placed,
    /// It was read in the history: a later one is known already.
    Overtaken,
    /// Whatever is held of it, it is taken again.
    Again,
    /// It was archived a moment ago: it is to be announced, again perhaps.
    Archived,
}

impl<'a> Task<'a> {
    pub(crate) fn listed(job: InvoiceJob) -> Self {
        Self {
            job,
            records: Vec::new(),
            stage: Stage::Listed,
        }
    }

    pub(super) fn face(&self) -> Face {
        match self.stage {
            Stage::Overtaken => Face::History,
            _ => Face::List,
        }
    }
}

/// Sorted by invoice, and each invoice's episodes by time.
pub(crate) type Tasks<'a> = BTreeMap<EpisodeFolder, Task<'a>>;

/// An episode that is to be done in its turn.
pub(super) type Placed = (EpisodeFolder, InvoiceJob, Stage);

/// Adds a task to others. Two that go by the same name are one, with the messages of both.
pub(super) fn add<'a>(tasks: &mut Tasks<'a>, folder: EpisodeFolder, task: Task<'a>) {
    match tasks.entry(folder) {
        Entry::Vacant(place) => {
            place.insert(task);
        }
        Entry::Occupied(mut there) => there.get_mut().records.extend(task.records),
    }
}
