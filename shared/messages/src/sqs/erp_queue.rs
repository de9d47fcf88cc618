//! The queue to the ERP: FIFO, one group per invoice.

use aws_sdk_sqs::Client;

use super::{MAX_BYTES, SqsError, TYPE_ATTRIBUTE, attribute_bytes, text_attribute};
use crate::{AboutInvoice, CloudEvent};

/// The ERP's queue.
#[derive(Clone, Debug)]
pub struct ErpQueue {
    client: Client,
    url: String,
}

impl ErpQueue {
    /// The FIFO queue at this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Puts an event on the queue and returns the message id that SQS gave it.
    ///
    /// The group is `{siret}-{idFacture}`: what is said of one invoice keeps its order and holds up no other. The deduplication id is the
    /// event's: a repeat within five minutes is dropped by SQS, and later the ERP knows it by the same `id`.
    ///
    /// # Errors
    ///
    /// [`SqsError::decision`] says what to do. After a time-out the event may be there all the same: send it again.
    pub async fn publish<T: AboutInvoice>(
        &self,
        event: &CloudEvent<T>,
    ) -> Result<String, SqsError> {
        let not_written =
            |error: Box<dyn std::error::Error + Send + Sync>| SqsError::NotWritten(error);
        let body = event.to_json().map_err(|error| not_written(error.into()))?;
        let bytes = body.len() + attribute_bytes(TYPE_ATTRIBUTE, T::TYPE);
        if bytes > MAX_BYTES {
            return Err(SqsError::TooLarge { bytes });
        }
        let attribute = text_attribute(T::TYPE).map_err(|error| not_written(error.into()))?;
        let answer = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .message_group_id(group(&event.data))
            .message_deduplication_id(&event.id)
            .message_attributes(TYPE_ATTRIBUTE, attribute)
            .send()
            .await
            .map_err(|error| SqsError::of(&self.url, error))?;
        Ok(answer.message_id.unwrap_or_default())
    }
}

fn group(data: &impl AboutInvoice) -> String {
    format!("{}-{}", data.siret(), data.id_facture())
}
