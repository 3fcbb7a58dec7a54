//! Codex itself, attached by its hooks, with a stub for a model.

use pilothouse_tests::{Agent, Codex, InProcess, LAST_WORD, Model, Watcher, hint, until};
use serde_json::{Value, json};

/// The channel of the one session there is.
async fn channel(relay: &InProcess) -> (Agent, String) {
    let list = Agent::person(&relay.url(), "", "ada");
    let id = until("the session to be a channel", || async {
        let channels = list.channels().await;
        let mut of_codex = channels
            .iter()
            .filter(|channel| channel["session"]["agent"] == "codex");
        Some(of_codex.next()?["id"].as_str()?.to_owned())
    });
    let id = id.await;
    (Agent::person(&relay.url(), &id, "ada"), id)
}

/// The bodies of this type, in their order.
fn bodies<'a>(events: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let bodies = events.iter().map(|event| &event["body"]);
    bodies.filter(move |body| body["type"] == kind)
}

async fn open_request(person: &Agent) -> String {
    until("a permission to be asked", || async {
        let events = person.events(0, 0).await;
        let asked = bodies(&events, "permission_requested").next()?;
        Some(asked["request"].as_str()?.to_owned())
    })
    .await
}

#[tokio::test]
async fn a_session_is_a_channel_and_a_hint_reaches_the_models_next_request() {
    let relay = InProcess::start().await;
    let model = Model::start("exec_command", &json!({"cmd": "echo hello"})).await;
    let codex = Codex::new(&model);
    codex.attach(&relay.url()).await;
    let doctor = ["doctor", "codex", "--url", &relay.url()];
    let doctor = codex.home().run(&doctor, "").await;
    assert!(doctor.status.success(), "trusted: {}", doctor.stdout);
    let working = async {
        model.until_asked().await;
        let (ada, _) = channel(&relay).await;
        ada.publish(&hint("greet in French")).await;
        model.let_go();
        ada
    };
    let (done, ada) = tokio::join!(codex.exec("please say hello"), working);
    assert!(done.status.success(), "{}", done.stderr);
    assert!(done.stdout.contains(LAST_WORD), "{}", done.stdout);

    let requests = model.requests();
    assert!(!requests[0].contains("greet in French"));
    assert!(requests[1].contains("greet in French"), "{}", requests[1]);
    assert!(requests[1].contains("ada"), "who said it: {}", requests[1]);

    let events = ada.events(0, 0).await;
    let said: Vec<_> = bodies(&events, "message")
        .map(|body| {
            (
                body["role"].as_str().unwrap(),
                body["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(said.contains(&("user", "please say hello")), "{said:?}");
    assert!(said.contains(&("assistant", LAST_WORD)), "{said:?}");
    let started = bodies(&events, "tool_started").next().unwrap();
    assert_eq!(started["input"]["command"], "echo hello");
    let finished = bodies(&events, "tool_finished").next().unwrap();
    assert_eq!(
        (&finished["call"], &finished["ok"]),
        (&started["call"], &json!(true))
    );
    let delivered: Vec<_> = bodies(&events, "hint_delivered").collect();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0]["via"], "PostToolUse");
    assert_eq!(bodies(&events, "hint_acknowledged").count(), 1);
    assert_eq!(bodies(&events, "session_ended").count(), 1);
}

/// A turn in which the model wants to write where it may not, and somebody watches who answers, unless the
/// answer is null; what the model was told, and what its own user was asked.
async fn asks(relay: &InProcess, resolution: &Value) -> (String, Vec<Value>, Codex) {
    let command = json!({
        "cmd": "echo written > ../written", "sandbox_permissions": "require_escalated",
        "justification": "May I write outside of the project?",
    });
    let model = Model::start("exec_command", &command).await;
    let codex = Codex::new(&model);
    codex.attach(&relay.url()).await;
    let mut server = codex.app_server().await;
    let cwd = codex.home().path("project");
    let answering = async {
        let (ada, id) = channel(relay).await;
        // Codex waits only while somebody is there.
        let watching = match resolution.is_null() {
            true => None,
            false => Some(Watcher::connect(&relay.url(), &id, "ada").await),
        };
        model.let_go();
        if watching.is_some() {
            let request = open_request(&ada).await;
            let _ = ada.resolve(&request, resolution).await.ok();
        }
    };
    tokio::join!(server.turn(&cwd, "write a file"), answering);
    let asked = std::mem::take(&mut server.asked);
    server.close().await;
    (model.requests().pop().unwrap(), asked, codex)
}

#[tokio::test]
async fn a_permission_that_a_person_gives_is_not_asked_in_the_terminal() {
    let relay = InProcess::start().await;
    let (_, asked, codex) = asks(&relay, &json!({"outcome": "allowed"})).await;
    assert_eq!(asked, Vec::<Value>::new());
    assert_eq!(codex.home().read("written").as_deref(), Some("written\n"));
}

#[tokio::test]
async fn a_permission_that_a_person_denies_is_denied_and_the_model_is_told_why() {
    let relay = InProcess::start().await;
    let denied = json!({"outcome": "denied", "message": "not in this house"});
    let (told, asked, codex) = asks(&relay, &denied).await;
    assert_eq!(asked, Vec::<Value>::new());
    assert!(told.contains("not in this house"), "{told}");
    assert_eq!(codex.home().read("written"), None);
}

#[tokio::test]
async fn when_nobody_watches_the_terminal_asks_at_once() {
    let relay = InProcess::start().await;
    let (_, asked, codex) = asks(&relay, &Value::Null).await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["method"], "item/commandExecution/requestApproval");
    assert_eq!(codex.home().read("written"), None, "its user declined");
}

#[tokio::test]
async fn without_a_relay_codex_works_as_ever() {
    let model = Model::start("exec_command", &json!({"cmd": "echo hello"})).await;
    model.let_go();
    let codex = Codex::new(&model);
    codex.attach("http://127.0.0.1:1").await;
    let done = codex.exec("please say hello").await;
    assert!(done.status.success(), "{}", done.stderr);
    assert!(done.stdout.contains(LAST_WORD), "{}", done.stdout);
    assert!(!done.stderr.contains("Failed"), "{}", done.stderr);
}
