//! A request taken apart, and answers put together.

use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::{
    client::orchestrator::{HttpRequest, HttpResponse},
    http::StatusCode,
};

/// A request to S3 or to SQS.
#[derive(Debug)]
pub(super) struct Call<'a> {
    request: &'a HttpRequest,
    /// Between the slash after the host and the question mark.
    path: &'a str,
    query: &'a str,
}

impl<'a> Call<'a> {
    pub(super) fn read(request: &'a HttpRequest) -> Self {
        let rest = request.uri().trim_start_matches(super::ENDPOINT);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            request,
            path: path.trim_start_matches('/'),
            query,
        }
    }

    pub(super) fn method(&self) -> &str {
        self.request.method()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)
    }

    /// What is asked for: path and query.
    pub(super) fn target(&self) -> &'a str {
        self.request.uri().trim_start_matches(super::ENDPOINT)
    }

    /// The body. Every body of this system is in memory before it is sent; were one streamed, it would be empty here and missed at once.
    pub(super) fn body(&self) -> &[u8] {
        self.request.body().bytes().unwrap_or_default()
    }

    /// Bucket and key.
    pub(super) fn object(&self) -> (&'a str, String) {
        let (bucket, key) = self.path.split_once('/').unwrap_or((self.path, ""));
        (bucket, decoded(key))
    }

    /// The value of a query parameter, empty when it has none.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| decoded(value))
        })
    }

    /// The operation, when this is a call to SQS.
    pub(super) fn sqs_operation(&self) -> Option<&str> {
        self.header("x-amz-target")?.strip_prefix("AmazonSQS.")
    }

    pub(super) fn is_sqs(&self) -> bool {
        self.sqs_operation().is_some()
    }

    /// "Try later", as the service that was called says it.
    pub(super) fn busy(&self) -> HttpResponse {
        if self.is_sqs() {
            return json_error(503, "ServiceUnavailable", "rehearsed");
        }
        xml_error(503, "SlowDown")
    }
}

fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// An answer with these headers.
pub(super) fn response(
    status: u16,
    headers: impl IntoIterator<Item = (&'static str, String)>,
    body: impl Into<SdkBody>,
) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status of HTTP");
    let mut response = HttpResponse::new(status, body.into());
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// An error of S3. HEAD has no body: the SDK goes by the status then.
pub(super) fn xml_error(status: u16, code: &str) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>rehearsed</Message></Error>");
    response(status, [], body)
}

/// An error of SQS, with the name it had in the older protocol: the SDK goes by that one where there is one.
pub(super) fn json_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body =
        serde_json::json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message});
    let old_name = match code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        other => other,
    };
    let header = ("x-amzn-query-error", format!("{old_name};Sender"));
    response(status, [header], body.to_string())
}
