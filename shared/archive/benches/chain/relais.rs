//! The chain as the archive function runs it.

use archive::BucketStore;
use archive::dossier::{ChunkSource, DownloadError, Expected, store};
use archive::keys::{Episode, EpisodeFolder};
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use chorus_pro::streaming::Base64Field;

use crate::dossier::SIRET;

struct Download {
    response: reqwest::Response,
    field: Option<Base64Field>,
}

impl ChunkSource for Download {
    async fn fill(&mut self, out: &mut Vec<u8>) -> Result<bool, DownloadError> {
        let Some(chunk) = self.response.chunk().await? else {
            let rest = self
                .field
                .take()
                .ok_or("the answer has ended before")?
                .finish()?;
            assert!(rest.starts_with(b"{\"codeRetour\":0"));
            return Ok(false);
        };
        self.field
            .as_mut()
            .ok_or("the answer has ended before")?
            .push(&chunk, out)?;
        Ok(true)
    }
}

/// Throws everything away at once.
#[derive(Debug, Clone)]
struct Nowhere;

impl HttpConnector for Nowhere {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uploads = request.method() == "POST" && request.uri().contains("uploads");
        let body = match request.method() {
            "POST" if uploads => {
                "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            }
            "POST" => "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>",
            _ => "",
        };
        let mut response =
            HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body));
        response.headers_mut().insert("etag", "\"e\"");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// A client of the loopback S3, or of nowhere.
pub(crate) fn client(url: &str, over_http: bool) -> Client {
    let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-3"))
        .credentials_provider(Credentials::for_tests())
        .force_path_style(true);
    let config = if over_http {
        config.endpoint_url(origin)
    } else {
        let nowhere = SharedHttpConnector::new(Nowhere);
        // An https address, as on AWS: over http the SDK hashes each body once more for its signature.
        config
            .endpoint_url("https://s3.test")
            .http_client(http_client_fn(move |_, _| nowhere.clone()))
    };
    Client::from_conf(config.build())
}

/// Bytes of the documents stored.
pub(crate) async fn run(url: &str, over_http: bool) -> u64 {
    let invoices: u64 = url.rsplit('/').next().unwrap().parse().unwrap();
    let episode = Episode::new(
        "2026-11-23T09:15:00Z".parse().unwrap(),
        "MISE_A_DISPOSITION",
    );
    let expected: Vec<Expected> = (1..=invoices)
        .map(|id| Expected {
            folder: EpisodeFolder::new(SIRET, id, episode.clone()).unwrap(),
            numero: None,
            fournisseur: None,
        })
        .collect();
    let bucket = BucketStore::new(client(url, over_http), "archive");
    let response = reqwest::get(format!("{url}/telecharger/groupe"))
        .await
        .unwrap();
    let mut download = Download {
        response,
        field: Some(Base64Field::new("fichierResultat")),
    };
    let outcome = store(&bucket, &mut download, &expected).await;
    let stored = outcome
        .invoices
        .into_iter()
        .map(|result| result.expect("every invoice is stored"));
    stored
        .flat_map(|stored| stored.documents)
        .map(|document| document.object.size)
        .sum()
}
