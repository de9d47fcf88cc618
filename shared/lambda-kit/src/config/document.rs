//! The types of the configuration document and how each is read.

use jiff::civil::Date;
use secrecy::SecretString;
use serde_json::Value;

use super::{
    delay::{self, DelaySplit, EcbRate, PaymentDelay},
    reader::{ConfigError, Field, Reader},
};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Document {
    /// The application registered with PISTE, and the addresses.
    pub piste: Piste,
    /// The establishments, in the order of the document; at least one.
    pub establishments: Vec<Establishment>,
    /// Rates of the European Central Bank that Relais does not know yet, or has wrong; none unless said.
    pub ecb_rates: Vec<EcbRate>,
    /// The day on which somebody made sure that no rate is missing.
    pub ecb_rates_checked_on: Option<Date>,
}

/// The application registered with PISTE, the State's API gateway, through which Chorus Pro is reached.
#[derive(Clone, Debug)]
pub struct Piste {
    /// `client_id` of the OAuth application.
    pub client_id: String,
    /// `client_secret` of the OAuth application.
    pub client_secret: SecretString,
    /// Where a token is asked for. `https`, or `http` on this machine only.
    pub token_url: String,
    /// The gateway, without the `/cpro` path and without a slash at its end. `https`, or `http` on this machine only.
    pub api_url: String,
}

/// One public body that receives invoices.
#[derive(Clone, Debug)]
pub struct Establishment {
    /// Its name, for people.
    pub name: String,
    /// Its SIRET, 14 digits: how it is known everywhere in Relais.
    pub siret: String,
    /// The account that the API calls are made with.
    pub technical_account: TechnicalAccount,
    /// The days that the law gives it to pay.
    pub payment_delay: PaymentDelay,
    /// How the delay is shared between ordonnateur and accountant, if a convention says otherwise than the law.
    pub payment_delay_split: Option<DelaySplit>,
    /// The part it plays in works contracts, beside paying: none unless said.
    pub works_roles: Vec<WorksRole>,
    /// The first day whose changes are collected when there is no cursor yet.
    pub collect_since: Date,
    /// Whether its invoices are fetched.
    pub fetch: bool,
    /// Whether the ERP's decisions are sent to the portal.
    pub push: bool,
    /// `idStructureCPP`, when known; resolved once through the API otherwise.
    pub structure_id: Option<u64>,
}

/// A Chorus Pro technical account (`cpro-account`). Its password ends after 424 days.
#[derive(Clone, Debug)]
pub struct TechnicalAccount {
    /// The login, like `TECH_1_123@cpro.fr`.
    pub login: String,
    /// The password.
    pub password: SecretString,
}

/// The part of an establishment in works contracts, for `facturesTravaux/v1/rechercher`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorksRole {
    /// Maîtrise d'ouvrage.
    Moa,
    /// Maîtrise d'œuvre.
    Moe,
}

impl WorksRole {
    /// The code that Chorus Pro uses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Moa => "MOA",
            Self::Moe => "MOE",
        }
    }
}

/// A document that was read, and what was left aside.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The configuration.
    pub document: Document,
    /// What is odd and harmless, each by its path: fields that are not known.
    pub warnings: Vec<String>,
}

impl Document {
    /// Reads the JSON text of the document.
    ///
    /// # Errors
    ///
    /// Everything that is missing or wrong, at once. No value of the document is in the error's text except SIRETs and numbers.
    pub fn parse(text: &str) -> Result<Parsed, ConfigError> {
        let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| ConfigError::not_json(&error))?;
        let mut reader = Reader::default();
        let document = read_document(&mut reader, &Field::root(&json));
        let warnings = reader.finish()?;
        Ok(Parsed { document, warnings })
    }

    /// The establishment with this SIRET.
    #[must_use]
    pub fn establishment(&self, siret: &str) -> Option<&Establishment> {
        self.establishments.iter().find(|e| e.siret == siret)
    }
}

fn read_document(reader: &mut Reader, root: &Field<'_>) -> Document {
    reader.known(
        root,
        &[
            "piste",
            "establishments",
            "ecb_rates",
            "ecb_rates_checked_on",
        ],
    );
    let piste = reader.object(root, "piste");
    let piste = read_piste(reader, &piste);
    let establishments = reader.list(root, "establishments");
    if establishments.as_ref().is_some_and(Vec::is_empty) {
        reader.wrong(&root.child("establishments"), "has no establishment");
    }
    let establishments: Vec<_> = establishments
        .unwrap_or_default()
        .iter()
        .map(|field| (field.path().to_owned(), read_establishment(reader, field)))
        .collect();
    refuse_repeated_sirets(reader, &establishments);
    Document {
        piste,
        establishments: establishments.into_iter().map(|(_, e)| e).collect(),
        ecb_rates: delay::read_ecb_rates(reader, root),
        ecb_rates_checked_on: reader.optional_date(root, "ecb_rates_checked_on"),
    }
}

fn refuse_repeated_sirets(reader: &mut Reader, establishments: &[(String, Establishment)]) {
    for (i, (path, establishment)) in establishments.iter().enumerate() {
        let first = establishments
            .iter()
            .take(i)
            .find(|(_, earlier)| !earlier.siret.is_empty() && earlier.siret == establishment.siret);
        if let Some((first, _)) = first {
            reader.wrong_at(
                format!("{path}.siret"),
                format!("{:?} is already that of {first}", establishment.siret),
            );
        }
    }
}

fn read_piste(reader: &mut Reader, piste: &Field<'_>) -> Piste {
    reader.known(
        piste,
        &["client_id", "client_secret", "token_url", "api_url"],
    );
    Piste {
        client_id: reader.text(piste, "client_id"),
        client_secret: reader.secret(piste, "client_secret"),
        token_url: reader.url(piste, "token_url"),
        api_url: reader
            .url(piste, "api_url")
            .trim_end_matches('/')
            .to_owned(),
    }
}

fn read_establishment(reader: &mut Reader, field: &Field<'_>) -> Establishment {
    reader.known(
        field,
        &[
            "name",
            "siret",
            "technical_account",
            "payment_delay_days",
            "payment_delay_split",
            "works_roles",
            "collect_since",
            "fetch",
            "push",
            "structure_id",
        ],
    );
    let account = reader.object(field, "technical_account");
    let name = reader.text(field, "name");
    let siret = reader.siret(field, "siret");
    let technical_account = read_account(reader, &account);
    let payment_delay = delay::read_payment_delay(reader, field);
    Establishment {
        name,
        siret,
        technical_account,
        payment_delay: payment_delay.unwrap_or(PaymentDelay::Days30),
        payment_delay_split: delay::read_split(reader, field, payment_delay),
        works_roles: read_works_roles(reader, field),
        collect_since: reader.date(field, "collect_since"),
        fetch: reader.switch(field, "fetch", true),
        push: reader.switch(field, "push", true),
        structure_id: reader.optional_id(field, "structure_id"),
    }
}

fn read_account(reader: &mut Reader, account: &Field<'_>) -> TechnicalAccount {
    reader.known(account, &["login", "password"]);
    TechnicalAccount {
        login: reader.text(account, "login"),
        password: reader.secret(account, "password"),
    }
}

fn read_works_roles(reader: &mut Reader, establishment: &Field<'_>) -> Vec<WorksRole> {
    let mut roles = Vec::new();
    for role in reader.optional_list(establishment, "works_roles") {
        match role.value().and_then(Value::as_str) {
            Some("MOA") => roles.push(WorksRole::Moa),
            Some("MOE") => roles.push(WorksRole::Moe),
            _ => reader.wrong(&role, "is not \"MOA\" or \"MOE\""),
        }
    }
    roles.dedup();
    roles
}
