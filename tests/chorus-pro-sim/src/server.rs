//! The HTTP server: one port for the token, the API and the control surface.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures::stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::api::{Answer, Body, Download, stream_download};
use crate::control;
use crate::gateway::{self, Call, Ended, Outcome, Record};
use crate::head::{self, Head};
use crate::journal::Reply;
use crate::options::{Options, StartError};
use crate::simulator::Simulator;

/// The largest request of the API. Deposits by the control surface have no limit.
const REQUEST_LIMIT: usize = 32 * 1024 * 1024;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    simulator: Arc<Simulator>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// `http://127.0.0.1:9400`: the base of both the token and the API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the token is: `{url}/api/oauth/token`.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/api/oauth/token", self.url())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// State, faults and journal.
    #[must_use]
    pub fn simulator(&self) -> &Arc<Simulator> {
        &self.simulator
    }

    /// A Relais configuration that fits this server.
    #[must_use]
    pub fn config(&self) -> serde_json::Value {
        self.simulator.config(&self.url())
    }

    /// Stops listening, and waits until the calls under way have ended.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// Starts a simulator and its server on the current tokio runtime.
///
/// # Errors
///
/// When the port is taken, or the options name files that cannot be used.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let failed = |source| StartError::Listen {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let simulator = Arc::new(Simulator::new(options)?);
    let (stop, stopped) = oneshot::channel();
    let router = Router::new()
        .nest("/_sim", control::router())
        .fallback(portal)
        .with_state(Arc::clone(&simulator));
    let service = router.into_make_service_with_connect_info::<Connection>();
    let task = tokio::spawn(async move {
        let shutdown = async {
            let _ = stopped.await;
        };
        // The listener below never ends by itself, and serving has no other error.
        let _ = axum::serve(Breakable(listener), service)
            .with_graceful_shutdown(shutdown)
            .await;
    });
    Ok(Running {
        address,
        simulator,
        stop: Some(stop),
        task: Some(task),
    })
}

/// A listener whose connections can be broken from a handler.
struct Breakable(TcpListener);

impl Listener for Breakable {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Without it a small answer waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        (
            BreakableStream {
                stream,
                broken: Arc::default(),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

struct BreakableStream {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl BreakableStream {
    fn check(&self) -> io::Result<()> {
        if self.broken.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for BreakableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for BreakableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The handle by which a handler breaks its own connection.
#[derive(Debug, Clone)]
struct Connection(Arc<AtomicBool>);

impl axum::extract::connect_info::Connected<IncomingStream<'_, Breakable>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Self {
        Self(Arc::clone(&stream.io().broken))
    }
}

async fn portal(
    State(simulator): State<Arc<Simulator>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body,
    };
    // On a task of its own: a caller who hangs up does not undo what the portal has begun.
    match tokio::spawn(gateway::handle(Arc::clone(&simulator), call)).await {
        Ok(ended) => respond(&simulator, &connection, ended),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn respond(simulator: &Arc<Simulator>, connection: &Connection, ended: Ended) -> Response {
    let Ended {
        outcome,
        correlation_id,
        record,
    } = ended;
    match outcome {
        Outcome::Dropped => {
            connection.0.store(true, Ordering::Release);
            record.finish(simulator, head::dropped());
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Outcome::Answered(answer) => write(simulator, answer, &correlation_id, record, None),
        Outcome::Cut { answer, breaks } => {
            write(simulator, answer, &correlation_id, record, Some(breaks))
        }
    }
}

fn write(
    simulator: &Arc<Simulator>,
    answer: Answer,
    correlation_id: &str,
    record: Record,
    cut: Option<bool>,
) -> Response {
    let head = Head::of(&answer, correlation_id);
    let reply = head.shown();
    let body = match answer.body {
        Body::Download(download) => download_body(simulator, download, record, reply, cut),
        Body::Empty => whole(simulator, Vec::new(), record, reply, cut),
        Body::Json(bytes) | Body::Echo(bytes) => whole(simulator, bytes, record, reply, cut),
        Body::Html(text) => whole(simulator, text.into_bytes(), record, reply, cut),
    };
    head.before(body)
}

/// A body that is at hand, or half of it.
fn whole(
    simulator: &Simulator,
    bytes: Vec<u8>,
    record: Record,
    mut reply: Reply,
    cut: Option<bool>,
) -> axum::body::Body {
    head::show(&mut reply, &record, &bytes);
    let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
    reply.bytes = if cut.is_some() {
        half.len() as u64
    } else {
        bytes.len() as u64
    };
    record.finish(simulator, reply);
    match cut {
        None => bytes.into(),
        Some(false) => half.into(),
        Some(true) => axum::body::Body::from_stream(stream::unfold(Some(half), |half| async {
            match half {
                Some(half) if !half.is_empty() => Some((Ok(Bytes::from(half)), Some(Vec::new()))),
                Some(_) => Some((Err(broken().await), None)),
                None => None,
            }
        })),
    }
}

/// The break of a connection, late enough for what was sent before it to have left.
async fn broken() -> io::Error {
    tokio::time::sleep(Duration::from_millis(50)).await;
    io::ErrorKind::ConnectionReset.into()
}

/// A body that is generated as it is read; the journal's entry follows its last byte.
struct Streaming {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    sent: u64,
    limit: Option<(u64, bool)>,
    record: Option<(Arc<Simulator>, Record, Reply)>,
}

impl Streaming {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let left = self
            .limit
            .map(|(limit, breaks)| (limit.saturating_sub(self.sent), breaks));
        match (left, self.pieces.recv().await) {
            (Some((0, true)), _) => {
                self.pieces.close();
                self.limit = Some((0, false));
                Some((Err(broken().await), self))
            }
            (Some((0, false)), _) | (_, None) => None,
            (left, Some(Ok(mut piece))) => {
                let take = left.map_or(piece.len(), |(left, _)| {
                    piece.len().min(usize::try_from(left).unwrap_or(usize::MAX))
                });
                piece.truncate(take);
                self.sent += piece.len() as u64;
                Some((Ok(piece), self))
            }
            (_, Some(Err(error))) => Some((Err(error), self)),
        }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let Some((simulator, record, mut reply)) = self.record.take() else {
            return;
        };
        head::show_download(&mut reply, self.sent);
        record.finish(&simulator, reply);
    }
}

fn download_body(
    simulator: &Arc<Simulator>,
    download: Download,
    record: Record,
    reply: Reply,
    cut: Option<bool>,
) -> axum::body::Body {
    let limit = cut.map(|breaks| (head::cut(&download), breaks));
    let streaming = Streaming {
        pieces: stream_download(download),
        sent: 0,
        limit,
        record: Some((Arc::clone(simulator), record, reply)),
    };
    axum::body::Body::from_stream(stream::unfold(streaming, Streaming::next))
}
