//! A civil date, as invoices carry them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A day without a time or a zone. JSON carries `2026-11-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(pub jiff::civil::Date);

impl Date {
    /// Reads `2026-11-23`, or the same with a zone (`2026-11-23Z`, `2026-11-23+01:00`) or a time behind it, as `xs:date`
    /// and `xs:dateTime` allow: the day is what was meant.
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        let day = text.trim().get(..10)?;
        let rest = text.trim().get(10..)?;
        let rest_is_known = rest.is_empty() || rest.starts_with(['Z', '+', '-', 'T']);
        let day = jiff::civil::Date::strptime("%Y-%m-%d", day).ok()?;
        rest_is_known.then_some(Self(day))
    }

    /// Reads `20261123`, the format 102 of UN/EDIFACT code list 2379.
    #[must_use]
    pub fn from_102(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        jiff::civil::Date::strptime("%Y%m%d", text).ok().map(Self)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "description": "A day, ISO 8601." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_read_whatever_stands_behind_it() {
        for text in [
            "2026-11-23",
            "2026-11-23Z",
            "2026-11-23+01:00",
            "2026-11-23T00:00:00",
            " 2026-11-23 ",
        ] {
            assert_eq!(
                Date::from_iso(text).unwrap().to_string(),
                "2026-11-23",
                "{text}"
            );
        }
        assert_eq!(Date::from_102("20261123"), Date::from_iso("2026-11-23"));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "23/11/2026",
            "2026-02-30",
            "2026-11-2",
            "2026-11-23 or so",
            "2026-11-é3",
        ] {
            assert_eq!(Date::from_iso(text), None, "{text}");
        }
        for text in ["", "2026-11-23", "20260230", "2026112"] {
            assert_eq!(Date::from_102(text), None, "{text}");
        }
    }
}
