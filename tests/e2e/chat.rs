//! A model behind an endpoint answers, is stopped, steered and restarted. The model is a stub.

mod faults;

use pilothouse_shared::{HintState, Replica, Role};
use pilothouse_tests::{Agent, ModelStub, Process, Running, Watcher, hint};
use serde_json::{Value, json};

/// A relay, a stub, an agent that uses it, and a person.
struct Scene {
    relay: Process,
    stub: ModelStub,
    chat: Running,
    ada: Watcher,
}

impl Scene {
    async fn set() -> Self {
        let relay = Process::start().await;
        let stub = ModelStub::start().await;
        Agent::person(&relay.url(), "room", "ada").create().await;
        let mut ada = Watcher::connect(&relay.url(), "room", "ada").await;
        let chat = start(&relay, &stub);
        ada.until("a session", |replica| replica.snapshot().session.is_some())
            .await;
        Self {
            relay,
            stub,
            chat,
            ada,
        }
    }

    async fn says(&mut self, text: &str) -> String {
        let message = json!({"type": "message", "role": "user", "text": text});
        self.ada.publish_surely(&message).await.to_string()
    }

    async fn hears(&mut self, text: &str) {
        self.ada
            .until(&format!("`{text}`"), |replica| {
                answers(replica).contains(&text)
            })
            .await;
    }

    /// Waits until somebody has been told something like this.
    async fn is_noticed(&mut self, text: &str) {
        let is_notice = |replica: &Replica| {
            let mut messages = replica.snapshot().messages.iter();
            messages.any(|entry| entry.role == Role::System && entry.text.contains(text))
        };
        self.ada
            .until(&format!("a notice of `{text}`"), is_notice)
            .await;
    }

    /// Waits until exactly this is streaming; with `None`, until nothing is.
    async fn streams(&mut self, text: Option<&str>) {
        let is_it = |replica: &Replica| stream(replica) == text.map(Value::from);
        self.ada.until(&format!("the stream {text:?}"), is_it).await;
    }
}

fn start(relay: &Process, stub: &ModelStub) -> Running {
    let (url, base_url) = (relay.url(), stub.base_url());
    let arguments = [
        "chat",
        "room",
        "--url",
        &url,
        "--base-url",
        &base_url,
        "--model",
        "stub",
    ];
    Running::start(&arguments, &[("PILOTHOUSE_API_KEY", "secret")])
}

fn answers(replica: &Replica) -> Vec<&str> {
    let messages = replica.snapshot().messages.iter();
    let answers = messages.filter(|entry| entry.role == Role::Assistant);
    answers.map(|entry| entry.text.as_str()).collect()
}

fn stream(replica: &Replica) -> Option<Value> {
    let mut signals = replica.signals();
    let (_, value) = signals.find(|(key, _)| key.strip("tokens/").is_some())?;
    Some(value.clone())
}

fn is_idle(replica: &Replica) -> bool {
    let activity = "activity/chat-stub".parse().unwrap();
    replica.snapshot().operation.is_none() && replica.signal(&activity).is_none()
}

#[tokio::test]
async fn an_answer_is_shown_token_by_token_and_recorded_with_its_cost() {
    let mut scene = Scene::set().await;
    scene.says("Who are you?").await;
    let mut call = scene.stub.call().await;
    assert!(call.head.starts_with("POST /v1/chat/completions HTTP/1.1"));
    assert!(
        call.head
            .to_lowercase()
            .contains("authorization: bearer secret")
    );
    assert_eq!(call.body["model"], "stub");
    assert_eq!(call.body["stream"], true);
    assert_eq!(call.body["stream_options"]["include_usage"], true);
    assert_eq!(call.conversation(), ["user: Who are you?"]);
    let is_busy = |replica: &Replica| !is_idle(replica);
    scene.ada.until("the agent to be busy", is_busy).await;

    call.accept().await;
    call.say("A stu").await;
    scene.streams(Some("A stu")).await;
    call.say("b.").await;
    scene.streams(Some("A stub.")).await;
    call.finish(12, 3).await;
    scene.hears("A stub.").await;
    scene.streams(None).await;
    scene.ada.until("the agent to be idle", is_idle).await;
    let is_counted = |replica: &Replica| {
        let usage = &replica.snapshot().usage;
        (usage.input_tokens, usage.output_tokens) == (12, 3)
            && usage.models.iter().any(|(name, _)| name == "stub-1")
    };
    scene.ada.until("the cost", is_counted).await;
}

#[tokio::test]
async fn who_cancels_is_obeyed_at_once_and_what_was_said_stays() {
    let mut scene = Scene::set().await;
    scene.says("Count to a million.").await;
    let mut call = scene.stub.call().await;
    call.accept().await;
    call.say("One, two").await;
    scene.streams(Some("One, two")).await;
    let cancel = scene
        .ada
        .publish_surely(&json!({"type": "cancel_requested"}))
        .await;
    call.hung_up().await;
    scene.hears("One, two\n\n[stopped by ada]").await;
    scene.streams(None).await;
    let is_settled = |replica: &Replica| {
        let mut hints = replica.snapshot().hints.iter();
        let entry = hints.find(|entry| entry.id == cancel).unwrap();
        is_idle(replica) && replica.snapshot().cancel_requested.is_none() && !entry.is_open()
    };
    scene
        .ada
        .until("the cancellation to be settled", is_settled)
        .await;

    scene.says("Count to three, then.").await;
    let call = scene.stub.call().await;
    let expected = [
        "user: Count to a million.",
        "assistant: One, two\n\n[stopped by ada]",
        "user: Count to three, then.",
    ];
    assert_eq!(call.conversation(), expected);
    call.answer("One, two, three.").await;
    scene.hears("One, two, three.").await;
}

#[tokio::test]
async fn a_cancellation_before_the_first_word_stops_the_request() {
    let mut scene = Scene::set().await;
    scene.says("Think long.").await;
    let call = scene.stub.call().await;
    scene
        .ada
        .publish(&json!({"type": "cancel_requested"}))
        .await;
    call.hung_up().await;
    scene.hears("[stopped by ada]").await;
}

#[tokio::test]
async fn a_hint_is_in_the_next_request_and_acknowledged_then() {
    let mut scene = Scene::set().await;
    let id = scene.ada.publish_surely(&hint("answer in rhyme")).await;
    let stands = |replica: &Replica| {
        let mut hints = replica.snapshot().hints.iter();
        hints.find(|entry| entry.id == id).map(|entry| entry.state)
    };
    let is_delivered = |replica: &Replica| stands(replica) == Some(HintState::Delivered);
    scene
        .ada
        .until("the hint to be delivered", is_delivered)
        .await;
    scene.says("Good morning").await;
    let call = scene.stub.call().await;
    let expected = ["user: (A hint from ada: answer in rhyme)\n\nGood morning"];
    assert_eq!(call.conversation(), expected);
    // Only an endpoint that has taken the request has been told.
    scene
        .ada
        .until("the hint to be delivered", is_delivered)
        .await;
    call.answer("No warning").await;
    scene.hears("No warning").await;
    let is_acknowledged = |replica: &Replica| stands(replica) == Some(HintState::Acknowledged);
    scene
        .ada
        .until("the hint to be acknowledged", is_acknowledged)
        .await;
}

#[tokio::test]
async fn what_is_written_while_an_answer_is_given_is_answered_next_and_together() {
    let mut scene = Scene::set().await;
    scene.says("one").await;
    let call = scene.stub.call().await;
    scene.says("two").await;
    scene.says("three").await;
    call.answer("1").await;
    scene.hears("1").await;
    let call = scene.stub.call().await;
    let conversation = call.conversation().join("\n");
    for word in ["one", "two", "three", "assistant: 1"] {
        assert!(conversation.contains(word), "{conversation}");
    }
    call.answer("2 and 3").await;
    scene.hears("2 and 3").await;
    scene.ada.until("the agent to be idle", is_idle).await;
    assert!(scene.stub.is_idle());
}

#[tokio::test]
async fn two_agents_answer_people_and_not_each_other() {
    let mut scene = Scene::set().await;
    let mut other = ModelStub::start().await;
    let (url, base_url) = (scene.relay.url(), other.base_url());
    let arguments = [
        "chat",
        "room",
        "--url",
        &url,
        "--base-url",
        &base_url,
        "--model",
        "other",
    ];
    let _second = Running::start(&arguments, &[]);
    let two_agents = |replica: &Replica| {
        let presence = replica.signal(&"presence".parse().unwrap());
        presence.is_some_and(|value| value["agents"] == 2)
    };
    scene.ada.until("two agents", two_agents).await;
    let is_other = |replica: &Replica| {
        let session = replica.snapshot().session.as_ref();
        session.is_some_and(|session| session.author.member.as_str() == "chat-other")
    };
    scene.ada.until("the second session", is_other).await;
    for round in ["first", "second"] {
        scene.says(&format!("{round} question")).await;
        let (one, two) = tokio::join!(scene.stub.call(), other.call());
        // The next request of each is about the next question, not about the other's answer.
        for call in [&one, &two] {
            let conversation = call.conversation();
            assert!(
                conversation.last().unwrap().contains(round),
                "{conversation:?}"
            );
        }
        one.answer(&format!("one's {round}")).await;
        two.answer(&format!("two's {round}")).await;
        scene.hears(&format!("one's {round}")).await;
        scene.hears(&format!("two's {round}")).await;
    }
}

#[tokio::test]
async fn an_agent_that_is_killed_and_started_again_goes_on_where_it_was() {
    let mut scene = Scene::set().await;
    scene.says("My name is Ada.").await;
    scene.stub.call().await.answer("Hello Ada.").await;
    scene.hears("Hello Ada.").await;
    scene.says("What is my name?").await;
    let mut call = scene.stub.call().await;
    call.accept().await;
    call.say("It is").await;
    scene.streams(Some("It is")).await;
    scene.chat.kill().await;
    drop(call);

    scene.chat = start(&scene.relay, &scene.stub);
    let call = scene.stub.call().await;
    let expected = [
        "user: My name is Ada.",
        "assistant: Hello Ada.",
        "user: What is my name?",
    ];
    assert_eq!(call.conversation(), expected);
    scene.streams(None).await;
    call.answer("It is Ada.").await;
    scene.hears("It is Ada.").await;
    let sessions: Vec<_> = scene
        .ada
        .seen()
        .events
        .iter()
        .filter_map(|event| {
            let body = serde_json::to_value(&event.body).unwrap();
            (body["type"] == "session_started")
                .then(|| (body["session"].clone(), body["source"].clone()))
        })
        .collect();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0].0, sessions[1].0);
    assert_eq!(
        (&sessions[0].1, &sessions[1].1),
        (&json!("startup"), &json!("resume"))
    );
}

#[tokio::test]
async fn an_agent_that_is_asked_to_end_says_so_and_keeps_what_it_has() {
    let mut scene = Scene::set().await;
    scene.says("Tell me a story.").await;
    let mut call = scene.stub.call().await;
    call.accept().await;
    call.say("Once upon").await;
    scene.streams(Some("Once upon")).await;
    assert!(scene.chat.terminate().await.success());
    call.hung_up().await;
    scene
        .hears("Once upon\n\n[stopped: the agent was ended]")
        .await;
    scene.streams(None).await;
    let has_ended = |replica: &Replica| {
        let session = replica.snapshot().session.as_ref();
        session.is_some_and(|session| session.ended.is_some())
    };
    scene.ada.until("the session to end", has_ended).await;
}
