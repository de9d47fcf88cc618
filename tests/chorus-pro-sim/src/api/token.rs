//! `POST /api/oauth/token`: the PISTE token.

use serde::Serialize;

use super::answer::{Answer, Body};
use crate::state::Portal;

#[derive(Serialize)]
struct Token<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: &'static str,
}

#[derive(Serialize)]
struct Refusal {
    error: &'static str,
    error_description: &'static str,
}

/// Answers a token request. Credentials travel in the form body only.
pub(crate) fn answer(portal: &mut Portal, method: &str, content_type: &str, body: &[u8]) -> Answer {
    if method != "POST" {
        return Answer::with(405, Body::Empty);
    }
    if !content_type
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("application/x-www-form-urlencoded")
    {
        return refusal(
            "invalid_request",
            "The request body must be application/x-www-form-urlencoded",
        );
    }
    let form = read_form(body);
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    if field("grant_type") != Some("client_credentials") {
        return refusal(
            "unsupported_grant_type",
            "The grant type must be client_credentials",
        );
    }
    let known = field("client_id") == Some(&portal.application.client_id)
        && field("client_secret") == Some(&portal.application.client_secret);
    if !known {
        return refusal("invalid_client", "The client credentials are invalid");
    }
    let (token, expires_in) = portal.issue_token();
    Answer::ok(&Token {
        access_token: &token,
        token_type: "Bearer",
        expires_in,
        scope: "openid",
    })
}

fn refusal(error: &'static str, error_description: &'static str) -> Answer {
    Answer::json(
        400,
        &Refusal {
            error,
            error_description,
        },
    )
}

/// Key and value pairs of a form body.
pub(crate) fn read_form(body: &[u8]) -> Vec<(String, String)> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let key = halves.next().unwrap_or_default();
            (decode(key), decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

fn decode(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escaped = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, escaped) {
            (b'%', Some(value)) => {
                out.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let form = read_form(b"a=1%2B1&b=x+y&c=&d=%zz");
        let expected = [("a", "1+1"), ("b", "x y"), ("c", ""), ("d", "%zz")];
        assert_eq!(
            form,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }
}
