//! A multipart upload that leaves nothing behind.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::{Place, Uploads};
use crate::store::{BucketStore, StoreError, StoreErrorKind};

#[derive(Debug)]
pub(super) struct Multipart {
    upload: Upload,
    parts: Vec<CompletedPart>,
    under_way: Option<JoinHandle<Result<CompletedPart, StoreError>>>,
    /// Completed or aborted: nothing is left to take back.
    over: bool,
}

/// What names an upload.
#[derive(Debug, Clone)]
struct Upload {
    store: BucketStore,
    key: String,
    id: String,
}

impl Multipart {
    pub(super) async fn create(store: BucketStore, place: &Place) -> Result<Self, StoreError> {
        let create = store
            .client
            .create_multipart_upload()
            .bucket(&store.bucket)
            .key(&place.key);
        // CRC-32 of each part, which the SDK counts and S3 checks; the document's own SHA-256 cannot be sent for a multipart upload.
        let create = create
            .content_type(&place.content_type)
            .checksum_algorithm(ChecksumAlgorithm::Crc32);
        let output = create
            .send()
            .await
            .map_err(|error| StoreError::sdk("starting the upload", &place.key, error))?;
        let id = output.upload_id.unwrap_or_default();
        let upload = Upload {
            store,
            key: place.key.clone(),
            id,
        };
        Ok(Self {
            upload,
            parts: Vec::new(),
            under_way: None,
            over: false,
        })
    }

    /// Waits for the part that is under way.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(task) = &mut self.under_way else {
            return Ok(());
        };
        let settled = task.await;
        self.under_way = None;
        match settled {
            Ok(part) => {
                self.parts.push(part?);
                Ok(())
            }
            // The task panicked or was cancelled; either way its part is not there.
            Err(_) => Err(StoreError::new(
                "uploading a part",
                &self.upload.key,
                StoreErrorKind::Unreachable,
            )),
        }
    }

    /// Sends the next part in the background. `turn` is given back when it is done.
    pub(super) fn send(
        &mut self,
        body: Bytes,
        turn: Option<OwnedSemaphorePermit>,
        uploads: Uploads,
    ) {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        let upload = self.upload.clone();
        self.under_way = Some(tokio::spawn(async move {
            let part = upload.part(number, body.clone()).await;
            uploads.keep_spare(body);
            drop(turn);
            part
        }));
    }

    /// Ends the upload; gives the version of the object in a versioned bucket.
    pub(super) async fn complete(&mut self, size: u64) -> Result<Option<String>, StoreError> {
        self.settle().await?;
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(std::mem::take(&mut self.parts)))
            .build();
        let Upload { store, key, id } = &self.upload;
        let complete = store
            .client
            .complete_multipart_upload()
            .bucket(&store.bucket)
            .key(key)
            .upload_id(id)
            .if_none_match("*");
        match complete.multipart_upload(parts).send().await {
            Ok(output) => {
                self.over = true;
                Ok(output.version_id)
            }
            Err(error) => {
                let error = StoreError::sdk("ending the upload", key, error);
                let version = self.completed_before(&error, size).await;
                self.over = version.is_some();
                version.ok_or(error)
            }
        }
    }

    /// An upload that is gone was completed by an attempt whose answer was lost: then the object is there, in its full size.
    async fn completed_before(&self, error: &StoreError, size: u64) -> Option<Option<String>> {
        if *error.kind() != StoreErrorKind::NoObject {
            return None;
        }
        let Upload { store, key, .. } = &self.upload;
        let head = store
            .client
            .head_object()
            .bucket(&store.bucket)
            .key(key)
            .send()
            .await
            .ok()?;
        let whole = head
            .content_length
            .and_then(|length| u64::try_from(length).ok())
            == Some(size);
        whole.then_some(head.version_id)
    }

    pub(super) async fn abort(mut self) {
        let task = self.under_way.take();
        self.upload.abort(task).await;
        self.over = true;
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (upload, task) = (self.upload.clone(), self.under_way.take());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { upload.abort(task).await });
        }
    }
}

impl Upload {
    async fn part(&self, number: i32, body: Bytes) -> Result<CompletedPart, StoreError> {
        let upload = self
            .store
            .client
            .upload_part()
            .bucket(&self.store.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        let upload = upload
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(body));
        let output = upload
            .customize()
            // Each part carries its checksum; see the single put.
            .disable_payload_signing()
            .send()
            .await
            .map_err(|error| StoreError::sdk("uploading a part", &self.key, error))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(output.e_tag);
        Ok(part.set_checksum_crc32(output.checksum_crc32).build())
    }

    /// A part that is still on its way would outlive the abort, and be paid for: it is stopped first.
    async fn abort(&self, under_way: Option<JoinHandle<Result<CompletedPart, StoreError>>>) {
        if let Some(task) = under_way {
            task.abort();
            let _ = task.await;
        }
        let abort = self
            .store
            .client
            .abort_multipart_upload()
            .bucket(&self.store.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        if let Err(error) = abort.send().await {
            let error = StoreError::sdk("taking back the upload", &self.key, error);
            tracing::warn!(key = %self.key, %error, "an incomplete upload could not be taken back; the bucket's lifecycle rule will");
        }
    }
}
