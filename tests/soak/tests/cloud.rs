//! The cloud in memory, through the clients that the functions use.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use archive::{BucketStore, CursorWrite, DocumentWriter, Uploads};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use jiff::SignedDuration;
use soak::{
    cloud::{Cloud, CloudFaults, QueueSettings, Queues, SkewedClock, VirtualClock},
    trace::Trace,
};

fn cloud() -> (Cloud, SkewedClock) {
    let clock = VirtualClock::starting_at("2026-10-05T06:00:00Z".parse().unwrap());
    (
        Cloud::new(&clock, &Trace::default(), 1),
        SkewedClock::of(&clock),
    )
}

fn store(cloud: &Cloud, machine: &SkewedClock) -> BucketStore {
    BucketStore::new(aws_sdk_s3::Client::new(&cloud.sdk(machine)), "archive")
}

#[tokio::test(start_paused = true)]
async fn facts_and_cursors_are_kept_as_s3_keeps_them() {
    let (cloud, machine) = cloud();
    let store = store(&cloud, &machine);
    assert!(store.put_fact("a/é & b.json", 1).await.unwrap().is_new());
    let second = store.put_fact("a/é & b.json", 2).await.unwrap();
    assert_eq!((second.is_new(), second.into_inner()), (false, 1));
    assert!(store.exists("a/é & b.json").await.unwrap());
    assert!(!store.exists("a/c.json").await.unwrap());

    let CursorWrite::Written(etag) = store.write_cursor("cursor", &1, None).await.unwrap() else {
        panic!("nobody else writes")
    };
    assert_eq!(
        store.write_cursor("cursor", &2, None).await.unwrap(),
        CursorWrite::Lost
    );
    assert!(matches!(
        store.write_cursor("cursor", &2, Some(&etag)).await.unwrap(),
        CursorWrite::Written(_)
    ));
    assert_eq!(
        store.write_cursor("cursor", &3, Some(&etag)).await.unwrap(),
        CursorWrite::Lost
    );
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_more_than_a_thousand_keys_comes_in_pages() {
    let (cloud, machine) = cloud();
    let store = store(&cloud, &machine);
    for number in 0..1_001 {
        store.put_json(&format!("a/{number:04}"), &0).await.unwrap();
    }
    store.put_json("b/1", &0).await.unwrap();
    let before = cloud.calls();
    assert_eq!(store.list_keys("a/").await.unwrap().len(), 1_001);
    assert_eq!(cloud.calls() - before, 2);
}

#[tokio::test(start_paused = true)]
async fn a_large_document_goes_in_parts() {
    let (cloud, machine) = cloud();
    let store = store(&cloud, &machine);
    let mut writer: DocumentWriter = Uploads::new(&store).document();
    writer.place("a/large".to_owned(), "application/pdf");
    for _ in 0..11 {
        writer.write(&vec![7; 1024 * 1024]).await.unwrap();
    }
    let stored = writer.finish().await.unwrap();
    assert_eq!(stored.size, 11 * 1024 * 1024);
    let bytes = cloud.buckets(|b| b.object("archive", "a/large").unwrap().bytes.len());
    assert_eq!(bytes as u64, stored.size);
    assert_eq!(cloud.buckets(|b| b.open_uploads()), 0);
}

#[tokio::test(start_paused = true)]
async fn a_fact_whose_answer_was_lost_is_met_again_as_ones_own() {
    let (cloud, machine) = cloud();
    let store = store(&cloud, &machine);
    cloud.set_faults(CloudFaults {
        s3_answer_lost: 400,
        ..CloudFaults::default()
    });
    let mut again = 0;
    for number in 0..50 {
        let key = format!("a/{number}");
        match store.put_fact(&key, number).await {
            Ok(fact) => {
                again += usize::from(!fact.is_new());
                assert_eq!(fact.into_inner(), number);
            }
            Err(error) => assert_eq!(error.decision(), archive::Decision::Retry),
        }
    }
    assert!(again > 5, "{again} of 50 met their own write");
}

#[tokio::test(start_paused = true)]
async fn the_queues_speak_the_protocol_of_sqs() {
    let (cloud, machine) = cloud();
    let minute = SignedDuration::from_mins(1);
    cloud.queues(|queues, _| {
        queues.create(
            "jobs",
            QueueSettings::standard(minute).with_dead_letters("dead", 1),
        );
        queues.create("dead", QueueSettings::standard(minute));
    });
    let client = aws_sdk_sqs::Client::new(&cloud.sdk(&machine));
    let url = Queues::url("jobs");
    client
        .send_message()
        .queue_url(&url)
        .message_body("one")
        .send()
        .await
        .unwrap();
    let entry = |id: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(id)
            .build()
            .unwrap()
    };
    let batch = client.send_message_batch().queue_url(&url);
    let sent = batch
        .entries(entry("two"))
        .entries(entry("three"))
        .send()
        .await
        .unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (2, 0));

    let receive = || {
        client
            .receive_message()
            .queue_url(&url)
            .max_number_of_messages(10)
            .send()
    };
    let received = receive().await.unwrap().messages.unwrap();
    assert_eq!(received.len(), 3);
    for message in &received[1..] {
        let handle = message.receipt_handle().unwrap();
        client
            .delete_message()
            .queue_url(&url)
            .receipt_handle(handle)
            .send()
            .await
            .unwrap();
    }
    let first = received[0].receipt_handle().unwrap();
    let put_off = client
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(first);
    put_off.visibility_timeout(600).send().await.unwrap();
    cloud.clock().advance(minute * 9);
    assert!(
        receive()
            .await
            .unwrap()
            .messages
            .is_none_or(|m| m.is_empty())
    );
    cloud.clock().advance(minute * 2);
    assert!(
        receive()
            .await
            .unwrap()
            .messages
            .is_none_or(|m| m.is_empty())
    );
    assert_eq!(cloud.queues(|q, _| (q.len("jobs"), q.len("dead"))), (0, 1));

    let unknown = client
        .send_message()
        .queue_url(Queues::url("nobody"))
        .message_body("x");
    let error = unknown.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_taken_in_part() {
    let (cloud, machine) = cloud();
    cloud.queues(|queues, _| {
        queues.create(
            "jobs",
            QueueSettings::standard(SignedDuration::from_mins(1)),
        );
    });
    cloud.set_faults(CloudFaults {
        entry_refused: 500,
        ..CloudFaults::default()
    });
    let client = aws_sdk_sqs::Client::new(&cloud.sdk(&machine));
    let mut batch = client.send_message_batch().queue_url(Queues::url("jobs"));
    for id in 0..10 {
        batch = batch.entries(
            SendMessageBatchRequestEntry::builder()
                .id(id.to_string())
                .message_body("x")
                .build()
                .unwrap(),
        );
    }
    let sent = batch.send().await.unwrap();
    assert_eq!(sent.successful().len() + sent.failed().len(), 10);
    assert_eq!(cloud.queues(|q, _| q.len("jobs")), sent.successful().len());
    assert!(!sent.failed().is_empty() && !sent.successful().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_killed_gets_no_more_answers_and_its_last_call_had_its_effect() {
    let (cloud, machine) = cloud();
    let store = store(&cloud, &machine);
    cloud.silence_after(2);
    let work = async {
        for key in ["a", "b", "c"] {
            store.put_json(key, &0).await.unwrap();
        }
    };
    let ended = tokio::time::timeout(std::time::Duration::from_millis(50), work).await;
    assert!(ended.is_err() && cloud.is_silent());
    let written = cloud.buckets(|b| {
        b.objects("archive", "")
            .map(|(key, _)| key.to_owned())
            .collect::<Vec<_>>()
    });
    assert_eq!(written, ["a", "b"]);
}
