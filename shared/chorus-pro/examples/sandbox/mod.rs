//! Who calls what: shared by the examples. Everything comes from the environment or the command line.

use std::error::Error;

use chorus_pro::{Account, Client, ClientConfig, TechnicalAccount};
use clap::Args;

/// The credentials of a person's own sandbox application. The hosts default to the sandbox.
#[derive(Args)]
pub(crate) struct Sandbox {
    /// `client_id` of the PISTE application.
    #[arg(long, env = "CHORUS_PRO_CLIENT_ID")]
    client_id: String,
    /// `client_secret` of the PISTE application.
    #[arg(long, env = "CHORUS_PRO_CLIENT_SECRET", hide_env_values = true)]
    client_secret: String,
    /// Login of the technical account, `TECH_1_…@cpro.fr`.
    #[arg(long, env = "CHORUS_PRO_LOGIN")]
    login: String,
    /// Password of the technical account.
    #[arg(long, env = "CHORUS_PRO_PASSWORD", hide_env_values = true)]
    password: String,
    /// Token endpoint of PISTE.
    #[arg(long, env = "CHORUS_PRO_TOKEN_URL", default_value = ClientConfig::SANDBOX.0)]
    token_url: String,
    /// Base URL of the API.
    #[arg(long, env = "CHORUS_PRO_API_URL", default_value = ClientConfig::SANDBOX.1)]
    api_url: String,
}

impl Sandbox {
    /// The account that these credentials stand for.
    pub(crate) fn account(self) -> Result<Account, Box<dyn Error>> {
        let config = ClientConfig::new(
            self.token_url,
            self.api_url,
            self.client_id,
            self.client_secret.into(),
        );
        let technical = TechnicalAccount {
            login: self.login,
            password: self.password.into(),
        };
        Ok(Client::new(config)?.account(&technical)?)
    }
}

/// Says what went wrong and what to do, then what is behind it.
pub(crate) fn explain(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("{error}");
    let mut cause = error.source();
    while let Some(behind) = cause {
        text.push_str(&format!("\n  because: {behind}"));
        cause = behind.source();
    }
    if let Some(error) = error.downcast_ref::<chorus_pro::Error>() {
        text.push_str(&format!(
            "\n  decision: {:?}, effect: {:?}",
            error.decision(),
            error.effect()
        ));
    }
    text
}
