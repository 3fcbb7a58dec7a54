//! An agent that is attached by its hooks alone is steered, and everybody sees how far that came. The agent
//! is a stand-in that calls the hooks in their order and obeys them.

use std::future::pending;

use pilothouse_shared::{HintState, Outcome, Replica, RequestEntry};
use pilothouse_tests::{Agent, Process, StandIn, Tool, Watcher, hint, until};
use serde_json::{Value, json};

const SESSION: &str = "7f3a9c21-5b1e-4c52-9c0e-2f8f3d1b6a90";

/// An agent that was told to do something, and a person who watches it.
async fn working() -> (Process, StandIn, Watcher) {
    let relay = Process::start().await;
    let mut agent = StandIn::start(&relay.url(), SESSION).await;
    agent.prompt("Fix the login test").await;
    let ana = Watcher::connect(&relay.url(), &agent.channel(), "Ana").await;
    (relay, agent, ana)
}

fn person(relay: &Process, agent: &StandIn) -> Agent {
    Agent::person(&relay.url(), &agent.channel(), "Ana")
}

fn ls() -> Value {
    json!({"command": "ls"})
}

fn hint_is(replica: &Replica, state: HintState, via: &str) -> bool {
    let hint = replica.snapshot().hints.last();
    hint.is_some_and(|hint| {
        let path = hint
            .delivered
            .as_ref()
            .map(|delivered| delivered.via.as_str());
        hint.state == state && path == Some(via)
    })
}

fn last(replica: &Replica) -> Option<&RequestEntry> {
    replica.snapshot().requests.last()
}

async fn ends_as(ana: &mut Watcher, outcome: Outcome) {
    let is_so = |replica: &Replica| {
        let resolution = last(replica).and_then(|entry| entry.resolution.as_ref());
        resolution.is_some_and(|resolution| resolution.outcome == outcome)
    };
    ana.until(&format!("the outcome {outcome:?}"), is_so).await;
}

/// Ana resolves what is asked next.
async fn resolves(person: &Agent, how: Value) {
    let open = until("a request", || async {
        let events = person.events(0, 0).await;
        let of_type = |event: &&Value| {
            let name = event["body"]["type"].as_str().unwrap_or_default();
            ["permission_requested", "question_asked"].contains(&name)
        };
        let asked = events.iter().rev().find(of_type)?;
        let request = asked["body"]["request"].as_str()?.to_owned();
        let outcome = person.outcome(&request, 0).await;
        outcome["resolution"].is_null().then_some(request)
    });
    let _ = person.resolve(&open.await, &how).await.ok();
}

#[tokio::test]
async fn a_hint_reaches_it_with_the_next_tool_and_its_turn_acknowledges_it() {
    let (_relay, mut agent, mut ana) = working().await;
    assert_eq!(agent.uses("Bash", ls()).await, Tool::Ran(ls()));
    ana.publish_surely(&hint("Use port 8421")).await;
    agent
        .hook("PostToolBatch", &json!({"tool_calls": []}))
        .await;
    assert_eq!(agent.read, ["Ana wrote in Pilothouse: Use port 8421"]);
    ana.until("the receipt", |replica| {
        hint_is(replica, HintState::Delivered, "PostToolBatch")
    })
    .await;
    assert!(agent.ends("It passes").await);
    ana.until("the end", |replica| {
        hint_is(replica, HintState::Acknowledged, "PostToolBatch")
    })
    .await;
    assert_eq!(agent.read.len(), 1, "once");
}

#[tokio::test]
async fn it_does_what_a_person_decides() {
    let (relay, mut agent, mut ana) = working().await;
    let person = person(&relay, &agent);
    let changed = json!({"command": "ls -l"});
    let table = [
        (json!({"outcome": "allowed"}), Tool::Ran(ls())),
        (
            json!({"outcome": "allowed", "updated_input": changed}),
            Tool::Ran(changed.clone()),
        ),
        (
            json!({"outcome": "denied", "message": "not now"}),
            Tool::Denied("Ana denied this in Pilothouse: not now".to_owned()),
        ),
    ];
    for (how, wanted) in table {
        let (became, ()) =
            tokio::join!(agent.asks("Bash", ls(), pending()), resolves(&person, how));
        assert_eq!(became, wanted);
    }
    ends_as(&mut ana, Outcome::Denied).await;
    assert!(agent.ends("Done").await);
    let nothing_runs = |replica: &Replica| replica.snapshot().tools.is_empty();
    ana.until("nothing to run any more", nothing_runs).await;
}

#[tokio::test]
async fn what_its_terminal_decides_first_ends_elsewhere() {
    let (relay, mut agent, mut ana) = working().await;
    let person = person(&relay, &agent);
    let is_asked = async || {
        until("the request", || async {
            (person.summary().await["n_open_requests"] == 1).then_some(())
        })
        .await;
    };
    let allowed = async {
        is_asked().await;
        true
    };
    assert_eq!(agent.asks("Bash", ls(), allowed).await, Tool::Ran(ls()));
    ends_as(&mut ana, Outcome::Elsewhere).await;
    let denied = async {
        is_asked().await;
        false
    };
    let no = Tool::Denied("the user said no".to_owned());
    assert_eq!(agent.asks("Bash", ls(), denied).await, no);
    // It is interrupted: no hook tells how that ended.
    ends_as(&mut ana, Outcome::Withdrawn).await;
}

#[tokio::test]
async fn its_question_is_answered_while_the_terminal_is_silent() {
    let (relay, mut agent, _ana) = working().await;
    let person = person(&relay, &agent);
    let options = json!([{"label": "8420"}, {"label": "8421"}]);
    let question = json!({"questions": [{"question": "Which port?", "options": options}]});
    let answer = json!({"outcome": "answered", "answer": "8421"});
    let asking = agent.asks("AskUserQuestion", question.clone(), pending());
    let (became, ()) = tokio::join!(asking, resolves(&person, answer));
    let mut answered = question;
    answered["answers"] = json!({"Which port?": "8421"});
    assert_eq!(became, Tool::Ran(answered));
}

#[tokio::test]
async fn a_relay_that_is_killed_holds_nothing_up_and_goes_on_where_it_was() {
    let (mut relay, mut agent, mut ana) = working().await;
    let person = person(&relay, &agent);
    ana.publish_surely(&hint("Before the end")).await;
    drop(ana);
    let asked = async {
        until("the request", || async {
            (person.summary().await["n_open_requests"] == 1).then_some(())
        })
        .await;
        relay.kill().await;
        true
    };
    // What was said came with the tool; then the terminal asks alone.
    assert_eq!(agent.asks("Bash", ls(), asked).await, Tool::Ran(ls()));
    assert_eq!(agent.read, ["Ana wrote in Pilothouse: Before the end"]);
    assert_eq!(
        agent.uses("Bash", ls()).await,
        Tool::Ran(ls()),
        "nobody listens, nothing waits"
    );
    assert!(agent.ends("Done").await);

    relay.restart().await;
    let mut ana = Watcher::connect(&relay.url(), &agent.channel(), "Ana").await;
    ana.publish_surely(&hint("After it")).await;
    agent.prompt("Go on").await;
    assert_eq!(
        agent.read.last().unwrap(),
        "Ana wrote in Pilothouse: After it"
    );
    ends_as(&mut ana, Outcome::Elsewhere).await;
    let sessions = person.events(0, 0).await;
    let starts = sessions
        .iter()
        .filter(|event| event["body"]["type"] == "session_started");
    assert_eq!(starts.count(), 1, "it is the same session");
}

#[tokio::test]
async fn it_goes_on_at_the_end_of_its_turn_for_as_long_as_it_may() {
    let (_relay, mut agent, mut ana) = working().await;
    for n in 0..9 {
        ana.publish_surely(&hint(&format!("Also {n}"))).await;
        let may_end = agent.ends("Done").await;
        assert_eq!(may_end, n == 8, "{n}");
        if !may_end {
            assert_eq!(
                agent.read.last().unwrap(),
                &format!("Ana wrote in Pilothouse: Also {n}")
            );
            ana.until("the receipt", |replica| {
                hint_is(replica, HintState::Delivered, "Stop")
            })
            .await;
        }
    }
    agent.prompt("Next").await;
    assert_eq!(
        agent.read.last().unwrap(),
        "Ana wrote in Pilothouse: Also 8"
    );
}

#[tokio::test]
async fn it_stops_when_a_person_cancels() {
    let (_relay, mut agent, mut ana) = working().await;
    assert_eq!(agent.uses("Bash", ls()).await, Tool::Ran(ls()));
    ana.publish_surely(&json!({"type": "cancel_requested"}))
        .await;
    let stopped = "Ana asked in Pilothouse to stop what is being done";
    assert_eq!(
        agent.uses("Bash", ls()).await,
        Tool::Stopped(stopped.to_owned())
    );
    let is_over = |replica: &Replica| {
        replica.snapshot().operation.is_none()
            && hint_is(replica, HintState::Delivered, "PreToolUse")
    };
    ana.until("the end of the operation", is_over).await;
    agent.prompt("Something else").await;
    assert_eq!(
        agent.uses("Bash", ls()).await,
        Tool::Ran(ls()),
        "it is over and done"
    );
}
