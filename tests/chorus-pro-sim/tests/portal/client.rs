//! The smallest client there can be: it decides nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chorus_pro_sim::{Options, Running, start};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub(crate) struct Caller {
    pub(crate) http: Client,
    pub(crate) running: Running,
    pub(crate) token: String,
    pub(crate) account: String,
}

pub(crate) const RECHERCHER: &str = "factures/v1/rechercher/recipiendaire";
pub(crate) const TELECHARGER: &str = "factures/v1/telecharger/groupe";
pub(crate) const TRAITER: &str = "factures/v1/traiter/recue";
pub(crate) const HISTORIQUE: &str = "factures/v1/consulter/historique";
pub(crate) const MAIRIE: &str = "00000000013456";

pub(crate) fn account(number: usize) -> String {
    STANDARD.encode(format!("TECH_1_{number}@cpro.fr:Demo:{number}-motdepasse!"))
}

pub(crate) async fn token(http: &Client, url: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "relais-demo"),
        ("client_secret", "relais-demo-secret"),
        ("scope", "openid"),
    ];
    let answer = http
        .post(format!("{url}/api/oauth/token"))
        .form(&form)
        .send()
        .await
        .unwrap();
    answer.json::<Value>().await.unwrap()["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

impl Caller {
    /// A portal with `invoices` generated invoices and the mairie's account.
    pub(crate) async fn with(invoices: usize) -> Self {
        Self::starting(Options {
            invoices,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn starting(options: Options) -> Self {
        let running = start(options).await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        let token = token(&http, &running.url()).await;
        Self {
            http,
            running,
            token,
            account: account(1),
        }
    }

    pub(crate) async fn send(&self, operation: &str, body: &Value) -> reqwest::Result<Response> {
        self.http
            .post(format!("{}/cpro/{operation}", self.running.url()))
            .bearer_auth(&self.token)
            .header("cpro-account", &self.account)
            .json(body)
            .send()
            .await
    }

    /// The answer, which must be HTTP 200.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Value {
        let answer = self.send(operation, &body).await.unwrap();
        assert_eq!(answer.status(), 200, "{operation} {body}");
        answer.json().await.unwrap()
    }

    /// The control surface.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let answer = self
            .http
            .request(method, format!("{}/_sim{path}", self.running.url()))
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn search(&self, mut criteria: Value) -> Value {
        if criteria.get("paramRecherche").is_none() {
            criteria["paramRecherche"] =
                json!({"nbResultatsMaximum": 999_999, "nbResultatsParPage": 1000});
        }
        self.call(RECHERCHER, criteria).await
    }

    /// The decoded download.
    pub(crate) async fn download(
        &self,
        format: &str,
        ids: &[i64],
        complements: Option<&str>,
    ) -> Vec<u8> {
        let list: Vec<Value> = ids.iter().map(|id| json!({"idFacture": id})).collect();
        let body = json!({"format": format, "listeFacture": list, "avecPiecesJointesComplementaires": complements});
        let answer = self.call(TELECHARGER, body).await;
        assert_eq!(answer["codeRetour"], 0, "{answer}");
        STANDARD
            .decode(answer["fichierResultat"].as_str().unwrap())
            .unwrap()
    }

    /// Deposits one invoice for the mairie and gives its identifier.
    pub(crate) async fn deposit(&self, mut deposit: Value) -> i64 {
        if deposit.get("siret").is_none() {
            deposit["siret"] = MAIRIE.into();
        }
        let (status, made) = self.control(Method::POST, "/invoices", deposit).await;
        assert_eq!(status, 201, "{made}");
        made["idFacture"].as_i64().unwrap()
    }
}

pub(crate) fn ids(answer: &Value) -> Vec<i64> {
    answer["listeFactures"]
        .as_array()
        .map(|rows| {
            rows.iter()
                .map(|row| row["idFacture"].as_i64().unwrap())
                .collect()
        })
        .unwrap_or_default()
}
