//! Names that look like those of others, or like something else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, message};
use crate::keyed::Keyed;

/// Overrides of direction, no width, blank, controls, escapes of a terminal.
const HIDING: [&str; 9] = [
    "\u{202e}adA",
    "Ada\u{2066}x\u{2069}",
    "A\u{200b}da",
    "Ada\u{feff}",
    "\u{2060}Ada",
    "\u{3164}",
    "Ada\u{ad}",
    "Ada\u{2028}Bob",
    "Ada\u{7f}",
];

fn escaped(name: &str) -> String {
    let bytes: Vec<_> = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("UTF-8''{}", bytes.concat())
}

#[tokio::test]
async fn nobody_comes_in_under_a_name_that_hides_something() {
    let relay = Relay::start().await;
    for name in HIDING {
        let request = || {
            relay
                .request(Method::POST, "/api/channels/c/events")
                .json(&message("x"))
        };
        let by_header = request().header("pilothouse-name", escaped(name));
        let sentence = Answer::to(by_header).await.refused(422, "invalid");
        assert!(sentence.contains("U+"), "{sentence}");
        let channel = json!({"id": "c", "name": name}).to_string();
        relay
            .post("/api/channels", channel)
            .await
            .refused(422, "invalid");
        let author = json!({"member": "ada", "name": name});
        let hook =
            json!({"channel": "c", "author": author, "type": "operation_finished", "ok": true});
        relay
            .post("/hooks/json", hook.to_string())
            .await
            .refused(422, "invalid");
        for hello in [
            json!({"type": "hello", "member": "eve", "name": name}),
            json!({"type": "hello", "member": format!("ada{name}"), "name": "Ada"}),
        ] {
            let mut socket = relay.socket().await;
            socket.send(hello).await;
            let error = socket
                .until("error", |frame| frame["type"] == "error")
                .await;
            assert!(
                ["invalid", "bad_frame"]
                    .iter()
                    .any(|code| error["code"] == *code),
                "{error}"
            );
        }
    }
    assert_eq!(
        relay.get("/api/channels").await.json(),
        json!({"channels": []})
    );
}

#[tokio::test]
async fn no_token_and_no_link_is_made_for_such_a_name() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    for name in HIDING {
        for path in ["/api/tokens", "/api/links"] {
            let new = json!({"name": name, "role": "observer"});
            let answer = keyed.post(&admin, path, new).await;
            assert!(
                answer.status.is_client_error(),
                "{path} {name:?}: {}",
                answer.text
            );
        }
    }
}

/// Letters that look alike cannot be told from names that people have; but who speaks is known by an id.
#[tokio::test]
async fn who_has_a_name_like_another_is_another_all_the_same() {
    let keyed = Keyed::start().await;
    let (ada, admin) = (keyed.person("ada", &["c:publish"]), keyed.admin());
    // The first letter is Cyrillic.
    let new = json!({"name": "\u{410}da", "role": "agent", "channels": "c"});
    let made = keyed.post(&admin, "/api/tokens", new).await.json();
    let other = made["token"].as_str().unwrap();
    for token in [&ada, other] {
        let request = keyed.relay.request(Method::POST, "/api/channels/c/events");
        // With keys nobody is called what they say.
        let request = request.bearer_auth(token).header("pilothouse-name", "Ada");
        Answer::to(request.json(&message("x"))).await;
    }
    let events = keyed.get(&admin, "/api/channels/c/events").await.json();
    let author = |n: usize| events["events"][n]["author"].clone();
    assert_eq!(
        author(1),
        json!({"member": "ada", "name": "ada", "kind": "human"})
    );
    assert_eq!(author(2)["name"], "\u{410}da");
    assert_ne!(author(1)["member"], author(2)["member"]);
    assert_ne!(author(2)["member"], Value::Null);
}
