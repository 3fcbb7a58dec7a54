//! Every route, every frame and every body, with each right alone: what is not in these tables fails.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Socket, message};
use crate::keyed::{Keyed, RIGHTS};

/// Who may ask.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// Everybody who comes through the door.
    Nothing,
    /// Somebody with a token, whatever it allows.
    Token,
    /// One of these rights in the channel.
    AnyOf(&'static [&'static str]),
    /// The right to admin in all channels.
    Admin,
}

use Need::{Admin, AnyOf, Nothing, Token};

const WATCH: Need = AnyOf(&["watch"]);
const PUBLISH: Need = AnyOf(&["publish"]);
const STEER: Need = AnyOf(&["steer"]);
const APPROVE: Need = AnyOf(&["approve"]);
const RESOLVE_ELSEWHERE: Need = AnyOf(&["publish", "approve"]);

/// Every route: method, path, body, need.
const ROUTES: [(&str, &str, &str, Need); 47] = [
    ("get", "/", "", Nothing),
    ("get", "/inbox", "", Nothing),
    ("get", "/c/{channel}", "", Nothing),
    ("get", "/c/{channel}/{view}", "", Nothing),
    ("get", "/embed.js", "", Nothing),
    ("get", "/embed/{channel}", "", Nothing),
    ("get", "/health", "", Nothing),
    ("get", "/ready", "", Nothing),
    ("get", "/openapi.json", "", Nothing),
    ("get", "/metrics", "", Admin),
    // A stranger's socket is opened, and closed unless its `hello` has a token: see below.
    ("get", "/ws", "", Nothing),
    ("get", "/ws/{channel}", "", Nothing),
    (
        "post",
        "/mcp",
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        Token,
    ),
    ("post", "/hooks/claude-code", HOOK, PUBLISH),
    ("post", "/hooks/codex", HOOK, PUBLISH),
    ("post", "/hooks/json", r#"{"channel":"c"}"#, PUBLISH),
    // A record of what is refused in its channel is not taken, and said to be so: no refusal of the call.
    ("post", "/v1/logs", "{}", Token),
    ("post", "/v1/metrics", "{}", Token),
    ("get", "/api/addresses", "", Admin),
    ("get", "/api/addresses/qr.svg", "", Admin),
    ("get", "/api/session", "", Token),
    ("post", "/api/session", "{}", Nothing),
    ("delete", "/api/session", "", Token),
    ("get", "/api/tokens", "", Admin),
    ("post", "/api/tokens", NEW, Admin),
    ("delete", "/api/tokens/{token}", "", Admin),
    ("post", "/api/links", NEW, Admin),
    ("get", "/api/connections", "", Admin),
    ("get", "/api/channels", "", Token),
    (
        "post",
        "/api/channels",
        r#"{"id":"new","name":"New"}"#,
        AnyOf(&["publish", "admin"]),
    ),
    ("get", "/api/channels/{channel}", "", WATCH),
    ("delete", "/api/channels/{channel}", "", AnyOf(&["admin"])),
    (
        "post",
        "/api/channels/{channel}/join",
        "",
        AnyOf(&["publish", "steer"]),
    ),
    (
        "post",
        "/api/channels/{channel}/leave",
        "",
        AnyOf(&["publish", "steer"]),
    ),
    ("get", "/api/channels/{channel}/events", "", WATCH),
    (
        "post",
        "/api/channels/{channel}/events",
        r#"{"type":"operation_finished","ok":true}"#,
        PUBLISH,
    ),
    ("get", "/api/channels/{channel}/snapshot", "", WATCH),
    ("get", "/api/channels/{channel}/export", "", WATCH),
    ("get", "/api/channels/{channel}/stream", "", WATCH),
    (
        "put",
        "/api/channels/{channel}/signals/{key}",
        r#"{"set":1}"#,
        PUBLISH,
    ),
    ("get", "/api/channels/{channel}/hints", "", PUBLISH),
    ("post", "/api/channels/{channel}/leases", "", PUBLISH),
    (
        "delete",
        "/api/channels/{channel}/leases/{lease}",
        "",
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/leases/{lease}/deliver",
        r#"{"via":"test"}"#,
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/hints/{hint}/acknowledge",
        "",
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/requests",
        r#"{"type":"question_asked","request":"q","text":"?"}"#,
        PUBLISH,
    ),
    (
        "get",
        "/api/channels/{channel}/requests/{request}",
        "",
        AnyOf(&["watch", "publish", "approve"]),
    ),
];

/// Beside the one above, which decides.
const RESOLUTIONS: [(&str, Need); 5] = [
    ("allowed", APPROVE),
    ("denied", APPROVE),
    ("answered", APPROVE),
    ("elsewhere", RESOLVE_ELSEWHERE),
    ("withdrawn", RESOLVE_ELSEWHERE),
];

const RESOLVE: &str = "/api/channels/{channel}/requests/{request}/resolve";

/// By the subject of a token that speaks for whom the hooks speak.
const HOOK: &str =
    r#"{"hook_event_name":"Stop","session_id":"00000000-0000-4000-8000-000000000000","cwd":"/c"}"#;

const NEW: &str = r#"{"name":"Phone","role":"observer"}"#;

/// Every type of body, by the name of its golden file without the ending.
const BODIES: [(&str, Need); 48] = [
    ("cancel_requested", STEER),
    ("cancel_requested.to", STEER),
    ("channel_created", PUBLISH),
    ("config_changed", PUBLISH),
    ("custom", PUBLISH),
    ("file_accessed", PUBLISH),
    ("file_accessed.analyze", PUBLISH),
    ("file_accessed.create", PUBLISH),
    ("file_accessed.delete", PUBLISH),
    ("file_accessed.search", PUBLISH),
    ("file_accessed.write", PUBLISH),
    ("hint", STEER),
    ("hint.click", STEER),
    ("hint.parameter", STEER),
    ("hint.unknown_kind", STEER),
    ("hint.voice", STEER),
    ("hint_acknowledged", PUBLISH),
    ("hint_delivered", PUBLISH),
    ("hint_expired", PUBLISH),
    ("joined", PUBLISH),
    ("left", PUBLISH),
    ("message", PUBLISH),
    ("message.system", PUBLISH),
    ("message.tool_result", PUBLISH),
    ("message.user", AnyOf(&["publish", "steer"])),
    ("operation_finished", PUBLISH),
    ("operation_started", PUBLISH),
    ("parameters_declared", PUBLISH),
    ("permission_requested", PUBLISH),
    ("permission_resolved", APPROVE),
    ("permission_resolved.always", APPROVE),
    ("permission_resolved.denied", APPROVE),
    ("permission_resolved.elsewhere", RESOLVE_ELSEWHERE),
    ("permission_resolved.expired", RESOLVE_ELSEWHERE),
    ("permission_resolved.unknown_outcome", APPROVE),
    ("pipeline", PUBLISH),
    ("question_answered", APPROVE),
    ("question_answered.withdrawn", RESOLVE_ELSEWHERE),
    ("question_asked", PUBLISH),
    ("reconciliation_progress", PUBLISH),
    ("session_ended", PUBLISH),
    ("session_started", PUBLISH),
    ("tool_finished", PUBLISH),
    ("tool_finished.failed", PUBLISH),
    ("tool_started", PUBLISH),
    ("unknown", PUBLISH),
    ("usage", PUBLISH),
    ("work_item_changed", PUBLISH),
];

/// Every type of frame, with an example.
const FRAMES: [(&str, &str, Need); 8] = [
    ("hello", r#"{"type":"hello"}"#, Token),
    (
        "subscribe",
        r#"{"type":"subscribe","ref":"1","channel":"c"}"#,
        WATCH,
    ),
    (
        "unsubscribe",
        r#"{"type":"unsubscribe","ref":"1","channel":"c"}"#,
        Token,
    ),
    (
        "publish",
        r#"{"type":"publish","ref":"1","channel":"c","body":{"type":"operation_finished","ok":true}}"#,
        PUBLISH,
    ),
    (
        "signal",
        r#"{"type":"signal","channel":"c","key":"k","op":{"set":1}}"#,
        PUBLISH,
    ),
    (
        "history",
        r#"{"type":"history","ref":"1","channel":"c"}"#,
        WATCH,
    ),
    (
        "take_hints",
        r#"{"type":"take_hints","ref":"1","channel":"c"}"#,
        PUBLISH,
    ),
    ("ping", r#"{"type":"ping"}"#, Token),
];

/// Signals that are more than an agent's.
const SIGNALS: [(&str, Need); 4] = [
    ("typing/one", AnyOf(&["publish", "steer"])),
    ("parameter/speed", AnyOf(&["publish", "steer"])),
    ("activity/one", PUBLISH),
    ("display/main", PUBLISH),
];

/// The same member with each right alone, and with every right in other channels.
struct Cast {
    holders: Vec<(Vec<&'static str>, bool, String)>,
}

impl Cast {
    fn new(keyed: &Keyed) -> Self {
        let alone = RIGHTS.map(|right| {
            let token = keyed.agent("one", &[&format!("*:{right}")]);
            (vec![right], right == "admin", token)
        });
        let elsewhere = keyed.agent("one", &["other-*:publish+watch+steer+approve+admin"]);
        let elsewhere = (Vec::new(), false, elsewhere);
        Self {
            holders: alone.into_iter().chain([elsewhere]).collect(),
        }
    }
}

impl Need {
    fn allows(self, rights: &[&str], is_admin: bool) -> bool {
        match self {
            Nothing | Token => true,
            AnyOf(any) => rights.iter().any(|right| any.contains(right)),
            Admin => is_admin,
        }
    }
}

async fn status(
    keyed: &Keyed,
    token: Option<&str>,
    method: &str,
    path: &str,
    body: &str,
) -> StatusCode {
    let path = path
        .replace("{channel}", "c")
        .replace("{request}", "r")
        .replace("{lease}", "l")
        .replace("{hint}", "h")
        .replace("{key}", "k")
        .replace("{token}", "t")
        .replace("{view}", "map");
    let path = match path.as_str() {
        "/api/addresses/qr.svg" => format!("{path}?address=x"),
        _ => path,
    };
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let mut request = keyed.relay.request(method, &path).body(body.to_owned());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if path == "/mcp" {
        request = request.header("accept", "application/json, text/event-stream");
    }
    request.send().await.unwrap().status()
}

async fn check_route(
    keyed: &Keyed,
    cast: &Cast,
    (method, path, body, need): (&str, &str, &str, Need),
) {
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    let stranger = status(keyed, None, method, path, body).await;
    match need {
        Nothing => assert!(
            !refused.contains(&stranger),
            "a stranger: {method} {path}: {stranger}"
        ),
        _ => assert_eq!(stranger, 401, "a stranger: {method} {path}"),
    }
    for (rights, is_admin, token) in &cast.holders {
        // What some have changed is as it was for the next.
        prepare(keyed).await;
        let status = status(keyed, Some(token), method, path, body).await;
        match need.allows(rights, *is_admin) {
            true => assert!(
                !refused.contains(&status),
                "{rights:?}: {method} {path}: {status}"
            ),
            false => assert_eq!(status, 403, "{rights:?}: {method} {path} {body}"),
        }
    }
}

async fn prepare(keyed: &Keyed) {
    let admin = keyed.admin();
    keyed
        .post(&admin, "/api/channels", json!({"id": "c", "name": "C"}))
        .await;
}

#[tokio::test]
async fn every_route_asks_for_its_right_and_no_other() {
    let keyed = Keyed::start().await;
    let cast = Cast::new(&keyed);
    for row in ROUTES {
        // Hooks speak for members of their own, which this token does not: refused all the same.
        if row.1.starts_with("/hooks/c") {
            continue;
        }
        check_route(&keyed, &cast, row).await;
    }
    for (outcome, need) in RESOLUTIONS {
        let body = json!({ "outcome": outcome }).to_string();
        check_route(&keyed, &cast, ("post", RESOLVE, &body, need)).await;
    }
}

#[tokio::test]
async fn no_route_is_missing_from_the_table() {
    let keyed = Keyed::start().await;
    let document = keyed.relay.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.as_str(), path.as_str()))
        })
        .collect();
    let listed: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path, ..)| (*method, *path))
        .chain([("post", RESOLVE)])
        // It takes any method, and describes itself to its clients.
        .filter(|(_, path)| *path != "/mcp")
        .collect();
    assert_eq!(described, listed);
}

#[tokio::test]
async fn every_body_asks_for_its_right_and_no_other() {
    let keyed = Keyed::start().await;
    let cast = Cast::new(&keyed);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden");
    let names: BTreeSet<_> = std::fs::read_dir(golden)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Some(
                name.strip_prefix("body.")?
                    .strip_suffix(".json")?
                    .to_owned(),
            )
        })
        .collect();
    let listed: BTreeSet<_> = BODIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, listed, "every kind of body has its line here");
    for (name, need) in BODIES {
        let body = std::fs::read_to_string(format!("{golden}/body.{name}.json")).unwrap();
        check_route(
            &keyed,
            &cast,
            ("post", "/api/channels/{channel}/events", &body, need),
        )
        .await;
    }
}

#[tokio::test]
async fn every_signal_asks_for_its_right_and_no_other() {
    let keyed = Keyed::start().await;
    let cast = Cast::new(&keyed);
    for (key, need) in SIGNALS {
        let path = format!("/api/channels/{{channel}}/signals/{key}");
        check_route(&keyed, &cast, ("put", &path, r#"{"clear":true}"#, need)).await;
    }
    let steerer = keyed.person("ada", &["*:steer"]);
    for key in ["typing/bob", "activity/bob"] {
        let path = format!("/api/channels/c/signals/{key}");
        let answer = keyed
            .call(&steerer, Method::PUT, &path, json!({"set": true}))
            .await;
        answer.refused(403, "forbidden");
    }
}

/// Whether a frame is refused for want of a right.
async fn is_refused(socket: &mut Socket, frame: &str) -> bool {
    let frame: Value = serde_json::from_str(frame).unwrap();
    let has_answer = frame["type"] == "publish";
    socket.send(frame).await;
    // Answers come in order; one that is not there before the pong waits for something.
    socket.send(json!({"type": "ping"})).await;
    let end = if has_answer { "1" } else { "" };
    let mut is_refused = false;
    loop {
        let frame = socket.next().await;
        is_refused |= frame["type"] == "error" && frame["code"] == "forbidden";
        let is_end = match end {
            "" => frame["type"] == "pong",
            end => frame["ref"] == end,
        };
        if is_end {
            return is_refused;
        }
    }
}

#[tokio::test]
async fn every_frame_asks_for_its_right_and_no_other() {
    let keyed = Keyed::start().await;
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden");
    let types: BTreeSet<_> = std::fs::read_dir(golden)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Some(name.strip_prefix("client.")?.split('.').next()?.to_owned())
        })
        .collect();
    let listed: BTreeSet<_> = FRAMES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(types, listed, "every kind of frame has its line here");
    let cast = Cast::new(&keyed);
    prepare(&keyed).await;
    let admin = keyed.admin();
    keyed.publish(&admin, "c", message("there")).await;
    for (name, frame, need) in FRAMES {
        for (rights, is_admin, token) in &cast.holders {
            let mut socket = keyed.socket(token).await;
            let is_refused = is_refused(&mut socket, frame).await;
            let is_allowed = need.allows(rights, *is_admin);
            assert_eq!(is_refused, !is_allowed, "{rights:?}: {name}");
        }
    }
}
