use std::time::{Duration, Instant};

use wiremock::ResponseTemplate;

use crate::stand::{LYCEE, Process, Stand, failed, works};

#[tokio::test]
async fn a_429_slows_every_process_down_and_does_not_open_the_breaker() {
    let stand = Stand::new().await;
    let (one, other) = (stand.process(), stand.process());
    stand.portal(|_| ResponseTemplate::new(429).insert_header("retry-after", "0"));
    for _ in 0..5 {
        assert!(failed(&one.search(LYCEE).await));
        stand.pass(60);
    }
    assert!(!stand.is_open("portal"));
    let rate = stand.breaker("portal").unwrap().rate.unwrap();
    assert_eq!(
        rate.calls_per_minute, 187,
        "6000 a minute, halved five times"
    );
    stand.portal(works);
    // Three calls go at once, and then one in 320 milliseconds.
    let slow = time_for_seven(&other).await;
    assert!(slow > 1.2, "{slow} s for seven calls");
    stand.pass(24 * 3_600);
    let fast = time_for_seven(&other).await;
    assert!(
        fast < 1.2,
        "{fast} s for seven calls: the rate has come back"
    );
}

async fn time_for_seven(process: &Process) -> f64 {
    // The first call takes the rate over, and has its own wait behind it.
    process.search(LYCEE).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    for _ in 0..7 {
        process.search(LYCEE).await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}
