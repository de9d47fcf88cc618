//! The types of the configuration document and how each is read.

use jiff::civil::Date;
use secrecy::SecretString;
use serde_json::Value;

use super::reader::{ConfigError, Field, Reader};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Document {
    /// The application registered with PISTE, and the addresses.
    pub piste: Piste,
    /// The establishments, in the order of the document; at least one.
    pub establishments: Vec<Establishment>,
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

/// The legal payment delay (Code de la commande publique, R2192-10 and R2192-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentDelay {
    /// 30 days: the State, local authorities, their establishments.
    Days30,
    /// 50 days: public health establishments.
    Days50,
    /// 60 days: public undertakings.
    Days60,
}

impl PaymentDelay {
    /// The number of days.
    #[must_use]
    pub fn days(self) -> u16 {
        match self {
            Self::Days30 => 30,
            Self::Days50 => 50,
            Self::Days60 => 60,
        }
    }
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
    reader.known(root, &["piste", "establishments"]);
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
            "works_roles",
            "collect_since",
            "fetch",
            "push",
            "structure_id",
        ],
    );
    let account = reader.object(field, "technical_account");
    Establishment {
        name: reader.text(field, "name"),
        siret: reader.siret(field, "siret"),
        technical_account: read_account(reader, &account),
        payment_delay: read_payment_delay(reader, field),
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

fn read_payment_delay(reader: &mut Reader, establishment: &Field<'_>) -> PaymentDelay {
    const NAME: &str = "payment_delay_days";
    let field = establishment.child(NAME);
    match field.value() {
        None => reader.missing(&field),
        Some(value) => match value.as_u64() {
            Some(30) => return PaymentDelay::Days30,
            Some(50) => return PaymentDelay::Days50,
            Some(60) => return PaymentDelay::Days60,
            _ => reader.wrong(&field, format!("{value} is not 30, 50 or 60")),
        },
    }
    PaymentDelay::Days30
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

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "piste": {
                "client_id": "relais-demo", "client_secret": "relais-demo-secret",
                "token_url": "https://oauth.piste.gouv.fr/api/oauth/token", "api_url": "https://api.piste.gouv.fr/"
            },
            "establishments": [
                {
                    "name": "Mairie d'Exemple", "siret": "00000000013456",
                    "technical_account": {"login": "TECH_1_1@cpro.fr", "password": "hunter2"},
                    "payment_delay_days": 30, "works_roles": ["MOA"], "collect_since": "2026-09-01",
                    "fetch": true, "push": false, "structure_id": 25_784_152
                },
                {
                    "name": "Hôpital d'Exemple", "siret": "00000000039991",
                    "technical_account": {"login": "TECH_1_3@cpro.fr", "password": "hunter3"},
                    "payment_delay_days": 50, "collect_since": "2026-09-01"
                }
            ]
        })
    }

    fn problems(document: &Value) -> Vec<String> {
        Document::parse(&document.to_string())
            .expect_err("problems are expected")
            .problems
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_whole_document_is_read() {
        let Parsed { document, warnings } = Document::parse(&good().to_string()).expect("good");
        assert!(warnings.is_empty(), "{warnings:?}");
        let town = document.establishment("00000000013456").expect("known");
        assert_eq!(town.works_roles, [WorksRole::Moa]);
        assert_eq!(town.structure_id, Some(25_784_152));
        assert_eq!(town.technical_account.password.expose_secret(), "hunter2");
        assert!(town.fetch && !town.push);
        assert_eq!(document.piste.api_url, "https://api.piste.gouv.fr");
        assert!(document.establishment("00000000000000").is_none());
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let Parsed { document, .. } = Document::parse(&good().to_string()).expect("good");
        let hospital = document.establishment("00000000039991").expect("known");
        assert!(hospital.fetch && hospital.push && hospital.works_roles.is_empty());
        assert_eq!(hospital.payment_delay.days(), 50);
        assert_eq!(hospital.structure_id, None);
    }

    #[test]
    fn everything_wrong_is_reported_at_once_by_its_path() {
        let mut document = good();
        document["piste"]["client_secret"] = json!("");
        document["piste"]["token_url"] = json!("http://piste.example/token");
        document["piste"]
            .as_object_mut()
            .expect("object")
            .remove("api_url");
        document["establishments"][0]["payment_delay_days"] = json!(45);
        document["establishments"][0]["collect_since"] = json!("2026-02-30");
        document["establishments"][0]["works_roles"] = json!(["MOA", "CHEF"]);
        document["establishments"][0]["fetch"] = json!("yes");
        document["establishments"][1]["siret"] = json!("12");
        document["establishments"][1]["technical_account"] = json!("TECH");
        assert_eq!(
            problems(&document),
            [
                "piste.client_secret: is empty",
                "piste.token_url: must be https (http is for this machine only)",
                "piste.api_url: is missing",
                "establishments[0].payment_delay_days: 45 is not 30, 50 or 60",
                "establishments[0].works_roles[1]: is not \"MOA\" or \"MOE\"",
                "establishments[0].collect_since: is not a date like \"2026-09-01\"",
                "establishments[0].fetch: is not true or false",
                "establishments[1].siret: \"12\" is not 14 digits",
                "establishments[1].technical_account: is not an object",
            ]
        );
    }

    #[test]
    fn what_an_empty_document_lacks_is_named_without_its_parts() {
        assert_eq!(
            problems(&json!({})),
            ["piste: is missing", "establishments: is missing"]
        );
    }

    #[test]
    fn a_siret_belongs_to_one_establishment() {
        let mut document = good();
        document["establishments"][1]["siret"] = json!("00000000013456");
        assert_eq!(
            problems(&document),
            ["establishments[1].siret: \"00000000013456\" is already that of establishments[0]"]
        );
    }

    #[test]
    fn a_document_without_establishments_is_of_no_use() {
        let mut document = good();
        document["establishments"] = json!([]);
        assert_eq!(
            problems(&document),
            ["establishments: has no establishment"]
        );
    }

    #[test]
    fn fields_that_are_not_known_are_warnings() {
        let mut document = good();
        document["colour"] = json!("blue");
        document["establishments"][1]["technical_account"]["note"] = json!("x");
        let warnings = Document::parse(&document.to_string())
            .expect("good")
            .warnings;
        assert_eq!(
            warnings,
            [
                "colour: is not a known field",
                "establishments[1].technical_account.note: is not a known field"
            ]
        );
    }

    #[test]
    fn the_portal_on_this_machine_may_speak_http() {
        for url in [
            "http://127.0.0.1:9400",
            "http://localhost:9400",
            "http://[::1]:9400",
        ] {
            let mut document = good();
            document["piste"]["api_url"] = json!(url);
            assert!(Document::parse(&document.to_string()).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.org",
            "ftp://127.0.0.1",
            "127.0.0.1",
            "https://",
            "https://a:b@c.fr",
        ] {
            let mut document = good();
            document["piste"]["api_url"] = json!(url);
            assert_eq!(problems(&document).len(), 1, "{url}");
        }
    }

    #[test]
    fn a_text_that_is_not_json_is_named_so_with_its_place() {
        for text in ["", "{", "[1,2", "not json", "{\"piste\": }"] {
            let error = Document::parse(text).expect_err("not JSON").to_string();
            assert!(
                error.contains("not JSON") && error.contains("line 1"),
                "{error}"
            );
        }
        let error = Document::parse("[]")
            .expect_err("not an object")
            .to_string();
        assert!(error.contains("is not an object"), "{error}");
    }

    #[test]
    fn a_byte_order_mark_left_by_an_editor_is_no_harm() {
        assert!(Document::parse(&format!("\u{feff}{}", good())).is_ok());
    }

    #[test]
    fn no_secret_shows_in_debug_or_in_an_error() {
        let mut document = good();
        let debug = format!(
            "{:?}",
            Document::parse(&document.to_string()).expect("good")
        );
        assert!(
            !debug.contains("hunter") && !debug.contains("relais-demo-secret"),
            "{debug}"
        );
        document["establishments"][0]["technical_account"]["password"] = json!(["hunter2"]);
        document["piste"]["client_id"] = json!({"secret": "hunter2"});
        let error = problems(&document).join("\n");
        assert!(!error.contains("hunter"), "{error}");
    }
}
