//! A queue that takes everything.

use serde_json::{Value, json};

use super::{
    World,
    http::{Request, Response},
};

pub(super) fn answer(world: &World, request: &Request) -> Response {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let entries = body
        .get("Entries")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut taken = Vec::new();
    let mut state = world.state();
    *state.calls.entry("send").or_default() += 1;
    for entry in &entries {
        let text = entry
            .get("MessageBody")
            .and_then(Value::as_str)
            .unwrap_or_default();
        state
            .jobs
            .push(serde_json::from_str(text).unwrap_or_default());
        taken.push(json!({"Id": entry.get("Id"), "MessageId": "m", "MD5OfMessageBody": "x"}));
    }
    Response::json(json!({"Successful": taken, "Failed": []}).to_string())
}
