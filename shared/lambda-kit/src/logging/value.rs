//! The fields of an event or a span, as JSON values.

use std::{collections::BTreeMap, error::Error, fmt};

use serde_json::Value;
use tracing::field::{Field, Visit};

use super::mask::mask;
use crate::chain;

/// Fields by name. A later value replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) BTreeMap<&'static str, Value>);

/// The longest text of a field, in bytes. A line of CloudWatch is not endless, and a text as long as that is data, not a message.
const LONGEST_TEXT: usize = 16 * 1024;

impl Fields {
    fn text(&mut self, field: &Field, text: &str) {
        // Masked first: half an account number would not be known for one.
        let mut text = mask(text).into_owned();
        if text.len() > LONGEST_TEXT {
            text.truncate(text.floor_char_boundary(LONGEST_TEXT));
            text.push('…');
        }
        self.0.insert(name(field), Value::String(text));
    }
}

/// `r#type` is written `type`.
fn name(field: &Field) -> &'static str {
    field.name().trim_start_matches("r#")
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, &chain(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(name(field), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(name(field), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(name(field), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(name(field), value.into());
    }
}
