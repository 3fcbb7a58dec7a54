//! nginx and Caddy before a relay, configured as the examples say: sockets, streams and long-polls come
//! through as they happen, large bodies too, and the relay learns who asks.

mod keyed;

use std::time::Duration;

use futures_util::StreamExt;
use pilothouse_tests::{
    Agent, DEADLINE, Front, Process, Program, Reply, Stub, Watcher, hint, message, within,
};
use reqwest::{Client, Method};
use serde_json::json;

const BOTH: [Program; 2] = [Program::Nginx, Program::Caddy];

/// A relay, and a front before it.
async fn behind(program: Program) -> (Process, Front) {
    let relay = Process::start().await;
    let front = Front::start(program, relay.address()).await;
    (relay, front)
}

#[tokio::test]
async fn a_socket_watches_publishes_and_resumes_through_it() {
    for program in BOTH {
        let (relay, mut front) = behind(program).await;
        let direct = Agent::new(&relay.url(), "c", "agent");
        direct.create().await;
        direct.publish(&message("before")).await;
        let mut watcher = Watcher::connect(&front.url(), "c", "ada").await;
        watcher.publish_surely(&message("through")).await;
        front.stop().await;
        watcher
            .sees("the loss", |seen| !seen.closed.is_empty())
            .await;
        direct.publish(&message("meanwhile")).await;
        front.start_again().await;
        watcher
            .sees("what was missed", |seen| seen.events.len() == 4)
            .await;
        assert_eq!(watcher.seen().recovered, [false, true], "{program:?}");
        assert_eq!(watcher.seen().seqs(), [1, 2, 3, 4], "{program:?}");
    }
}

#[tokio::test]
async fn an_event_is_streamed_the_moment_it_is_published() {
    for program in BOTH {
        let (relay, front) = behind(program).await;
        let agent = Agent::new(&relay.url(), "c", "agent");
        agent.publish(&message("one")).await;
        let through = Agent::new(&front.url(), "c", "ada");
        let call = through.call(Method::GET, "/stream");
        let stream = within(DEADLINE, "the stream to begin", call.send()).await;
        let stream = stream.unwrap().error_for_status().unwrap();
        let mut pieces = stream.bytes_stream();
        let mut text = String::new();
        // The second is published only when the first has come: a stream that waits for more never ends.
        for (word, next) in [("one", "two"), ("two", "three"), ("three", "four")] {
            while !text.contains(&format!("\"{word}\"")) {
                let piece = within(DEADLINE, "a piece of the stream", pieces.next()).await;
                text.push_str(std::str::from_utf8(&piece.unwrap().unwrap()).unwrap());
            }
            agent.publish(&message(next)).await;
        }
    }
}

#[tokio::test]
async fn a_hint_ends_a_long_poll() {
    for program in BOTH {
        let (relay, front) = behind(program).await;
        let through = Agent::new(&front.url(), "c", "agent");
        through.publish(&message("here")).await;
        let waiting = tokio::spawn({
            let through = through.clone();
            async move { through.hints(60).await }
        });
        let person = Agent::person(&relay.url(), "c", "ada");
        person.publish(&hint("use staging")).await;
        let hints = within(DEADLINE, "the hint", waiting).await.unwrap();
        assert_eq!(hints[0]["hint"]["text"], "use staging", "{program:?}");
    }
}

/// A tool's output may be an image, which a front refuses by default.
#[tokio::test]
async fn the_largest_call_of_a_hook_comes_through() {
    for program in BOTH {
        let (relay, front) = behind(program).await;
        let image = "x".repeat(15 * 1024 * 1024);
        let call = json!({
            "hook_event_name": "PostToolUse", "session_id": "s", "cwd": "/somewhere",
            "tool_name": "Read", "tool_use_id": "t", "tool_input": {"file_path": "/somewhere/a.png"},
            "tool_response": {"type": "image", "file": {"base64": image}},
        });
        let url = format!("{}/hooks/claude-code?timeout=0", front.url());
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.post(url).json(&call).timeout(DEADLINE).send().await;
        assert_eq!(answer.unwrap().status(), 200, "{program:?}");
        let channels = Agent::new(&relay.url(), "c", "ada").channels().await;
        assert_eq!(channels.len(), 1, "{program:?}");
    }
}

/// What a client says of itself is not believed: it is the front that knows.
#[tokio::test]
async fn the_relay_is_told_who_asks_and_for_what() {
    for program in BOTH {
        let behind = Stub::start(|_| Reply::json(&json!({}))).await;
        let front = Front::start(program, behind.address()).await;
        let client = Client::builder()
            .no_proxy()
            .local_address(Some([127, 0, 0, 9].into()))
            .build()
            .unwrap();
        let call = client
            .get(format!("{}/api/channels", front.url()))
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-forwarded-proto", "https");
        within(DEADLINE, "an answer", call.send()).await.unwrap();
        let heard = &behind.heard()[0].headers;
        assert_eq!(heard["x-forwarded-for"], "127.0.0.9", "{program:?}");
        assert_eq!(heard["x-forwarded-proto"], "http", "{program:?}");
        let host = front.address().ip().to_string();
        assert!(heard["host"].starts_with(&host), "{program:?}: {heard:?}");
    }
}

/// As the command says it: an agent's terminal is not held up by a relay that is gone.
#[tokio::test]
async fn a_front_without_a_relay_says_so_at_once() {
    for program in BOTH {
        let (mut relay, front) = behind(program).await;
        relay.kill().await;
        let agent = Agent::new(&front.url(), "c", "agent");
        let call = agent.request(Method::GET, "/health");
        let answer = within(
            DEADLINE,
            "an answer",
            call.timeout(Duration::from_secs(20)).send(),
        );
        assert_eq!(answer.await.unwrap().status(), 502, "{program:?}");
    }
}
