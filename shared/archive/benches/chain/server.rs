//! The portal and S3 on a loopback port: the answer is made on the fly, what is stored is thrown away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::dossier::{Case, Pivot};

/// Bytes encoded at a time: a multiple of 3.
const STEP: usize = 48 * 1024;

pub(crate) struct Server {
    pub(crate) url: String,
    /// Characters of `fichierResultat`.
    pub(crate) base64_length: usize,
}

/// Serves a case until the process ends.
pub(crate) fn start(case: Case) -> Server {
    let pivot = Arc::new(Pivot::of(case));
    let base64_length = pivot.length().div_ceil(3) * 4;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!(
        "http://{}/{}",
        listener.local_addr().unwrap(),
        case.invoices
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pivot = Arc::clone(&pivot);
            // A client that goes away in the middle is its own affair.
            std::thread::spawn(move || serve(stream, &pivot, base64_length));
        }
    });
    Server { url, base64_length }
}

fn serve(stream: TcpStream, pivot: &Pivot, base64_length: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (mut length, mut expects) = (0, false);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            expects |= header.starts_with("expect:");
        }
        if expects {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let mut parts = line.split(' ');
        let (method, path) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        if path.contains("/telecharger/") {
            answer(&mut stream, pivot, base64_length)?;
        } else {
            store(&mut stream, method, path)?;
        }
    }
}

/// `{"codeRetour":0,"libelle":"…","fichierResultat":"…"}`
fn answer(stream: &mut TcpStream, pivot: &Pivot, base64_length: usize) -> std::io::Result<()> {
    let (open, close) = (
        r#"{"codeRetour":0,"libelle":"TRA_MSG_00.000","fichierResultat":""#,
        r#""}"#,
    );
    let length = open.len() + base64_length + close.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{open}"
    )?;
    let (mut carry, mut text) = (Vec::with_capacity(2 * STEP), String::new());
    for piece in &pivot.pieces {
        for bytes in pivot.bytes(piece).chunks(STEP) {
            carry.extend_from_slice(bytes);
            let whole = carry.len() / 3 * 3;
            text.clear();
            STANDARD.encode_string(&carry[..whole], &mut text);
            carry.drain(..whole);
            stream.write_all(text.as_bytes())?;
        }
    }
    stream.write_all(STANDARD.encode(&carry).as_bytes())?;
    stream.write_all(close.as_bytes())
}

/// Just enough of S3.
fn store(stream: &mut TcpStream, method: &str, path: &str) -> std::io::Result<()> {
    let body = match method {
        "POST" if path.contains("uploads") => {
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
        }
        "POST" => {
            "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
        }
        _ => "",
    };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
