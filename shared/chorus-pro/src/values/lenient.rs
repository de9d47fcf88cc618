use std::{fmt, marker::PhantomData};

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use super::{Confidentiel, Statut, dates};

/// What a field of an answer may be: an optional value, or a list.
pub(crate) trait Lenient: Sized {
    fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error>;
}

/// A value that can be read from more JSON shapes than the one announced; `None` for null and for an empty text.
pub(crate) trait Value: Sized {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error>;
}

/// The one `deserialize_with` of every answer field.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Lenient>(input: D) -> Result<T, D::Error> {
    T::lenient(input)
}

impl<T: Value> Lenient for Option<T> {
    fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        T::value(input)
    }
}

/// The identifier of a row: 0 when absent, which no identifier is; the reader of rows refuses it.
impl Lenient for i64 {
    fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(<Self as Value>::value(input)?.unwrap_or_default())
    }
}

/// The state of a row: an empty code when absent.
impl Lenient for Statut {
    fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(<Self as Value>::value(input)?.unwrap_or_default())
    }
}

/// A list; also one object where a list is announced (seen on `listeStructures`), and null for an empty one.
impl<T: DeserializeOwned> Lenient for Vec<T> {
    fn lenient<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or one object")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0));
                while let Some(item) = items.next_element::<Option<T>>()? {
                    list.extend(item);
                }
                Ok(list)
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(object)).map(|one| vec![one])
            }
        }

        input.deserialize_any(ListVisitor(PhantomData))
    }
}

/// A JSON scalar as it stands in the text. Numbers keep their digits: an amount never passes through a float.
enum Scalar {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
}

impl Scalar {
    fn read<'de, D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(input)?;
        let token = raw.get().trim();
        match token.as_bytes().first() {
            Some(b'"') => serde_json::from_str(token)
                .map(Self::Text)
                .map_err(de::Error::custom),
            Some(b'n') | None => Ok(Self::Null),
            Some(b't') => Ok(Self::Bool(true)),
            Some(b'f') => Ok(Self::Bool(false)),
            Some(b'{') => Err(de::Error::custom(
                "a single value was expected, an object is there",
            )),
            Some(b'[') => Err(de::Error::custom(
                "a single value was expected, a list is there",
            )),
            Some(_) => Ok(Self::Number(token.to_owned())),
        }
    }

    /// The text of a number or a string, `None` when there is nothing in it.
    fn into_text(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(yes) => Some(yes.to_string()),
            Self::Number(text) | Self::Text(text) => (!text.is_empty()).then_some(text),
        }
    }
}

impl Value for String {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        Ok(Scalar::read(input)?.into_text())
    }
}

impl Value for Confidentiel {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        Ok(String::value(input)?.map(Self::new))
    }
}

/// Reads a non-blank scalar with `parse`; the error names what was expected and not what was there, which may be personal.
fn parsed<'de, D: Deserializer<'de>, T>(
    input: D,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Scalar::read(input)?.into_text() else {
        return Ok(None);
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    parse(text)
        .map(Some)
        .ok_or_else(|| de::Error::custom(format_args!("{expected} was expected")))
}

impl Value for i64 {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        parsed(input, "an integer", |text| {
            text.parse().ok().or_else(|| whole(text))
        })
    }
}

/// `12.0` and `1.2E1` are integers too: a gateway that re-serialises numbers writes them so.
fn whole(text: &str) -> Option<i64> {
    let number = decimal(text)?;
    number
        .is_integer()
        .then(|| i64::try_from(number.trunc()).ok())
        .flatten()
}

impl Value for Decimal {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        parsed(input, "an amount of at most 28 digits", decimal)
    }
}

/// Exact or nothing: a number that would have to be rounded is not read. A JVM writes doubles from ten million on as `1.0E7`.
fn decimal(text: &str) -> Option<Decimal> {
    match text.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(text).ok(),
        Some((digits, exponent)) => {
            Decimal::from_str_exact(digits).ok()?;
            let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
            Decimal::from_scientific(&format!("{digits}e{exponent}")).ok()
        }
    }
}

impl Value for bool {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        parsed(input, "true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" | "oui" | "1" => Some(true),
                "false" | "non" | "0" => Some(false),
                _ => None,
            }
        })
    }
}

impl Value for Timestamp {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        parsed(input, "a date and time", dates::timestamp)
    }
}

impl Value for Date {
    fn value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
        parsed(input, "a date", dates::date)
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Holder<T: Lenient> {
        #[serde(default = "nothing", deserialize_with = "read")]
        v: T,
    }

    fn nothing<T: Lenient>() -> T {
        T::lenient(&mut serde_json::Deserializer::from_str("null")).unwrap()
    }

    fn field<T: Lenient>(json: &str) -> Result<T, serde_json::Error> {
        serde_json::from_str::<Holder<T>>(&format!("{{\"v\":{json}}}")).map(|holder| holder.v)
    }

    #[test]
    fn an_integer_may_come_as_a_string_or_with_a_point() {
        assert_eq!(field::<Option<i64>>("3346947").unwrap(), Some(3_346_947));
        assert_eq!(
            field::<Option<i64>>("\"3346947\"").unwrap(),
            Some(3_346_947)
        );
        assert_eq!(field::<Option<i64>>("3346947.0").unwrap(), Some(3_346_947));
        assert_eq!(field::<Option<i64>>("1.2E1").unwrap(), Some(12));
        assert_eq!(field::<Option<i64>>("null").unwrap(), None);
        assert_eq!(field::<Option<i64>>("\"\"").unwrap(), None);
        assert!(field::<Option<i64>>("12.5").is_err());
        assert!(field::<Option<i64>>("\"abc\"").is_err());
        assert!(field::<Option<i64>>("{}").is_err());
    }

    #[test]
    fn an_amount_keeps_every_digit() {
        let amount = |json| field::<Option<Decimal>>(json).unwrap().unwrap().to_string();
        assert_eq!(amount("3245.681450"), "3245.681450");
        assert_eq!(amount("\"3245.681450\""), "3245.681450");
        assert_eq!(amount("0.1"), "0.1");
        assert_eq!(
            amount("12345678901234567890.123456"),
            "12345678901234567890.123456"
        );
        assert_eq!(amount("1.2345678E7"), "12345678");
        assert_eq!(amount("1E+2"), "100");
        assert_eq!(amount("1.5e-2"), "0.015");
        assert_eq!(amount("-10"), "-10");
    }

    #[test]
    fn an_amount_that_would_be_rounded_is_refused() {
        assert!(field::<Option<Decimal>>("0.12345678901234567890123456789012345").is_err());
        assert!(field::<Option<Decimal>>("1e999").is_err());
        assert!(field::<Option<Decimal>>("\"1 324,60\"").is_err());
    }

    #[test]
    fn one_object_stands_for_a_list_of_one() {
        assert_eq!(
            field::<Vec<Holder<Option<i64>>>>("{\"v\":1}").unwrap(),
            [Holder { v: Some(1) }]
        );
        assert_eq!(
            field::<Vec<Holder<Option<i64>>>>("[{\"v\":1},null,{}]")
                .unwrap()
                .len(),
            2
        );
        assert!(
            field::<Vec<Holder<Option<i64>>>>("null")
                .unwrap()
                .is_empty()
        );
        assert!(field::<Vec<Holder<Option<i64>>>>("12").is_err());
    }

    #[test]
    fn a_text_may_come_as_a_number_and_empty_means_none() {
        assert_eq!(
            field::<Option<String>>("\"é\\u00e9\"").unwrap().as_deref(),
            Some("éé")
        );
        assert_eq!(
            field::<Option<String>>("12").unwrap().as_deref(),
            Some("12")
        );
        assert_eq!(field::<Option<String>>("\"\"").unwrap(), None);
        assert_eq!(field::<Option<String>>("null").unwrap(), None);
    }

    #[test]
    fn a_boolean_may_come_as_a_text() {
        assert_eq!(field::<Option<bool>>("true").unwrap(), Some(true));
        assert_eq!(field::<Option<bool>>("\"false\"").unwrap(), Some(false));
        assert_eq!(field::<Option<bool>>("\"OUI\"").unwrap(), Some(true));
        assert_eq!(field::<Option<bool>>("0").unwrap(), Some(false));
        assert!(field::<Option<bool>>("\"peut-être\"").is_err());
    }

    #[test]
    fn an_error_does_not_repeat_the_value() {
        let error = field::<Option<i64>>("\"FR7630006000011234567890189\"")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("FR76"), "{error}");
    }

    proptest! {
        #[test]
        fn every_decimal_of_the_format_is_read_back_exactly(units in -9_999_999_999_999i64..9_999_999_999_999, micros in 0u32..1_000_000) {
            let text = format!("{units}.{micros:06}");
            let expected = Decimal::from_str(&text).unwrap();
            prop_assert_eq!(field::<Option<Decimal>>(&text).unwrap().unwrap(), expected);
            let quoted = format!("\"{text}\"");
            prop_assert_eq!(field::<Option<Decimal>>(&quoted).unwrap().unwrap(), expected);
        }
    }
}
