//! The portal without a wire, for a caller in the same process: no socket and no thread decides what comes first.

use std::sync::Arc;

use axum::http::{HeaderMap, Response};
use bytes::Bytes;

use crate::api::{Answer, Body, whole_download};
use crate::gateway::{self, Call, Outcome, Record};
use crate::head::{self, Head};
use crate::simulator::Simulator;

/// What reaches the caller.
#[derive(Debug)]
pub enum Reached {
    /// Nothing: the connection broke before any answer.
    Nothing,
    /// The whole answer.
    Whole(Response<Bytes>),
    /// The beginning of an answer: the connection broke after it.
    Broken(Response<Bytes>),
}

/// Answers one call as the server would, checks, faults and journal included. The call is in the journal when this returns.
///
/// # Errors
///
/// The documents of a folder cannot be read.
pub async fn answer(
    simulator: &Arc<Simulator>,
    method: &str,
    path: &str,
    headers: HeaderMap,
    body: Bytes,
) -> std::io::Result<Reached> {
    let call = Call {
        method: method.to_owned(),
        path: path.to_owned(),
        headers,
        body,
    };
    // On a task of its own: a caller who goes away does not undo what the portal has begun.
    let ended = tokio::spawn(gateway::handle(Arc::clone(simulator), call)).await?;
    let (id, record) = (ended.correlation_id, ended.record);
    match ended.outcome {
        Outcome::Dropped => {
            record.finish(simulator, head::dropped());
            Ok(Reached::Nothing)
        }
        Outcome::Answered(answer) => {
            let answer = write(simulator, answer, &id, record, false)?;
            Ok(Reached::Whole(answer))
        }
        Outcome::Cut { answer, breaks } => {
            let answer = write(simulator, answer, &id, record, true)?;
            Ok(if breaks {
                Reached::Broken(answer)
            } else {
                Reached::Whole(answer)
            })
        }
    }
}

fn write(
    simulator: &Simulator,
    answer: Answer,
    correlation_id: &str,
    record: Record,
    cut: bool,
) -> std::io::Result<Response<Bytes>> {
    let head = Head::of(&answer, correlation_id);
    let mut reply = head.shown();
    let body = match answer.body {
        Body::Download(download) => {
            let mut bytes = whole_download(&download)?;
            if cut {
                bytes.truncate(usize::try_from(head::cut(&download)).unwrap_or(usize::MAX));
            }
            head::show_download(&mut reply, bytes.len() as u64);
            bytes
        }
        Body::Empty => Vec::new(),
        Body::Json(bytes) | Body::Echo(bytes) => shown(bytes, &mut reply, &record, cut),
        Body::Html(text) => shown(text.into_bytes(), &mut reply, &record, cut),
    };
    record.finish(simulator, reply);
    Ok(head.before(body.into()))
}

fn shown(
    mut bytes: Vec<u8>,
    reply: &mut crate::journal::Reply,
    record: &Record,
    cut: bool,
) -> Vec<u8> {
    head::show(reply, record, &bytes);
    if cut {
        bytes.truncate(bytes.len() / 2);
    }
    reply.bytes = bytes.len() as u64;
    bytes
}
