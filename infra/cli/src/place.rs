//! The installation that a command works on: its buckets, queues and configuration, by the variables that the functions read too.

use std::{sync::Arc, time::Duration};

use archive::BucketStore;
use aws_config::SdkConfig;
use chorus_pro::Account;
use dead_letters::{Lane, Queue};
use jiff::Timestamp;
use lambda_kit::{
    Clock, Deadline,
    config::{ConfigSource, ConfigStore, Document, Establishment},
};
use messages::sqs::{JobsQueue, RawQueue};
use portal::Portal;

use crate::trouble::Trouble;

/// How long a command may work with the portal before it gives up.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// A variable, and what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable(pub(crate) &'static str, pub(crate) &'static str);

pub(crate) const ARCHIVE: Variable = Variable("RELAIS_ARCHIVE_BUCKET", "le bucket des archives");
pub(crate) const STATE: Variable = Variable("RELAIS_STATE_BUCKET", "le bucket d'état");
pub(crate) const JOBS: Variable =
    Variable("RELAIS_JOBS_QUEUE_URL", "la file des factures à archiver");
pub(crate) const JOBS_DLQ: Variable =
    Variable("RELAIS_JOBS_DLQ_URL", "les lettres mortes de cette file");
pub(crate) const STATUSES: Variable =
    Variable("RELAIS_STATUS_QUEUE_URL", "la file des commandes de statut");
pub(crate) const STATUSES_DLQ: Variable =
    Variable("RELAIS_STATUS_DLQ_URL", "les lettres mortes de cette file");
pub(crate) const ERP: Variable =
    Variable("RELAIS_ERP_QUEUE_URL", "la file des événements pour l'ERP");
pub(crate) const ERP_DLQ: Variable =
    Variable("RELAIS_ERP_DLQ_URL", "les lettres mortes de cette file");
/// Either this or [`CONFIG_FILE`].
pub(crate) const CONFIG: Variable = Variable(
    "RELAIS_CONFIG_SECRET_ARN",
    "le secret de la configuration (ou RELAIS_CONFIG_FILE)",
);
const CONFIG_FILE: &str = "RELAIS_CONFIG_FILE";

/// The variables of a queue: the queue itself and its dead letters.
pub(crate) fn of_queue(queue: Queue) -> [Variable; 2] {
    match queue {
        Queue::Jobs => [JOBS, JOBS_DLQ],
        Queue::Statuses => [STATUSES, STATUSES_DLQ],
        Queue::Erp => [ERP, ERP_DLQ],
    }
}

/// The value of a variable, unless it is not set or empty.
pub(crate) fn value(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// An installation. Nothing is asked of it before a command does.
pub(crate) struct Place {
    sdk: SdkConfig,
    clock: Clock,
}

impl Place {
    /// The installation that the variables name; all of `needed` must be set.
    pub(crate) async fn open(needed: &[Variable]) -> Result<Self, Trouble> {
        let missing: Vec<String> = needed
            .iter()
            .filter(|variable| !is_set(**variable))
            .map(|Variable(name, what)| format!("\n  {name} : {what}"))
            .collect();
        if missing.is_empty() {
            return Ok(Self::unchecked().await);
        }
        Err(Trouble::Misuse(format!(
            "il manque à l'environnement :{}\nDonnez-les avec --env FICHIER (sur un poste : target/local/up/relais.env ; sur AWS : voir `relais env --help`).",
            missing.concat()
        )))
    }

    /// The same, whatever is missing.
    pub(crate) async fn unchecked() -> Self {
        let sdk = lambda_kit::sdk::load().await;
        let clock = Clock::of(&sdk);
        Self { sdk, clock }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn named(variable: Variable) -> Result<String, Trouble> {
        value(variable.0).ok_or_else(|| {
            Trouble::Misuse(format!("{} n'est pas défini : {}", variable.0, variable.1))
        })
    }

    fn bucket(&self, variable: Variable) -> Result<BucketStore, Trouble> {
        let client = aws_sdk_s3::Client::new(&self.sdk);
        Ok(BucketStore::new(client, Self::named(variable)?))
    }

    pub(crate) fn archive(&self) -> Result<BucketStore, Trouble> {
        self.bucket(ARCHIVE)
    }

    pub(crate) fn state(&self) -> Result<BucketStore, Trouble> {
        self.bucket(STATE)
    }

    pub(crate) fn queue(&self, variable: Variable) -> Result<RawQueue, Trouble> {
        let client = aws_sdk_sqs::Client::new(&self.sdk);
        Ok(RawQueue::new(client, Self::named(variable)?))
    }

    pub(crate) fn lane(&self, queue: Queue) -> Result<Lane, Trouble> {
        let [origin, dead] = of_queue(queue);
        Ok(Lane {
            queue,
            origin: self.queue(origin)?,
            dead: self.queue(dead)?,
        })
    }

    pub(crate) fn jobs(&self) -> Result<JobsQueue, Trouble> {
        let client = aws_sdk_sqs::Client::new(&self.sdk);
        Ok(JobsQueue::new(client, Self::named(JOBS)?))
    }

    /// The configuration document, as the functions read it.
    pub(crate) async fn document(&self) -> Result<Arc<Document>, Trouble> {
        let source = match value(CONFIG_FILE) {
            Some(path) => ConfigSource::File(path.into()),
            None => ConfigSource::Secret(Self::named(CONFIG)?),
        };
        Ok(ConfigStore::load(source, &self.sdk).await?.current().await)
    }

    /// Chorus Pro, as an establishment's technical account.
    pub(crate) fn account(
        &self,
        document: &Arc<Document>,
        establishment: &Establishment,
    ) -> Result<Account, Trouble> {
        const CALLS_PER_SECOND: u32 = 5;
        let portal = Portal::new(CALLS_PER_SECOND);
        Ok(portal.account(document, establishment, Deadline::after(PATIENCE))?)
    }
}

pub(crate) fn is_set(variable: Variable) -> bool {
    value(variable.0).is_some() || (variable == CONFIG && value(CONFIG_FILE).is_some())
}

/// The establishment of a SIRET, or what to do about a SIRET that is none.
pub(crate) fn establishment<'a>(
    document: &'a Document,
    siret: &str,
) -> Result<&'a Establishment, Trouble> {
    document.establishment(siret).ok_or_else(|| {
        let known: Vec<&str> = document
            .establishments
            .iter()
            .map(|e| e.siret.as_str())
            .collect();
        Trouble::Misuse(format!(
            "aucun établissement de SIRET {siret} dans la configuration ; il y a {}",
            known.join(", ")
        ))
    })
}
