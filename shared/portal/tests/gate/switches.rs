use portal::{Switches, Use};

use crate::stand::{HOSPITAL, LYCEE, Stand, closed};

#[tokio::test]
async fn a_switch_is_honoured_within_a_minute_for_its_establishment_only() {
    let stand = Stand::new().await;
    let process = stand.process();
    process.search(LYCEE).await.unwrap();
    let off = Switches {
        fetch: false,
        by: "jeanne".to_owned(),
        why: "reprise de données".to_owned(),
        at: Some(stand.now()),
        ..Switches::default()
    };
    let store = stand.s3.store();
    store
        .put_json("switches/00000000013456.json", &off)
        .await
        .unwrap();
    // In the middle of one long invocation, too.
    stand.pass(20);
    let result = process.ask(LYCEE, None).await;
    assert!(closed(&result), "{result:?}");
    process.ask(HOSPITAL, None).await.unwrap();
    let establishment = process.establishment(LYCEE);
    process.portal.look(establishment, Use::Push).await.unwrap();
    let said = process
        .portal
        .look(establishment, Use::Fetch)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("jeanne: reprise de données") && said.contains("`fetch`"),
        "{said}"
    );

    let on = Switches::default();
    store
        .put_json("switches/00000000013456.json", &on)
        .await
        .unwrap();
    stand.pass(20);
    process.ask(LYCEE, None).await.unwrap();
}

#[tokio::test]
async fn the_configuration_can_turn_off_what_the_bucket_leaves_on() {
    let stand = Stand::new().await;
    let process = stand.process();
    let mut establishment = process.establishment(LYCEE).clone();
    establishment.push = false;
    let closed = process
        .portal
        .look(&establishment, Use::Push)
        .await
        .unwrap_err();
    assert!(
        closed.to_string().contains("in the configuration"),
        "{closed}"
    );
}
