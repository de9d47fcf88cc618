//! An error with all that caused it, on one line.

use std::error::Error;

/// Any error that may cross tasks.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The error and each of its sources, outermost first.
pub fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| (*cause).source())
}

/// The error and each of its sources, outermost first, joined by `": "`.
///
/// `Display` of an error shows one frame only; the cause (a name that does not resolve, a certificate that ended) sits below.
/// A source whose text the frame above already repeats at its end is not written twice.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let frame = cause.to_string();
        if !frame.is_empty() && !text.ends_with(&frame) {
            text.push_str(": ");
            text.push_str(&frame);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Frame {
        text: &'static str,
        source: Option<Box<Frame>>,
    }

    fn frames(texts: &[&'static str]) -> Frame {
        let (first, rest) = texts.split_first().expect("at least one frame");
        Frame {
            text: first,
            source: (!rest.is_empty()).then(|| Box::new(frames(rest))),
        }
    }

    #[test]
    fn every_cause_is_written_outermost_first() {
        let error = frames(&["the token was not renewed", "request failed", "dns error"]);
        assert_eq!(
            chain(&error),
            "the token was not renewed: request failed: dns error"
        );
    }

    #[test]
    fn a_cause_already_in_the_frame_above_is_not_repeated() {
        let error = frames(&["request failed: dns error", "dns error"]);
        assert_eq!(chain(&error), "request failed: dns error");
    }
}
