//! Objects: put, get, list.

use std::{fmt::Write as _, ops::Bound};

use jiff::Timestamp;

use super::{
    Object, World,
    http::{Request, Response},
};

/// Keys a page, as S3 has it.
const PAGE: usize = 1000;

pub(super) fn answer(world: &World, request: &Request) -> Response {
    let path = request.decoded_path();
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    match request.method.as_str() {
        "GET" if key.is_empty() => list(world, request, bucket),
        "GET" => get(world, bucket, key),
        "PUT" => put(world, request, bucket, key),
        _ => Response::xml(405, "<Error><Code>MethodNotAllowed</Code></Error>"),
    }
}

fn get(world: &World, bucket: &str, key: &str) -> Response {
    let mut state = world.state();
    *state.calls.entry("get").or_default() += 1;
    match state
        .objects
        .get(bucket)
        .and_then(|objects| objects.get(key))
    {
        Some(object) => Response::of(200, "application/octet-stream", object.bytes.clone()),
        None => Response::xml(404, "<Error><Code>NoSuchKey</Code></Error>"),
    }
}

fn put(world: &World, request: &Request, bucket: &str, key: &str) -> Response {
    let mut state = world.state();
    *state.calls.entry("put").or_default() += 1;
    let objects = state.objects.entry(bucket.to_owned()).or_default();
    if request.header("if-none-match").is_some() && objects.contains_key(key) {
        return Response::xml(412, "<Error><Code>PreconditionFailed</Code></Error>");
    }
    let object = Object {
        bytes: request.body.clone(),
        modified: Timestamp::UNIX_EPOCH,
    };
    objects.insert(key.to_owned(), object);
    Response::of(200, "application/xml", "")
}

fn list(world: &World, request: &Request, bucket: &str) -> Response {
    let prefix = request.query("prefix").unwrap_or_default();
    let after = request.query("continuation-token");
    let mut state = world.state();
    *state.calls.entry("list").or_default() += 1;
    let from = match &after {
        Some(key) => Bound::Excluded(key.as_str()),
        None => Bound::Included(prefix.as_str()),
    };
    let mut page = String::with_capacity(PAGE * 400);
    let mut last = None;
    let mut truncated = false;
    if let Some(objects) = state.objects.get(bucket) {
        let range = objects.range::<str, _>((from, Bound::Unbounded));
        for (place, (key, object)) in range
            .take_while(|(key, _)| key.starts_with(&prefix))
            .enumerate()
        {
            if place == PAGE {
                truncated = true;
                break;
            }
            last = Some(key);
            let _ = write!(
                page,
                "<Contents><Key>{key}</Key><LastModified>{:.3}</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                object.modified,
                object.bytes.len()
            );
        }
    }
    let next = match last {
        Some(key) if truncated => format!("<NextContinuationToken>{key}</NextContinuationToken>"),
        _ => String::new(),
    };
    Response::xml(
        200,
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{bucket}</Name><Prefix>{prefix}</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>{truncated}</IsTruncated>{next}{page}</ListBucketResult>"#
        ),
    )
}
