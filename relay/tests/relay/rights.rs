//! Every route, every frame and every body, with each right alone: what is not in these tables fails.

mod table;

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Socket, message};
use crate::keyed::{Keyed, RIGHTS};
use table::{BODIES, FRAMES, Need, RESOLUTIONS, RESOLVE, ROUTES, SIGNALS};

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
        Need::Nothing => assert!(
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
        let events = "/api/channels/{channel}/events";
        check_route(&keyed, &cast, ("post", events, &body, need)).await;
    }
    // Keys that somebody types into a terminal are a hint in all but name.
    let typed = r#"{"type":"custom","name":"display_input","data":{"display":"d","text":"x"}}"#;
    let events = "/api/channels/{channel}/events";
    check_route(
        &keyed,
        &cast,
        ("post", events, typed, Need::AnyOf(&["steer"])),
    )
    .await;
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
