//! The time of a rehearsal: it moves when it is told to, and a little with every call.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};

/// The one true time of a world, in milliseconds. Clones show the same time.
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<AtomicI64>);

impl VirtualClock {
    /// A clock that shows `start` until it is moved.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        timestamp(self.millisecond())
    }

    /// The present in milliseconds since 1970.
    #[must_use]
    pub fn millisecond(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Lets `by` pass; the clock never goes back by this.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or_default().max(0);
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Lets some milliseconds pass, as any call to anything takes, and shows the time after it.
    #[must_use]
    pub fn tick(&self, milliseconds: i64) -> Timestamp {
        timestamp(self.0.fetch_add(milliseconds, Ordering::Relaxed) + milliseconds)
    }

    /// Starts again at `start`.
    pub fn restart(&self, start: Timestamp) {
        self.0.store(start.as_millisecond(), Ordering::Relaxed);
    }
}

/// The same time as seen by a machine whose clock is wrong by an offset that may change.
#[derive(Clone, Debug)]
pub struct SkewedClock {
    clock: VirtualClock,
    offset: Arc<AtomicI64>,
}

impl SkewedClock {
    /// The clock of a machine that is right, until it is set wrong.
    #[must_use]
    pub fn of(clock: &VirtualClock) -> Self {
        Self {
            clock: clock.clone(),
            offset: Arc::default(),
        }
    }

    /// Sets it wrong by `offset`.
    pub fn skew(&self, offset: SignedDuration) {
        let offset = i64::try_from(offset.as_millis()).unwrap_or_default();
        self.offset.store(offset, Ordering::Relaxed);
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        timestamp(self.clock.millisecond() + self.offset.load(Ordering::Relaxed))
    }
}

impl TimeSource for SkewedClock {
    fn now(&self) -> SystemTime {
        Self::now(self).into()
    }
}

/// Whoever sleeps by this makes the clock move.
impl AsyncSleep for VirtualClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        Sleep::new(async move {
            tokio::time::sleep(duration).await;
            clock.advance(SignedDuration::try_from(duration).unwrap_or(SignedDuration::ZERO));
        })
    }
}

fn timestamp(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::UNIX_EPOCH)
}
