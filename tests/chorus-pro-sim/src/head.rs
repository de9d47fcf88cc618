//! The first line and the headers of an answer, as they are sent and as the journal shows them.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::api::{Answer, Body, Download};
use crate::gateway::Record;
use crate::journal::{Reply, body_of};

/// What is sent before the body.
#[derive(Debug)]
pub(crate) struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Head {
    pub(crate) fn of(answer: &Answer, correlation_id: &str) -> Self {
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| {
            // Our own texts hold accents: a header takes them as bytes.
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.insert(name, value);
            }
        };
        add(HeaderName::from_static("x-correlationid"), correlation_id);
        if let Some(value) = answer.www_authenticate {
            add(header::WWW_AUTHENTICATE, value);
        }
        if let Some(value) = &answer.retry_after {
            add(header::RETRY_AFTER, value);
        }
        match answer.body {
            Body::Empty => {}
            Body::Html(_) => add(header::CONTENT_TYPE, "text/html;charset=utf-8"),
            _ => add(header::CONTENT_TYPE, "application/json;charset=utf-8"),
        }
        Self {
            status: StatusCode::from_u16(answer.status)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
        }
    }

    /// As the journal shows it, before anything is known of the body.
    pub(crate) fn shown(&self) -> Reply {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = self.headers.iter();
        Reply {
            status: self.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body: None,
            bytes: 0,
        }
    }

    pub(crate) fn before<B>(self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// What the journal says of a call that was dropped.
pub(crate) fn dropped() -> Reply {
    Reply {
        status: 0,
        headers: BTreeMap::new(),
        body: None,
        bytes: 0,
    }
}

/// Shows a body in the journal, unless it holds a token.
pub(crate) fn show(reply: &mut Reply, record: &Record, body: &[u8]) {
    let hidden = record.hides_token() && reply.status == 200;
    reply.body = if hidden {
        body_of(br#"{"access_token":"***"}"#)
    } else {
        body_of(body)
    };
}

/// Shows a download of so many bytes in the journal.
pub(crate) fn show_download(reply: &mut Reply, bytes: u64) {
    reply.bytes = bytes;
    let shown = format!(
        r#"{{"codeRetour":0,"libelle":"TRA_MSG_00.000","fichierResultat":"<answer of {bytes} bytes>"}}"#
    );
    reply.body = body_of(shown.as_bytes());
}

/// Where a download is cut off, in bytes: well inside the answer, whatever the documents compress to.
pub(crate) fn cut(download: &Download) -> u64 {
    let sizes = download.invoices.iter().map(|invoice| invoice.taille());
    200 + sizes.sum::<u64>() / 8
}
