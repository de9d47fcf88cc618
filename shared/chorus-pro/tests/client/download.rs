//! Downloads: decoded as they arrive, complete or an error.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chorus_pro::{
    Client, ClientConfig, Decision, Error, ErrorKind, Waiting,
    factures::{Download, TelechargerGroupe},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::portal::{DOWNLOAD, Portal, account, html, ok, status};

async fn whole(mut download: Download) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    while let Some(piece) = download.chunk().await? {
        file.extend_from_slice(&piece);
    }
    assert_eq!(download.bytes(), file.len() as u64);
    assert!(download.chunk().await?.is_none(), "the end stays the end");
    Ok(file)
}

async fn fetched(portal: &Portal) -> Result<Vec<u8>, Error> {
    whole(
        portal
            .account()
            .telecharger_groupe(&TelechargerGroupe::pivot(&[1, 2]))
            .await?,
    )
    .await
}

#[tokio::test]
async fn the_file_is_decoded_as_it_arrives() {
    let portal = Portal::start().await;
    let pivot: Vec<u8> = (0..1_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    portal
        .answers_json(
            DOWNLOAD,
            json!({"codeRetour": 0, "libelle": "TRA_MSG_00.000", "fichierResultat": BASE64_STANDARD.encode(&pivot)}),
        )
        .await;
    assert!(fetched(&portal).await.unwrap() == pivot);
}

#[tokio::test]
async fn a_refusal_is_the_calls_own_error_even_behind_a_null_file() {
    let portal = Portal::start().await;
    for body in [
        json!({"codeRetour": 20001, "libelle": "GDP_MSG_11.005"}),
        json!({"fichierResultat": null, "codeRetour": 20001, "libelle": "GDP_MSG_11.005"}),
    ] {
        portal.server.reset().await;
        let portal = Portal::start().await;
        portal.answers_json(DOWNLOAD, body).await;
        let error = portal
            .account()
            .telecharger_groupe(&TelechargerGroupe::pivot(&[1]))
            .await
            .unwrap_err();
        assert_eq!(error.refusal(), Some((20001, "GDP_MSG_11.005")));
        assert_eq!(portal.calls(DOWNLOAD).await.len(), 1);
    }
}

#[tokio::test]
async fn a_verdict_behind_the_file_counts() {
    let portal = Portal::start().await;
    let body =
        r#"{"fichierResultat":"cGFydGllbA==","codeRetour":20042,"libelle":"dossier incomplet"}"#;
    portal
        .answers(
            DOWNLOAD,
            [status(200).set_body_raw(body, "application/json")],
        )
        .await;
    let mut download = portal
        .account()
        .telecharger_groupe(&TelechargerGroupe::pivot(&[1]))
        .await
        .unwrap();
    assert_eq!(
        download.chunk().await.unwrap().unwrap(),
        "partiel".as_bytes()
    );
    for _ in 0..2 {
        assert_eq!(
            download.chunk().await.unwrap_err().refusal(),
            Some((20042, "dossier incomplet"))
        );
    }
}

#[tokio::test]
async fn a_success_without_a_file_is_an_error() {
    for body in [
        json!({"codeRetour": 0}),
        json!({"codeRetour": 0, "fichierResultat": ""}),
    ] {
        let portal = Portal::start().await;
        portal.answers_json(DOWNLOAD, body).await;
        let error = fetched(&portal).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Content { path, .. } if path == "fichierResultat"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_not_base64_is_an_error() {
    let portal = Portal::start().await;
    portal
        .answers_json(
            DOWNLOAD,
            json!({"codeRetour": 0, "fichierResultat": "!!!!"}),
        )
        .await;
    assert_eq!(
        fetched(&portal).await.unwrap_err().decision(),
        Decision::Content
    );
}

#[tokio::test]
async fn a_dossier_over_the_limit_asks_for_less() {
    let portal = Portal::start().await;
    portal.answers(DOWNLOAD, [html(413)]).await;
    let error = fetched(&portal).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge));
    assert_eq!(
        (error.decision(), error.attempts()),
        (Decision::AskForLess, 1)
    );
}

#[tokio::test]
async fn a_beginning_that_fails_is_tried_again() {
    let portal = Portal::start().await;
    portal
        .answers(
            DOWNLOAD,
            [
                status(500),
                html(200),
                status(200).set_body_string(r#"{"codeRetour":0,"#),
                ok(json!({"codeRetour": 0, "fichierResultat": "eA=="})),
            ],
        )
        .await;
    assert_eq!(fetched(&portal).await.unwrap(), b"x");
    assert_eq!(portal.calls(DOWNLOAD).await.len(), 4);
}

#[tokio::test]
async fn nothing_to_download_is_not_sent() {
    let portal = Portal::start().await;
    let error = portal
        .account()
        .telecharger_groupe(&TelechargerGroupe::pivot(&[]))
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Request { .. }));
    assert!(portal.calls(DOWNLOAD).await.is_empty());
}

/// What a portal does with its download once it has begun.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Stall,
    Drip,
}

/// A portal on a bare socket: a token, then a download that begins well.
async fn bare_portal(then: Then) -> ClientConfig {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = vec![0; 8192];
                let length = socket.read(&mut request).await.unwrap();
                if request[..length].starts_with(b"POST /token") {
                    let token = r#"{"access_token":"t","token_type":"Bearer","expires_in":3600}"#;
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                        token.len()
                    );
                    socket
                        .write_all(format!("{head}{token}").as_bytes())
                        .await
                        .unwrap();
                    return;
                }
                let start = r#"{"codeRetour":0,"fichierResultat":"YWFh"#;
                let length = start.len() + 9 * "YWFh".len() + "\" }".len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                );
                socket
                    .write_all(format!("{head}{start}").as_bytes())
                    .await
                    .unwrap();
                match then {
                    Then::Close => {}
                    Then::Stall => tokio::time::sleep(Duration::from_secs(60)).await,
                    Then::Drip => {
                        for _ in 0..9 {
                            tokio::time::sleep(Duration::from_millis(80)).await;
                            socket.write_all(b"YWFh").await.unwrap();
                        }
                        socket.write_all(b"\" }").await.unwrap();
                    }
                }
            });
        }
    });
    let mut config = ClientConfig::new(format!("{url}/token"), url, "id", "secret".into());
    config.timeouts.read = Duration::from_millis(300);
    config.timeouts.total = Duration::from_millis(400);
    config
}

async fn started(then: Then) -> Download {
    let client = Client::new(bare_portal(then).await).unwrap();
    account(&client)
        .telecharger_groupe(&TelechargerGroupe::pivot(&[1]))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_download_whose_connection_breaks_is_an_error_and_not_an_end() {
    let mut download = started(Then::Close).await;
    assert_eq!(download.chunk().await.unwrap().unwrap(), "aaa".as_bytes());
    let error = download.chunk().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Transport { .. }),
        "{error:?}"
    );
    assert!(error.is_transient());
    assert!(
        download.chunk().await.is_err(),
        "asking again does not make it an end"
    );
}

#[tokio::test]
async fn a_stalled_download_is_cut_by_the_read_timeout() {
    let mut download = started(Then::Stall).await;
    download.chunk().await.unwrap();
    let error = download.chunk().await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Timeout {
                waiting_for: Waiting::Body,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_download_is_not_cut_by_a_total_timeout() {
    // 720 ms in all, where other calls are cut after 400 and a pause after 300.
    let file = whole(started(Then::Drip).await).await.unwrap();
    assert_eq!(file, "aaa".repeat(10).as_bytes());
}

#[tokio::test]
async fn a_download_ends_by_the_accounts_deadline() {
    let client = Client::new(bare_portal(Then::Drip).await).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_millis(350);
    let account = account(&client).with_deadline(deadline);
    let download = account
        .telecharger_groupe(&TelechargerGroupe::pivot(&[1]))
        .await
        .unwrap();
    let error = whole(download).await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Timeout {
                waiting_for: Waiting::Body,
                ..
            }
        ),
        "{error}"
    );
}
