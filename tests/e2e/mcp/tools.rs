//! Every client finds the tools, can use each, and is told what to mend.

use pilothouse_tests::{InProcess, Peer};
use serde_json::{Value, json};

use super::{Person, id};

const TOOLS: [&str; 10] = [
    "report",
    "report_file_access",
    "check_hints",
    "wait_for_hint",
    "acknowledge_hint",
    "ask_permission",
    "ask_question",
    "send_message",
    "listen",
    "channel",
];

#[tokio::test]
async fn every_client_finds_the_tools_and_what_they_are_for() {
    let relay = InProcess::start().await;
    for peer in Peer::ALL {
        let client = peer.attach(&relay.url(), "Tester", "room").await;
        let expected = match format!("{peer:?}").contains("current") {
            true => "2026-07-28",
            false => "2025-11-25",
        };
        assert_eq!(client.revision, expected, "{peer:?}");
        let tools = client.tools().await;
        let names: Vec<_> = tools
            .iter()
            .map(|tool| tool["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, TOOLS, "{peer:?}");
        for tool in &tools {
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
            assert!(tool["description"].as_str().unwrap().len() > 40, "{tool}");
        }
        let reads = tools
            .iter()
            .filter(|tool| tool["annotations"]["readOnlyHint"] == true);
        let reads: Vec<_> = reads.map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(reads, ["check_hints", "wait_for_hint", "listen"]);
    }
}

#[tokio::test]
async fn every_client_can_use_each_tool_and_people_see_it() {
    let relay = InProcess::start().await;
    for (n, peer) in Peer::ALL.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let (client, ada) = (
            peer.attach(&relay.url(), "Tester", &channel).await,
            Person::new(&relay.url(), &channel),
        );
        let report = json!({"operation": "migrating", "status": "3 of 7", "progress": 0.4});
        client.call("report", report).await.ok();
        assert_eq!(
            ada.event("operation_started").await["author"]["name"],
            "Tester"
        );
        let activity = ada.0.summary().await["activity"].clone();
        assert_eq!(
            activity,
            json!({"operation": "migrating", "status": "3 of 7", "progress": 0.4})
        );
        client.call("report", json!({"progress": 0.5})).await.ok();
        let file = json!({"path": "src/a.rs", "access": "write", "tool": "Edit", "duration_ms": 3});
        client.call("report_file_access", file).await.ok();
        assert_eq!(ada.event("file_accessed").await["body"]["path"], "src/a.rs");
        let hint = ada.hint("slower").await;
        let told = client.call("check_hints", json!({})).await;
        assert!(
            told.ok().contains("slower") && told.ok().contains(&hint),
            "{told:?}"
        );
        let note = json!({"hint": hint, "note": "I am"});
        client.call("acknowledge_hint", note).await.ok();
        let waited = client.call("wait_for_hint", json!({"seconds": 1})).await;
        assert!(waited.ok().starts_with("Nobody"), "{waited:?}");
        use_the_asking_tools(&client, &ada).await;
        let sent = client
            .call("send_message", json!({"text": "hello"}))
            .await
            .json();
        assert_eq!(sent["sent"]["text"], "hello");
        assert_eq!(client.call("listen", json!({})).await.json()["evicted"], 0);
        client
            .call("channel", json!({"action": "leave"}))
            .await
            .ok();
        client.call("report", json!({"done": true})).await.ok();
        assert_eq!(ada.event("operation_finished").await["body"]["ok"], true);
        assert_eq!(ada.0.summary().await.get("activity"), None, "{peer:?}");
        let started = ada.0.events(0, 0).await;
        let started = started
            .iter()
            .filter(|event| event["body"]["type"] == "operation_started");
        assert_eq!(
            started.count(),
            1,
            "more about one operation begins no other"
        );
    }
}

async fn use_the_asking_tools(client: &pilothouse_tests::McpClient, ada: &Person) {
    let ask = json!({"tool_name": "Bash", "input": {"command": "ls"}});
    let call = client.begin("ask_permission", ask).await;
    let asked = ada.asked("permission_requested").await;
    let _ = ada
        .0
        .resolve(id(&asked), &json!({"outcome": "allowed"}))
        .await
        .ok();
    let answer = client.end(call).await.json();
    assert_eq!(
        answer,
        json!({"behavior": "allow", "updatedInput": {"command": "ls"}})
    );
    let ask = json!({"question": "Which?", "options": ["red", "blue"]});
    let call = client.begin("ask_question", ask).await;
    let asked = ada.asked("question_asked").await;
    assert_eq!(asked["options"], json!(["red", "blue"]));
    let answer = json!({"outcome": "answered", "answer": "blue"});
    let _ = ada.0.resolve(id(&asked), &answer).await.ok();
    assert_eq!(client.end(call).await.ok(), "ada answered: blue");
}

#[tokio::test]
async fn what_cannot_be_is_told_the_model_with_what_to_do() {
    let relay = InProcess::start().await;
    for peer in Peer::EACH_WAY {
        let client = peer.attach(&relay.url(), "Tester", "room").await;
        for (tool, arguments, expected) in [
            (
                "report",
                json!({"operation": "x", "progress": 7}),
                "from 0 to 1",
            ),
            ("report", json!({"status": "x"}), "say in `operation`"),
            ("report", json!({"operation": 7}), "expected a string"),
            (
                "report",
                json!({"operation": "x", "chanel": "y"}),
                "unknown field `chanel`",
            ),
            (
                "report",
                json!({"operation": "x", "channel": "a/b"}),
                "only letters",
            ),
            (
                "report_file_access",
                json!({"path": "a"}),
                "missing field `access`",
            ),
            ("wait_for_hint", json!({"seconds": 0}), "from 1 to 600"),
            ("acknowledge_hint", json!({"hint": "nope"}), "no such"),
            ("ask_question", json!({}), "missing field `question`"),
            ("send_message", json!({"text": " "}), "say something"),
            ("listen", json!({"cursor": "?"}), "`cursor`"),
            (
                "channel",
                json!({"action": "destroy"}),
                "unknown variant `destroy`",
            ),
            (
                "channel",
                json!({"action": "status", "channel": "nowhere"}),
                "no such channel",
            ),
            (
                "channel",
                json!({"action": "history", "limit": 0}),
                "from 1 to 200",
            ),
            ("nonsense", Value::Null, "there is no tool `nonsense`"),
        ] {
            let arguments = match arguments {
                Value::Null => json!({}),
                arguments => arguments,
            };
            let said = client.call(tool, arguments).await;
            assert!(said.err().contains(expected), "{peer:?} {tool}: {said:?}");
        }
        // And none of it broke anything.
        client.call("report", json!({"operation": "x"})).await.ok();
    }
}
