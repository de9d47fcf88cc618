use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// Declares a request type as the table of names that the swagger gives: `field: Type = "jsonName"`.
///
/// What is `None` or an empty list is left out of the body.
macro_rules! request {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $ty:ty = $json:literal, )*
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(rename = $json, skip_serializing_if = "crate::values::absent")]
            pub $field: $ty,
        )*}
    )*};
}

pub(crate) use request;

/// Whether a request field is left out of the body.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// A mandatory number is always sent.
impl Absent for i64 {
    fn is_absent(&self) -> bool {
        false
    }
}

pub(crate) fn absent<T: Absent>(value: &T) -> bool {
    value.is_absent()
}

/// An amount in a request: written as a JSON number, digit for digit, never through a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Montant(pub Decimal);

impl From<Decimal> for Montant {
    fn from(amount: Decimal) -> Self {
        Self(amount)
    }
}

impl Serialize for Montant {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string())
            .map_err(S::Error::custom)?
            .serialize(output)
    }
}
