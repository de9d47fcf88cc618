//! The fields of one JSON object, taken one by one: what is left over is a mistake with a name.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::Problems;

/// An object's fields, their texts untouched: amounts keep every digit.
#[derive(Debug, Default)]
pub(super) struct Fields {
    place: String,
    left: BTreeMap<String, Box<RawValue>>,
}

impl Fields {
    /// The fields of the object that `raw` is.
    pub(super) fn of(place: &str, raw: &RawValue, problems: &mut Problems) -> Option<Self> {
        let left = problems.keep(
            place,
            serde_json::from_str(raw.get()).map_err(|error| without_position(&error)),
        )?;
        Some(Self {
            place: place.to_owned(),
            left,
        })
    }

    /// The place, for messages: `step 3`.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Whether the field is there, whatever it holds.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// A field as `T`; nothing when it is absent, null, or not a `T`.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        problems: &mut Problems,
    ) -> Option<T> {
        let raw = self.left.remove(name)?;
        let read = serde_json::from_str::<Option<T>>(raw.get());
        let place = format!("{}: {name}", self.place);
        problems
            .keep(&place, read.map_err(|error| without_position(&error)))
            .flatten()
    }

    /// A text field, read further by `read`.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text: String = self.take(name, problems)?;
        let place = format!("{}: {name}", self.place);
        problems.keep(&place, read(&text))
    }

    /// All that is left, as one `T` that refuses what it does not know.
    pub(super) fn rest<T: DeserializeOwned>(self, problems: &mut Problems) -> Option<T> {
        let text = serde_json::to_string(&self.left);
        let read = text.and_then(|text| serde_json::from_str(&text));
        problems.keep(&self.place, read.map_err(|error| without_position(&error)))
    }

    /// Nothing may be left.
    pub(super) fn end(self, known: &str, problems: &mut Problems) {
        for name in self.left.keys() {
            problems.add(
                &self.place,
                format!("unknown field \"{name}\"; there are {known}"),
            );
        }
    }

    /// One more problem, of the object as a whole.
    pub(super) fn complain(&self, problems: &mut Problems, problem: impl Display) {
        problems.add(&self.place, problem);
    }
}

/// The message without its line and column, which count from the start of a piece, not of the file.
fn without_position(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.rfind(" at line ") {
        Some(end) => said.get(..end).unwrap_or(&said).to_owned(),
        None => said,
    }
}
