//! Whose fault it is that a message was not handled.

use std::{error::Error, fmt, sync::Arc};

use archive::memory_s3::{Fault, MemoryS3};
use lambda_kit::batch::Outcome;
use wiremock::ResponseTemplate;

use crate::stand::{Ended, LYCEE, Process, Stand, refused, status};

/// An error of a function, with a cause.
#[derive(Debug)]
struct Later(Box<dyn Error + Send + Sync>);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the invoice was not fetched")
    }
}

impl Error for Later {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}

fn waits(process: &Process, error: impl Error + Send + Sync + 'static) -> bool {
    let later = Arc::new(Later(Box::new(error)));
    let outcome = process.portal.outcome(process.establishment(LYCEE), later);
    matches!(outcome, Outcome::Wait { .. })
}

async fn error(process: &Process) -> chorus_pro::Error {
    match process.history(LYCEE, 7).await {
        Err(Ended::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_500_is_the_messages_own_while_the_portal_answers_others_and_nobodys_in_an_outage() {
    let stand = Stand::new().await;
    let process = stand.process();
    stand.portal(status(500));
    let error = error(&process).await;
    assert!(!waits(&process, error.clone()));
    for _ in 0..2 {
        process.search(LYCEE).await.unwrap_err();
    }
    assert!(waits(&process, error));
}

#[tokio::test]
async fn credentials_and_quotas_are_nobodys_fault() {
    let stand = Stand::new().await;
    stand.portal(|_| ResponseTemplate::new(429));
    let process = stand.process();
    assert!(waits(&process, error(&process).await));
    stand.portal(refused);
    let process = stand.process();
    assert!(waits(&process, error(&process).await));
    let Err(Ended::Closed(closed)) = process.search(LYCEE).await else {
        panic!("open")
    };
    assert!(waits(&process, closed));
    let stand = Stand::new().await;
    stand.piste_refuses();
    let process = stand.process();
    assert!(waits(&process, error(&process).await));
}

#[tokio::test]
async fn trouble_of_s3_is_nobodys_fault_but_an_object_that_cannot_be_read_is_the_messages_own() {
    let stand = Stand::new().await;
    let process = stand.process();
    let s3 = MemoryS3::default();
    s3.store().put_json("a", &"text").await.unwrap();
    let unreadable = s3.store().read_json::<u32>("a").await.unwrap_err();
    assert!(!waits(&process, unreadable));
    for (status, code) in [(503, "SlowDown"), (403, "AccessDenied")] {
        s3.fail(Fault {
            operation: "GetObject",
            key: "",
            times: 2,
            status,
            code,
            answer_lost: false,
        });
        let trouble = s3.store().read_json::<String>("a").await.unwrap_err();
        assert!(waits(&process, trouble), "{code}");
        s3.state().faults.clear();
    }
}

#[tokio::test]
async fn an_error_without_a_known_cause_is_the_messages_own() {
    let stand = Stand::new().await;
    assert!(!waits(&stand.process(), fmt::Error));
}
