//! A process that ends in the middle of its work, at a call that was chosen.

use std::{future::poll_fn, pin::pin, task::Poll};

use chorus_pro_sim::Simulator;

use crate::cloud::Cloud;

/// After which call a function is killed. The call has had its effect; its answer is never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// After so many calls to the cloud, at least one.
    AtCloudCall(u64),
    /// After so many calls to the portal, at least one.
    AtPortalCall(u64),
}

/// How work ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// By itself.
    Done(T),
    /// It was killed.
    Killed,
}

/// Does the work, until it is over or killed.
pub(super) async fn until_killed<T>(
    work: impl Future<Output = T>,
    kill: Option<Kill>,
    cloud: &Cloud,
    portal: &Simulator,
) -> Ended<T> {
    let answered = || portal.journal().count();
    let last_portal_call = match kill {
        None => return Ended::Done(work.await),
        Some(Kill::AtCloudCall(calls)) => {
            cloud.silence_after(calls.max(1));
            None
        }
        Some(Kill::AtPortalCall(calls)) => Some(answered() + calls.max(1)),
    };
    let mut work = pin!(work);
    let ended = poll_fn(|context| {
        // The portal notes a call before its answer is on the way: nobody has read the answer when this sees the note.
        if last_portal_call.is_some_and(|last| answered() >= last) {
            return Poll::Ready(Ended::Killed);
        }
        match work.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Ended::Done(value)),
            Poll::Pending if cloud.is_silent() => Poll::Ready(Ended::Killed),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    cloud.speak_again();
    ended
}
