//! A PISTE and a Chorus Pro that answer what a test tells them to.

use std::time::Duration;

use chorus_pro::{Account, Client, ClientConfig, TechnicalAccount};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const SEARCH: &str = "/cpro/factures/v1/rechercher/recipiendaire";
pub(crate) const HISTORY: &str = "/cpro/factures/v1/consulter/historique";
pub(crate) const CONSULT: &str = "/cpro/factures/v1/consulter/recipiendaire";
pub(crate) const DOWNLOAD: &str = "/cpro/factures/v1/telecharger/groupe";
pub(crate) const SET_STATUS: &str = "/cpro/factures/v1/traiter/recue";
pub(crate) const WORKS: &str = "/cpro/facturesTravaux/v1/rechercher";
pub(crate) const TOKEN: &str = "/api/oauth/token";

pub(crate) const PASSWORD: &str = "mot:de:passe-très-secret";
pub(crate) const SECRET: &str = "client-secret-0815";

pub(crate) struct Portal {
    pub(crate) server: MockServer,
}

impl Portal {
    /// A portal whose PISTE hands out `token-1`, `token-2`… for an hour each.
    pub(crate) async fn start() -> Self {
        let portal = Self::without_token().await;
        let issued = std::sync::atomic::AtomicU32::new(0);
        Mock::given(method("POST"))
            .and(path(TOKEN))
            .respond_with(move |_: &Request| {
                let number = issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                token(&format!("token-{number}"), 3600)
            })
            .mount(&portal.server)
            .await;
        portal
    }

    pub(crate) async fn without_token() -> Self {
        Self {
            server: MockServer::start().await,
        }
    }

    /// The next answers of an operation, in this order; the last one stays.
    pub(crate) async fn answers(
        &self,
        operation: &str,
        answers: impl IntoIterator<Item = ResponseTemplate>,
    ) {
        let mut answers: Vec<_> = answers.into_iter().collect();
        let last = answers.pop().expect("at least one answer");
        for (index, answer) in answers.into_iter().enumerate() {
            Mock::given(path(operation))
                .respond_with(answer)
                .up_to_n_times(1)
                .with_priority(u8::try_from(index + 1).unwrap())
                .mount(&self.server)
                .await;
        }
        Mock::given(path(operation))
            .respond_with(last)
            .with_priority(200)
            .mount(&self.server)
            .await;
    }

    pub(crate) async fn answers_json(&self, operation: &str, body: Value) {
        self.answers(operation, [ResponseTemplate::new(200).set_body_json(body)])
            .await;
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let url = self.server.uri();
        let mut config =
            ClientConfig::new(format!("{url}{TOKEN}"), url, "client-id", SECRET.into());
        config.calls_per_second = 1000.0;
        config.retries.first_wait = Duration::from_millis(5);
        config
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }

    pub(crate) fn account(&self) -> Account {
        account(&self.client())
    }

    /// The calls of one operation, in order.
    pub(crate) async fn calls(&self, operation: &str) -> Vec<Request> {
        let mut calls = self.server.received_requests().await.unwrap();
        calls.retain(|call| call.url.path() == operation);
        calls
    }

    pub(crate) async fn bodies(&self, operation: &str) -> Vec<Value> {
        self.calls(operation)
            .await
            .iter()
            .map(|call| serde_json::from_slice(&call.body).unwrap())
            .collect()
    }
}

pub(crate) fn account(client: &Client) -> Account {
    client
        .account(&TechnicalAccount {
            login: "TECH_1_1@cpro.fr".into(),
            password: PASSWORD.into(),
        })
        .unwrap()
}

pub(crate) fn token(token: &str, seconds: i64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(
        json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": "openid"}),
    )
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// An empty search, as small an answer as there is.
pub(crate) fn no_result() -> ResponseTemplate {
    ok(
        json!({"codeRetour": 20000, "libelle": "TRA_MSG_00.015 - La recherche n'a retourné aucun résultat"}),
    )
}

pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

pub(crate) fn html(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_raw("<html><title>Gateway</title></html>", "text/html")
}
