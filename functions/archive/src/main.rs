//! Wiring only: what the function does is in `handler`.

use std::{process::ExitCode, sync::Arc};

use aws_lambda_events::sqs::SqsEvent;
use lambda_kit::{Environment, Invocation, runtime};
use relais_archive::{config::Settings, deps::Deps, handler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run("archive", async |startup| {
        let settings = Settings::read(Environment::from_process())?;
        let deps = Arc::new(Deps::new(settings, &startup.sdk).await?);
        Ok(move |invocation: Invocation<SqsEvent>| {
            let deps = deps.clone();
            async move { handler::handle(&deps, invocation).await }
        })
    })
    .await
}
