//! All lists of all establishments, each for itself: one that fails holds up no other. First the present of each, then backlogs.

use std::{cmp::Reverse, collections::VecDeque, sync::Arc, time::Duration};

use archive::BucketStore;
use aws_config::SdkConfig;
use jiff::Timestamp;
use lambda_kit::{
    BoxError, Clock, Failure, Invocation,
    config::{ConfigStore, Document, Establishment},
};
use listing::PortalList;
use messages::sqs::JobsQueue;
use portal::{Gate, Portal, Use};
use serde::Deserialize;

pub use crate::report::{CollectionReport, CollectionState, PollReport};
use crate::{
    backlog::Lane,
    collect::{CollectError, Collected, Collection},
    config::Settings,
    cursor::AlsoListed,
    report::NotCollected,
};

/// What is left of an invocation for its report, when the portal does not answer in time.
const LAST_WORD: Duration = Duration::from_secs(5);

/// What an invocation may ask for. The schedule sends `{}`; a person may send more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PollRequest {
    /// Only this establishment.
    pub siret: Option<String>,
    /// Queue again everything that changed from here on; the cursors stay where they are.
    pub since: Option<Timestamp>,
}

/// No establishment could be collected.
#[derive(Debug, thiserror::Error)]
#[error("no establishment could be collected; the first error: {first}")]
struct NothingCollected {
    first: String,
}

/// What the handler works with, built once per process.
#[derive(Debug)]
pub struct Deps {
    settings: Settings,
    config: ConfigStore,
    portal: Portal,
    gate: Arc<Gate>,
    state: BucketStore,
    jobs: JobsQueue,
    clock: Clock,
}

impl Deps {
    /// Reads the configuration and builds the clients.
    ///
    /// # Errors
    /// The configuration cannot be read or used.
    pub async fn new(settings: Settings, sdk: &SdkConfig) -> Result<Self, BoxError> {
        let clock = Clock::of(sdk);
        let objects = aws_sdk_s3::Client::new(sdk);
        let state = BucketStore::new(objects, settings.state_bucket.clone());
        let gate = Arc::new(Gate::new(state.clone(), clock.clone()).with_pace(settings.pace));
        Ok(Self {
            config: ConfigStore::load(settings.config.clone(), sdk).await?,
            portal: Portal::new(settings.calls_per_second).with_gate(gate.clone()),
            gate,
            state,
            jobs: JobsQueue::new(
                aws_sdk_sqs::Client::new(sdk),
                settings.jobs_queue_url.clone(),
            ),
            clock,
            settings,
        })
    }

    /// The same, with another way to the portal, behind the same gate.
    #[must_use]
    pub fn with_portal(self, portal: Portal) -> Self {
        let portal = portal.with_gate(self.gate.clone());
        Self { portal, ..self }
    }
}

/// Collects every establishment whose `fetch` is on and whose breaker is closed.
///
/// # Errors
/// Not one of them could be collected, and not because the portal is down. A failure of some is in the report, the logs and the metric
/// `PollFailures`.
pub async fn handle(
    deps: &Deps,
    invocation: Invocation<PollRequest>,
) -> Result<PollReport, Failure> {
    deps.portal.renew();
    let document = deps.config.current().await;
    let poll = Poll {
        deps,
        document: &document,
        invocation: &invocation,
        also_listed: AlsoListed::default(),
    };
    let (mut collections, behind) = poll.present().await;
    let is = |state| move |c: &&CollectionReport| c.state == state;
    let failed = collections.iter().find(is(CollectionState::Failed));
    let first = failed.and_then(|failed| failed.error.clone()).filter(|_| {
        !collections
            .iter()
            .any(|c| is(CollectionState::Collected)(&c))
    });
    poll.backlogs(behind, &mut collections).await;
    deps.portal.settle(&invocation.metrics).await;
    let open = deps.portal.open_breakers();
    invocation.metrics.gauge("BreakerOpen", open);
    match first {
        Some(first) => Err(Failure::new("NothingCollected", NothingCollected { first })),
        None => Ok(PollReport { collections }),
    }
}

/// One invocation.
struct Poll<'a> {
    deps: &'a Deps,
    document: &'a Arc<Document>,
    invocation: &'a Invocation<PollRequest>,
    also_listed: AlsoListed,
}

/// A list with a backlog, and its place in the report.
struct Behind<'a> {
    place: usize,
    establishment: &'a Establishment,
    list: PortalList,
    days_left: u64,
}

impl<'a> Poll<'a> {
    /// The present of every list, and which of them have a backlog.
    async fn present(&self) -> (Vec<CollectionReport>, VecDeque<Behind<'a>>) {
        let wanted = |e: &&Establishment| {
            let siret = self.invocation.payload.siret.as_ref();
            siret.is_none_or(|siret| *siret == e.siret)
        };
        let mut collections = Vec::new();
        let mut behind = VecDeque::new();
        for establishment in self.document.establishments.iter().filter(wanted) {
            for list in PortalList::of(establishment) {
                let since = self.invocation.payload.since;
                let result = self
                    .collect(establishment, list, async |collection| match since {
                        Some(since) => collection.again_since(since).await,
                        None => collection.present().await,
                    })
                    .await;
                let left = result.as_ref().ok().and_then(|c| c.backlog_days_left);
                behind.extend(left.map(|days_left| Behind {
                    place: collections.len(),
                    establishment,
                    list,
                    days_left,
                }));
                collections.push(CollectionReport::of(
                    establishment,
                    list,
                    result,
                    self.deps.portal.is_closed_for(establishment),
                    &self.invocation.metrics,
                ));
            }
        }
        (collections, behind)
    }

    /// The backlogs, the one that is furthest behind first, as far as time and room go; the reports say what is left.
    async fn backlogs(
        &self,
        mut behind: VecDeque<Behind<'a>>,
        collections: &mut [CollectionReport],
    ) {
        let metrics = &self.invocation.metrics;
        // There may be room for one of them only: it is not the same one's turn in each poll.
        behind
            .make_contiguous()
            .sort_by_key(|one| Reverse(one.days_left));
        let lane = Lane::new(&self.deps.jobs, self.invocation.deadline);
        lane.run(behind, async |one: &Behind<'_>, room| {
            let result = self
                .collect(one.establishment, one.list, async |collection| {
                    collection.backlog_slice(room).await
                })
                .await;
            let waits = self.deps.portal.is_closed_for(one.establishment);
            if let Some(report) = collections.get_mut(one.place) {
                report.add_slice(&result, waits, metrics);
            }
            result
        })
        .await;
        let left = collections.iter().filter_map(|c| c.collected);
        let most = left.filter_map(|c| c.backlog_days_left).max();
        metrics.gauge("BacklogDaysLeft", most.unwrap_or(0));
    }

    /// Does a part of the work on a list, if calls may be made for its establishment.
    async fn collect(
        &self,
        establishment: &Establishment,
        list: PortalList,
        work: impl AsyncFnOnce(&Collection<'_>) -> Result<Collected, CollectError>,
    ) -> Result<Collected, NotCollected> {
        let Deps { portal, .. } = self.deps;
        let deadline = self.invocation.deadline.less(LAST_WORD);
        let account = portal
            .account(self.document, establishment, deadline)
            .map_err(CollectError::from)?;
        portal.admit(establishment, Use::List).await?;
        let collection = Collection {
            establishment,
            list,
            account: &account,
            state: &self.deps.state,
            jobs: &self.deps.jobs,
            also_listed: &self.also_listed,
            overlap: self.deps.settings.overlap,
            deadline,
            now: self.deps.clock.now(),
        };
        Ok(work(&collection).await?)
    }
}
