//! Where the document is, and how a process keeps it fresh.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Document};
use crate::chain;

/// How old the document may be when an invocation starts, unless the store was told otherwise: a switch is honoured within a minute, for
/// one call a minute at most of each process.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60);

/// Where the configuration document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// A file of this machine.
    File(PathBuf),
    /// A secret of Secrets Manager, by its ARN or name.
    Secret(String),
}

/// The document was not read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not there or not readable: for the person who deploys.
    #[error("the configuration file {path} was not read")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Secrets Manager refused, or was not reached. A later attempt may succeed; "AccessDenied" and "ResourceNotFound" need a person.
    #[error(
        "the configuration secret {secret} was not read: check that it exists and that the function may read it"
    )]
    Secret {
        /// The secret's ARN or name.
        secret: String,
        /// Why.
        source: Box<SdkError<GetSecretValueError>>,
    },
    /// The secret holds bytes and not text: put the JSON document in as text.
    #[error(
        "the configuration secret {secret} holds no text: store the JSON document as its text value"
    )]
    NotText {
        /// The secret's ARN or name.
        secret: String,
    },
    /// What was read cannot be used.
    #[error(transparent)]
    Content(#[from] ConfigError),
}

/// The configuration of a process, re-read between invocations so that a switch or a password changes without a deployment.
#[derive(Debug)]
pub struct ConfigStore {
    source: ConfigSource,
    secrets: Option<Client>,
    max_age: Duration,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    document: Arc<Document>,
    read_at: Instant,
}

impl ConfigStore {
    /// Reads the document for the first time. `sdk` is used for a secret only.
    ///
    /// # Errors
    ///
    /// The document cannot be read or used: the function must not start.
    pub async fn load(source: ConfigSource, sdk: &SdkConfig) -> Result<Self, LoadError> {
        let secrets = matches!(source, ConfigSource::Secret(_)).then(|| Client::new(sdk));
        Self::load_with(source, secrets).await
    }

    async fn load_with(source: ConfigSource, secrets: Option<Client>) -> Result<Self, LoadError> {
        let document = read(&source, secrets.as_ref()).await?;
        Ok(Self {
            source,
            secrets,
            max_age: DEFAULT_MAX_AGE,
            held: Mutex::new(Held {
                document: Arc::new(document),
                read_at: Instant::now(),
            }),
        })
    }

    /// The same store with another greatest age.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// The configuration for one invocation: call it once at its start and keep the answer till its end.
    ///
    /// A document older than the greatest age is read again. When that fails, or the text cannot be used any more, the one held is
    /// used on, the failure is logged as an error, and the next attempt waits as long again: a mistake in the secret must not stop
    /// what works.
    pub async fn current(&self) -> Arc<Document> {
        let (held, due) = {
            let held = self.lock();
            (
                held.document.clone(),
                held.read_at.elapsed() >= self.max_age,
            )
        };
        if !due {
            return held;
        }
        let document = match read(&self.source, self.secrets.as_ref()).await {
            Ok(document) => Arc::new(document),
            Err(error) => {
                tracing::error!(
                    event = "config.not_refreshed",
                    error = chain(&error),
                    "the configuration was not read again, the one held stays in use"
                );
                held
            }
        };
        *self.lock() = Held {
            document: document.clone(),
            read_at: Instant::now(),
        };
        document
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        // Nothing panics while the lock is held, and what is inside is replaced whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(source: &ConfigSource, secrets: Option<&Client>) -> Result<Document, LoadError> {
    let text = match source {
        ConfigSource::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| LoadError::File {
                path: path.clone(),
                source,
            })?;
            SecretString::from(text)
        }
        ConfigSource::Secret(secret) => read_secret(secret, secrets).await?,
    };
    let parsed = Document::parse(text.expose_secret())?;
    for warning in &parsed.warnings {
        tracing::warn!(event = "config.warning", "configuration: {warning}");
    }
    Ok(parsed.document)
}

async fn read_secret(secret: &str, client: Option<&Client>) -> Result<SecretString, LoadError> {
    let not_text = || LoadError::NotText {
        secret: secret.to_owned(),
    };
    let client = client.ok_or_else(not_text)?;
    let answer = client
        .get_secret_value()
        .secret_id(secret)
        .send()
        .await
        .map_err(|source| LoadError::Secret {
            secret: secret.to_owned(),
            source: Box::new(source),
        })?;
    answer
        .secret_string
        .map(SecretString::from)
        .ok_or_else(not_text)
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::{
        operation::get_secret_value::GetSecretValueOutput, types::error::ResourceNotFoundException,
    };
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;

    const SIRET: &str = "00000000013456";

    fn document(name: &str) -> String {
        serde_json::json!({
            "piste": {"client_id": "c", "client_secret": "s", "token_url": "https://a.fr/t", "api_url": "https://a.fr"},
            "establishments": [{
                "name": name, "siret": SIRET, "technical_account": {"login": "l", "password": "hunter2"},
                "payment_delay_days": 30, "collect_since": "2026-09-01"
            }]
        })
        .to_string()
    }

    async fn name(store: &ConfigStore) -> String {
        let document = store.current().await;
        document.establishment(SIRET).expect("known").name.clone()
    }

    fn secret_with(text: &'static str) -> impl Fn() -> GetSecretValueOutput {
        move || {
            GetSecretValueOutput::builder()
                .secret_string(document(text))
                .build()
        }
    }

    #[tokio::test]
    async fn the_secret_is_read_again_once_it_is_old() {
        let first = mock!(Client::get_secret_value)
            .match_requests(|r| r.secret_id() == Some("relais/config"))
            .then_output(secret_with("before"));
        let second = mock!(Client::get_secret_value).then_output(secret_with("after"));
        let client = mock_client!(
            aws_sdk_secretsmanager,
            RuleMode::Sequential,
            [&first, &second]
        );
        let store =
            ConfigStore::load_with(ConfigSource::Secret("relais/config".into()), Some(client))
                .await
                .expect("loaded");
        assert_eq!(name(&store).await, "before");
        assert_eq!(second.num_calls(), 0, "a young document is not read again");
        let store = store.with_max_age(Duration::ZERO);
        assert_eq!(name(&store).await, "after");
    }

    #[tokio::test]
    async fn what_is_held_stays_in_use_when_the_next_reading_fails() {
        let good = mock!(Client::get_secret_value).then_output(secret_with("held"));
        let broken = mock!(Client::get_secret_value)
            .then_output(|| GetSecretValueOutput::builder().secret_string("{").build());
        let gone = mock!(Client::get_secret_value).then_error(|| {
            GetSecretValueError::ResourceNotFoundException(
                ResourceNotFoundException::builder().build(),
            )
        });
        let client = mock_client!(
            aws_sdk_secretsmanager,
            RuleMode::Sequential,
            [&good, &broken, &gone]
        );
        let store = ConfigStore::load_with(ConfigSource::Secret("s".into()), Some(client))
            .await
            .expect("loaded")
            .with_max_age(Duration::ZERO);
        assert_eq!(name(&store).await, "held");
        assert_eq!(name(&store).await, "held");
        assert_eq!((broken.num_calls(), gone.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_stops_the_start_and_is_named() {
        let gone = mock!(Client::get_secret_value).then_error(|| {
            GetSecretValueError::ResourceNotFoundException(
                ResourceNotFoundException::builder().build(),
            )
        });
        let client = mock_client!(aws_sdk_secretsmanager, [&gone]);
        let error =
            ConfigStore::load_with(ConfigSource::Secret("relais/config".into()), Some(client))
                .await
                .expect_err("not there");
        assert!(chain(&error).contains("relais/config"), "{}", chain(&error));
    }

    #[tokio::test]
    async fn a_secret_of_bytes_is_refused_with_what_to_do() {
        let bytes =
            mock!(Client::get_secret_value).then_output(|| GetSecretValueOutput::builder().build());
        let client = mock_client!(aws_sdk_secretsmanager, [&bytes]);
        let error = ConfigStore::load_with(ConfigSource::Secret("s".into()), Some(client))
            .await
            .expect_err("no text");
        assert!(matches!(error, LoadError::NotText { .. }));
    }

    #[tokio::test]
    async fn a_file_is_read_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("relais.json");
        let missing = ConfigStore::load_with(ConfigSource::File(path.clone()), None).await;
        assert!(chain(&missing.expect_err("missing")).contains("relais.json"));
        std::fs::write(&path, document("from a file")).expect("written");
        let store = ConfigStore::load_with(ConfigSource::File(path), None)
            .await
            .expect("loaded");
        assert_eq!(name(&store).await, "from a file");
    }
}
