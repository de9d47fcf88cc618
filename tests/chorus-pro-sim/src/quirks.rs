//! Deviations from the swagger that were seen in the wild, on demand, so that a client's leniency can be tested.

use serde_json::Value;

use crate::api::{Answer, Body, Operation};
use crate::state::Behaviour;

/// Keys that carry a 64-bit identifier.
fn is_identifier(key: &str) -> bool {
    key.starts_with("id") && key.chars().nth(2).is_some_and(char::is_uppercase)
        || key == "identifiantFactureCPP"
}

/// Applies the deviations that `behaviour` asks for. Amounts of such an answer pass through a double, as many clients do.
pub(crate) fn apply(behaviour: &Behaviour, operation: Operation, answer: Answer) -> Answer {
    let wanted = behaviour.single_as_object || behaviour.ids_as_strings || behaviour.omit_paging;
    let Answer {
        body: Body::Json(bytes),
        ..
    } = &answer
    else {
        return answer;
    };
    if !wanted {
        return answer;
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
        return answer;
    };
    if behaviour.single_as_object && operation != Operation::HealthCheck {
        unwrap_single_lists(&mut value);
    }
    if behaviour.ids_as_strings {
        stringify_identifiers(&mut value);
    }
    if let (true, Value::Object(fields)) = (behaviour.omit_paging, &mut value) {
        for key in [
            "pageCourante",
            "pages",
            "nbResultatsParPage",
            "total",
            "parametresRetour",
        ] {
            fields.remove(key);
        }
    }
    Answer {
        body: Body::Json(value.to_string().into_bytes()),
        ..answer
    }
}

fn unwrap_single_lists(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (key, list) in fields.iter_mut() {
        if let (true, Value::Array(items)) = (key.starts_with("liste"), &mut *list)
            && items.len() == 1
            && let Some(only) = items.pop()
        {
            *list = only;
        }
    }
}

fn stringify_identifiers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(stringify_identifiers),
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                match field {
                    Value::Number(number) if is_identifier(key) => {
                        *field = Value::String(number.to_string());
                    }
                    other => stringify_identifiers(other),
                }
            }
        }
        _ => {}
    }
}
