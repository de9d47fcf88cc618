//! Ids that are the same each time the same thing is said.

use std::fmt::Write;

use aws_lc_rs::digest::{Context, SHA256};

/// The id of an event of this type about these things: SHA-256, 64 lower-case hexadecimal digits.
///
/// Each part goes in with its length before it, so that `["ab", "c"]` and `["a", "bc"]` differ.
#[must_use]
pub fn event_id(event_type: &str, about: &[&str]) -> String {
    let mut hash = Context::new(&SHA256);
    for part in std::iter::once(&event_type).chain(about) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hash.update(&length.to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish()
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_id_in_every_version() {
        // printf '\0\0\0\0\0\0\0\x01a\0\0\0\0\0\0\0\x02bc' | sha256sum
        assert_eq!(
            event_id("a", &["bc"]),
            "3fafa1cf2f19a7c1129beb20cf0983f73a489a221fc0dd2f16d1be292d089205"
        );
    }

    #[test]
    fn another_thing_has_another_id() {
        let ids = [
            event_id("t", &["ab", "c"]),
            event_id("t", &["a", "bc"]),
            event_id("t", &["abc"]),
            event_id("ta", &["b", "c"]),
            event_id("t", &["ab", "c", ""]),
        ];
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(id.len(), 64);
            assert!(!ids[..i].contains(id));
        }
    }
}
