//! One attachment: base64 characters in, the bytes of the one file in its ZIP out.

mod decoder;
mod error;
mod records;

#[cfg(test)]
mod tests;

pub use decoder::{Container, Member, MemberDecoder, MemberLimits};
pub use error::MemberError;
pub use records::MemberName;
