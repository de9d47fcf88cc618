//! The JSON protocol of SQS, as far as Relais speaks it.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Delivery, Letter, Queues};
use crate::cloud::request::{Call, json_error, response};

/// The SDK does not check it.
const MD5: &str = "00000000000000000000000000000000";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    message_body: String,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    #[serde(default)]
    delay_seconds: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    #[serde(default)]
    string_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
struct Entry<T> {
    #[serde(rename = "Id")]
    id: String,
    #[serde(flatten)]
    what: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    #[serde(default = "one")]
    max_number_of_messages: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receipt {
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: i64,
}

fn one() -> usize {
    1
}

impl From<Send> for Letter {
    fn from(send: Send) -> Self {
        Self {
            body: send.message_body,
            attributes: send
                .message_attributes
                .into_iter()
                .map(|(name, attribute)| (name, attribute.string_value))
                .collect(),
            group: send.message_group_id,
            deduplication: send.message_deduplication_id,
            delay_seconds: send.delay_seconds,
        }
    }
}

/// Answers a call; `refused` says of each entry of a batch whether the service fails at it.
pub(in crate::cloud) fn answer(
    queues: &mut Queues,
    call: &Call<'_>,
    now: Timestamp,
    refused: &mut dyn FnMut() -> bool,
) -> HttpResponse {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Addressed {
        queue_url: String,
    }
    let body = call.body();
    let Ok(Addressed { queue_url }) = serde_json::from_slice(body) else {
        return json_error(400, "MissingParameter", "QueueUrl");
    };
    let name = queue_url.rsplit('/').next().unwrap_or_default();
    if queues.queue(name).is_none() {
        return json_error(400, "QueueDoesNotExist", name);
    }
    let answered = match call.sqs_operation().unwrap_or_default() {
        "SendMessage" => send(queues, name, body, now),
        "SendMessageBatch" => batch(body, refused, |what: Send| {
            let id = queues.send(name, what.into(), now)?;
            Some(json!({"MessageId": id, "MD5OfMessageBody": MD5}))
        }),
        "ReceiveMessage" => receive(queues, name, body, now),
        "DeleteMessage" => serde_json::from_slice(body).map(|what: Receipt| {
            queues.delete(name, &what.receipt_handle, now);
            json!({})
        }),
        "DeleteMessageBatch" => batch(body, refused, |what: Receipt| {
            queues
                .delete(name, &what.receipt_handle, now)
                .then(|| json!({}))
        }),
        "ChangeMessageVisibility" => serde_json::from_slice(body).map(|what: Receipt| {
            queues.change_visibility(name, &what.receipt_handle, what.visibility_timeout, now);
            json!({})
        }),
        "ChangeMessageVisibilityBatch" => batch(body, refused, |what: Receipt| {
            queues
                .change_visibility(name, &what.receipt_handle, what.visibility_timeout, now)
                .then(|| json!({}))
        }),
        "GetQueueAttributes" => Ok(attributes(queues, name)),
        other => return json_error(400, "UnsupportedOperation", other),
    };
    match answered {
        Ok(answer) => response(200, [], answer.to_string()),
        Err(error) => json_error(400, "InvalidParameterValue", &error.to_string()),
    }
}

fn send(
    queues: &mut Queues,
    name: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Value, serde_json::Error> {
    let what: Send = serde_json::from_slice(body)?;
    let id = queues.send(name, what.into(), now);
    Ok(json!({"MessageId": id, "MD5OfMessageBody": MD5}))
}

fn receive(
    queues: &mut Queues,
    name: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<Value, serde_json::Error> {
    let what: Receive = serde_json::from_slice(body)?;
    let deliveries = queues.receive(name, what.max_number_of_messages, now, None);
    let messages: Vec<Value> = deliveries.iter().map(message).collect();
    Ok(json!({"Messages": messages}))
}

fn message(delivery: &Delivery) -> Value {
    let Delivery {
        message_id,
        receipt,
        letter,
        sent_at,
        receive_count,
    } = delivery;
    let mut attributes = json!({
        "ApproximateReceiveCount": receive_count.to_string(),
        "SentTimestamp": sent_at.as_millisecond().to_string(),
    });
    if let (Some(group), Some(map)) = (&letter.group, attributes.as_object_mut()) {
        map.insert("MessageGroupId".to_owned(), json!(group));
    }
    let own: BTreeMap<&String, Value> = letter
        .attributes
        .iter()
        .map(|(name, value)| (name, json!({"DataType": "String", "StringValue": value})))
        .collect();
    json!({
        "MessageId": message_id, "ReceiptHandle": receipt, "Body": letter.body, "MD5OfBody": MD5,
        "Attributes": attributes, "MessageAttributes": own,
    })
}

/// Does each entry of a batch, but for those that the service fails at.
fn batch<T: for<'de> Deserialize<'de>>(
    body: &[u8],
    refused: &mut dyn FnMut() -> bool,
    mut work: impl FnMut(T) -> Option<Value>,
) -> Result<Value, serde_json::Error> {
    let batch: Batch<T> = serde_json::from_slice(body)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for Entry { id, what } in batch.entries {
        if refused() {
            failed.push(json!({"Id": id, "Code": "InternalError", "SenderFault": false, "Message": "rehearsed"}));
            continue;
        }
        match work(what) {
            Some(mut result) => {
                if let Some(result) = result.as_object_mut() {
                    result.insert("Id".to_owned(), json!(id));
                }
                successful.push(result);
            }
            None => failed.push(
                json!({"Id": id, "Code": "ReceiptHandleIsInvalid", "SenderFault": true, "Message": "stale"}),
            ),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn attributes(queues: &Queues, name: &str) -> Value {
    let messages = queues.len(name);
    json!({"Attributes": {
        "ApproximateNumberOfMessages": messages.to_string(),
        "QueueArn": format!("arn:aws:sqs:eu-west-3:000000000000:{name}"),
    }})
}
