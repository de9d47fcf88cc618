//! From a message that cannot succeed to what a person does about it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop, and says what it saw"
)]

mod cloud;

use dead_letters::{Desk, Drawer, Fact, Grave, How, Queue, Redriven};
use jiff::Timestamp;
use lambda_kit::batch::{DeadLetter, Record};

use cloud::Cloud;

const COMMAND: &str = r#"{"specversion":"1.0","id":"c1","source":"urn:erp","type":"relais.status.set.v1","data":{"siret":"00000000013456","idFacture":7,"nouveauStatut":"X"}}"#;

fn at(minute: u32) -> Timestamp {
    format!("2026-11-23T09:{minute:02}:00Z").parse().unwrap()
}

fn dead() -> DeadLetter {
    DeadLetter {
        class: "command.unknown-establishment",
        reason: "no establishment with that SIRET".to_owned(),
    }
}

async fn bury(cloud: &Cloud, queue: Queue, id: &str, body: &str) {
    let (state, dead_letters) = (cloud.bucket(), cloud.dead_letter_queue(queue));
    let grave = Grave {
        queue,
        state: &state,
        dead_letters: &dead_letters,
    };
    grave
        .bury(&Record::new(id, body), &dead(), at(15))
        .await
        .unwrap();
}

fn fact(cloud: &Cloud, queue: Queue, id: &str) -> Fact {
    let key = format!("dead-letters/{queue}/{id}.json");
    serde_json::from_slice(&cloud.state().objects[&key]).unwrap()
}

fn desk(cloud: &Cloud) -> Desk {
    Desk::new(cloud.bucket(), "jeanne@mairie")
}

async fn open(cloud: &Cloud, queue: Queue) -> Drawer {
    desk(cloud).open(&cloud.lane(queue), at(30)).await.unwrap()
}

#[tokio::test]
async fn the_fact_is_written_before_the_message_is_in_the_queue_and_says_what_to_do() {
    let cloud = Cloud::default();
    bury(&cloud, Queue::Statuses, "m1", COMMAND).await;
    let log = cloud.state().log.clone();
    assert_eq!(
        log,
        [
            "put dead-letters/statuses/m1.json",
            "send http://sqs/statuses-dlq.fifo"
        ]
    );
    let fact = fact(&cloud, Queue::Statuses, "m1");
    assert_eq!(fact.body, COMMAND);
    assert_eq!(fact.siret.as_deref(), Some("00000000013456"));
    assert_eq!(fact.id_facture, Some(7));
    assert!(fact.action.contains("équipe de l'ERP"), "{}", fact.action);
    assert_eq!((fact.at, fact.resolution), (at(15), None));
}

#[tokio::test]
async fn a_message_that_the_queue_did_not_take_is_buried_again_with_the_same_fact() {
    let cloud = Cloud::default();
    cloud.state().broken.push("send");
    let (state, dead_letters) = (cloud.bucket(), cloud.dead_letter_queue(Queue::Jobs));
    let grave = Grave {
        queue: Queue::Jobs,
        state: &state,
        dead_letters: &dead_letters,
    };
    let record = Record::new("m1", "not JSON");
    grave.bury(&record, &dead(), at(15)).await.unwrap_err();
    cloud.state().broken.clear();
    grave.bury(&record, &dead(), at(20)).await.unwrap();
    assert_eq!(fact(&cloud, Queue::Jobs, "m1").at, at(15));
    assert_eq!(cloud.messages("http://sqs/jobs-dlq").len(), 1);
}

#[tokio::test]
async fn what_sqs_gave_up_by_itself_gets_its_fact_when_it_is_first_looked_at() {
    let cloud = Cloud::default();
    cloud.given_up(Queue::Erp, "e1", r#"{"subject":"7","data":{}}"#);
    cloud.given_up(Queue::Jobs, "j1", "{}");
    let erp = open(&cloud, Queue::Erp).await;
    assert_eq!(
        (erp.filed, erp.entries[0].fact.class.as_str()),
        (1, "erp.not-taken")
    );
    assert_eq!(erp.entries[0].fact.id_facture, Some(7));
    assert_eq!(erp.entries[0].fact.group_id.as_deref(), Some("g1"));
    let jobs = open(&cloud, Queue::Jobs).await;
    assert_eq!(jobs.entries[0].fact.class, "queue.too-many-receives");
    assert_eq!(jobs.entries[0].fact.attempts, 6);
    desk(&cloud)
        .close(&cloud.lane(Queue::Jobs), jobs)
        .await
        .unwrap();
    let again = open(&cloud, Queue::Jobs).await;
    assert_eq!((again.filed, again.entries.len()), (0, 1));
}

#[tokio::test]
async fn the_last_error_that_a_function_noted_is_the_reason_of_what_sqs_gave_up() {
    let cloud = Cloud::default();
    cloud.given_up(Queue::Jobs, "j1", "{}");
    let noted = br#"{"version":1,"count":5,"firstAt":"2026-11-23T08:00:00Z","lastAt":"2026-11-23T09:00:00Z","lastError":"S3 did not answer"}"#;
    let key = "failures/jobs/j1.json".to_owned();
    cloud.state().objects.insert(key, noted.to_vec());
    let jobs = open(&cloud, Queue::Jobs).await;
    assert!(
        jobs.entries[0]
            .fact
            .reason
            .ends_with("la dernière : S3 did not answer")
    );
}

#[tokio::test]
async fn looking_removes_nothing_and_hides_nothing_once_it_is_over() {
    let cloud = Cloud::default();
    for n in 0..25 {
        bury(&cloud, Queue::Jobs, &format!("m{n}"), "not JSON").await;
    }
    let drawer = open(&cloud, Queue::Jobs).await;
    assert_eq!((drawer.entries.len(), drawer.unseen), (25, 0));
    assert!(drawer.entries.iter().all(|entry| entry.copies.len() == 1));
    desk(&cloud)
        .close(&cloud.lane(Queue::Jobs), drawer)
        .await
        .unwrap();
    assert!(
        cloud
            .messages("http://sqs/jobs-dlq")
            .iter()
            .all(|held| !held.hidden)
    );
}

#[tokio::test]
async fn a_letter_sent_back_is_in_its_queue_with_its_group_and_out_of_the_other() {
    let cloud = Cloud::default();
    cloud.given_up(Queue::Statuses, "m1", COMMAND);
    let (desk, lane) = (desk(&cloud), cloud.lane(Queue::Statuses));
    let mut entry = open(&cloud, Queue::Statuses).await.entries.remove(0);
    let sent = desk.redrive(&lane, &mut entry, at(40)).await.unwrap();
    assert!(matches!(sent, Redriven::Sent(_)));
    let back = cloud.messages("http://sqs/statuses.fifo");
    assert_eq!((back.len(), back[0].body.as_str()), (1, COMMAND));
    assert_eq!(back[0].group.as_deref(), Some("g1"));
    assert!(back[0].deduplication.is_some());
    assert_eq!(back[0].attributes["type"], "relais.status.set.v1");
    assert!(cloud.messages("http://sqs/statuses-dlq.fifo").is_empty());
    let resolution = fact(&cloud, Queue::Statuses, "m1").resolution.unwrap();
    assert_eq!(
        (resolution.how, resolution.by.as_str()),
        (How::Redriven, "jeanne@mairie")
    );
}

#[tokio::test]
async fn a_letter_that_its_queue_has_forgotten_is_sent_back_from_its_fact() {
    let cloud = Cloud::default();
    bury(&cloud, Queue::Jobs, "m1", "not JSON").await;
    cloud.state().queues.clear();
    let mut entry = open(&cloud, Queue::Jobs).await.entries.remove(0);
    assert!(entry.copies.is_empty());
    desk(&cloud)
        .redrive(&cloud.lane(Queue::Jobs), &mut entry, at(40))
        .await
        .unwrap();
    assert_eq!(cloud.messages("http://sqs/jobs")[0].body, "not JSON");
}

#[tokio::test]
async fn a_redrive_cut_off_before_the_note_is_done_again_and_one_cut_off_after_it_only_tidies_up() {
    let cloud = Cloud::default();
    bury(&cloud, Queue::Jobs, "m1", "not JSON").await;
    let (desk, lane) = (desk(&cloud), cloud.lane(Queue::Jobs));
    let mut entry = open(&cloud, Queue::Jobs).await.entries.remove(0);

    cloud.state().broken.push("put");
    desk.redrive(&lane, &mut entry, at(40)).await.unwrap_err();
    assert!(fact(&cloud, Queue::Jobs, "m1").resolution.is_none());
    assert_eq!(cloud.messages("http://sqs/jobs-dlq").len(), 1);

    cloud.state().broken = vec!["delete"];
    desk.redrive(&lane, &mut entry, at(41)).await.unwrap_err();
    assert!(fact(&cloud, Queue::Jobs, "m1").resolution.is_some());
    assert_eq!(cloud.messages("http://sqs/jobs").len(), 2);

    cloud.state().broken.clear();
    for held in cloud.state().queues.get_mut("http://sqs/jobs-dlq").unwrap() {
        held.hidden = false;
    }
    let mut entry = open(&cloud, Queue::Jobs).await.entries.remove(0);
    let redriven = desk.redrive(&lane, &mut entry, at(42)).await.unwrap();
    assert!(matches!(redriven, Redriven::AlreadyResolved(_)));
    assert!(cloud.messages("http://sqs/jobs-dlq").is_empty());
    assert_eq!(cloud.messages("http://sqs/jobs").len(), 2);
}

#[tokio::test]
async fn a_letter_laid_aside_keeps_its_message_and_the_reason_for_it() {
    let cloud = Cloud::default();
    bury(&cloud, Queue::Jobs, "m1", "not JSON").await;
    let (desk, lane) = (desk(&cloud), cloud.lane(Queue::Jobs));
    let mut entry = open(&cloud, Queue::Jobs).await.entries.remove(0);
    assert!(
        desk.discard(&lane, &mut entry, "un essai", at(40))
            .await
            .unwrap()
    );
    assert!(
        !desk
            .discard(&lane, &mut entry, "encore", at(41))
            .await
            .unwrap()
    );
    let fact = fact(&cloud, Queue::Jobs, "m1");
    let resolution = fact.resolution.unwrap();
    assert_eq!(
        (resolution.how, resolution.why.as_deref()),
        (How::Discarded, Some("un essai"))
    );
    assert_eq!(fact.body, "not JSON");
    assert!(cloud.messages("http://sqs/jobs-dlq").is_empty());
    assert_eq!(open(&cloud, Queue::Jobs).await.waiting().count(), 0);
}

#[tokio::test]
async fn only_a_letter_that_somebody_has_decided_on_may_be_forgotten() {
    let cloud = Cloud::default();
    for id in ["waits", "redriven", "discarded"] {
        bury(&cloud, Queue::Jobs, id, "not JSON").await;
    }
    cloud.given_up(Queue::Jobs, "found", "{}");
    let (desk, lane) = (desk(&cloud), cloud.lane(Queue::Jobs));
    for mut entry in open(&cloud, Queue::Jobs).await.entries {
        match entry.fact.message_id.as_str() {
            "redriven" => drop(desk.redrive(&lane, &mut entry, at(40)).await.unwrap()),
            "discarded" => assert!(desk.discard(&lane, &mut entry, "vu", at(40)).await.unwrap()),
            _ => {}
        }
    }
    let tags = cloud.state().tags.clone();
    let expected = ["discarded", "redriven"].map(|id| {
        let key = format!("dead-letters/jobs/{id}.json");
        (key, "resolved=yes".to_owned())
    });
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_object_that_is_no_fact_is_named_and_stops_nothing() {
    let cloud = Cloud::default();
    bury(&cloud, Queue::Jobs, "m1", "not JSON").await;
    let key = "dead-letters/jobs/odd.json";
    cloud.state().objects.insert(key.to_owned(), b"{}".to_vec());
    let drawer = open(&cloud, Queue::Jobs).await;
    assert_eq!(drawer.unreadable, [key]);
    assert_eq!(drawer.entries.len(), 1);
}
