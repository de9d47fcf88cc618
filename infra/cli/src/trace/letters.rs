//! The dead letters of all queues, those included that SQS has moved and nobody has looked at yet.

use archive::BucketStore;
use dead_letters::{Desk, Fact, Lane, Queue};
use futures::future::try_join_all;
use jiff::Timestamp;
use lambda_kit::chain;

use crate::{place::Place, trouble::Trouble};

/// What is known of the dead letters.
#[derive(Debug, Default)]
pub(super) struct Letters {
    pub(super) facts: Vec<Fact>,
    /// What could not be looked at, each a sentence.
    pub(super) lacunes: Vec<String>,
}

/// Looks into the dead-letter queues as `relais dlq list` does: a message that SQS gave up by itself gets its fact.
pub(super) async fn read(place: &Place, state: &BucketStore) -> Result<Letters, Trouble> {
    let (desk, now) = (Desk::new(state.clone(), ""), place.now());
    let of_queues = Queue::ALL.map(async |queue| {
        let lane = place.lane(queue)?;
        of_queue(&desk, &lane, now).await
    });
    let mut all = Letters::default();
    for of_queue in try_join_all(of_queues).await? {
        all.facts.extend(of_queue.facts);
        all.lacunes.extend(of_queue.lacunes);
    }
    Ok(all)
}

/// A queue that cannot be looked at leaves a gap in the story, and does not end it: its facts may still be there.
async fn of_queue(desk: &Desk, lane: &Lane, now: Timestamp) -> Result<Letters, Trouble> {
    let queue = lane.queue;
    let drawer = match desk.open(lane, now).await {
        Ok(drawer) => drawer,
        Err(error) => {
            let (facts, _) = desk.facts(queue).await?;
            return Ok(Letters {
                facts: facts.into_values().collect(),
                lacunes: vec![format!(
                    "les lettres mortes de la file {queue} n'ont pas été regardées : {}",
                    chain(&error)
                )],
            });
        }
    };
    let mut letters = Letters {
        facts: drawer.entries.iter().map(|e| e.fact.clone()).collect(),
        lacunes: Vec::new(),
    };
    if drawer.unseen > 0 {
        letters.lacunes.push(format!(
            "{} lettres mortes de la file {queue} n'ont pas pu être regardées : recommencez dans deux minutes",
            drawer.unseen
        ));
    }
    // Hidden for two minutes at most, should this fail.
    if let Err(error) = desk.close(lane, drawer).await {
        letters.lacunes.push(format!(
            "les lettres mortes de la file {queue} se montrent de nouveau dans deux minutes : {}",
            chain(&error)
        ));
    }
    Ok(letters)
}
