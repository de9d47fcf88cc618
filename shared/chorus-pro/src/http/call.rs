use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Body, Method, Request, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::Serialize;
use tokio::time::Instant;

use super::{
    answer::{Answer, check_envelope, check_json, refusal},
    token::Bearer,
    wire::without_address,
};
use crate::{Account, Effect, Error, ErrorKind, Operation, Waiting};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The largest answer other than a download: a page of 1000 rows is under 2 MB.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

/// What is read of the body of a refusal.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// A wait that nobody asked a deadline for does not exceed this, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Until when, and how long at a time, a call may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    answer: Duration,
    read: Duration,
    /// The end of the whole call: the caller's deadline or the total timeout, whichever comes first.
    end: Option<Instant>,
}

impl Budget {
    /// Runs `work` within the budget.
    async fn within<T>(
        &self,
        waiting_for: Waiting,
        work: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, ErrorKind> {
        let now = Instant::now();
        let allowed = match waiting_for {
            Waiting::Answer => self.answer,
            Waiting::Body => self.read,
        };
        let after = self.end.map_or(allowed, |end| {
            allowed.min(end.saturating_duration_since(now))
        });
        match tokio::time::timeout(after, work).await {
            Ok(done) => done.map_err(broken),
            Err(_) => Err(ErrorKind::Timeout { waiting_for, after }),
        }
    }
}

/// An answer whose head has arrived with a 2xx and whose body is still to be read.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) operation: Operation,
    pub(crate) correlation_id: Option<String>,
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    response: reqwest::Response,
    budget: Budget,
}

impl Opened {
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.operation, kind).with_correlation_id(self.correlation_id.as_deref())
    }

    /// The next piece of the body, `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = self
            .budget
            .within(Waiting::Body, self.response.chunk())
            .await;
        piece.map_err(|kind| self.error(kind))
    }

    async fn body(mut self, limit: usize) -> Result<Answer, Error> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            if body.len() + piece.len() > limit {
                return Err(self.error(ErrorKind::Content {
                    path: ".".to_owned(),
                    reason: format!("the answer is longer than {limit} bytes"),
                }));
            }
            body.extend_from_slice(&piece);
        }
        let mut body = body.freeze();
        if body.starts_with(BYTE_ORDER_MARK) {
            body = body.split_off(BYTE_ORDER_MARK.len());
        }
        Ok(Answer {
            operation: self.operation,
            body,
            correlation_id: self.correlation_id,
        })
    }
}

/// Serialises a request's body.
fn json<B: Serialize>(operation: Operation, body: &B) -> Result<Bytes, Error> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| {
        Error::new(
            operation,
            ErrorKind::Request {
                reason: error.to_string(),
            },
        )
    })
}

impl Account {
    /// One operation: sends, reads the whole answer, checks its envelope; repeats what may be repeated.
    pub(crate) async fn call<B: Serialize>(
        &self,
        operation: Operation,
        body: &B,
    ) -> Result<Answer, Error> {
        let body = json(operation, body)?;
        let done = self.repeat(operation, || async {
            let opened = self.open(operation, &body, self.budget(true)).await?;
            let (status, content_type) = (opened.status, opened.content_type.clone());
            let answer = opened.body(ANSWER_LIMIT).await?;
            let check = if operation == Operation::HealthCheck {
                check_json
            } else {
                check_envelope
            };
            check(&answer.body, status, content_type.as_deref())
                .map_err(|kind| answer.error(kind))?;
            Ok(answer)
        });
        self.tell(operation, done.await)
    }

    /// One operation whose answer is read as a stream. `start` reads as much as tells whether it is worth going on with, so that a
    /// beginning that fails is tried again. The listener hears of a beginning that failed; whoever reads on tells it the end.
    pub(crate) async fn stream<B: Serialize, T, F>(
        &self,
        operation: Operation,
        body: &B,
        start: impl Fn(Opened) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let body = json(operation, body)?;
        let started = self
            .repeat(operation, || async {
                start(self.open(operation, &body, self.budget(false)).await?).await
            })
            .await;
        match started {
            Ok(started) => Ok(started),
            failed @ Err(_) => self.tell(operation, failed),
        }
    }

    fn budget(&self, bounded: bool) -> Budget {
        let timeouts = &self.client.0.timeouts;
        let total = bounded.then(|| Instant::now() + timeouts.total);
        let end = match (self.deadline, total) {
            (Some(deadline), Some(total)) => Some(deadline.min(total)),
            (deadline, total) => deadline.or(total),
        };
        let answer = if bounded {
            timeouts.answer
        } else {
            timeouts.download_answer
        };
        Budget {
            answer,
            read: timeouts.read,
            end,
        }
    }

    /// Tries again, with a jittered back-off inside the deadline, what is idempotent or certainly did not leave.
    async fn repeat<T, F: Future<Output = Result<T, Error>>>(
        &self,
        operation: Operation,
        attempt: impl Fn() -> F,
    ) -> Result<T, Error> {
        let mut attempts = 1;
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error.with_attempts(attempts),
            };
            let Some(wait) = self.wait_before_another(operation, &error) else {
                return Err(error);
            };
            tracing::debug!(
                operation = operation.as_str(),
                attempts,
                wait_ms = wait.as_millis() as u64,
                %error,
                "trying again"
            );
            tokio::time::sleep(wait).await;
            attempts += 1;
        }
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    fn wait_before_another(&self, operation: Operation, error: &Error) -> Option<Duration> {
        let retries = &self.client.0.retries;
        let crate::Decision::Retry { after } = error.decision() else {
            return None;
        };
        let may_repeat = operation.is_idempotent() || error.effect() == Effect::NotSent;
        if !may_repeat
            || error.attempts() >= retries.attempts
            || matches!(error.kind(), ErrorKind::Deadline)
        {
            return None;
        }
        let wait = match after {
            Some(after) => after + jittered(retries.first_wait),
            None => jittered(retries.wait_after(error.attempts())),
        };
        match self.deadline {
            // An attempt that could only be cut off is not begun.
            Some(deadline) => {
                (Instant::now() + wait + retries.first_wait < deadline).then_some(wait)
            }
            None => (wait <= LONGEST_WAIT).then_some(wait),
        }
    }

    /// Sends the request with a valid token and waits for the head of the answer; anything but a 2xx is an error.
    async fn open(
        &self,
        operation: Operation,
        body: &Bytes,
        budget: Budget,
    ) -> Result<Opened, Error> {
        let fail = |kind| Error::new(operation, kind);
        let tokens = &self.client.0.tokens;
        let bearer = tokens.bearer(budget.end).await.map_err(fail)?;
        let mut response = self
            .send(operation, body, &bearer, budget)
            .await
            .map_err(fail)?;
        if response.status() == StatusCode::UNAUTHORIZED && bearer.cached {
            // The token may have been withdrawn before its end. A 401 was not applied: sending again is safe for every operation.
            let bearer = tokens.replace(&bearer, budget.end).await.map_err(fail)?;
            response = self
                .send(operation, body, &bearer, budget)
                .await
                .map_err(fail)?;
        }
        let status = response.status();
        let headers = response.headers().clone();
        let opened = Opened {
            operation,
            correlation_id: text(&headers, "x-correlationid"),
            status: status.as_u16(),
            content_type: text(&headers, CONTENT_TYPE.as_str()),
            response,
            budget,
        };
        if status.is_success() {
            return Ok(opened);
        }
        Err(self.refused(opened, &headers, body).await)
    }

    async fn send(
        &self,
        operation: Operation,
        body: &Bytes,
        bearer: &Bearer,
        budget: Budget,
    ) -> Result<reqwest::Response, ErrorKind> {
        let inner = &self.client.0;
        inner
            .limit
            .wait(budget.end)
            .await
            .map_err(|_| ErrorKind::Deadline)?;
        if budget.end.is_some_and(|end| Instant::now() >= end) {
            return Err(ErrorKind::Deadline);
        }
        let request = self.request(operation, body, bearer)?;
        let started = Instant::now();
        let sent = budget
            .within(Waiting::Answer, inner.transport.send(request))
            .await;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &sent {
            Ok(response) => tracing::debug!(
                operation = operation.as_str(),
                status = response.status().as_u16(),
                ms,
                correlation_id = text(response.headers(), "x-correlationid"),
                "Chorus Pro call"
            ),
            Err(kind) => {
                tracing::debug!(operation = operation.as_str(), ms, error = %kind, "Chorus Pro call");
            }
        }
        sent
    }

    fn request(
        &self,
        operation: Operation,
        body: &Bytes,
        bearer: &Bearer,
    ) -> Result<Request, ErrorKind> {
        let url = format!("{}{}", self.client.0.api_url, operation.path());
        let url = Url::parse(&url).map_err(|error| ErrorKind::Request {
            reason: error.to_string(),
        })?;
        let mut request = if operation.is_get() {
            Request::new(Method::GET, url)
        } else {
            let mut request = Request::new(Method::POST, url);
            request.headers_mut().insert(CONTENT_TYPE, JSON);
            *request.body_mut() = Some(Body::from(body.clone()));
            request
        };
        let headers = request.headers_mut();
        headers.insert(ACCEPT, JSON);
        headers.insert(AUTHORIZATION, bearer.header.clone());
        headers.insert("cpro-account", self.header.clone());
        Ok(request)
    }

    /// Reads what the refusal says, and slows the whole process down when that is what it asks.
    async fn refused(&self, mut opened: Opened, headers: &HeaderMap, sent: &[u8]) -> Error {
        let mut body = BytesMut::new();
        while let Ok(Some(piece)) = opened.chunk().await {
            let room = REFUSAL_LIMIT.saturating_sub(body.len());
            body.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
            if body.len() >= REFUSAL_LIMIT {
                break;
            }
        }
        let kind = refusal(opened.status, headers, &body, sent);
        if let ErrorKind::Throttled { retry_after } = &kind {
            if let Some(listener) = &self.listener {
                listener.throttled(*retry_after);
            }
            self.client.0.limit.pause(
                retry_after
                    .unwrap_or(Duration::from_secs(1))
                    .min(LONGEST_WAIT),
            );
        }
        opened.error(kind)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Between half and all of it, so that tasks that failed together do not come back together.
fn jittered(wait: Duration) -> Duration {
    let half = wait / 2;
    half + Duration::from_micros(fastrand::u64(
        ..=u64::try_from(half.as_micros()).unwrap_or(u64::MAX),
    ))
}

fn broken(error: reqwest::Error) -> ErrorKind {
    let not_sent = error.is_connect() || error.is_builder();
    let source = Arc::new(without_address(error));
    if not_sent {
        ErrorKind::Connect { source }
    } else {
        ErrorKind::Transport { source }
    }
}
