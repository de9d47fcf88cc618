//! Amounts as they travel: decimal texts.

use std::{borrow::Cow, fmt, str::FromStr};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount: a decimal text with a point and at least two decimals, `"1234.50"`. Never a JSON number: many readers make it a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// The value.
    #[must_use]
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0;
        if value.scale() < 2 {
            value.rescale(2);
        }
        write!(f, "{value}")
    }
}

/// A text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is a decimal text like \"1234.50\"")]
pub struct NotAnAmount;

impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        Decimal::from_str_exact(text)
            .map(Self)
            .map_err(|_| NotAnAmount)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: Cow<'de, str> = Deserialize::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "examples": ["1234.50"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Amount>().expect("an amount").to_string()
    }

    #[test]
    fn an_amount_has_two_decimals_or_more_and_keeps_each_digit() {
        assert_eq!(shown("10"), "10.00");
        assert_eq!(shown("-0.5"), "-0.50");
        assert_eq!(shown("12.3456"), "12.3456");
        assert_eq!(shown("99999999999999999999.99"), "99999999999999999999.99");
    }

    #[test]
    fn it_travels_as_a_text_and_a_number_is_refused() {
        let amount: Amount = serde_json::from_str("\"10.5\"").expect("a text");
        assert_eq!(serde_json::to_string(&amount).expect("JSON"), "\"10.50\"");
        assert!(serde_json::from_str::<Amount>("10.5").is_err());
        assert!(serde_json::from_str::<Amount>("\"10,5\"").is_err());
    }
}
