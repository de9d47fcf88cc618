//! Every name that a request writes or an answer reads is a name of AIFE's swaggers, and the other way round.
//!
//! The swaggers are not part of this repository. The tests look for them beside it and say so when they are not there.

mod factures;
mod recorded;
mod structures;

use std::{collections::BTreeSet, fs, path::PathBuf};

use rust_decimal::Decimal;
use serde::{
    Deserialize, Serialize,
    de::{self, Deserializer, Visitor},
};
use serde_json::Value;

use crate::{Borne, Montant};

/// Left-overs of the portal's Java model in every paging object, which no client sends.
const NOT_SENT: [&str; 4] = [
    "champsDeTri",
    "ordreTriGenerique",
    "taillePageGenerique",
    "indexPageGenerique",
];

/// Where the swaggers and recorded answers are, when they are.
fn reference() -> PathBuf {
    let shared = std::env::var_os("RELAIS_SHARED_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    shared.join("reference/chorus-pro")
}

struct Swagger(Value);

impl Swagger {
    fn open(file: &str) -> Option<Self> {
        let path = reference().join(file);
        let Ok(text) = fs::read_to_string(&path) else {
            println!(
                "{} is not here: conformity with the swagger is not checked",
                path.display()
            );
            return None;
        };
        Some(Self(serde_json::from_str(&text).unwrap()))
    }

    fn property(&self, definition: &str, name: &str) -> &Value {
        &self.0["definitions"][definition]["properties"][name]
    }

    fn names(&self, definition: &str) -> BTreeSet<String> {
        let properties = self.0["definitions"][definition]["properties"].as_object();
        properties
            .unwrap_or_else(|| panic!("no definition {definition}"))
            .keys()
            .cloned()
            .collect()
    }

    /// `T` reads each name of the definition, and no other.
    #[track_caller]
    fn reads<T: for<'de> Deserialize<'de>>(&self, definition: &str) {
        let read: BTreeSet<String> = fields::<T>()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        assert_eq!(read, self.names(definition), "{definition}");
    }

    /// A request with everything set writes each name of the definition, and no other.
    #[track_caller]
    fn writes<T: Serialize>(&self, definition: &str, request: &T) {
        let json = serde_json::to_value(request).unwrap();
        let written: BTreeSet<String> = json.as_object().unwrap().keys().cloned().collect();
        let mut expected = self.names(definition);
        expected.retain(|name| !NOT_SENT.contains(&name.as_str()));
        assert_eq!(written, expected, "{definition}");
        for (name, value) in json.as_object().unwrap() {
            let announced = self.property(definition, name)["type"].as_str();
            let fits = match announced {
                Some("integer") => value.is_i64() || value.is_u64(),
                Some("number") => value.is_number(),
                Some("string") => value.is_string(),
                Some("boolean") => value.is_boolean(),
                Some("array") => value.is_array(),
                _ => value.is_object(),
            };
            assert!(
                fits,
                "{definition}.{name} is {value}, the swagger says {announced:?}"
            );
        }
    }

    #[track_caller]
    fn knows(&self, codes: &[&str], definition: &str, property: &str) {
        let property = self.property(definition, property);
        let list = property["enum"]
            .as_array()
            .or_else(|| property["items"]["enum"].as_array());
        for code in list.unwrap_or_else(|| panic!("no enum in {definition}")) {
            assert!(
                codes.contains(&code.as_str().unwrap()),
                "{code} of {definition} is not known"
            );
        }
    }
}

/// The names of the fields that a derived `Deserialize` reads.
fn fields<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    struct Fields<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Fields<'_> {
        type Error = de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            Err(de::Error::custom("seen"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    assert!(T::deserialize(Fields(&mut names)).is_err());
    assert!(!names.is_empty());
    names
}

fn day() -> Option<Borne> {
    Some(Borne::Jour("2026-11-23".parse().unwrap()))
}

fn amount() -> Option<Montant> {
    Some(Montant(Decimal::new(10_000_001, 6)))
}

fn text() -> Option<String> {
    Some("x".to_owned())
}
