//! Names that come again and again, each kept once.

use std::collections::HashMap;

/// A name, as its place among those met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u16);

/// The names met so far. There are some tens of statuses and a few currencies; should there ever be 65 536, the rest counts as one.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    places: HashMap<String, u16>,
}

impl Names {
    pub(crate) fn intern(&mut self, name: &str) -> Name {
        if let Some(place) = self.places.get(name) {
            return Name(*place);
        }
        let Ok(place) = u16::try_from(self.names.len()) else {
            return Name(u16::MAX);
        };
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Name(place)
    }

    pub(crate) fn of(&self, name: Name) -> &str {
        self.names
            .get(usize::from(name.0))
            .map_or("", String::as_str)
    }
}
