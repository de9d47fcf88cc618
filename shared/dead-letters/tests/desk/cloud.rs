//! A state bucket and queues in memory, behind the real clients.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use archive::BucketStore;
use aws_sdk_s3::{
    operation::{
        get_object::GetObjectOutput, list_objects_v2::ListObjectsV2Output,
        put_object::PutObjectOutput,
    },
    primitives::{ByteStream, SdkBody},
    types::Object,
};
use aws_sdk_sqs::{
    operation::{
        change_message_visibility::ChangeMessageVisibilityOutput,
        delete_message::DeleteMessageOutput, get_queue_attributes::GetQueueAttributesOutput,
        receive_message::ReceiveMessageOutput, send_message::SendMessageOutput,
    },
    types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::{client::orchestrator::HttpResponse, http::StatusCode};
use dead_letters::{Lane, Queue};
use messages::sqs::{DeadLetterQueue, RawQueue};

#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) group: Option<String>,
    pub(crate) deduplication: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) hidden: bool,
    pub(crate) receives: u32,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// The tags of the objects that have one.
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) queues: BTreeMap<String, Vec<Held>>,
    /// Operations that fail from now on, by name.
    pub(crate) broken: Vec<&'static str>,
    /// What was asked, in order.
    pub(crate) log: Vec<String>,
    counter: u32,
}

#[derive(Clone, Default)]
pub(crate) struct Cloud(Arc<Mutex<State>>);

fn refusal(status: u16, code: &str) -> HttpResponse {
    let xml = format!("<Error><Code>{code}</Code></Error>");
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(xml))
}

fn etag(bytes: &[u8]) -> String {
    format!(
        "\"{}\"",
        String::from_utf8_lossy(bytes).len() + bytes.iter().map(|b| usize::from(*b)).sum::<usize>()
    )
}

impl Cloud {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn bucket(&self) -> BucketStore {
        let rules = [self.put(), self.get(), self.list()];
        let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, &rules, |conf| conf
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled()));
        BucketStore::new(client, "state")
    }

    pub(crate) fn lane(&self, queue: Queue) -> Lane {
        let fifo = if queue == Queue::Jobs { "" } else { ".fifo" };
        Lane {
            queue,
            origin: RawQueue::new(self.sqs(), format!("http://sqs/{queue}{fifo}")),
            dead: RawQueue::new(self.sqs(), self.dead_url(queue)),
        }
    }

    pub(crate) fn dead_letter_queue(&self, queue: Queue) -> DeadLetterQueue {
        DeadLetterQueue::new(self.sqs(), self.dead_url(queue))
    }

    pub(crate) fn dead_url(&self, queue: Queue) -> String {
        let fifo = if queue == Queue::Jobs { "" } else { ".fifo" };
        format!("http://sqs/{queue}-dlq{fifo}")
    }

    pub(crate) fn messages(&self, url: &str) -> Vec<Held> {
        self.state().queues.get(url).cloned().unwrap_or_default()
    }

    /// A message that SQS itself moved to the dead-letter queue.
    pub(crate) fn given_up(&self, queue: Queue, id: &str, body: &str) {
        let held = Held {
            id: id.to_owned(),
            body: body.to_owned(),
            receives: 5,
            group: (queue != Queue::Jobs).then(|| "g1".to_owned()),
            ..Held::default()
        };
        let url = self.dead_url(queue);
        self.state().queues.entry(url).or_default().push(held);
    }

    fn put(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_s3::Client::put_object).then_compute_response(move |request| {
            let mut state = cloud.state();
            let key = request.key().unwrap().to_owned();
            state.log.push(format!("put {key}"));
            if state.broken.contains(&"put") {
                return MockResponse::Http(refusal(503, "SlowDown"));
            }
            let there = state.objects.get(&key).map(|bytes| etag(bytes));
            let wrong = match (request.if_none_match(), request.if_match()) {
                (Some("*"), _) => there.is_some(),
                (_, Some(expected)) => there.as_deref() != Some(expected),
                _ => false,
            };
            if wrong {
                return MockResponse::Http(refusal(412, "PreconditionFailed"));
            }
            let bytes = request.body().bytes().unwrap().to_vec();
            let tag = etag(&bytes);
            // A write without tags takes away those that were there.
            match request.tagging() {
                Some(tags) => state.tags.insert(key.clone(), tags.to_owned()),
                None => state.tags.remove(&key),
            };
            state.objects.insert(key, bytes);
            MockResponse::Output(PutObjectOutput::builder().e_tag(tag).build())
        })
    }

    fn get(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_s3::Client::get_object).then_compute_response(move |request| {
            let state = cloud.state();
            let Some(bytes) = state.objects.get(request.key().unwrap()) else {
                return MockResponse::Http(refusal(404, "NoSuchKey"));
            };
            let output = GetObjectOutput::builder()
                .content_length(i64::try_from(bytes.len()).unwrap())
                .e_tag(etag(bytes))
                .body(ByteStream::from(bytes.clone()));
            MockResponse::Output(output.build())
        })
    }

    fn list(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_s3::Client::list_objects_v2).then_compute_output(move |request| {
            let state = cloud.state();
            let prefix = request.prefix().unwrap_or_default();
            let found = state
                .objects
                .keys()
                .filter(|key| key.starts_with(prefix))
                .map(|key| Object::builder().key(key).build())
                .collect();
            ListObjectsV2Output::builder()
                .set_contents(Some(found))
                .is_truncated(false)
                .build()
        })
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let rules = [
            self.send(),
            self.receive(),
            self.delete(),
            self.show(),
            self.depth(),
        ];
        mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &rules, |conf| conf
            .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled()))
    }

    fn send(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_sqs::Client::send_message).then_compute_response(move |request| {
            let mut state = cloud.state();
            let url = request.queue_url().unwrap().to_owned();
            state.log.push(format!("send {url}"));
            if state.broken.contains(&"send") {
                return MockResponse::Http(refusal(503, "ServiceUnavailable"));
            }
            state.counter += 1;
            let id = format!("sent-{}", state.counter);
            let attributes = request
                .message_attributes()
                .map(|all| {
                    all.iter()
                        .map(|(name, value)| {
                            (name.clone(), value.string_value().unwrap().to_owned())
                        })
                        .collect()
                })
                .unwrap_or_default();
            let held = Held {
                id: id.clone(),
                body: request.message_body().unwrap().to_owned(),
                group: request.message_group_id().map(str::to_owned),
                deduplication: request.message_deduplication_id().map(str::to_owned),
                attributes,
                ..Held::default()
            };
            state.queues.entry(url).or_default().push(held);
            MockResponse::Output(SendMessageOutput::builder().message_id(id).build())
        })
    }

    fn receive(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_sqs::Client::receive_message).then_compute_output(move |request| {
            let mut state = cloud.state();
            let url = request.queue_url().unwrap().to_owned();
            let mut given = Vec::new();
            for held in state.queues.entry(url).or_default() {
                if held.hidden || given.len() == 10 {
                    continue;
                }
                held.hidden = true;
                held.receives += 1;
                given.push(message(held));
            }
            ReceiveMessageOutput::builder()
                .set_messages(Some(given))
                .build()
        })
    }

    fn delete(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_sqs::Client::delete_message).then_compute_response(move |request| {
            let mut state = cloud.state();
            let (url, receipt) = (
                request.queue_url().unwrap().to_owned(),
                request.receipt_handle().unwrap().to_owned(),
            );
            state.log.push(format!("delete {receipt}"));
            if state.broken.contains(&"delete") {
                return MockResponse::Http(refusal(503, "ServiceUnavailable"));
            }
            state
                .queues
                .entry(url)
                .or_default()
                .retain(|held| held.id != receipt);
            MockResponse::Output(DeleteMessageOutput::builder().build())
        })
    }

    fn show(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_sqs::Client::change_message_visibility).then_compute_output(move |request| {
            let mut state = cloud.state();
            let url = request.queue_url().unwrap().to_owned();
            for held in state.queues.entry(url).or_default() {
                if Some(held.id.as_str()) == request.receipt_handle() {
                    held.hidden = false;
                }
            }
            ChangeMessageVisibilityOutput::builder().build()
        })
    }

    fn depth(&self) -> Rule {
        let cloud = self.clone();
        mock!(aws_sdk_sqs::Client::get_queue_attributes).then_compute_output(move |request| {
            let mut state = cloud.state();
            let url = request.queue_url().unwrap().to_owned();
            let held = state.queues.entry(url).or_default();
            let hidden = held.iter().filter(|message| message.hidden).count();
            let visible = held.len() - hidden;
            GetQueueAttributesOutput::builder()
                .attributes(
                    QueueAttributeName::ApproximateNumberOfMessages,
                    visible.to_string(),
                )
                .attributes(
                    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
                    hidden.to_string(),
                )
                .build()
        })
    }
}

fn message(held: &Held) -> Message {
    use MessageSystemAttributeName as System;
    let mut message = Message::builder()
        .message_id(&held.id)
        .receipt_handle(&held.id)
        .body(&held.body)
        .attributes(System::ApproximateReceiveCount, held.receives.to_string())
        .attributes(System::SentTimestamp, "1795000000000");
    if let Some(group) = &held.group {
        message = message.attributes(System::MessageGroupId, group);
    }
    for (name, value) in &held.attributes {
        let value = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(value)
            .build()
            .unwrap();
        message = message.message_attributes(name, value);
    }
    message.build()
}
