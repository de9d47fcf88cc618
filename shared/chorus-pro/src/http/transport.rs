use std::{fmt, pin::Pin};

use reqwest::{Error, Request, Response};

/// An answer on its way.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;

/// How a request reaches the portal and PISTE: by HTTP, unless a [`Client`](crate::Client) is given another way.
///
/// A rehearsal that must happen in the same order each time has its portal in the same process: no socket then decides which of two
/// answers comes first.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request. It is done when the head of the answer has arrived; what is dropped before may have had its effect all the same.
    ///
    /// A [timeout](Request::timeout) on the request, where there is one, is for the whole answer, and the transport's to keep.
    fn send(&self, request: Request) -> Sending;
}

impl Transport for reqwest::Client {
    fn send(&self, request: Request) -> Sending {
        Box::pin(self.execute(request))
    }
}
