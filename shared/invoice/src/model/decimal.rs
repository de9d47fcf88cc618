//! A decimal number kept exactly as the document writes it, beside its value.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal number: amount, rate, or quantity. The text is the document's own (`10.00` stays `10.00`), the value is for
/// arithmetic. Two of them are equal when their values are (`10 == 10.00`); JSON carries the text, as a string.
#[derive(Clone, Debug)]
pub struct Decimal {
    written: String,
    value: rust_decimal::Decimal,
}

/// Why a text is not a decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADecimal {
    /// Not of the form `[+-]digits[.digits]`, which is all that `xs:decimal` allows: no exponent, no comma, no space.
    #[error("it is not of the form digits[.digits] with an optional sign")]
    Form,
    /// More than 28 significant digits: no amount needs them, and arithmetic on them would round.
    #[error("it has more than 28 significant digits")]
    TooPrecise,
}

impl Decimal {
    /// The text as written in the document, without surrounding white space.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The value, for arithmetic and comparison.
    #[must_use]
    pub fn value(&self) -> rust_decimal::Decimal {
        self.value
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let written = text.trim();
        let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
        let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
        let points = unsigned.bytes().filter(|b| *b == b'.').count();
        if digits == 0 || points > 1 || digits + points != unsigned.len() {
            return Err(NotADecimal::Form);
        }
        let value =
            rust_decimal::Decimal::from_str_exact(written.strip_prefix('+').unwrap_or(written))
                .map_err(|_| NotADecimal::TooPrecise)?;
        Ok(Self {
            written: written.to_owned(),
            value,
        })
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        Self {
            written: value.to_string(),
            value,
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$",
            "description": "A decimal number, digit for digit as the document writes it."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_and_the_value_compares() {
        let with_cents: Decimal = " 10.00 ".parse().unwrap();
        assert_eq!(with_cents.written(), "10.00");
        assert_eq!(with_cents, "10".parse().unwrap());
        assert_eq!(with_cents, "+10.".parse().unwrap());
        assert_eq!("-.5".parse::<Decimal>().unwrap(), "-0.50".parse().unwrap());
        assert_eq!(serde_json::to_string(&with_cents).unwrap(), "\"10.00\"");
    }

    #[test]
    fn what_xs_decimal_refuses_is_refused() {
        for text in [
            "",
            " ",
            "2400,00",
            "1E100",
            "1169387E-2",
            "1_000",
            "1 000",
            "0x10",
            "--1",
            "1.2.3",
            ".",
            "-",
            "NaN",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotADecimal::Form), "{text}");
        }
        assert_eq!(
            "9".repeat(40).parse::<Decimal>(),
            Err(NotADecimal::TooPrecise)
        );
        assert_eq!(
            format!("0.{}1", "0".repeat(40)).parse::<Decimal>(),
            Err(NotADecimal::TooPrecise)
        );
    }
}
