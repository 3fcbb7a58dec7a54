//! What fails on the way to an answer is told, tried again for a while, and loses nothing.

use pilothouse_tests::ModelStub;

use super::*;

#[tokio::test]
async fn an_endpoint_that_is_down_is_told_and_answers_once_it_is_up() {
    let mut scene = Scene::set().await;
    let address = scene.stub.stop().await;
    scene.says("Anybody?").await;
    // Mostly refused; a process that another test forks at this moment may hold the socket a little longer.
    scene.is_noticed("Trying again.").await;
    scene.stub = ModelStub::at(address).await;
    let call = scene.stub.call().await;
    assert_eq!(call.conversation(), ["user: Anybody?"]);
    call.answer("Here I am.").await;
    scene.hears("Here I am.").await;
}

#[tokio::test]
async fn a_refused_key_is_told_and_not_tried_again() {
    let mut scene = Scene::set().await;
    scene.says("Hello?").await;
    let call = scene.stub.call().await;
    call.refuse(
        "401 Unauthorized",
        "",
        r#"{"error":{"message":"no such key"}}"#,
    )
    .await;
    scene.is_noticed("PILOTHOUSE_API_KEY").await;
    scene.is_noticed("no such key").await;
    scene.ada.until("the agent to be idle", is_idle).await;
    assert!(scene.stub.is_idle());
    // Whoever writes again has everything answered.
    scene.says("And now?").await;
    let call = scene.stub.call().await;
    assert_eq!(call.conversation(), ["user: Hello?\n\nAnd now?"]);
    call.answer("Now it works.").await;
    scene.hears("Now it works.").await;
}

#[tokio::test]
async fn a_busy_a_garbled_and_a_cut_answer_are_asked_for_again() {
    let mut scene = Scene::set().await;
    scene.says("Hello?").await;
    let call = scene.stub.call().await;
    call.refuse("429 Too Many Requests", "Retry-After: 0\r\n", "slow down")
        .await;
    scene.is_noticed("slow down").await;

    let mut call = scene.stub.call().await;
    call.accept().await;
    call.send("{\"choices\": [").await;
    call.hung_up().await;

    let mut call = scene.stub.call().await;
    call.accept().await;
    call.say("Hel").await;
    scene.streams(Some("Hel")).await;
    drop(call);

    let mut call = scene.stub.call().await;
    assert_eq!(call.conversation(), ["user: Hello?"]);
    call.accept().await;
    call.say("Hi").await;
    scene.streams(Some("Hi")).await;
    call.finish(1, 1).await;
    scene.hears("Hi").await;
    let mut notices = scene.ada.seen().events.iter().filter(|event| {
        let body = serde_json::to_value(&event.body).unwrap();
        body["role"] == "system"
    });
    assert_eq!(
        notices.by_ref().count(),
        1,
        "one notice for all that was tried"
    );
}

#[tokio::test]
async fn a_relay_that_is_killed_in_the_middle_of_an_answer_gets_it_when_it_is_back() {
    let mut scene = Scene::set().await;
    scene.says("Hello?").await;
    let mut call = scene.stub.call().await;
    call.accept().await;
    call.say("I am ").await;
    scene.streams(Some("I am ")).await;
    scene.relay.kill().await;
    call.say("still ").await;
    scene.relay.restart().await;
    // Signals go with the relay: whoever streams tells it all of it again.
    scene.streams(Some("I am still ")).await;
    call.say("here.").await;
    call.finish(1, 1).await;
    scene.hears("I am still here.").await;
    scene.ada.until("the agent to be idle", is_idle).await;
    scene.says("Good.").await;
    scene.stub.call().await.answer("Indeed.").await;
    scene.hears("Indeed.").await;
}

#[tokio::test]
async fn an_answer_that_ends_while_the_relay_is_away_is_stored_once_it_is_back() {
    let mut scene = Scene::set().await;
    scene.says("Hello?").await;
    let mut call = scene.stub.call().await;
    call.accept().await;
    scene.relay.kill().await;
    call.say("All of it.").await;
    call.finish(1, 1).await;
    scene.relay.restart().await;
    scene.hears("All of it.").await;
    let answers = |replica: &Replica| answers(replica).len();
    scene
        .ada
        .until("one answer", |replica| answers(replica) == 1)
        .await;
}
