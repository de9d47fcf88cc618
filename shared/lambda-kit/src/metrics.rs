//! Metrics in CloudWatch's embedded metric format (EMF): one line of JSON on stdout at the end of an invocation, no call to make.
//!
//! The dimensions are `Service` and `Function`, and never an establishment or an invoice: each combination of values is a metric of
//! its own, billed as one, and a name does not belong there. Who and which is in the logs, tied by `requestId`.
//!
//! `Service` is the stack's name, which the template hands to every function: two stacks of one account (production and test) write into
//! one namespace, and an alarm of the one must not rise, or stay quiet, for the sake of the other.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value, json};

/// The CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "Relais";
/// The value of the dimension `Service` where nobody has named the installation.
pub const DEFAULT_SERVICE: &str = "relais";

/// An EMF document holds no more metrics than this.
const METRICS_PER_DOCUMENT: usize = 100;
/// A metric of a document holds no more values than this.
const VALUES_PER_METRIC: usize = 100;

/// What an invocation counted and measured. Shared freely: its methods take `&self`.
#[derive(Debug)]
pub struct Metrics {
    service: Arc<str>,
    function: &'static str,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    metrics: BTreeMap<&'static str, Metric>,
    properties: BTreeMap<&'static str, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Metric {
    Count(u64),
    Gauge(u64, &'static str),
    Durations(Vec<u64>),
}

impl Metric {
    fn unit(&self) -> &'static str {
        match self {
            Self::Count(_) => "Count",
            Self::Gauge(_, unit) => unit,
            Self::Durations(_) => "Milliseconds",
        }
    }
}

impl Metrics {
    /// Nothing counted yet, for this function of the installation [`DEFAULT_SERVICE`].
    #[must_use]
    pub fn new(function: &'static str) -> Self {
        Self::of_service(DEFAULT_SERVICE.into(), function)
    }

    /// Nothing counted yet, for this function of this installation; see [`crate::Environment::service`].
    #[must_use]
    pub fn of_service(service: Arc<str>, function: &'static str) -> Self {
        Self {
            service,
            function,
            state: Mutex::default(),
        }
    }

    /// Adds to a counter. Adding 0 makes it appear with 0, which an alarm on silence can tell from nothing at all.
    pub fn count(&self, name: &'static str, more: u64) {
        self.with(
            |state| match state.metrics.entry(name).or_insert(Metric::Count(0)) {
                Metric::Count(n) => *n = n.saturating_add(more),
                other => *other = Metric::Count(more),
            },
        );
    }

    /// Sets a level without a unit of its own (rows listed, days left). The last value counts.
    pub fn gauge(&self, name: &'static str, level: u64) {
        self.with(|state| state.metrics.insert(name, Metric::Gauge(level, "None")));
    }

    /// Sets an age. The last value counts.
    pub fn seconds(&self, name: &'static str, age: Duration) {
        self.with(|state| {
            state
                .metrics
                .insert(name, Metric::Gauge(age.as_secs(), "Seconds"))
        });
    }

    /// Sets a size. The last value counts.
    pub fn bytes(&self, name: &'static str, size: u64) {
        self.with(|state| state.metrics.insert(name, Metric::Gauge(size, "Bytes")));
    }

    /// Adds one measured duration; CloudWatch makes percentiles of all of them.
    pub fn duration(&self, name: &'static str, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.with(|state| {
            match state
                .metrics
                .entry(name)
                .or_insert_with(|| Metric::Durations(Vec::new()))
            {
                Metric::Durations(all) => all.push(ms),
                other => *other = Metric::Durations(vec![ms]),
            }
        });
    }

    /// Adds a property: in the log line and searchable, but no metric and no dimension.
    pub fn property(&self, name: &'static str, value: impl Into<Value>) {
        self.with(|state| state.properties.insert(name, value.into()));
    }

    /// The value of a counter or a gauge, for tests and for decisions within the invocation.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<u64> {
        self.with(|state| match state.metrics.get(name)? {
            Metric::Count(n) | Metric::Gauge(n, _) => Some(*n),
            Metric::Durations(_) => None,
        })
    }

    /// Writes what was collected to stdout and starts again from nothing. Nothing collected, nothing written.
    pub fn flush(&self) {
        // There is nowhere to report that stdout cannot be written.
        let _ = self.flush_to(
            &mut io::stdout().lock(),
            jiff::Timestamp::now().as_millisecond(),
        );
    }

    fn flush_to(&self, writer: &mut impl Write, now_ms: i64) -> io::Result<()> {
        let state = self.with(std::mem::take);
        for document in documents((&self.service, self.function), &state, now_ms) {
            let mut line = document.to_string().into_bytes();
            line.push(b'\n');
            writer.write_all(&line)?;
        }
        writer.flush()
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One document, unless there are more metrics or values than one may hold.
fn documents(of: (&str, &str), state: &State, now_ms: i64) -> Vec<Value> {
    let mut rest: Vec<(&str, Metric)> = state
        .metrics
        .iter()
        .flat_map(|(name, metric)| parts(metric).map(move |part| (*name, part)))
        .collect();
    let mut documents = Vec::new();
    while !rest.is_empty() {
        let mut taken: BTreeMap<&str, Metric> = BTreeMap::new();
        rest.retain(|(name, metric)| {
            let fits = taken.len() < METRICS_PER_DOCUMENT && !taken.contains_key(name);
            if fits {
                taken.insert(name, metric.clone());
            }
            !fits
        });
        documents.push(document(of, &taken, &state.properties, now_ms));
    }
    documents
}

fn parts(metric: &Metric) -> impl Iterator<Item = Metric> {
    let (durations, whole) = match metric {
        Metric::Durations(all) => (all.as_slice(), None),
        other => (&[][..], Some(other.clone())),
    };
    durations
        .chunks(VALUES_PER_METRIC)
        .map(|chunk| Metric::Durations(chunk.to_vec()))
        .chain(whole)
}

fn document(
    (service, function): (&str, &str),
    metrics: &BTreeMap<&str, Metric>,
    properties: &BTreeMap<&'static str, Value>,
    now_ms: i64,
) -> Value {
    let definitions: Vec<Value> = metrics
        .iter()
        .map(|(name, metric)| json!({"Name": name, "Unit": metric.unit()}))
        .collect();
    let mut document = Map::new();
    for (name, value) in properties {
        document.insert((*name).to_owned(), value.clone());
    }
    for (name, metric) in metrics {
        let value = match metric {
            Metric::Count(n) | Metric::Gauge(n, _) => json!(n),
            Metric::Durations(all) => json!(all),
        };
        document.insert((*name).to_owned(), value);
    }
    document.insert("Service".to_owned(), json!(service));
    document.insert("Function".to_owned(), json!(function));
    document.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Service", "Function"]],
                "Metrics": definitions,
            }],
        }),
    );
    Value::Object(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON Schema of the specification ("Embedded metric format specification", Amazon CloudWatch user guide), its rules on
    /// sizes and names included.
    fn specification() -> jsonschema::Validator {
        let schema = json!({
            "type": "object",
            "required": ["_aws"],
            "properties": {"_aws": {
                "type": "object",
                "required": ["Timestamp", "CloudWatchMetrics"],
                "properties": {
                    "Timestamp": {"type": "integer", "minimum": 0},
                    "CloudWatchMetrics": {"type": "array", "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
                            "Dimensions": {"type": "array", "minItems": 1, "items": {
                                "type": "array", "minItems": 1, "maxItems": 30,
                                "items": {"type": "string", "minLength": 1, "maxLength": 250}
                            }},
                            "Metrics": {"type": "array", "maxItems": 100, "items": {
                                "type": "object",
                                "required": ["Name"],
                                "properties": {
                                    "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
                                    "Unit": {"enum": ["Seconds", "Microseconds", "Milliseconds", "Bytes", "Count", "Percent", "None"]}
                                }
                            }}
                        }
                    }}
                }
            }},
            "additionalProperties": {"anyOf": [
                {"type": ["string", "number", "boolean"]},
                {"type": "array", "maxItems": 100, "items": {"type": "number"}}
            ]}
        });
        jsonschema::validator_for(&schema).expect("a schema")
    }

    fn flushed(metrics: &Metrics) -> Vec<Value> {
        let mut bytes = Vec::new();
        metrics
            .flush_to(&mut bytes, 1_795_000_000_000)
            .expect("written");
        let specification = specification();
        let text = String::from_utf8(bytes).expect("UTF-8");
        let documents: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        for document in &documents {
            assert!(specification.is_valid(document), "{document}");
            for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                .as_array()
                .expect("metrics")
            {
                let name = metric["Name"].as_str().expect("a name");
                assert!(
                    document[name].is_number() || document[name].is_array(),
                    "{name} has no value"
                );
            }
        }
        documents
    }

    #[test]
    fn an_invocation_is_one_document_with_its_dimensions() {
        let metrics = Metrics::new("archive");
        metrics.count("InvoicesArchived", 2);
        metrics.count("InvoicesArchived", 3);
        metrics.gauge("RowsListed", 7);
        metrics.seconds("OldestPendingAge", Duration::from_secs(90));
        metrics.bytes("LargestDocument", 4096);
        metrics.duration("ChorusLatency", Duration::from_millis(120));
        metrics.duration("ChorusLatency", Duration::from_micros(80_900));
        metrics.property("requestId", "8f5c");
        let documents = flushed(&metrics);
        assert_eq!(documents.len(), 1);
        let document = &documents[0];
        assert_eq!(document["InvoicesArchived"], 5);
        assert_eq!(document["RowsListed"], 7);
        assert_eq!(document["ChorusLatency"], json!([120, 80]));
        assert_eq!(
            (&document["Service"], &document["Function"]),
            (&json!("relais"), &json!("archive"))
        );
        assert_eq!(document["requestId"], "8f5c");
        assert_eq!(
            document["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["Service", "Function"]])
        );
    }

    #[test]
    fn nothing_counted_is_nothing_written_and_zero_is_something() {
        let metrics = Metrics::new("poll");
        assert!(flushed(&metrics).is_empty());
        metrics.count("InvoicesFetched", 0);
        assert_eq!(flushed(&metrics)[0]["InvoicesFetched"], 0);
        assert!(
            flushed(&metrics).is_empty(),
            "what was written is not written again"
        );
    }

    #[test]
    fn more_than_a_hundred_metrics_are_split() {
        let metrics = Metrics::new("poll");
        for i in 0..150 {
            metrics.count(Box::leak(format!("Metric{i}").into_boxed_str()), 1);
        }
        let documents = flushed(&metrics);
        assert_eq!(documents.len(), 2);
        let names: usize = documents
            .iter()
            .map(|d| {
                d["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                    .as_array()
                    .expect("metrics")
                    .len()
            })
            .sum();
        assert_eq!(names, 150);
    }

    #[test]
    fn more_than_a_hundred_values_are_split_and_none_is_lost() {
        let metrics = Metrics::new("poll");
        for ms in 0..250 {
            metrics.duration("ChorusLatency", Duration::from_millis(ms));
        }
        metrics.count("ChorusCalls", 250);
        let documents = flushed(&metrics);
        assert_eq!(documents.len(), 3);
        let values: usize = documents
            .iter()
            .map(|d| d["ChorusLatency"].as_array().expect("values").len())
            .sum();
        assert_eq!(values, 250);
        let counted = documents
            .iter()
            .filter(|d| d.get("ChorusCalls").is_some())
            .count();
        assert_eq!(
            counted, 1,
            "a counter is in one document only, or it would be added twice"
        );
    }
}
