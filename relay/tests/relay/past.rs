//! What was known at any moment that is kept: folded again by the relay, and the same that a watcher
//! has who followed.

use pilothouse_relay::config::Config;
use pilothouse_shared::{Applied, ChannelId, Position, RelayFrame, Replica, Snapshot};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, Socket, in_folder, in_memory, message, until};

/// Who looks, and as what.
const VIEWERS: [(&str, &str); 3] = [("eve", "human"), ("bob", "human"), ("robot", "agent")];

/// Every example body of the protocol.
fn bodies() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden");
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let is_body = |path: &&std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("body.")
    };
    let texts = paths.iter().filter(is_body);
    texts
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect()
}

/// A channel in which everything has happened that may, by several members, for all and for some. What
/// the relay refuses has not.
async fn live_a_life(relay: &Relay) {
    let mut members = Vec::new();
    for (member, kind) in [("ada", "human"), ("bob", "human"), ("robot", "agent")] {
        members.push(relay.member(member, kind).await);
    }
    let audiences = [
        json!("public"),
        json!({"only": ["bob"]}),
        json!("public"),
        json!("agents"),
        json!("public"),
    ];
    for (n, body) in bodies().into_iter().enumerate() {
        let visibility = &audiences[n % audiences.len()];
        let frame =
            json!({"type": "publish", "channel": "c", "body": body, "visibility": visibility});
        let n_members = members.len();
        members[n % n_members].ask(frame).await;
    }
    for (id, visibility) in [
        ("open", json!("public")),
        ("private", json!({"only": ["ada", "robot"]})),
    ] {
        steer(relay, &mut members, id, &visibility).await;
    }
}

/// Ada gives a hint and the robot asks; both are answered, before these eyes.
async fn steer(relay: &Relay, members: &mut [Socket], id: &str, visibility: &Value) {
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "look there"}});
    let ask = json!({"type": "permission_requested", "request": id, "tool": "Bash", "input": {}});
    let answer = json!({"type": "permission_resolved", "request": id, "outcome": "allowed"});
    for (n, (member, body)) in [(0, hint), (2, ask), (0, answer)].into_iter().enumerate() {
        let mut frame =
            json!({"type": "publish", "channel": "c", "body": body, "visibility": visibility});
        if n == 0 {
            frame["id"] = json!(id);
        }
        let reply = members[member].ask(frame).await;
        assert_eq!(reply["type"], "published", "{body}: {reply}");
    }
    let by_robot = |method, path: &str| {
        let request = relay.request(method, &format!("/api/channels/c{path}"));
        Answer::to(request.header("pilothouse-member", "robot").body("{}"))
    };
    let hints = by_robot(Method::GET, "/hints").await.json()["hints"].clone();
    assert!(
        hints
            .as_array()
            .unwrap()
            .iter()
            .any(|hint| hint["id"] == id)
    );
    // The receipts are stored after the answer is written.
    until("every receipt", async || {
        let snapshot = by_robot(Method::GET, "/snapshot").await.json()["snapshot"].clone();
        let is_taken = |taken: &Value| {
            let mut all = snapshot["hints"].as_array().unwrap().iter();
            all.any(|hint| hint["id"] == taken["id"] && hint["state"] == "delivered")
        };
        hints.as_array().unwrap().iter().all(is_taken).then_some(())
    })
    .await;
    let path = format!("/hints/{id}/acknowledge");
    assert_eq!(by_robot(Method::POST, &path).await.status, 204);
}

/// Asks for a state as this member.
async fn ask(relay: &Relay, (member, kind): (&str, &str), query: &str) -> Answer {
    let path = format!("/api/channels/c/snapshot{query}");
    let request = relay.request(Method::GET, &path);
    let request = request.header("pilothouse-member", member);
    Answer::to(request.header("pilothouse-kind", kind)).await
}

async fn at(relay: &Relay, viewer: (&str, &str), seq: u64) -> Value {
    let answer = ask(relay, viewer, &format!("?at={seq}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let past = answer.json();
    assert_eq!(past["position"]["seq"], seq);
    past
}

fn replica(past: &Value) -> Replica {
    let position: Position = serde_json::from_value(past["position"].clone()).unwrap();
    let snapshot: Snapshot = serde_json::from_value(past["snapshot"].clone()).unwrap();
    Replica::at(ChannelId::new("c").unwrap(), position, snapshot)
}

/// What comes to this member after a seq.
async fn frames(relay: &Relay, (member, kind): (&str, &str), from: &Value, to: u64) -> Vec<Value> {
    let mut socket = relay.member(member, kind).await;
    let reply = socket.resume("c", from).await;
    assert_eq!(reply["recovered"], true);
    socket.follow(from["seq"].as_u64().unwrap(), to).await
}

/// Checks for every pair n < m of these states that the state at n, and then the frames up to m, are
/// the state at m.
fn leads_on(states: &[Value], frames: &[Value]) {
    for (n, state) in states.iter().enumerate() {
        let mut replica = replica(state);
        for (frame, later) in frames[n..].iter().zip(&states[n + 1..]) {
            let frame: RelayFrame = serde_json::from_value(frame.clone()).unwrap();
            let applied = replica.apply(&frame);
            assert!(matches!(applied, Applied::Event | Applied::Skipped));
            let known = serde_json::to_value(replica.snapshot()).unwrap();
            assert_eq!(known, later["snapshot"], "from {n} by {frame:?}");
        }
    }
}

#[tokio::test]
async fn a_state_and_the_frames_after_it_give_every_later_state_to_everybody() {
    let folder = tempfile::tempdir().unwrap();
    for relay in [Relay::with(in_folder(&folder)).await, Relay::start().await] {
        live_a_life(&relay).await;
        let now = relay.get("/api/channels/c").await.json();
        let head = now["head"].as_u64().unwrap();
        assert!(head > 40, "most of it was let in: {head}");
        for viewer in VIEWERS {
            let mut states = Vec::new();
            for seq in 0..=head {
                let state = at(&relay, viewer, seq).await;
                assert_eq!(
                    (&state["complete"], &state["floor"]),
                    (&json!(true), &json!(1))
                );
                states.push(state);
            }
            assert_eq!(states[0]["snapshot"]["n_events"], 0);
            let frames = frames(&relay, viewer, &states[0]["position"], head).await;
            leads_on(&states, &frames);
        }
    }
}

#[tokio::test]
async fn without_a_seq_it_is_what_a_subscriber_begins_with() {
    let relay = Relay::start().await;
    live_a_life(&relay).await;
    for viewer in VIEWERS {
        // What expires meanwhile comes between the two.
        let (state, reply) = until("the same moment", async || {
            let state = ask(&relay, viewer, "").await.json();
            let reply = relay.member(viewer.0, viewer.1).await.subscribe("c").await;
            (state["position"] == reply["position"]).then_some((state, reply))
        })
        .await;
        assert_eq!(state["snapshot"], reply["snapshot"]);
        let head = reply["position"]["seq"].as_u64().unwrap();
        assert_eq!(
            state["snapshot"],
            at(&relay, viewer, head).await["snapshot"]
        );
    }
}

#[tokio::test]
async fn states_are_the_same_after_a_restart_and_whatever_was_asked_before() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    live_a_life(&relay).await;
    // The relay saves its state several times on the way, and keeps what it has folded.
    for _ in 0..32 {
        relay.publish("c", json!(vec![message("x"); 100])).await;
    }
    let seqs = [0, 1, 30, 255, 256, 257, 500, 1100, 2000, 2600, 3200];
    let mut before = Vec::new();
    for seq in seqs {
        before.push(at(&relay, VIEWERS[1], seq).await);
    }
    for (seq, before) in seqs.iter().zip(&before).rev() {
        assert_eq!(
            at(&relay, VIEWERS[1], *seq).await,
            *before,
            "again at {seq}"
        );
    }
    relay.stop().await;
    let relay = Relay::with(in_folder(&folder)).await;
    for (seq, before) in seqs.iter().zip(&before).rev() {
        assert_eq!(
            at(&relay, VIEWERS[1], *seq).await,
            *before,
            "later at {seq}"
        );
    }
}

#[tokio::test]
async fn what_is_pruned_is_refused_and_what_was_folded_without_it_says_so() {
    let relay = Relay::with(Config {
        keep_events: 50,
        ..in_memory()
    })
    .await;
    for _ in 0..12 {
        relay.publish("c", json!(vec![message("x"); 100])).await;
    }
    let head = 1201;
    let floor = until("floor", async || {
        let summary = relay.get("/api/channels/c").await.json();
        let floor = summary["floor"].as_u64().unwrap();
        let n_gone = relay.metric("pilothouse_pruned_total").await;
        (floor > head - 55 && n_gone == (floor - 1) as f64).then_some(floor)
    })
    .await;
    let refusal = ask(&relay, VIEWERS[0], &format!("?at={}", floor - 2)).await;
    let message = refusal.refused(404, "not_found");
    assert!(
        message.contains(&format!("from {} to {head}", floor - 1)),
        "{message}"
    );
    let now = ask(&relay, VIEWERS[0], "").await.json();
    assert_eq!(
        (&now["complete"], &now["snapshot"]["n_events"]),
        (&json!(true), &json!(head))
    );
    let mut states = Vec::new();
    for seq in floor - 1..=head {
        let state = at(&relay, VIEWERS[0], seq).await;
        assert_eq!(state["floor"], floor);
        states.push(state);
    }
    let is_complete = |state: &&Value| state["complete"] == true;
    let n_complete = states.iter().filter(is_complete).count();
    let (without, whole) = states.split_at(states.len() - n_complete);
    assert!(
        whole.iter().all(|state| is_complete(&state)),
        "what is known stays known"
    );
    for (n, state) in without.iter().enumerate() {
        assert_eq!(state["snapshot"]["n_events"], n, "as if it had begun there");
        assert!(state["snapshot"].get("name").is_none());
    }
    let from = &states[0]["position"];
    let frames = frames(&relay, VIEWERS[0], from, head).await;
    leads_on(without, &frames[..without.len().saturating_sub(1)]);
    leads_on(whole, &frames[without.len()..]);
}

#[tokio::test]
async fn what_is_not_a_moment_of_the_channel_is_refused_with_a_sentence() {
    let relay = Relay::start().await;
    let missing = relay.get("/api/channels/none/snapshot").await;
    missing.refused(404, "not_found");
    relay.publish("c", json!([message("a")])).await;
    let ahead = ask(&relay, VIEWERS[0], "?at=3").await;
    assert!(ahead.refused(422, "invalid").contains("the newest is 2"));
    for bad in ["?at=x", "?at=-1", "?at=1.5", "?at="] {
        ask(&relay, VIEWERS[0], bad).await.refused(422, "invalid");
    }
    let answer = Answer::to(relay.request(Method::DELETE, "/api/channels/c")).await;
    assert_eq!(answer.status, 204);
    ask(&relay, VIEWERS[0], "?at=1")
        .await
        .refused(404, "not_found");
}
