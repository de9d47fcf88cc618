//! The chain as one writes it first: everything in memory, one thing after the other.

use std::io::Read;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    fichier_resultat: String,
}

/// Bytes of the documents stored.
pub(crate) async fn run(url: &str) -> u64 {
    let client = crate::relais::client(url, true);
    let body = reqwest::get(format!("{url}/telecharger/groupe"))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let answer: Answer = serde_json::from_slice(&body).unwrap();
    let xml = String::from_utf8(STANDARD.decode(&answer.fichier_resultat).unwrap()).unwrap();
    let pivot = roxmltree::Document::parse(&xml).unwrap();
    let mut total = 0;
    for (nth, content) in pivot
        .descendants()
        .filter(|node| node.has_tag_name("Contenu"))
        .enumerate()
    {
        let zip = STANDARD.decode(content.text().unwrap_or_default()).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        let mut file = Vec::new();
        archive.by_index(0).unwrap().read_to_end(&mut file).unwrap();
        assert_eq!(digest(&SHA256, &file).as_ref().len(), 32);
        total += file.len() as u64;
        client
            .put_object()
            .bucket("archive")
            .key(format!("{nth}.pdf"))
            .body(ByteStream::from(file))
            .send()
            .await
            .unwrap();
    }
    let xml = ByteStream::from(xml.into_bytes());
    client
        .put_object()
        .bucket("archive")
        .key("pivot.xml")
        .body(xml)
        .send()
        .await
        .unwrap();
    total
}
