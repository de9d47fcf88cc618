use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use reqwest::{
    Body, Method, Request, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    transport::Transport,
    wire::{retry_after, without_address},
};
use crate::ErrorKind;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// How long before its end a token is replaced, at most.
const RENEWAL_MARGIN: Duration = Duration::from_secs(240);

/// The PISTE token of this process: one for all technical accounts and all tasks.
pub(crate) struct Tokens {
    transport: Arc<dyn Transport>,
    url: Url,
    client_id: String,
    client_secret: SecretString,
    timeout: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    generation: u64,
    failure: Option<(Instant, ErrorKind)>,
}

struct Token {
    header: HeaderValue,
    renew_at: Instant,
    /// The same moment on the wall clock: a frozen Lambda sandbox may not count on the monotonic one.
    renew_at_wall: SystemTime,
}

impl Token {
    fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at && SystemTime::now() < self.renew_at_wall
    }
}

/// A token ready to be sent.
pub(crate) struct Bearer {
    /// `Authorization`, marked sensitive.
    pub(crate) header: HeaderValue,
    /// Which token it is, to say later that this one was refused.
    pub(crate) generation: u64,
    /// Whether it was there before the call: only such a one is worth replacing on a 401.
    pub(crate) cached: bool,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        url: Url,
        client_id: String,
        client_secret: SecretString,
        timeout: Duration,
    ) -> Self {
        Self {
            transport,
            url,
            client_id,
            client_secret,
            timeout,
            state: Mutex::default(),
        }
    }

    /// The current token; asks PISTE for one when there is none or its end is near, once for all tasks that wait for it.
    pub(crate) async fn bearer(&self, deadline: Option<Instant>) -> Result<Bearer, ErrorKind> {
        self.current_or_new(None, deadline).await
    }

    /// A token other than the refused one: a new one, unless another task has already replaced it.
    pub(crate) async fn replace(
        &self,
        refused: &Bearer,
        deadline: Option<Instant>,
    ) -> Result<Bearer, ErrorKind> {
        self.current_or_new(Some(refused.generation), deadline)
            .await
    }

    async fn current_or_new(
        &self,
        refused: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<Bearer, ErrorKind> {
        let work = self.current_or_new_unbounded(refused);
        match deadline {
            None => work.await,
            Some(deadline) => tokio::time::timeout_at(deadline, work)
                .await
                .unwrap_or(Err(ErrorKind::Deadline)),
        }
    }

    async fn current_or_new_unbounded(&self, refused: Option<u64>) -> Result<Bearer, ErrorKind> {
        let asked = Instant::now();
        let mut state = self.state.lock().await;
        if refused == Some(state.generation) {
            state.token = None;
        }
        if let Some(token) = state.token.as_ref().filter(|token| token.is_fresh()) {
            return Ok(Bearer {
                header: token.header.clone(),
                generation: state.generation,
                cached: true,
            });
        }
        // Those who waited while another task failed share its answer: one question to a PISTE that is not well, not one for each.
        if let Some((at, failure)) = &state.failure
            && *at > asked
        {
            return Err(failure.clone());
        }
        match self.ask().await {
            Ok(token) => {
                state.generation += 1;
                state.failure = None;
                let header = token.header.clone();
                state.token = Some(token);
                Ok(Bearer {
                    header,
                    generation: state.generation,
                    cached: false,
                })
            }
            Err(failure) => {
                state.failure = Some((Instant::now(), failure.clone()));
                Err(failure)
            }
        }
    }

    async fn ask(&self) -> Result<Token, ErrorKind> {
        let started = Instant::now();
        let sent = self.transport.send(self.request()).await;
        let response =
            sent.map_err(|error| broken(error, "no connection to PISTE, or no answer"))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response
            .bytes()
            .await
            .map_err(|error| broken(error, "its answer was cut off"))?;
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let token = read(status, &headers, &body);
        tracing::debug!(
            operation = "oauth/token",
            status,
            ms,
            ok = token.is_ok(),
            "Chorus Pro call"
        );
        token
    }

    fn request(&self) -> Request {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose_secret())
            .append_pair("scope", "openid")
            .finish();
        let mut request = Request::new(Method::POST, self.url.clone());
        request.headers_mut().insert(CONTENT_TYPE, FORM);
        *request.timeout_mut() = Some(self.timeout);
        *request.body_mut() = Some(Body::from(form));
        request
    }
}

fn broken(error: reqwest::Error, what: &str) -> ErrorKind {
    ErrorKind::Jeton {
        reason: what.to_owned(),
        retry_after: None,
        source: Some(Arc::new(without_address(error))),
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    access_token: Option<SecretText>,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default, deserialize_with = "crate::values::read")]
    expires_in: Option<i64>,
}

/// `SecretString` without secrecy's serde feature.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(|text| Self(text.into()))
    }
}

#[derive(Deserialize)]
struct Rejection {
    error: String,
    error_description: Option<String>,
}

fn read(status: u16, headers: &HeaderMap, body: &[u8]) -> Result<Token, ErrorKind> {
    let later = |reason: String| {
        Err(ErrorKind::Jeton {
            reason,
            retry_after: retry_after(headers),
            source: None,
        })
    };
    match status {
        200 => {}
        400 | 401 | 403 => {
            return match serde_json::from_slice::<Rejection>(body) {
                Ok(rejection) => Err(ErrorKind::Piste {
                    status,
                    error: rejection.error,
                    description: rejection.error_description,
                }),
                Err(_) => later(format!("HTTP {status} without an OAuth error")),
            };
        }
        _ => return later(format!("HTTP {status}")),
    }
    let Ok(answer) = serde_json::from_slice::<TokenAnswer>(body) else {
        return later("HTTP 200 with a body that is not a token".to_owned());
    };
    // PISTE has been seen to answer 200 with an empty token.
    let Some(SecretText(token)) = answer
        .access_token
        .filter(|token| !token.0.expose_secret().is_empty())
    else {
        return later("HTTP 200 with an empty access_token".to_owned());
    };
    if !answer
        .token_type
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
    {
        return later("token_type is not Bearer".to_owned());
    }
    let Some(lifetime) = answer
        .expires_in
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
    else {
        return later("expires_in is not a number of seconds above 0".to_owned());
    };
    let Ok(mut header) = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())) else {
        return later("access_token has characters that no header may have".to_owned());
    };
    header.set_sensitive(true);
    // A lifetime that is absurdly long must not overflow the clock.
    let lifetime = Duration::from_secs(lifetime.min(86_400));
    let usable = lifetime - RENEWAL_MARGIN.min(lifetime / 5);
    Ok(Token {
        header,
        renew_at: Instant::now() + usable,
        renew_at_wall: SystemTime::now() + usable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Token, ErrorKind> {
        read(status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn a_token_is_renewed_240_seconds_before_its_end() {
        let token = answer(
            200,
            r#"{"access_token":"abc","token_type":"Bearer","expires_in":3600,"scope":"openid"}"#,
        );
        let left = token.unwrap().renew_at - Instant::now();
        assert!(
            left <= Duration::from_secs(3360) && left > Duration::from_secs(3350),
            "{left:?}"
        );
    }

    #[test]
    fn the_margin_of_a_short_token_is_a_fifth_of_its_life() {
        let token = answer(
            200,
            r#"{"access_token":"abc","token_type":"bearer","expires_in":"100"}"#,
        )
        .unwrap();
        let left = token.renew_at - Instant::now();
        assert!(
            left <= Duration::from_secs(80) && left > Duration::from_secs(70),
            "{left:?}"
        );
    }

    #[test]
    fn a_token_answer_that_holds_no_token_is_a_reason_to_try_again() {
        for body in [
            "",
            "{}",
            "<html>",
            r#"{"access_token":"","token_type":"Bearer","expires_in":3600}"#,
            r#"{"access_token":null,"token_type":"Bearer","expires_in":3600}"#,
            r#"{"access_token":"abc","token_type":"","expires_in":3600}"#,
            r#"{"access_token":"abc","expires_in":3600}"#,
            r#"{"access_token":"abc","token_type":"Bearer","expires_in":0}"#,
            r#"{"access_token":"abc","token_type":"Bearer","expires_in":-1}"#,
            r#"{"access_token":"abc","token_type":"Bearer"}"#,
            r#"{"access_token":"a\nb","token_type":"Bearer","expires_in":3600}"#,
        ] {
            assert!(
                matches!(answer(200, body), Err(ErrorKind::Jeton { .. })),
                "{body}"
            );
        }
    }

    #[test]
    fn refused_credentials_are_told_from_a_gateway_that_is_not_well() {
        let refused = answer(
            400,
            r#"{"error":"invalid_client","error_description":"unknown"}"#,
        );
        assert!(matches!(refused, Err(ErrorKind::Piste { status: 400, .. })));
        assert!(matches!(
            answer(400, "<html>Bad Request</html>"),
            Err(ErrorKind::Jeton { .. })
        ));
        assert!(matches!(answer(503, "{}"), Err(ErrorKind::Jeton { .. })));
    }
}
