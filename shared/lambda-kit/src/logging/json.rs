//! The layer that writes an event as one line of JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::Timestamp;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use tracing::{Event, Level, Subscriber, span};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, Scope},
};

use super::value::Fields;

/// Keys that are ours. A field of the same name is written with an underscore after it.
const RESERVED: [&str; 5] = ["timestamp", "level", "message", "function", "target"];
const MESSAGE: &str = "message";
const REQUEST_ID: &str = "requestId";

pub(super) struct JsonLayer<W> {
    function: &'static str,
    writer: W,
}

impl<W> JsonLayer<W> {
    pub(super) fn new(function: &'static str, writer: W) -> Self {
        Self { function, writer }
    }
}

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = fields_of_spans(context.event_scope(event));
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line {
            at: Timestamp::now(),
            level: *metadata.level(),
            function: self.function,
            target: metadata.target(),
            fields: fields.0,
        };
        // There is nowhere to report that stdout cannot be written.
        let _ = line.write(&mut self.writer.make_writer_for(metadata));
    }
}

fn fields_of_spans<'s, S>(scope: Option<Scope<'s, S>>) -> Fields
where
    S: LookupSpan<'s>,
{
    let mut all = Fields::default();
    for span in scope.into_iter().flat_map(Scope::from_root) {
        if let Some(fields) = span.extensions().get::<Fields>() {
            all.0.extend(fields.0.clone());
        }
    }
    all
}

struct Line<'a> {
    at: Timestamp,
    level: Level,
    function: &'a str,
    target: &'a str,
    fields: BTreeMap<&'static str, Value>,
}

impl Line<'_> {
    /// The line is made whole before it is written, so that two of them never mix.
    fn write(mut self, writer: &mut impl Write) -> io::Result<()> {
        let message = self.fields.remove(MESSAGE);
        let request_id = self.fields.remove(REQUEST_ID);
        let mut bytes = Vec::with_capacity(256);
        let mut json = serde_json::Serializer::new(&mut bytes);
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("timestamp", &format!("{:.3}", self.at))?;
        map.serialize_entry("level", self.level.as_str())?;
        map.serialize_entry(
            MESSAGE,
            &message.unwrap_or_else(|| Value::String(String::new())),
        )?;
        if let Some(request_id) = request_id {
            map.serialize_entry(REQUEST_ID, &request_id)?;
        }
        map.serialize_entry("function", self.function)?;
        map.serialize_entry("target", self.target)?;
        for (name, value) in &self.fields {
            if RESERVED.contains(name) {
                map.serialize_entry(&format!("{name}_"), value)?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()?;
        bytes.push(b'\n');
        writer.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("sink").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Vec<Value> {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber =
            tracing_subscriber::registry().with(JsonLayer::new("poll", move || writer.clone()));
        tracing::subscriber::with_default(subscriber, work);
        let bytes = sink.0.lock().expect("sink").clone();
        String::from_utf8(bytes)
            .expect("UTF-8")
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is one JSON object"))
            .collect()
    }

    #[test]
    fn the_keys_that_lambda_reads_are_at_the_top() {
        let lines = logged(|| {
            let span = tracing::info_span!("Lambda runtime invoke", requestId = "8f5c");
            let _in = span.enter();
            tracing::warn!(
                event = "poll.page",
                page = 3,
                last = false,
                "read {} rows",
                25
            );
        });
        let line = &lines[0];
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "read 25 rows");
        assert_eq!(line["requestId"], "8f5c");
        assert_eq!(line["function"], "poll");
        assert_eq!(
            (&line["event"], &line["page"]),
            (&"poll.page".into(), &3.into())
        );
        assert_eq!(line["last"], false);
        let timestamp = line["timestamp"].as_str().expect("a text");
        assert!(timestamp.parse::<Timestamp>().is_ok() && timestamp.ends_with('Z'));
        assert_eq!(timestamp.len(), "2026-11-23T09:15:00.123Z".len());
    }

    #[test]
    fn fields_of_inner_spans_and_of_the_event_win() {
        let lines = logged(|| {
            let outer = tracing::info_span!("outer", idFacture = 1, siret = "a");
            let _outer = outer.enter();
            let inner = tracing::info_span!("inner", idFacture = 2, late = tracing::field::Empty);
            let _inner = inner.enter();
            inner.record("late", "known");
            tracing::info!(siret = "b", "x");
        });
        assert_eq!(lines[0]["idFacture"], 2);
        assert_eq!(lines[0]["siret"], "b");
        assert_eq!(lines[0]["late"], "known");
    }

    #[test]
    fn an_error_is_written_with_all_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("the page was not read")]
        struct Outer(#[source] io::Error);
        let lines = logged(|| {
            let error = Outer(io::Error::other("connection reset"));
            tracing::error!(error = &error as &dyn std::error::Error, "x");
        });
        assert_eq!(lines[0]["error"], "the page was not read: connection reset");
    }

    #[test]
    fn a_field_cannot_take_the_place_of_one_of_ours() {
        let lines = logged(|| tracing::info!(level = "none", r#type = "job", "x"));
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["level_"], "none");
        assert_eq!(lines[0]["type"], "job");
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let lines = logged(|| tracing::info!(body = "a\nb\u{2028}\"c\"", "x\ny"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "x\ny");
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let lines = logged(|| tracing::info!(body = "é".repeat(100_000), "x"));
        let body = lines[0]["body"].as_str().expect("a text");
        assert!(body.len() < 17_000 && body.ends_with('…'));
    }

    #[test]
    fn a_bank_account_number_is_masked_wherever_it_is() {
        let lines = logged(|| {
            let span = tracing::info_span!("s", iban = "FR1420041010050500013M02606");
            let _in = span.enter();
            tracing::info!(debug = ?Some("FR14 2004 1010 0505 0001 3M02 606"), "pay FR1420041010050500013M02606!");
        });
        assert!(!lines[0].to_string().contains("0505"), "{}", lines[0]);
        assert_eq!(lines[0]["message"], "pay [IBAN]!");
    }
}
