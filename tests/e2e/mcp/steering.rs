//! Hints ride on results with true receipts; people answer what agents ask.

use pilothouse_tests::{Agent, InProcess, Peer};
use serde_json::{Value, json};

use super::{Person, id};

/// The hint as the channel knows it, once it has come this far.
async fn reaches(person: &Person, kind: &str) -> Value {
    person.event(kind).await
}

#[tokio::test]
async fn a_hint_rides_on_the_next_result_and_its_receipts_are_true() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        client
            .call("report", json!({"operation": "testing"}))
            .await
            .ok();
        let hint = ada.hint("use \"staging\"").await;
        let said = client.call("report", json!({"progress": 0.5})).await;
        assert_eq!(said.texts.len(), 2, "{peer:?} {said:?}");
        assert!(
            said.texts[1].contains("ada wrote in Pilothouse: use \"staging\""),
            "{said:?}"
        );
        assert!(
            said.texts[1].contains(&format!("(hint {hint})")),
            "{said:?}"
        );
        let delivered = reaches(&ada, "hint_delivered").await;
        assert_eq!(delivered["body"]["hint"], hint.as_str());
        assert_eq!(delivered["body"]["via"], "mcp", "{peer:?}");
        assert_eq!(delivered["author"]["name"], "Tester");
        let next = client.call("report", json!({"progress": 0.6})).await;
        assert_eq!(next.texts.len(), 1, "a hint is handed over once: {next:?}");
        let acknowledge = json!({"hint": hint, "note": "done"});
        client.call("acknowledge_hint", acknowledge).await.ok();
        let acknowledged = reaches(&ada, "hint_acknowledged").await;
        assert_eq!(acknowledged["body"]["note"], "done");
        let again = client.call("acknowledge_hint", json!({"hint": hint})).await;
        assert!(again.err().contains("somebody else was first"), "{again:?}");
    }
}

#[tokio::test]
async fn an_agent_that_waits_gets_a_hint_the_moment_it_is_given() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        let call = client.begin("wait_for_hint", json!({"seconds": 300})).await;
        assert_eq!(client.progress(call).await, "waiting for a hint");
        let _ = ada.hint("go on").await;
        let said = client.end(call).await;
        assert!(said.ok().contains("go on"), "{peer:?} {said:?}");
        assert_eq!(reaches(&ada, "hint_delivered").await["body"]["via"], "mcp");
    }
}

#[tokio::test]
async fn a_request_to_stop_reaches_the_agent_as_a_hint() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::EACH_WAY.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        client
            .call("report", json!({"operation": "testing"}))
            .await
            .ok();
        ada.0.publish(&json!({"type": "cancel_requested"})).await;
        let said = client.call("report", json!({"progress": 0.5})).await;
        assert!(
            said.texts[1].contains("asked in Pilothouse to stop"),
            "{peer:?} {said:?}"
        );
    }
}

/// What Claude Code's `--permission-prompt-tool` sends and reads.
#[tokio::test]
async fn a_permission_prompt_is_answered_from_the_dashboard() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let client = peer.attach(&relay.url(), "Tester", "room").await;
        for (way, resolution, expected) in [
            (
                "allowed",
                json!({"outcome": "allowed", "updated_input": {"command": "rm -i x"}}),
                json!({"behavior": "allow", "updatedInput": {"command": "rm -i x"}}),
            ),
            (
                "denied",
                json!({"outcome": "denied", "message": "not on a Friday"}),
                json!({"behavior": "deny", "message": "not on a Friday"}),
            ),
        ] {
            let channel = format!("{way}-{n}");
            let ada = Person::new(&relay.url(), &channel);
            let hint = ada.hint("this does not belong into an answer").await;
            let ask = json!({
                "tool_name": "Bash", "input": {"command": "rm x"}, "tool_use_id": "toolu_1",
                "channel": channel,
                "of_a_later_version": true,
            });
            let call = client.begin("ask_permission", ask).await;
            let asked = ada.asked("permission_requested").await;
            assert_eq!(asked["tool"], "Bash");
            assert_eq!(asked["input"], json!({"command": "rm x"}));
            assert_eq!((id(&asked), &asked["waits"]), ("toolu_1", &json!(true)));
            assert_eq!(client.progress(call).await, "waiting for a person");
            let _ = ada.0.resolve(id(&asked), &resolution).await.ok();
            let said = client.end(call).await;
            assert_eq!(said.texts.len(), 1, "a program reads this: {said:?}");
            assert_eq!(said.json(), expected, "{peer:?}");
            let told = client
                .call("check_hints", json!({"channel": channel}))
                .await;
            assert!(told.ok().contains(&hint), "{told:?}");
        }
    }
}

/// The id of a call was believed: what was allowed under it once was answered with any other input.
#[tokio::test]
async fn what_was_allowed_under_an_id_allows_nothing_else_under_it() {
    let relay = InProcess::start().await;
    let ada = Person::new(&relay.url(), "room");
    let ask = |command| {
        let input = json!({"command": command});
        json!({"tool_name": "Bash", "input": input, "tool_use_id": "1"})
    };
    let client = Peer::ALL[0].attach(&relay.url(), "Tester", "room").await;
    for (command, outcome) in [("ls", "allowed"), ("rm -rf .", "denied")] {
        let call = client.begin("ask_permission", ask(command)).await;
        let is_meant = |body: &Value| body["input"]["command"] == command;
        let asked = ada.event_with("permission_requested", is_meant).await;
        let resolution = json!({ "outcome": outcome });
        let _ = ada.0.resolve(id(&asked["body"]), &resolution).await.ok();
        client.end(call).await.ok();
    }
    for (command, behavior) in [("ls", "allow"), ("rm -rf .", "deny")] {
        let again = client.call("ask_permission", ask(command)).await.json();
        assert_eq!(again["behavior"], behavior, "{command}");
    }
}

#[tokio::test]
async fn what_nobody_answers_in_time_is_not_allowed() {
    let relay = InProcess::start().await;
    let client = Peer::ALL[0].attach(&relay.url(), "Tester", "room").await;
    let ask = json!({"tool_name": "Bash", "input": {}, "wait_seconds": 1});
    let answer = client.call("ask_permission", ask).await.json();
    assert_eq!(answer["behavior"], "deny");
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .starts_with("nobody answered")
    );
}

#[tokio::test]
async fn what_is_no_longer_waited_for_is_withdrawn() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let client = peer.attach(&relay.url(), "Tester", "room").await;
        let rooms = ["cancelled", "killed"].map(|way| format!("{way}-{n}"));
        let [cancelled, killed] = rooms.each_ref().map(|room| Person::new(&relay.url(), room));
        let question = |room| json!({"question": "Which?", "channel": room});
        let call = client.begin("ask_question", question(&rooms[0])).await;
        let asked = cancelled.asked("question_asked").await;
        client.cancel(call).await;
        let answered = cancelled.event("question_answered").await["body"].clone();
        assert_eq!(answered["outcome"], "withdrawn", "{peer:?}");
        assert_eq!(answered["request"], asked["request"]);
        client.begin("ask_question", question(&rooms[1])).await;
        killed.asked("question_asked").await;
        client.kill().await;
        let answered = killed.event("question_answered").await;
        assert_eq!(answered["body"]["outcome"], "withdrawn", "{peer:?}");
    }
}

#[tokio::test]
async fn a_hint_is_not_lost_on_an_agent_that_went_while_it_waited() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        client.begin("wait_for_hint", json!({"seconds": 600})).await;
        ada.sees_agents(1).await;
        client.kill().await;
        // Gone from the channel is gone from the queue.
        ada.sees_agents(0).await;
        let hint = ada.hint("is anybody there?").await;
        let next = Agent::new(&relay.url(), &channel, "next");
        let taken = next.hints(20).await;
        assert_eq!(taken[0]["id"], hint.as_str(), "{peer:?}");
    }
}
