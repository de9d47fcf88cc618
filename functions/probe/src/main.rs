//! Wiring only: what the function does is in `handler`.

use std::{process::ExitCode, sync::Arc};

use lambda_kit::{Environment, Invocation, runtime};
use relais_probe::{
    config::Settings,
    handler::{self, Deps, ProbeRequest},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run("probe", async |startup| {
        let settings = Settings::read(Environment::from_process())?;
        let deps = Arc::new(Deps::new(settings, &startup.sdk).await?);
        Ok(move |invocation: Invocation<ProbeRequest>| {
            let deps = deps.clone();
            async move { handler::handle(&deps, invocation).await }
        })
    })
    .await
}
