//! Reading requests as leniently as the portal does: absent, null and empty are one; numbers may be strings.

use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::Answer;

/// The body as a request, or the 400 that the portal answers.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Answer> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Answer::malformed("un objet JSON est attendu"));
    }
    serde_json::from_slice(body).map_err(|error| Answer::malformed(&error.to_string()))
}

/// A 64-bit number, also when it comes as a string.
pub(crate) fn int<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Option::<Either>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Either::Text(text)) => text.trim().parse().map(Some).map_err(D::Error::custom),
    }
}

/// An amount, read digit for digit.
pub(crate) fn amount<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let text = raw.get().trim_matches('"');
    text.parse()
        .or_else(|_| Decimal::from_scientific(text))
        .map(Some)
        .map_err(D::Error::custom)
}

/// A list, also when it comes as one bare value.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = |values: Vec<Value>| {
        values
            .into_iter()
            .filter(|value| !value.is_null())
            .map(|value| {
                value
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| D::Error::custom("une liste de codes est attendue"))
            })
            .collect()
    };
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(Vec::new()),
        Some(Value::Array(values)) => texts(values),
        Some(single) => texts(vec![single]),
    }
}

/// An empty text is no text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|value| !value.is_empty()))
}

/// Refuses a code that is not in its enum, as a strict deserialiser does.
pub(crate) fn one_of(field: &str, value: Option<&str>, codes: &[&str]) -> Result<(), Answer> {
    match value {
        Some(code) if !codes.contains(&code) => Err(Answer::malformed(&format!(
            "{field} : valeur inconnue « {code} »"
        ))),
        _ => Ok(()),
    }
}
