use crate::stand::{HOSPITAL, LYCEE, Process, Stand, closed, failed, refused, status, works};
use archive::memory_s3::Fault;
use wiremock::Request;

#[tokio::test]
async fn three_failures_in_a_row_stop_every_process_until_a_trial() {
    let stand = Stand::new().await;
    let (one, other) = (stand.process(), stand.process());
    stand.portal(status(503));
    for _ in 0..2 {
        assert!(failed(&one.search(LYCEE).await));
    }
    assert!(!stand.is_open("portal"));
    assert!(failed(&one.search(HOSPITAL).await));
    assert!(stand.is_open("portal"));
    let calls = stand.calls();
    assert!(closed(&one.search(LYCEE).await));
    assert!(closed(&other.search(HOSPITAL).await));
    assert_eq!(stand.calls(), calls, "nobody calls while it is open");
}

#[tokio::test]
async fn nothing_is_written_while_all_is_well() {
    let stand = Stand::new().await;
    let process = stand.process();
    for _ in 0..5 {
        process.search(LYCEE).await.unwrap();
    }
    assert_eq!(stand.s3.count("PutObject"), 0);
}

async fn open(stand: &Stand) {
    stand.portal(status(503));
    let process = stand.process();
    for _ in 0..3 {
        assert!(failed(&process.search(LYCEE).await));
    }
    assert!(stand.is_open("portal"));
}

#[tokio::test]
async fn one_process_of_all_makes_the_trial_and_its_success_closes_the_breaker_for_all() {
    let stand = Stand::new().await;
    open(&stand).await;
    let (one, other) = (stand.process(), stand.process());
    stand.pass(59);
    assert!(closed(&one.search(LYCEE).await));
    stand.pass(1);
    let establishment = one.establishment(LYCEE);
    one.portal
        .admit(establishment, portal::Use::List)
        .await
        .unwrap();
    assert!(closed(&other.search(LYCEE).await), "the trial is claimed");
    stand.portal(works);
    one.ask(LYCEE, None).await.unwrap();
    assert!(!stand.is_open("portal"));
    other.search(HOSPITAL).await.unwrap();
}

#[tokio::test]
async fn two_processes_that_claim_at_the_same_moment_are_told_apart() {
    let stand = Stand::new().await;
    open(&stand).await;
    let (one, other) = (stand.process(), stand.process());
    for process in [&one, &other] {
        let look = process
            .portal
            .look(process.establishment(LYCEE), portal::Use::List);
        look.await.unwrap_err();
    }
    stand.pass(60);
    // Both still hold what they read before the trial was due, under the same version.
    let admitted = async |process: &Process| {
        let establishment = process.establishment(LYCEE);
        let admitted = process.portal.admit(establishment, portal::Use::List);
        admitted.await.is_ok()
    };
    assert_eq!(
        (admitted(&one).await, admitted(&other).await),
        (true, false)
    );
}

#[tokio::test]
async fn each_failed_trial_doubles_the_wait() {
    let stand = Stand::new().await;
    open(&stand).await;
    let process = stand.process();
    for minutes in [1, 2, 4, 8, 15, 15] {
        stand.pass(minutes * 60 - 1);
        assert!(closed(&process.search(LYCEE).await), "{minutes} minutes");
        stand.pass(1);
        assert!(failed(&process.search(LYCEE).await), "{minutes} minutes");
    }
}

#[tokio::test]
async fn a_trial_without_a_result_is_given_to_the_next_one() {
    let stand = Stand::new().await;
    open(&stand).await;
    stand.pass(60);
    let died = stand.process();
    let establishment = died.establishment(LYCEE);
    died.portal
        .admit(establishment, portal::Use::List)
        .await
        .unwrap();
    let next = stand.process();
    assert!(closed(&next.search(LYCEE).await));
    stand.pass(60);
    stand.portal(works);
    next.search(LYCEE).await.unwrap();
}

#[tokio::test]
async fn one_invoice_that_always_fails_stops_nobody() {
    let stand = Stand::new().await;
    let process = stand.process();
    stand.portal(status(500));
    for _ in 0..9 {
        assert!(failed(&process.history(LYCEE, 7).await));
    }
    assert!(!stand.is_open("portal"));
    assert!(failed(&process.history(LYCEE, 8).await));
    assert!(
        stand.is_open("portal"),
        "two invoices have nothing in common but the portal"
    );
}

#[tokio::test]
async fn a_refused_account_stops_its_own_establishment_at_once() {
    let stand = Stand::new().await;
    let process = stand.process();
    let of_lycee = |request: &Request| {
        let account = request
            .headers
            .get("cpro-account")
            .unwrap()
            .to_str()
            .unwrap();
        // base64 of "lycee:secret"
        account == "bHljZWU6c2VjcmV0"
    };
    stand.portal(move |request| {
        if of_lycee(request) {
            refused(request)
        } else {
            works(request)
        }
    });
    assert!(failed(&process.history(LYCEE, 1).await));
    assert!(stand.is_open(LYCEE) && !stand.is_open("portal"));
    assert!(closed(&process.search(LYCEE).await));
    process.search(HOSPITAL).await.unwrap();
    // An hour between trials at most, for a person must act.
    let mut minutes = 0;
    for _ in 0..8 {
        while closed(&process.search(LYCEE).await) {
            stand.pass(60);
            minutes += 1;
        }
    }
    assert_eq!(minutes, 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60);
    stand.portal(works);
    stand.pass(3_600);
    process.search(LYCEE).await.unwrap();
    assert!(!stand.is_open(LYCEE));
}

#[tokio::test]
async fn an_unexplained_403_of_one_invoice_stops_nobody_and_of_several_its_establishment() {
    let stand = Stand::new().await;
    let process = stand.process();
    stand.portal(status(403));
    for _ in 0..5 {
        assert!(failed(&process.history(LYCEE, 7).await));
    }
    assert!(!stand.is_open(LYCEE));
    assert!(failed(&process.history(LYCEE, 8).await));
    assert!(stand.is_open(LYCEE) && !stand.is_open("portal"));
}

#[tokio::test]
async fn credentials_that_piste_refuses_stop_everybody_at_once() {
    let stand = Stand::new().await;
    stand.piste_refuses();
    let process = stand.process();
    assert!(failed(&process.search(LYCEE).await));
    assert!(stand.is_open("portal"));
    assert!(closed(&process.search(HOSPITAL).await));
    assert_eq!(stand.calls(), 0);
}

#[tokio::test]
async fn trouble_with_the_bucket_never_stops_the_work() {
    let stand = Stand::new().await;
    for operation in ["GetObject", "PutObject"] {
        stand.s3.fail(Fault {
            operation,
            key: "",
            times: usize::MAX,
            status: 503,
            code: "SlowDown",
            answer_lost: false,
        });
    }
    let process = stand.process();
    process.search(LYCEE).await.unwrap();
    stand.portal(status(503));
    for _ in 0..3 {
        assert!(failed(&process.search(LYCEE).await));
    }
    assert!(closed(&process.search(LYCEE).await), "it knows by itself");
    stand.pass(60);
    stand.portal(works);
    process.search(LYCEE).await.unwrap();
    process.search(LYCEE).await.unwrap();
}

#[tokio::test]
async fn an_object_that_cannot_be_read_never_stops_the_work() {
    let stand = Stand::new().await;
    let store = stand.s3.store();
    for key in ["breakers/portal.json", "switches/00000000013456.json"] {
        store.put_json(key, &"scribble").await.unwrap();
    }
    stand.process().search(LYCEE).await.unwrap();
}

#[tokio::test]
async fn a_success_in_between_is_no_outage() {
    let stand = Stand::new().await;
    let process = stand.process();
    for _ in 0..3 {
        stand.portal(status(503));
        assert!(failed(&process.search(LYCEE).await));
        assert!(failed(&process.search(LYCEE).await));
        stand.portal(works);
        process.search(LYCEE).await.unwrap();
    }
    assert!(!stand.is_open("portal"));
}

#[tokio::test]
async fn downloads_that_are_down_hold_up_no_search_and_a_search_does_not_bring_them_back() {
    let stand = Stand::new().await;
    let process = stand.process();
    stand.portal(
        |request: &Request| match request.url.path().contains("telecharger") {
            true => wiremock::ResponseTemplate::new(503),
            false => works(request),
        },
    );
    for invoice in 0..3 {
        assert!(failed(&process.download(LYCEE, invoice).await));
        process.search(LYCEE).await.unwrap();
    }
    assert!(stand.is_open("portal"));
    assert!(closed(&process.download(HOSPITAL, 9).await));
    process.search(LYCEE).await.unwrap();
    assert!(closed(&process.download(HOSPITAL, 9).await));
    stand.pass(60);
    stand.portal(works);
    process.download(HOSPITAL, 9).await.unwrap();
    assert!(!stand.is_open("portal"));
}

#[tokio::test]
async fn a_download_that_breaks_off_in_the_middle_each_time_is_an_outage() {
    let stand = Stand::new().await;
    let process = stand.process();
    let cut = r#"{"codeRetour":0,"libelle":"","fichierResultat":"UEs"#;
    stand.portal(move |_| {
        wiremock::ResponseTemplate::new(200).set_body_raw(cut, "application/json")
    });
    for invoice in 0..3 {
        assert!(failed(&process.download(LYCEE, invoice).await));
    }
    assert!(stand.is_open("portal"));
}
