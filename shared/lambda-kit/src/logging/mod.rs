//! Logs: one JSON object a line on Lambda, plain text for a person elsewhere.
//!
//! The keys that AWS gives to managed runtimes are at the top level: `timestamp` (RFC 3339, UTC, milliseconds), `level`, `message`,
//! `requestId`, then `function` and every field of the event and of the spans around it, flat. With `LogFormat: JSON`, Lambda's own
//! level filter needs `level` and a valid `timestamp`: a line without takes the level INFO and may be dropped.
//!
//! The level is `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG`, else `info`. The crates below us (SDK, HTTP, TLS) stay at `warn` whatever is
//! asked: at `trace` they write requests and answers, with what is in them.
//!
//! Each text is searched for bank account numbers before it is written ([`mask`]): the last line of defence, not the first.

mod json;
pub mod mask;
mod value;

use std::io;

use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Crates whose `debug` and `trace` lines hold what must not be logged, or are noise.
const QUIET: &[&str] = &[
    "aws_config=warn",
    "aws_credential_types=warn",
    "aws_runtime=warn",
    "aws_sdk_s3=warn",
    "aws_sdk_secretsmanager=warn",
    "aws_sdk_sqs=warn",
    "aws_sigv4=warn",
    "aws_smithy_http_client=warn",
    "aws_smithy_runtime=warn",
    "aws_smithy_runtime_api=warn",
    "h2=warn",
    "hyper=warn",
    "hyper_util=warn",
    "lambda_runtime=info",
    "lambda_runtime_api_client=warn",
    "reqwest=warn",
    "rustls=warn",
    "tower=warn",
];

/// Sets up the logs of this process. A second call changes nothing.
///
/// `function` is the name that every line carries. Panics are logged like errors, with their place, instead of being written to
/// stderr as text.
pub fn init(function: &'static str) {
    let on_lambda = std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some();
    let (filter, complaint) = filter(
        std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().as_deref(),
        std::env::var("RUST_LOG").ok().as_deref(),
    );
    let layer = if on_lambda {
        json_layer(function, io::stdout).boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .boxed()
    };
    let set = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
    if set.is_ok() {
        log_panics();
    }
    if let Some(complaint) = complaint {
        tracing::warn!(event = "logging.level", "{complaint}");
    }
}

/// The layer that writes one JSON object a line to `writer`.
pub fn json_layer<W>(function: &'static str, writer: W) -> impl Layer<Registry> + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    json::JsonLayer::new(function, writer)
}

/// The filter, and a complaint about a level that is not one.
fn filter(lambda_level: Option<&str>, rust_log: Option<&str>) -> (EnvFilter, Option<String>) {
    let mut complaint = None;
    let set = |text: Option<&str>| {
        text.map(str::trim)
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
    };
    let wanted = match (set(lambda_level), set(rust_log)) {
        (Some(level), _) => lambda_directive(&level).unwrap_or_else(|| {
            complaint = Some(format!(
                "AWS_LAMBDA_LOG_LEVEL {level:?} is not a level: using INFO"
            ));
            "info".to_owned()
        }),
        (None, Some(directives)) => directives,
        (None, None) => "info".to_owned(),
    };
    let base = EnvFilter::try_new(&wanted).unwrap_or_else(|_| {
        complaint = Some(format!("RUST_LOG {wanted:?} is not understood: using INFO"));
        EnvFilter::new("info")
    });
    let filter = QUIET
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(base, EnvFilter::add_directive);
    (filter, complaint)
}

/// Lambda has six levels; `FATAL` is above all of ours, errors are still written.
fn lambda_directive(level: &str) -> Option<String> {
    if level.eq_ignore_ascii_case("fatal") {
        return Some("error".to_owned());
    }
    let level: Level = level.parse().ok()?;
    Some(level.to_string().to_lowercase())
}

/// The longest part of a panic's message that is logged: the rest may be the data that it choked on.
const PANIC_MESSAGE_CHARS: usize = 200;

fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|l| format!("{}:{}:{}", l.file(), l.line(), l.column()));
        let message = panic_message(panic.payload());
        tracing::error!(event = "panic", place, panic = message, "the code panicked");
    }));
}

/// What a panic says, cut short.
pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .chars()
        .take(PANIC_MESSAGE_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lambda_level: Option<&str>, rust_log: Option<&str>) -> String {
        filter(lambda_level, rust_log).0.to_string()
    }

    #[test]
    fn the_level_of_lambda_goes_before_rust_log() {
        assert!(
            shown(Some("WARN"), Some("trace"))
                .split(',')
                .any(|d| d == "warn")
        );
        assert!(shown(None, Some("relais=debug")).contains("relais=debug"));
        assert!(shown(None, None).split(',').any(|d| d == "info"));
        assert!(shown(Some("FATAL"), None).split(',').any(|d| d == "error"));
    }

    #[test]
    fn crates_that_would_write_requests_stay_quiet_whatever_is_asked() {
        for filter in [
            shown(Some("TRACE"), None),
            shown(None, Some("trace,hyper=trace")),
        ] {
            assert!(
                filter.contains("hyper=warn") && !filter.contains("hyper=trace"),
                "{filter}"
            );
            assert!(filter.contains("aws_smithy_runtime=warn"), "{filter}");
        }
    }

    #[test]
    fn a_level_that_is_not_one_is_complained_about_and_info_is_used() {
        let (filter, complaint) = filter(Some("LOUD"), None);
        assert!(filter.to_string().split(',').any(|d| d == "info"));
        assert!(complaint.expect("a complaint").contains("LOUD"));
    }

    #[test]
    fn the_message_of_a_panic_is_cut() {
        let payload: Box<dyn std::any::Any + Send> = Box::new("é".repeat(1000));
        assert_eq!(
            panic_message(payload.as_ref()).chars().count(),
            PANIC_MESSAGE_CHARS
        );
    }
}
