//! What is asked of SQS, and what is made of its answers.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use aws_sdk_sqs::{
    Client,
    error::ErrorMetadata,
    operation::{
        change_message_visibility_batch::{
            ChangeMessageVisibilityBatchInput, ChangeMessageVisibilityBatchOutput,
        },
        send_message::{SendMessageError, SendMessageInput, SendMessageOutput},
        send_message_batch::{
            SendMessageBatchError, SendMessageBatchInput, SendMessageBatchOutput,
        },
    },
    types::{
        BatchResultErrorEntry, ChangeMessageVisibilityBatchResultEntry,
        SendMessageBatchResultEntry,
        error::{InvalidMessageContents, QueueDoesNotExist, RequestThrottled},
    },
};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use messages::{
    CloudEvent, Fournisseur, InvoiceJob, Montants, References, Resultat, Settlement, StatusRefused,
    sqs::{
        DeadLetter, DeadLetterQueue, Decision, ErpQueue, Hidden, JobsQueue, SourceQueue, SqsError,
    },
};
use messages::{Etape, Reason};

const SIRET: &str = "00000000013456";

fn job(id_facture: u64) -> CloudEvent<InvoiceJob> {
    InvoiceJob {
        siret: SIRET.into(),
        id_facture,
        episode: "20261123T091500Z-MISE_A_DISPOSITION".into(),
        statut: "MISE_A_DISPOSITION".into(),
        date_heure_etat_courant: "2026-11-23T09:15:00Z".parse().expect("an instant"),
        cause: "POLL".into(),
        type_demande_paiement: "FACTURE".into(),
        role: None,
        type_facture: Some("FACTURE".into()),
        numero_facture: format!("F-{id_facture}"),
        date_facture: None,
        date_depot: None,
        commentaire: None,
        taille: Some(12_345),
        fournisseur: Fournisseur::default(),
        service: None,
        references: References::default(),
        montants: Montants::default(),
        travaux: None,
        exigences: None,
    }
    .into_event()
}

fn jobs(count: u64) -> Vec<CloudEvent<InvoiceJob>> {
    (1..=count).map(job).collect()
}

fn refused() -> CloudEvent<StatusRefused> {
    StatusRefused {
        settlement: Settlement {
            command_id: "c-1".into(),
            command_source: "urn:erp".into(),
            siret: SIRET.into(),
            id_facture: 3_346_947,
            numero_facture: None,
            etapes: vec![Etape {
                nouveau_statut: "MANDATEE".into(),
                resultat: Resultat::Refuse,
                date_traitement: None,
            }],
            statut: None,
            date_heure_etat_courant: None,
            motif: None,
            motif_transmis: None,
            numero_dp_mandat: None,
            reference_erp: None,
            delai: None,
            date_traitement: "2026-11-23T09:15:00Z".parse().expect("an instant"),
        },
        reason: Reason {
            code: "FACTURE_INCONNUE".into(),
            message: "La facture n'existe pas.".into(),
        },
    }
    .into_event()
}

fn all_taken(input: &SendMessageBatchInput) -> bool {
    input.entries().len() <= 10
}

fn taken(
    ids: std::ops::Range<usize>,
    failed: Vec<BatchResultErrorEntry>,
) -> SendMessageBatchOutput {
    let successful = ids
        .map(|i| {
            SendMessageBatchResultEntry::builder()
                .id(i.to_string())
                .message_id("m")
                .md5_of_message_body("x")
                .build()
                .expect("an entry")
        })
        .collect();
    SendMessageBatchOutput::builder()
        .set_successful(Some(successful))
        .set_failed(Some(failed))
        .build()
        .expect("an answer")
}

fn failed(id: usize, code: &str, sender_fault: bool) -> BatchResultErrorEntry {
    BatchResultErrorEntry::builder()
        .id(id.to_string())
        .code(code)
        .sender_fault(sender_fault)
        .build()
        .expect("an entry")
}

/// What the SDK reads from the answer of the service.
fn code(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}

fn not_taken(error: SqsError) -> messages::sqs::NotTaken {
    match error {
        SqsError::Some(not_taken) => not_taken,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn jobs_go_ten_by_ten_with_the_establishment_as_group() {
    let tens = mock!(Client::send_message_batch)
        .match_requests(|input| {
            all_taken(input)
                && input.queue_url() == Some("http://127.0.0.1/jobs")
                && input.entries().iter().all(|entry| {
                    entry.message_group_id() == Some(SIRET)
                        && entry
                            .message_attributes()
                            .is_some_and(|a| a.contains_key("type"))
                        && CloudEvent::<InvoiceJob>::parse(entry.message_body()).is_ok()
                })
        })
        .then_output(|| taken(0..10, Vec::new()));
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&tens]);
    let sent = JobsQueue::new(client, "http://127.0.0.1/jobs")
        .send_all(&jobs(25))
        .await;
    assert_eq!(sent.expect("all taken"), 25);
    assert_eq!(tens.num_calls(), 3);
}

#[tokio::test]
async fn a_heap_of_jobs_becomes_visible_little_by_little() {
    let delays = |input: &SendMessageBatchInput| -> Vec<Option<i32>> {
        input
            .entries()
            .iter()
            .map(aws_sdk_sqs::types::SendMessageBatchRequestEntry::delay_seconds)
            .collect()
    };
    let rule = mock!(Client::send_message_batch)
        .match_requests(move |input| {
            delays(input) == [None, None, None, None, Some(1), Some(1)] && all_taken(input)
        })
        .then_output(|| taken(0..6, Vec::new()));
    let client = mock_client!(aws_sdk_sqs, RuleMode::Sequential, [&rule]);
    let per_second = std::num::NonZeroU32::new(4).expect("four");
    let sent = JobsQueue::new(client, "q")
        .send_all_spread(&jobs(6), per_second)
        .await
        .expect("sent");
    assert_eq!((sent, rule.num_calls()), (6, 1));
}

#[tokio::test]
async fn no_job_is_no_call() {
    let client = mock_client!(aws_sdk_sqs, [] as [&aws_smithy_mocks::Rule; 0]);
    assert_eq!(
        JobsQueue::new(client, "q")
            .send_all(&[])
            .await
            .expect("nothing to do"),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn what_sqs_could_not_take_is_given_to_it_again_and_only_that() {
    let first = mock!(Client::send_message_batch)
        .match_requests(|input| input.entries().len() == 3)
        .then_output(|| {
            taken(
                0..1,
                vec![
                    failed(1, "InternalError", false),
                    failed(2, "InternalError", false),
                ],
            )
        });
    let second = mock!(Client::send_message_batch)
        .match_requests(|input| {
            input.entries().len() == 2
                && input
                    .entries()
                    .iter()
                    .all(|e| !e.message_body().contains("\"F-1\""))
        })
        .then_output(|| taken(0..2, Vec::new()));
    let client = mock_client!(aws_sdk_sqs, RuleMode::Sequential, [&first, &second]);
    assert_eq!(
        JobsQueue::new(client, "q")
            .send_all(&jobs(3))
            .await
            .expect("all taken"),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_still_not_taken_is_named() {
    let stubborn = mock!(Client::send_message_batch)
        .then_output(|| taken(1..2, vec![failed(0, "InternalError", false)]));
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&stubborn]);
    let error = JobsQueue::new(client, "q")
        .send_all(&jobs(2))
        .await
        .expect_err("one is left");
    assert_eq!(error.decision(), Decision::Retry);
    let not_taken = not_taken(error);
    assert_eq!(not_taken.taken, 1);
    assert_eq!(not_taken.messages.len(), 1);
    assert_eq!(not_taken.messages[0].subject, "1");
    assert_eq!(stubborn.num_calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_answer_does_not_name_is_sent_again() {
    let half = mock!(Client::send_message_batch)
        .match_requests(|input| input.entries().len() == 2)
        .then_output(|| taken(0..1, Vec::new()));
    let rest = mock!(Client::send_message_batch)
        .match_requests(|input| {
            input.entries().len() == 1 && input.entries()[0].message_body().contains("\"F-2\"")
        })
        .then_output(|| taken(0..1, Vec::new()));
    let client = mock_client!(aws_sdk_sqs, RuleMode::Sequential, [&half, &rest]);
    assert_eq!(
        JobsQueue::new(client, "q")
            .send_all(&jobs(2))
            .await
            .expect("all taken"),
        2
    );
}

#[tokio::test]
async fn what_sqs_refuses_for_our_fault_is_not_sent_again() {
    let refuses = mock!(Client::send_message_batch)
        .then_output(|| taken(0..1, vec![failed(1, "InvalidParameterValue", true)]));
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&refuses]);
    let error = JobsQueue::new(client, "q")
        .send_all(&jobs(2))
        .await
        .expect_err("one is refused");
    assert_eq!(error.decision(), Decision::GiveUp);
    assert_eq!(refuses.num_calls(), 1);
}

#[tokio::test]
async fn a_failed_call_names_all_that_is_not_in_the_queue_and_stops() {
    let gone = mock!(Client::send_message_batch).then_error(|| {
        SendMessageBatchError::QueueDoesNotExist(
            QueueDoesNotExist::builder()
                .meta(code("AWS.SimpleQueueService.NonExistentQueue"))
                .build(),
        )
    });
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&gone]);
    let error = JobsQueue::new(client, "q")
        .send_all(&jobs(25))
        .await
        .expect_err("no queue");
    assert_eq!(error.decision(), Decision::CallSomeone);
    let not_taken = not_taken(error);
    assert_eq!((not_taken.taken, not_taken.messages.len()), (0, 25));
    assert_eq!(gone.num_calls(), 1, "an outage is not asked batch by batch");
}

#[tokio::test]
async fn a_job_too_large_for_sqs_does_not_hold_up_the_others() {
    let ok = mock!(Client::send_message_batch)
        .match_requests(|input| input.entries().len() == 2)
        .then_output(|| taken(0..2, Vec::new()));
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&ok]);
    let mut jobs = jobs(3);
    jobs[1].data.commentaire = Some("x".repeat(1_100_000));
    let not_taken = not_taken(
        JobsQueue::new(client, "q")
            .send_all(&jobs)
            .await
            .expect_err("one is too large"),
    );
    assert_eq!(
        (not_taken.taken, not_taken.messages[0].subject.as_str()),
        (2, "2")
    );
    assert_eq!(not_taken.messages[0].decision, Decision::GiveUp);
}

#[tokio::test]
async fn an_event_keeps_its_order_within_its_invoice_and_is_known_by_its_id() {
    let event = refused();
    let id = event.id.clone();
    let send = mock!(Client::send_message)
        .match_requests(move |input: &SendMessageInput| {
            input.message_group_id() == Some("00000000013456-3346947")
                && input.message_deduplication_id() == Some(id.as_str())
                && input
                    .message_attributes()
                    .and_then(|a| a.get("type"))
                    .and_then(|a| a.string_value())
                    == Some("relais.status.refused.v1")
        })
        .then_output(|| SendMessageOutput::builder().message_id("m-1").build());
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&send]);
    let sent = ErpQueue::new(client, "http://127.0.0.1/erp.fifo")
        .publish(&event)
        .await;
    assert_eq!(sent.expect("taken"), "m-1");
}

#[tokio::test]
async fn an_error_of_the_queue_says_what_to_do() {
    let throttled = mock!(Client::send_message).then_error(|| {
        SendMessageError::RequestThrottled(
            RequestThrottled::builder()
                .meta(code("RequestThrottled"))
                .build(),
        )
    });
    let gone = mock!(Client::send_message).then_error(|| {
        SendMessageError::QueueDoesNotExist(
            QueueDoesNotExist::builder()
                .meta(code("AWS.SimpleQueueService.NonExistentQueue"))
                .build(),
        )
    });
    let refused_by_sqs = mock!(Client::send_message).then_error(|| {
        SendMessageError::InvalidMessageContents(
            InvalidMessageContents::builder()
                .meta(code("InvalidMessageContents"))
                .build(),
        )
    });
    for (rule, decision) in [
        (&throttled, Decision::Retry),
        (&gone, Decision::CallSomeone),
        (&refused_by_sqs, Decision::GiveUp),
    ] {
        let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [rule]);
        let error = ErpQueue::new(client, "q.fifo")
            .publish(&refused())
            .await
            .expect_err("refused");
        assert_eq!(error.decision(), decision, "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn an_event_too_large_for_sqs_is_not_sent() {
    let client = mock_client!(aws_sdk_sqs, [] as [&aws_smithy_mocks::Rule; 0]);
    let mut event = refused();
    event.data.settlement.motif = Some("é".repeat(600_000));
    let error = ErpQueue::new(client, "q.fifo")
        .publish(&event)
        .await
        .expect_err("too large");
    assert!(matches!(error, SqsError::TooLarge { bytes } if bytes > 1_048_576));
}

fn letter<'a>(body: &'a str, reason: &'a str) -> DeadLetter<'a> {
    DeadLetter {
        body,
        reason,
        error_class: "message.not-json",
        source_message_id: "m-7",
        group_id: Some("3346947"),
    }
}

fn attribute(input: &SendMessageInput, name: &str) -> String {
    input
        .message_attributes()
        .and_then(|a| a.get(name))
        .and_then(|a| a.string_value())
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_dead_letter_has_its_reason_beside_it() {
    let put = mock!(Client::send_message)
        .match_requests(|input: &SendMessageInput| {
            input.message_body() == Some("{not json")
                && attribute(input, "relais-reason") == "Le corps n'est pas du JSON"
                && attribute(input, "relais-error-class") == "message.not-json"
                && attribute(input, "relais-source-message-id") == "m-7"
                && input.message_group_id().is_none()
                && input.message_deduplication_id().is_none()
        })
        .then_output(|| SendMessageOutput::builder().build());
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&put]);
    let queue = DeadLetterQueue::new(client, "http://127.0.0.1/jobs-dlq");
    queue
        .put(letter("{not json", "Le corps n'est pas du JSON"))
        .await
        .expect("taken");
}

#[tokio::test]
async fn a_fifo_dead_letter_keeps_its_group() {
    let put = mock!(Client::send_message)
        .match_requests(|input: &SendMessageInput| {
            input.message_group_id() == Some("3346947")
                && input
                    .message_deduplication_id()
                    .is_some_and(|id| id.len() == 64)
        })
        .then_output(|| SendMessageOutput::builder().build());
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&put]);
    let queue = DeadLetterQueue::new(client, "http://127.0.0.1/statuses-dlq.fifo");
    queue.put(letter("{not json", "x")).await.expect("taken");
}

#[tokio::test]
async fn a_reason_that_sqs_would_refuse_is_made_fit() {
    let put = mock!(Client::send_message)
        .match_requests(|input: &SendMessageInput| {
            let reason = attribute(input, "relais-reason");
            reason.len() <= 2_000 && reason.starts_with("\u{fffd}😀") && reason.ends_with('…')
        })
        .then_output(|| SendMessageOutput::builder().build());
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&put]);
    let reason = format!("\0{}", "😀".repeat(3_000));
    DeadLetterQueue::new(client, "q")
        .put(letter("x", &reason))
        .await
        .expect("taken");
}

#[tokio::test]
async fn the_reason_of_a_full_message_leaves_it_within_the_limit() {
    for body_bytes in [1_048_576, 1_048_576 - 60, 1_048_576 - 300] {
        let put = mock!(Client::send_message)
            .match_requests(move |input: &SendMessageInput| {
                let attributes: usize = input
                    .message_attributes()
                    .into_iter()
                    .flatten()
                    .map(|(name, a)| {
                        name.len() + a.data_type().len() + a.string_value().map_or(0, str::len)
                    })
                    .sum();
                body_bytes + attributes <= 1_048_576
            })
            .then_output(|| SendMessageOutput::builder().build());
        let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&put]);
        let body = "x".repeat(body_bytes);
        let reason = "é".repeat(5_000);
        DeadLetterQueue::new(client, "q")
            .put(letter(&body, &reason))
            .await
            .expect("taken");
    }
}

#[tokio::test]
async fn an_empty_body_can_be_put_too() {
    let put = mock!(Client::send_message)
        .match_requests(|input: &SendMessageInput| input.message_body() == Some("(empty)"))
        .then_output(|| SendMessageOutput::builder().build());
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&put]);
    DeadLetterQueue::new(client, "q")
        .put(letter("", "x"))
        .await
        .expect("taken");
}

#[tokio::test]
async fn the_depth_of_the_jobs_queue_counts_what_waits_what_is_worked_on_and_what_was_put_back() {
    use aws_sdk_sqs::{
        operation::get_queue_attributes::GetQueueAttributesOutput, types::QueueAttributeName,
    };
    let told = mock!(Client::get_queue_attributes)
        .match_requests(|r| r.attribute_names().len() == 3)
        .then_output(|| {
            GetQueueAttributesOutput::builder()
                .attributes(QueueAttributeName::ApproximateNumberOfMessages, "1200")
                .attributes(
                    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
                    "40",
                )
                .attributes(QueueAttributeName::ApproximateNumberOfMessagesDelayed, "2")
                .build()
        });
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &[&told]);
    let queue = JobsQueue::new(client, "https://sqs.example/jobs");
    assert_eq!(queue.depth().await.expect("a depth"), 1_242);
}

#[tokio::test]
async fn a_queue_that_does_not_say_how_deep_it_is_is_an_error_and_not_an_empty_queue() {
    use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesError;
    let gone = mock!(Client::get_queue_attributes).then_error(|| {
        GetQueueAttributesError::QueueDoesNotExist(QueueDoesNotExist::builder().build())
    });
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &[&gone]);
    let queue = JobsQueue::new(client, "https://sqs.example/jobs");
    let error = queue.depth().await.expect_err("no depth");
    assert!(error.to_string().contains("how many messages"), "{error}");
}

#[tokio::test]
async fn messages_that_go_back_are_hidden_each_for_its_own_time_in_whole_seconds() {
    let rule = mock!(Client::change_message_visibility_batch)
        .match_requests(|input: &ChangeMessageVisibilityBatchInput| {
            let asked: Vec<_> = input
                .entries()
                .iter()
                .map(|e| (e.receipt_handle(), e.visibility_timeout()))
                .collect();
            asked == [("r1", Some(31)), ("r2", Some(39_600))]
        })
        .then_output(|| {
            let one = ChangeMessageVisibilityBatchResultEntry::builder()
                .id("0")
                .build()
                .expect("an entry");
            ChangeMessageVisibilityBatchOutput::builder()
                .successful(one)
                .failed(failed(1, "ReceiptHandleIsInvalid", true))
                .build()
                .expect("an answer")
        });
    let client = mock_client!(aws_sdk_sqs, [&rule]);
    let seconds = std::time::Duration::from_secs_f64;
    let hidden = SourceQueue::new(client, "https://sqs/jobs")
        .hide(&[
            Hidden {
                receipt_handle: "r1",
                delay: seconds(30.2),
            },
            Hidden {
                receipt_handle: "r2",
                delay: seconds(1e6),
            },
        ])
        .await
        .expect("changed");
    assert_eq!(hidden, 1, "one that SQS does not change is no error");
}
