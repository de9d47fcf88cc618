//! An S3 in memory, for tests: the operations that this crate uses, behind the real client.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "it serves tests, and a test may fail"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::store::BucketStore;

const PAGE: usize = 2;

#[derive(Debug, Clone)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub content_type: String,
    etag: String,
}

/// What S3 does instead of its work, a number of times.
#[derive(Debug, Clone)]
pub struct Fault {
    pub operation: &'static str,
    /// Part of the key.
    pub key: &'static str,
    pub times: usize,
    pub status: u16,
    pub code: &'static str,
    /// The work is done, only the answer is bad.
    pub answer_lost: bool,
}

#[derive(Debug)]
pub struct OpenUpload {
    key: String,
    content_type: String,
    parts: BTreeMap<i32, Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct State {
    pub objects: BTreeMap<String, Object>,
    pub uploads: BTreeMap<String, OpenUpload>,
    pub faults: Vec<Fault>,
    /// Operation and key of each request.
    pub log: Vec<(&'static str, String)>,
    counter: u64,
}

#[derive(Debug, Clone, Default)]
pub struct MemoryS3(Arc<Mutex<State>>);

impl MemoryS3 {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A store on it; each request is tried twice, as the functions' clients try more than once.
    pub fn store(&self) -> BucketStore {
        let connector = SharedHttpConnector::new(self.clone());
        let retries = RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::from_millis(1));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .credentials_provider(Credentials::for_tests())
            .endpoint_url("https://s3.test")
            .force_path_style(true)
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        BucketStore::new(Client::from_conf(config), "archive")
    }

    pub fn fail(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub fn keys(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    pub fn bytes(&self, key: &str) -> Vec<u8> {
        self.state()
            .objects
            .get(key)
            .unwrap_or_else(|| panic!("no object {key}"))
            .bytes
            .clone()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.state()
            .log
            .iter()
            .filter(|(logged, _)| *logged == operation)
            .count()
    }
}

/// A request, taken apart.
struct Call {
    operation: &'static str,
    key: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl HttpConnector for MemoryS3 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = Call::read(&request);
        let mut state = self.state();
        state.log.push((call.operation, call.key.clone()));
        let answer = state.answer(&call);
        HttpConnectorFuture::ready(Ok(answer))
    }
}

impl Call {
    fn read(request: &HttpRequest) -> Self {
        let url = request
            .uri()
            .strip_prefix("https://s3.test/archive")
            .expect("path style");
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let query: BTreeMap<String, String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), decode(value)))
            .collect();
        let has = |name: &str| query.contains_key(name);
        let operation = match request.method() {
            "PUT" if has("partNumber") => "UploadPart",
            "PUT" => "PutObject",
            "GET" if has("list-type") => "ListObjectsV2",
            "GET" => "GetObject",
            "HEAD" => "HeadObject",
            "POST" if has("uploads") => "CreateMultipartUpload",
            "POST" => "CompleteMultipartUpload",
            "DELETE" => "AbortMultipartUpload",
            other => panic!("unexpected method {other}"),
        };
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        // Every body here is in memory; were one streamed, it would come in chunks with trailers.
        let body = request.body().bytes().expect("a body in memory").to_vec();
        Self {
            operation,
            key: decode(path.trim_start_matches('/')),
            query,
            headers,
            body,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn upload_id(&self) -> String {
        self.query.get("uploadId").cloned().unwrap_or_default()
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn response(
    status: u16,
    headers: &[(&'static str, String)],
    body: impl Into<SdkBody>,
) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into());
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.clone());
    }
    response
}

fn error(status: u16, code: &str) -> HttpResponse {
    response(
        status,
        &[],
        format!("<Error><Code>{code}</Code><Message>asked for by a test</Message></Error>"),
    )
}

impl State {
    fn answer(&mut self, call: &Call) -> HttpResponse {
        let fault = self.faults.iter_mut().find(|fault| {
            fault.times > 0 && fault.operation == call.operation && call.key.contains(fault.key)
        });
        if let Some(fault) = fault {
            fault.times -= 1;
            let fault = fault.clone();
            if fault.answer_lost {
                let _ = self.work(call);
            }
            return error(fault.status, fault.code);
        }
        self.work(call)
    }

    fn work(&mut self, call: &Call) -> HttpResponse {
        match call.operation {
            "PutObject" => self.put(call),
            "GetObject" | "HeadObject" => self.get(call),
            "ListObjectsV2" => self.list(call),
            "CreateMultipartUpload" => self.create(call),
            "UploadPart" => self.part(call),
            "CompleteMultipartUpload" => self.complete(call),
            _ => match self.uploads.remove(&call.upload_id()) {
                Some(_) => response(204, &[], ""),
                None => error(404, "NoSuchUpload"),
            },
        }
    }

    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn put(&mut self, call: &Call) -> HttpResponse {
        let there = self
            .objects
            .get(&call.key)
            .map(|object| object.etag.clone());
        if call.header("if-none-match") == Some("*") && there.is_some() {
            return error(412, "PreconditionFailed");
        }
        match (call.header("if-match"), &there) {
            (Some(_), None) => return error(404, "NoSuchKey"),
            (Some(wanted), Some(there)) if wanted != there => {
                return error(412, "PreconditionFailed");
            }
            _ => {}
        }
        if let Some(checksum) = call.header("x-amz-checksum-sha256") {
            assert_eq!(
                STANDARD.decode(checksum).unwrap(),
                digest(&SHA256, &call.body).as_ref(),
                "the checksum sent is wrong"
            );
        } else {
            assert!(
                call.header("x-amz-checksum-crc32").is_some(),
                "a put without checksum"
            );
        }
        self.insert(
            call.key.clone(),
            call.header("content-type").unwrap_or_default().to_owned(),
            call.body.clone(),
        )
    }

    fn insert(&mut self, key: String, content_type: String, bytes: Vec<u8>) -> HttpResponse {
        let number = self.next();
        let etag = format!("\"{number}\"");
        self.objects.insert(
            key,
            Object {
                bytes,
                content_type,
                etag: etag.clone(),
            },
        );
        response(
            200,
            &[("etag", etag), ("x-amz-version-id", format!("v{number}"))],
            "",
        )
    }

    fn get(&mut self, call: &Call) -> HttpResponse {
        let Some(object) = self.objects.get(&call.key) else {
            return if call.operation == "HeadObject" {
                response(404, &[], "")
            } else {
                error(404, "NoSuchKey")
            };
        };
        let headers = [
            ("etag", object.etag.clone()),
            ("content-length", object.bytes.len().to_string()),
            (
                "x-amz-version-id",
                format!("v{}", object.etag.trim_matches('"')),
            ),
        ];
        let body = if call.operation == "HeadObject" {
            Vec::new()
        } else {
            object.bytes.clone()
        };
        response(200, &headers, body)
    }

    fn list(&mut self, call: &Call) -> HttpResponse {
        let prefix = call.query.get("prefix").cloned().unwrap_or_default();
        let from = call
            .query
            .get("continuation-token")
            .cloned()
            .unwrap_or_default();
        let mut keys = self
            .objects
            .keys()
            .filter(|key| key.starts_with(&prefix) && **key > from);
        let page: Vec<_> = keys.by_ref().take(PAGE).collect();
        let contents: String = page
            .iter()
            .map(|key| format!("<Contents><Key>{key}</Key></Contents>"))
            .collect();
        let more = match (keys.next(), page.last()) {
            (Some(_), Some(last)) => {
                format!(
                    "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
                )
            }
            _ => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        response(
            200,
            &[],
            format!("<ListBucketResult>{contents}{more}</ListBucketResult>"),
        )
    }

    fn create(&mut self, call: &Call) -> HttpResponse {
        let id = format!("upload-{}", self.next());
        let content_type = call.header("content-type").unwrap_or_default().to_owned();
        let upload = OpenUpload {
            key: call.key.clone(),
            content_type,
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id.clone(), upload);
        let body = format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        response(200, &[], body)
    }

    fn part(&mut self, call: &Call) -> HttpResponse {
        let number = call.query.get("partNumber").unwrap().parse().unwrap();
        let crc = call
            .header("x-amz-checksum-crc32")
            .expect("a part without checksum")
            .to_owned();
        let Some(upload) = self.uploads.get_mut(&call.upload_id()) else {
            return error(404, "NoSuchUpload");
        };
        upload.parts.insert(number, call.body.clone());
        response(
            200,
            &[
                ("etag", format!("\"part{number}\"")),
                ("x-amz-checksum-crc32", crc),
            ],
            "",
        )
    }

    fn complete(&mut self, call: &Call) -> HttpResponse {
        let open = self.uploads.contains_key(&call.upload_id());
        if open && call.header("if-none-match") == Some("*") && self.objects.contains_key(&call.key)
        {
            return error(412, "PreconditionFailed");
        }
        let Some(OpenUpload {
            key,
            content_type,
            parts,
        }) = self.uploads.remove(&call.upload_id())
        else {
            return error(404, "NoSuchUpload");
        };
        let manifest = String::from_utf8(call.body.clone()).unwrap();
        let last = parts.len();
        for (at, (number, part)) in parts.iter().enumerate() {
            assert_eq!(*number as usize, at + 1, "part numbers");
            assert!(manifest.contains(&format!("<PartNumber>{number}</PartNumber>")));
            assert!(
                part.len() == crate::PART_SIZE || at + 1 == last,
                "part {number} has {} bytes",
                part.len()
            );
        }
        let _ = self.insert(key, content_type, parts.into_values().flatten().collect());
        response(
            200,
            &[],
            "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>",
        )
    }
}
