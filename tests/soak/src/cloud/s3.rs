//! S3: conditional writes, listings by the thousand, multipart uploads.

use std::{collections::BTreeMap, ops::Bound};

use aws_lc_rs::digest::{SHA256, digest};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::request::{Call, response, xml_error};

/// What one page of a listing holds.
const PAGE: usize = 1000;

/// One version of an object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The media type it was given.
    pub content_type: String,
    etag: String,
    version: u64,
}

#[derive(Debug)]
struct Upload {
    key: String,
    content_type: String,
    parts: BTreeMap<u32, Vec<u8>>,
}

/// All buckets. A bucket is there as soon as something is put into it.
#[derive(Debug, Default)]
pub struct Buckets {
    objects: BTreeMap<String, BTreeMap<String, Object>>,
    /// What was overwritten or deleted, by version.
    earlier: BTreeMap<u64, Object>,
    uploads: BTreeMap<String, Upload>,
    counter: u64,
}

impl Buckets {
    /// An object.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<&Object> {
        self.objects.get(bucket)?.get(key)
    }

    /// A version of an object, by the id that S3 gave it: the present one, or one that was overwritten.
    #[must_use]
    pub fn version(&self, bucket: &str, key: &str, id: &str) -> Option<&Object> {
        let version: u64 = id.strip_prefix('v')?.parse().ok()?;
        self.object(bucket, key)
            .filter(|object| object.version == version)
            .or_else(|| self.earlier.get(&version))
    }

    /// All objects whose key begins with `prefix`, by key.
    pub fn objects<'a>(
        &'a self,
        bucket: &str,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Object)> + use<'a> {
        self.objects
            .get(bucket)
            .into_iter()
            .flat_map(move |objects| {
                objects
                    .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
                    .take_while(move |(key, _)| key.starts_with(prefix))
                    .map(|(key, object)| (key.as_str(), object))
            })
    }

    /// Multipart uploads that were begun and neither completed nor given up.
    #[must_use]
    pub fn open_uploads(&self) -> usize {
        self.uploads.len()
    }

    pub(super) fn answer(&mut self, call: &Call<'_>) -> HttpResponse {
        let (bucket, key) = call.object();
        let upload = call.parameter("uploadId");
        match (call.method(), upload) {
            ("PUT", Some(upload)) => self.put_part(call, &upload),
            ("PUT", None) => self.put(call, bucket, key),
            ("GET", _) if key.is_empty() => self.list(call, bucket),
            ("GET", _) => self.get(bucket, &key, true),
            ("HEAD", _) => self.get(bucket, &key, false),
            ("POST", Some(upload)) => self.complete(call, bucket, &upload),
            ("POST", None) => self.create(call, key),
            ("DELETE", Some(upload)) => match self.uploads.remove(&upload) {
                Some(_) => response(204, [], ""),
                None => xml_error(404, "NoSuchUpload"),
            },
            ("DELETE", None) => {
                let gone = self.objects.get_mut(bucket).and_then(|o| o.remove(&key));
                self.earlier.extend(gone.map(|gone| (gone.version, gone)));
                response(204, [], "")
            }
            _ => xml_error(405, "MethodNotAllowed"),
        }
    }

    fn put(&mut self, call: &Call<'_>, bucket: &str, key: String) -> HttpResponse {
        let there = self.object(bucket, &key).map(|object| object.etag.as_str());
        if call.header("if-none-match") == Some("*") && there.is_some() {
            return xml_error(412, "PreconditionFailed");
        }
        match (call.header("if-match"), there) {
            (Some(_), None) => return xml_error(404, "NoSuchKey"),
            (Some(wanted), Some(there)) if wanted != there => {
                return xml_error(412, "PreconditionFailed");
            }
            _ => {}
        }
        if let Some(sent) = call.header("x-amz-checksum-sha256")
            && sent != base64_of_sha256(call.body())
        {
            return xml_error(400, "BadDigest");
        }
        let content_type = call.header("content-type").unwrap_or_default().to_owned();
        self.insert(bucket, key, content_type, call.body().to_vec())
    }

    fn insert(
        &mut self,
        bucket: &str,
        key: String,
        content_type: String,
        bytes: Vec<u8>,
    ) -> HttpResponse {
        self.counter += 1;
        let version = self.counter;
        let etag = format!("\"{version:032x}\"");
        let object = Object {
            bytes,
            content_type,
            etag: etag.clone(),
            version,
        };
        if let Some(objects) = self.objects.get_mut(bucket) {
            let before = objects.insert(key, object);
            self.earlier
                .extend(before.map(|before| (before.version, before)));
        } else {
            self.objects
                .insert(bucket.to_owned(), BTreeMap::from([(key, object)]));
        }
        response(
            200,
            [("etag", etag), ("x-amz-version-id", format!("v{version}"))],
            "",
        )
    }

    fn get(&self, bucket: &str, key: &str, with_body: bool) -> HttpResponse {
        let Some(object) = self.object(bucket, key) else {
            return if with_body {
                xml_error(404, "NoSuchKey")
            } else {
                response(404, [], "")
            };
        };
        let headers = [
            ("etag", object.etag.clone()),
            ("content-length", object.bytes.len().to_string()),
            ("content-type", object.content_type.clone()),
            ("x-amz-version-id", format!("v{}", object.version)),
        ];
        let body = if with_body {
            object.bytes.clone()
        } else {
            Vec::new()
        };
        response(200, headers, body)
    }

    fn list(&self, call: &Call<'_>, bucket: &str) -> HttpResponse {
        let prefix = call.parameter("prefix").unwrap_or_default();
        let after = call
            .parameter("continuation-token")
            .or(call.parameter("start-after"))
            .unwrap_or_default();
        let from = if after > prefix {
            Bound::Excluded(after.as_str())
        } else {
            Bound::Included(prefix.as_str())
        };
        let mut keys = self
            .objects
            .get(bucket)
            .into_iter()
            .flat_map(|objects| objects.range::<str, _>((from, Bound::Unbounded)))
            .take_while(|(key, _)| key.starts_with(&prefix));
        let mut body = String::from("<ListBucketResult>");
        let mut last = None;
        for (key, object) in keys.by_ref().take(PAGE) {
            body.push_str("<Contents><Key>");
            escaped(&mut body, key);
            body.push_str("</Key><Size>");
            body.push_str(&object.bytes.len().to_string());
            body.push_str("</Size></Contents>");
            last = Some(key);
        }
        match (keys.next(), last) {
            (Some(_), Some(last)) => {
                body.push_str("<IsTruncated>true</IsTruncated><NextContinuationToken>");
                escaped(&mut body, last);
                body.push_str("</NextContinuationToken>");
            }
            _ => body.push_str("<IsTruncated>false</IsTruncated>"),
        }
        body.push_str("</ListBucketResult>");
        response(200, [], body)
    }

    fn create(&mut self, call: &Call<'_>, key: String) -> HttpResponse {
        self.counter += 1;
        let id = format!("upload-{}", self.counter);
        let body = format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        let upload = Upload {
            key,
            content_type: call.header("content-type").unwrap_or_default().to_owned(),
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id, upload);
        response(200, [], body)
    }

    fn put_part(&mut self, call: &Call<'_>, upload: &str) -> HttpResponse {
        let number = call
            .parameter("partNumber")
            .and_then(|number| number.parse::<u32>().ok());
        let (Some(upload), Some(number)) = (self.uploads.get_mut(upload), number) else {
            return xml_error(404, "NoSuchUpload");
        };
        upload.parts.insert(number, call.body().to_vec());
        let mut headers = vec![("etag", format!("\"part{number}\""))];
        let checksum = call.header("x-amz-checksum-crc32").map(str::to_owned);
        headers.extend(checksum.map(|crc| ("x-amz-checksum-crc32", crc)));
        response(200, headers, "")
    }

    /// Parts that the request does not name are left out, as S3 does it.
    fn complete(&mut self, call: &Call<'_>, bucket: &str, upload: &str) -> HttpResponse {
        let there = self.uploads.get(upload).is_some_and(|open| {
            let objects = self.objects.get(bucket);
            objects.is_some_and(|objects| objects.contains_key(&open.key))
        });
        if call.header("if-none-match") == Some("*") && there {
            return xml_error(412, "PreconditionFailed");
        }
        let Some(Upload {
            key,
            content_type,
            parts,
        }) = self.uploads.remove(upload)
        else {
            return xml_error(404, "NoSuchUpload");
        };
        let wanted = String::from_utf8_lossy(call.body());
        let bytes = parts
            .into_iter()
            .filter(|(number, _)| wanted.contains(&format!("<PartNumber>{number}</PartNumber>")))
            .flat_map(|(_, bytes)| bytes)
            .collect();
        self.insert(bucket, key, content_type, bytes);
        response(
            200,
            [("x-amz-version-id", format!("v{}", self.counter))],
            format!(
                "<CompleteMultipartUploadResult><ETag>\"{}\"</ETag></CompleteMultipartUploadResult>",
                self.counter
            ),
        )
    }
}

fn escaped(into: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            c => into.push(c),
        }
    }
}

fn base64_of_sha256(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, bytes))
}
