//! How a function starts and what an invocation gets.

use std::{
    fmt,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_config::SdkConfig;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    BoxError, Deadline, Environment, Metrics, batch, chain, environment::EnvironmentError, logging,
    sdk,
};

/// What a function is given to build its clients with, once per process.
#[derive(Clone, Debug)]
pub struct Startup {
    /// The function's short name, as in its logs and metrics.
    pub function: &'static str,
    /// The settings that all AWS clients share.
    pub sdk: SdkConfig,
}

/// One invocation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Invocation<A> {
    /// The event.
    pub payload: A,
    /// Lambda's id of the invocation; it is on every log line by itself.
    pub request_id: String,
    /// When the answer must be there.
    pub deadline: Deadline,
    /// What this invocation counts; written when it ends, however it ends.
    pub metrics: Arc<Metrics>,
}

impl<A> Invocation<A> {
    /// An invocation made by hand, for a test.
    #[must_use]
    pub fn new(payload: A, function: &'static str, deadline: Deadline) -> Self {
        Self {
            payload,
            request_id: String::new(),
            deadline,
            metrics: Arc::new(Metrics::new(function)),
        }
    }
}

/// An invocation failed as a whole. Lambda is told a stable type to sort by, and the error with all its causes.
pub struct Failure {
    error_type: &'static str,
    source: BoxError,
}

impl Failure {
    /// `error_type` is a stable name, like `PortalUnavailable`.
    pub fn new(error_type: &'static str, error: impl Into<BoxError>) -> Self {
        Self {
            error_type,
            source: error.into(),
        }
    }

    /// The stable name.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        self.error_type
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error_type)
    }
}

/// The whole chain: this is what the Lambda runtime logs.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type.to_owned(),
            error_message: logging::mask::mask(&chain(failure.source.as_ref())).into_owned(),
        }
    }
}

impl From<batch::UnidentifiedRecord> for Failure {
    fn from(error: batch::UnidentifiedRecord) -> Self {
        Self::new("UnidentifiedRecord", error)
    }
}

impl From<batch::AllFailed> for Failure {
    fn from(error: batch::AllFailed) -> Self {
        Self::new("AllRecordsFailed", error)
    }
}

/// Runs a function until Lambda ends the process: all that its `main` has to do.
///
/// Sets up the logs, loads the AWS settings, calls `start` once (to read settings and configuration and to build clients), then
/// hands every invocation to the handler that `start` returned. An error of `start` is logged as JSON before the process ends: Lambda
/// reports only that it did.
///
/// ```no_run
/// use lambda_kit::{Environment, Failure, Invocation, runtime};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> std::process::ExitCode {
///     runtime::run("poll", async |startup| {
///         let mut env = Environment::from_process();
///         let bucket = env.required("RELAIS_STATE_BUCKET");
///         env.finish()?;
///         Ok(move |invocation: Invocation<serde_json::Value>| {
///             let bucket = bucket.clone();
///             async move { Ok::<String, Failure>(format!("{bucket}: {}", invocation.payload)) }
///         })
///     })
///     .await
/// }
/// ```
pub async fn run<A, R, H, F>(
    function: &'static str,
    start: impl AsyncFnOnce(Startup) -> Result<H, BoxError>,
) -> ExitCode
where
    A: DeserializeOwned,
    R: Serialize,
    H: Fn(Invocation<A>) -> F,
    F: Future<Output = Result<R, Failure>>,
{
    logging::init(function);
    if let Some(missing) = missing_from_lambda() {
        tracing::error!(
            event = "start.not_on_lambda",
            variable = missing,
            "this program is a Lambda function: {missing} is not set"
        );
        return ExitCode::FAILURE;
    }
    let started = match named() {
        Ok(service) => {
            let sdk = sdk::load().await;
            let handler = start(Startup { function, sdk }).await;
            handler.map(|handler| (service, handler))
        }
        Err(error) => Err(error.into()),
    };
    let (service, handler) = match started {
        Ok(started) => started,
        Err(error) => {
            tracing::error!(
                event = "start.failed",
                error = chain(error.as_ref()),
                "the function cannot start"
            );
            return ExitCode::FAILURE;
        }
    };
    let cold = AtomicBool::new(true);
    let answers = service_fn(|event: LambdaEvent<A>| {
        let invocation = invocation(
            Metrics::of_service(service.clone(), function),
            event,
            cold.swap(false, Ordering::Relaxed),
        );
        let flush = FlushAtEnd(invocation.metrics.clone());
        let work = handler(invocation);
        async move {
            let result = work.await;
            drop(flush);
            result
        }
    });
    match lambda_runtime::run(answers).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(
                event = "runtime.ended",
                error = chain(error.as_ref()),
                "the Lambda runtime API cannot be used any more"
            );
            ExitCode::FAILURE
        }
    }
}

/// How the metrics name this installation; the same for every function, so that no function's own settings hold it.
fn named() -> Result<Arc<str>, EnvironmentError> {
    let mut env = Environment::from_process();
    let service = env.service();
    env.finish().map(|()| service)
}

fn invocation<A>(metrics: Metrics, event: LambdaEvent<A>, cold: bool) -> Invocation<A> {
    let deadline = Deadline::of(&event.context);
    metrics.count("ColdStart", u64::from(cold));
    metrics.property("requestId", event.context.request_id.as_str());
    Invocation {
        payload: event.payload,
        request_id: event.context.request_id,
        deadline,
        metrics: Arc::new(metrics),
    }
}

/// Without these the runtime would panic with a text that names Rust code and not what to do.
fn missing_from_lambda() -> Option<&'static str> {
    [
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    ]
    .into_iter()
    .find(|name| std::env::var_os(name).is_none())
}

/// Writes the metrics when it goes, also when the handler panicked.
struct FlushAtEnd(Arc<Metrics>);

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        self.0.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no token for FR1420041010050500013M02606")]
    struct NoToken(#[source] std::io::Error);

    #[test]
    fn lambda_is_told_a_stable_type_and_every_cause() {
        let failure = Failure::new(
            "PortalUnavailable",
            NoToken(std::io::Error::other("dns error")),
        );
        assert_eq!(
            format!("{failure:?}"),
            "PortalUnavailable: no token for FR1420041010050500013M02606: dns error"
        );
        let diagnostic = Diagnostic::from(failure);
        assert_eq!(diagnostic.error_type, "PortalUnavailable");
        assert_eq!(diagnostic.error_message, "no token for [IBAN]: dns error");
    }
}
