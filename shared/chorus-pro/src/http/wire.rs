//! What both the token endpoint and the API say in the same way: when to come back, and that the wire broke.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest `Retry-After` that is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The URL is configuration and its query may one day hold something: it is not part of an error.
pub(super) fn without_address(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}

/// `Retry-After`, in seconds or as an HTTP date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let wait = at.duration_since(Timestamp::now());
    Some(
        Duration::try_from(wait)
            .unwrap_or_default()
            .min(LONGEST_RETRY_AFTER),
    )
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn after(value: &str) -> Option<Duration> {
        let value = HeaderValue::from_str(value).unwrap();
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let soon = Timestamp::now() + jiff::SignedDuration::from_secs(90);
        let wait = after(&soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).unwrap();
        assert!(wait > Duration::from_secs(85) && wait <= Duration::from_secs(90));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn an_absurd_retry_after_does_not_overflow_a_clock() {
        assert_eq!(after(&u64::MAX.to_string()), Some(LONGEST_RETRY_AFTER));
        assert_eq!(after("01 Jan 9998 00:00:00 GMT"), Some(LONGEST_RETRY_AFTER));
    }
}
