//! The way to the portal: no wire, and yet every call takes its time, drawn from the seed.
//!
//! That time is tokio's, which stands still while anybody has something to do: the order of calls under way at once is the seed's alone.

use std::{
    convert::Infallible,
    future, io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chorus_pro::{Sending, Transport};
use chorus_pro_sim::{
    Simulator,
    direct::{self, Reached},
};
use fastrand::Rng;
use http::Response as Answer;
use http_body_util::{BodyExt as _, Full};
use reqwest::{Body, Error, Request, Response};

use crate::{
    cloud::VirtualClock,
    trace::{Trace, show},
};

/// How long a request, and how long its answer, is under way at most.
const LONGEST: u64 = 150;

/// Leads to the portal's stand-in in this process.
#[derive(Debug)]
pub(super) struct Way {
    simulator: Arc<Simulator>,
    clock: VirtualClock,
    rng: Mutex<Rng>,
    trace: Trace,
}

impl Way {
    pub(super) fn to(
        simulator: &Arc<Simulator>,
        clock: &VirtualClock,
        trace: &Trace,
        seed: u64,
    ) -> Self {
        Self {
            simulator: simulator.clone(),
            clock: clock.clone(),
            rng: Mutex::new(Rng::with_seed(seed ^ 0x11AF)),
            trace: trace.clone(),
        }
    }

    fn pause(&self) -> Duration {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_millis(rng.u64(1..=LONGEST))
    }
}

impl Transport for Way {
    fn send(&self, request: Request) -> Sending {
        let (there, back) = (self.pause(), self.pause());
        let (simulator, trace) = (self.simulator.clone(), self.trace.clone());
        let clock = self.clock.clone();
        Box::pin(async move {
            tokio::time::sleep(there).await;
            let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
            let (method, path) = (request.method().as_str(), request.url().path());
            let followed = trace.note(&[method, path], body);
            let headers = request.headers().clone();
            let body = Bytes::copy_from_slice(body);
            let reached = direct::answer(&simulator, method, path, headers, body.clone()).await;
            if followed {
                let (status, answer) = what_arrives(&reached);
                show(clock.now(), path, &body, status, answer);
            }
            // Whoever is killed now has not read the answer, and the portal has noted the call.
            tokio::time::sleep(back).await;
            match reached.expect("documents that are made up") {
                Reached::Nothing => Err(broken().await),
                Reached::Whole(answer) => Ok(answer.into()),
                Reached::Broken(answer) => Ok(cut_off(answer)),
            }
        })
    }
}

/// The status and the body that reach the caller; 0 when nothing does.
fn what_arrives(reached: &io::Result<Reached>) -> (u16, &[u8]) {
    match reached {
        Ok(Reached::Whole(answer) | Reached::Broken(answer)) => {
            (answer.status().as_u16(), answer.body())
        }
        _ => (0, &[]),
    }
}

/// An answer that breaks after what there is of it.
fn cut_off(answer: Answer<Bytes>) -> Response {
    answer
        .map(|beginning| {
            let broken = io::Error::from(io::ErrorKind::ConnectionReset);
            let body = Full::new(beginning).map_err(|never: Infallible| match never {});
            Body::wrap(body.with_trailers(future::ready(Some(Err(broken)))))
        })
        .into()
}

/// The error of a connection that broke. It cannot be made but by one that does.
async fn broken() -> Error {
    let nothing = cut_off(Answer::new(Bytes::new()));
    match nothing.bytes().await {
        Err(error) => error,
        Ok(_) => unreachable!("it is cut off"),
    }
}
