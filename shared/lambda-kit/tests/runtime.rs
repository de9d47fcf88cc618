//! A whole function against a stand-in of the Lambda runtime API: what it answers, logs and counts.
//!
//! The function is this very test program, started again as a process of its own with the environment that Lambda would give it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use lambda_kit::{Environment, Failure, Invocation, runtime};
use serde_json::{Value, json};

/// The function: panics, fails or answers, as the event says.
#[test]
#[ignore = "it is started by the other tests, as a process of its own"]
fn the_function_itself() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(runtime::run("echo", async |_| {
        let mut env = Environment::from_process();
        let greeting = env.required("GREETING");
        env.finish()?;
        Ok(move |invocation: Invocation<Value>| {
            let greeting = greeting.clone();
            async move {
                invocation.metrics.count("Greetings", 1);
                assert!(invocation.payload != "panic", "no greeting for that one");
                if invocation.payload == "fail" {
                    let cause = std::io::Error::other("FR1420041010050500013M02606 refused");
                    return Err(Failure::new("Unfriendly", cause));
                }
                tracing::info!(
                    event = "echo.greeted",
                    seconds = invocation.deadline.remaining().as_secs(),
                    "greeted"
                );
                Ok(format!("{greeting} {}", invocation.payload))
            }
        })
    }));
}

fn start(api: &str, variables: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_function_itself", "--ignored", "--nocapture"])
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", api),
            ("AWS_LAMBDA_FUNCTION_NAME", "relais-echo"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
            ("AWS_REGION", "eu-west-3"),
        ])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

/// One request of the function: its path and its body.
fn request(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).expect("a request");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    (path, body)
}

fn answer(mut stream: TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .expect("answered");
}

/// Gives the function these events, one after the other, and returns its answers and all that it wrote.
fn play(events: &[Value]) -> (Vec<(String, Value)>, String) {
    let api = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = api.local_addr().expect("an address").to_string();
    let mut function = start(
        &address,
        &[("GREETING", "Bonjour"), ("RELAIS_SERVICE", "relais-test")],
    );
    let mut answers = Vec::new();
    for (i, event) in events.iter().enumerate() {
        let (stream, _) = api.accept().expect("the function asks for work");
        request(&stream);
        let now = jiff::Timestamp::now().as_millisecond();
        let headers = format!(
            "lambda-runtime-aws-request-id: request-{i}\r\nlambda-runtime-deadline-ms: {}\r\nlambda-runtime-invoked-function-arn: arn\r\n",
            now + 30_000
        );
        answer(stream, "200 OK", &headers, &event.to_string());
        let (stream, _) = api.accept().expect("the function answers");
        let (path, body) = request(&stream);
        answer(stream, "202 Accepted", "", "{}");
        answers.push((path, serde_json::from_slice(&body).expect("JSON")));
    }
    // It asks for the next event; there is none.
    let _ = api.accept();
    function.kill().expect("stopped");
    let Output { stdout, .. } = function.wait_with_output().expect("ended");
    (answers, String::from_utf8(stdout).expect("UTF-8"))
}

fn lines(output: &str) -> Vec<Value> {
    output
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn logged<'a>(lines: &'a [Value], event: &str) -> &'a Value {
    lines
        .iter()
        .find(|line| line["event"] == event)
        .unwrap_or_else(|| panic!("{event} was not logged: {lines:#?}"))
}

#[test]
fn a_panic_and_a_failure_cost_one_invocation_each() {
    let (answers, output) = play(&[json!("Ada"), json!("panic"), json!("fail"), json!("Bob")]);
    let paths: Vec<&str> = answers
        .iter()
        .map(|(path, _)| path.trim_start_matches("/2018-06-01/runtime/invocation/"))
        .collect();
    assert_eq!(
        paths,
        [
            "request-0/response",
            "request-1/error",
            "request-2/error",
            "request-3/response"
        ]
    );
    assert_eq!(answers[0].1, "Bonjour \"Ada\"");
    assert_eq!(answers[2].1["errorType"], "Unfriendly");
    assert_eq!(answers[2].1["errorMessage"], "[IBAN] refused");
    assert_eq!(answers[3].1, "Bonjour \"Bob\"");

    let lines = lines(&output);
    let greeted = logged(&lines, "echo.greeted");
    assert_eq!(
        (&greeted["requestId"], &greeted["function"]),
        (&json!("request-0"), &json!("echo"))
    );
    assert!(
        (25..=30).contains(&greeted["seconds"].as_u64().expect("a number")),
        "{greeted}"
    );
    let panic = logged(&lines, "panic");
    assert_eq!(
        (&panic["level"], &panic["requestId"]),
        (&json!("ERROR"), &json!("request-1"))
    );
    assert!(
        panic["place"]
            .as_str()
            .expect("a place")
            .contains("runtime.rs")
    );

    let counted: Vec<&Value> = lines
        .iter()
        .filter(|line| line.get("_aws").is_some())
        .collect();
    assert_eq!(
        counted.len(),
        4,
        "one document an invocation, the panic included"
    );
    let cold: Vec<&Value> = counted
        .iter()
        .map(|document| &document["ColdStart"])
        .collect();
    assert_eq!(cold, [1, 0, 0, 0]);
    assert!(counted.iter().all(|document| document["Greetings"] == 1));
    assert!(
        counted
            .iter()
            .all(|document| document["Service"] == "relais-test"),
        "each stack has metrics of its own"
    );
    assert!(!output.contains("FR1420041010050500013M02606"), "{output}");
}

#[test]
fn a_function_that_cannot_start_says_why_in_json() {
    let begun = Instant::now();
    let output = start("127.0.0.1:1", &[]).wait_with_output().expect("ended");
    let lines = lines(&String::from_utf8(output.stdout).expect("UTF-8"));
    let failed = logged(&lines, "start.failed");
    assert!(
        failed["error"]
            .as_str()
            .expect("a text")
            .contains("GREETING: is not set"),
        "{failed}"
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
}
