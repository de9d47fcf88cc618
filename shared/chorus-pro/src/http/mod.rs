//! Everything between an operation and the wire: the token, the rate limit, one call with its retries, the answer's envelope.

mod answer;
mod call;
mod limit;
mod token;
mod transport;
mod wire;

pub(crate) use answer::{Answer, check_envelope, deserialize};
pub(crate) use call::Opened;
pub(crate) use limit::RateLimit;
pub(crate) use token::Tokens;
pub use transport::{Sending, Transport};
