use super::*;
use crate::memory_s3::{Fault, MemoryS3};

const FAULT: Fault = Fault {
    operation: "PutObject",
    key: "",
    times: 1,
    status: 500,
    code: "InternalError",
    answer_lost: false,
};

#[tokio::test]
async fn a_fact_is_written_once_and_the_second_writer_reads_the_first() {
    let store = MemoryS3::default().store();
    assert_eq!(
        store.put_fact("a/archived.json", 1).await.unwrap(),
        Fact::Written(1)
    );
    let second = store.put_fact("a/archived.json", 2).await.unwrap();
    assert_eq!((second.is_new(), second.into_inner()), (false, 1));
}

#[tokio::test]
async fn a_fact_whose_answer_was_lost_counts_as_there() {
    let s3 = MemoryS3::default();
    s3.fail(Fault {
        answer_lost: true,
        ..FAULT
    });
    assert_eq!(
        s3.store().put_fact("a", 7).await.unwrap(),
        Fact::AlreadyThere(7)
    );
    assert_eq!(s3.count("PutObject"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_meets_another_is_tried_again() {
    let s3 = MemoryS3::default();
    let conflict = Fault {
        status: 409,
        code: "ConditionalRequestConflict",
        ..FAULT
    };
    s3.fail(Fault {
        times: 2,
        ..conflict.clone()
    });
    assert_eq!(s3.store().put_fact("a", 7).await.unwrap(), Fact::Written(7));
    s3.fail(Fault {
        times: usize::MAX,
        ..conflict
    });
    let error = s3.store().put_fact("b", 7).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.decision()),
        (&StoreErrorKind::Conflict, Decision::Retry)
    );
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    for (status, code, decision) in [
        (503, "SlowDown", Decision::Retry),
        (500, "InternalError", Decision::Retry),
        (400, "RequestTimeout", Decision::Retry),
        (403, "AccessDenied", Decision::CallSomeone),
        (404, "NoSuchBucket", Decision::CallSomeone),
        (400, "InvalidRequest", Decision::CallSomeone),
    ] {
        let s3 = MemoryS3::default();
        s3.fail(Fault {
            times: 9,
            status,
            code,
            ..FAULT
        });
        let error = s3.store().put_fact("a", 1).await.unwrap_err();
        assert_eq!(error.decision(), decision, "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn a_fact_of_another_shape_is_an_error_and_not_overwritten() {
    let s3 = MemoryS3::default();
    s3.store().put_json("a", &"text").await.unwrap();
    let error = s3.store().put_fact("a", 1).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.decision()),
        (&StoreErrorKind::Json, Decision::GiveUp)
    );
    assert_eq!(s3.bytes("a"), b"\"text\"\n");
}

#[tokio::test]
async fn a_cursor_moves_only_for_the_reader_of_its_latest_version() {
    let store = MemoryS3::default().store();
    assert_eq!(store.read_cursor::<u32>("c").await.unwrap(), None);
    let CursorWrite::Written(first) = store.write_cursor("c", &1, None).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        store.write_cursor("c", &9, None).await.unwrap(),
        CursorWrite::Lost
    );
    let CursorWrite::Written(second) = store.write_cursor("c", &2, Some(&first)).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(
        store.write_cursor("c", &9, Some(&first)).await.unwrap(),
        CursorWrite::Lost
    );
    assert_eq!(
        store.read_cursor("c").await.unwrap(),
        Some(Versioned {
            value: 2,
            etag: second.clone()
        })
    );
    assert_eq!(
        store.write_cursor("gone", &9, Some(&second)).await.unwrap(),
        CursorWrite::Lost
    );
}

#[tokio::test]
async fn a_cursor_that_cannot_be_read_is_not_taken_for_none() {
    let store = MemoryS3::default().store();
    store.put_json("c", &"text").await.unwrap();
    assert_eq!(
        store.read_cursor::<u32>("c").await.unwrap_err().kind(),
        &StoreErrorKind::Json
    );
}

#[tokio::test]
async fn a_read_is_bounded() {
    let store = MemoryS3::default().store();
    store.put_json("a", &"0123456789").await.unwrap();
    assert_eq!(
        store.get_bounded("a", 13).await.unwrap().unwrap(),
        b"\"0123456789\"\n"
    );
    let error = store.get_bounded("a", 12).await.unwrap_err();
    assert_eq!(
        error.kind(),
        &StoreErrorKind::TooLarge { size: 13, max: 12 }
    );
    assert_eq!(store.get_bounded("b", 12).await.unwrap(), None);
    assert_eq!(
        store.read_json::<String>("a").await.unwrap().unwrap(),
        "0123456789"
    );
}

#[tokio::test]
async fn what_is_held_is_known_by_its_keys() {
    let store = MemoryS3::default().store();
    for key in ["a/1", "a/2", "a/3", "a/4", "a/5", "b/1"] {
        store.put_json(key, &0).await.unwrap();
    }
    assert_eq!(
        store.list_keys("a/").await.unwrap(),
        ["a/1", "a/2", "a/3", "a/4", "a/5"]
    );
    assert_eq!(store.list_keys("c/").await.unwrap(), Vec::<String>::new());
    assert!(store.exists("b/1").await.unwrap() && !store.exists("b/2").await.unwrap());
}

#[tokio::test]
async fn a_listing_comes_page_by_page_and_counts_its_calls() {
    let s3 = MemoryS3::default();
    for key in ["a/1", "a/2", "a/3", "b/1"] {
        s3.store().put_json(key, &1).await.unwrap();
    }
    let mut listing = s3.store().listing("a/");
    let mut pages = Vec::new();
    while let Some(page) = listing.next_page().await.unwrap() {
        pages.push(page.into_iter().map(|l| l.key).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec!["a/1", "a/2"], vec!["a/3"]]);
    assert_eq!(listing.calls(), 2);
    assert_eq!(listing.next_page().await.unwrap(), None);
}

#[tokio::test]
async fn a_marker_that_is_there_already_is_as_good_as_written() {
    let s3 = MemoryS3::default();
    s3.store().put_marker("m").await.unwrap();
    s3.store().put_marker("m").await.unwrap();
    assert_eq!(s3.bytes("m"), b"");
    let denied = Fault {
        status: 403,
        code: "AccessDenied",
        ..FAULT
    };
    s3.fail(denied);
    let error = s3.store().put_marker("n").await.unwrap_err();
    assert_eq!(error.decision(), Decision::CallSomeone);
}
