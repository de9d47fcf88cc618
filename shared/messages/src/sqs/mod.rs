//! Messages on SQS.
//!
//! Queues are known by their URL; the end point is the SDK's business (`AWS_ENDPOINT_URL`). Sizes and characters that SQS would refuse
//! are dealt with here, so that an error that comes back is one to act on: see [`Decision`].

mod characters;
mod dead_letter_queue;
mod erp_queue;
mod error;
mod jobs_queue;
mod raw_queue;
mod source_queue;

pub use dead_letter_queue::{
    CLASS_ATTRIBUTE, DeadLetter, DeadLetterQueue, REASON_ATTRIBUTE, SOURCE_ATTRIBUTE,
};
pub use erp_queue::ErpQueue;
pub use error::{Decision, NotSent, NotTaken, SqsError};
pub use jobs_queue::JobsQueue;
pub use raw_queue::{Depth, Found, RawQueue};
pub use source_queue::{Hidden, SourceQueue};

use aws_sdk_sqs::{error::BuildError, types::MessageAttributeValue};

/// The greatest size of a message, attributes included, and of all messages of one batch: 1 MiB.
pub const MAX_BYTES: usize = 1_048_576;

/// The messages that one batch may hold.
pub const MAX_BATCH: usize = 10;

/// The name of the message attribute that holds the CloudEvents `type`, to filter on without reading the body.
pub const TYPE_ATTRIBUTE: &str = "type";

fn text_attribute(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
}

/// What an attribute adds to the size of its message: name, type and value.
fn attribute_bytes(name: &str, value: &str) -> usize {
    name.len() + "String".len() + value.len()
}
