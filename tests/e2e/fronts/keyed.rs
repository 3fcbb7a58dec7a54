//! A relay with keys behind a front, run as the examples say: `--public-url` and `--trusted-proxy`.

use std::net::IpAddr;

use pilothouse_tests::{DEADLINE, Finished, Front, Process, Program, Socket, message, run, within};
use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::{BOTH, behind};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A relay that was given keys and a name, its front, and a token that may do everything.
struct Keyed {
    relay: Process,
    front: Front,
    admin: String,
}

/// What a call was answered with: its status, its cookie and its body, null when it was no JSON.
struct Answer(u16, Option<String>, Value);

impl Keyed {
    async fn behind(program: Program) -> Self {
        let (mut relay, front) = behind(program).await;
        let words = ["token", "create", "--name", "me", "--role", "admin"];
        let made = beside(&relay, &words).await;
        let url = front.url();
        let settings = ["--public-url", &url, "--trusted-proxy", "127.0.0.1"];
        relay.restart_with(&settings).await;
        Self {
            relay,
            front,
            admin: made.stdout.trim().to_owned(),
        }
    }

    /// A call through the front.
    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let client = Client::builder().no_proxy().build().unwrap();
        let url = format!("{}{path}", self.front.url());
        client.request(method, url).timeout(DEADLINE)
    }

    /// Who calls, as the relay knows.
    fn whoami(&self) -> RequestBuilder {
        self.call(Method::GET, "/api/session")
    }
}

async fn beside(relay: &Process, words: &[&str]) -> Finished {
    let place = ["--data-dir", relay.data().to_str().unwrap()];
    let done = run(&[words, &place].concat(), "").await;
    assert!(done.status.success(), "{}", done.stderr);
    done
}

async fn answer(call: RequestBuilder) -> Answer {
    let answer = within(DEADLINE, "an answer", call.send()).await.unwrap();
    let cookie = answer.headers().get(SET_COOKIE);
    let cookie = cookie.map(|line| line.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    Answer(status, cookie, answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn only_who_has_a_token_comes_in() {
    for program in BOTH {
        let keyed = Keyed::behind(program).await;
        let Answer(status, _, said) = answer(keyed.whoami()).await;
        assert_eq!(status, 401, "{program:?}: {said}");
        let Answer(status, _, said) = answer(keyed.whoami().bearer_auth(&keyed.admin)).await;
        assert_eq!(status, 200, "{program:?}: {said}");
        assert_eq!(said["name"], "me", "{program:?}");
    }
}

/// The link leads to the front, and a browser that opened it may do what it was made for.
#[tokio::test]
async fn a_link_signs_a_browser_in() {
    for program in BOTH {
        let keyed = Keyed::behind(program).await;
        let front = keyed.front.url();
        let words = ["link", "--name", "ada", "--role", "agent"];
        let link = beside(&keyed.relay, &words).await.stdout;
        let (url, code) = link
            .trim()
            .lines()
            .last()
            .unwrap()
            .split_once("/#join=")
            .unwrap();
        assert_eq!(url, front, "{program:?}");
        let knock = keyed
            .call(Method::POST, "/api/session")
            .header(ORIGIN, &front);
        let Answer(status, cookie, said) = answer(knock.json(&json!({ "code": code }))).await;
        assert_eq!(status, 200, "{program:?}: {said}");
        let cookie = cookie.unwrap();
        let (cookie, _) = cookie.split_once(';').unwrap();

        let Answer(_, _, said) = answer(keyed.whoami().header(COOKIE, cookie)).await;
        assert_eq!(said["name"], "ada", "{program:?}");
        let publish = || {
            let call = keyed.call(Method::POST, "/api/channels/c/events");
            call.json(&message("hello")).header(COOKIE, cookie)
        };
        let Answer(status, _, said) = answer(publish().header(ORIGIN, &front)).await;
        assert_eq!(status, 200, "{program:?}: {said}");
        let Answer(status, ..) = answer(publish()).await;
        assert_eq!(status, 403, "{program:?}: nobody knows which page asks");
    }
}

#[tokio::test]
async fn names_and_pages_of_others_are_refused() {
    for program in BOTH {
        let keyed = Keyed::behind(program).await;
        let call = keyed.whoami().bearer_auth(&keyed.admin);
        let Answer(status, _, said) = answer(call.header(ORIGIN, "https://other.example")).await;
        assert_eq!(status, 403, "{program:?}: {said}");
        let call = keyed.whoami().bearer_auth(&keyed.admin);
        let Answer(status, _, said) = answer(call.header(HOST, "other.example")).await;
        // Caddy has no site of that name, and never asks the relay.
        let expected = if program == Program::Caddy { 200 } else { 403 };
        assert_eq!(status, expected, "{program:?}: {said}");
        assert!(said["member"].is_null(), "{program:?}: {said}");
    }
}

#[tokio::test]
async fn the_relay_sees_the_address_of_who_connects() {
    const CLIENT: [u8; 4] = [127, 0, 0, 9];
    for program in BOTH {
        let keyed = Keyed::behind(program).await;
        let bearer = format!("Bearer {}", keyed.admin);
        let said = [
            (AUTHORIZATION, bearer.as_str()),
            (FORWARDED_FOR, "203.0.113.7"),
        ];
        let from = IpAddr::from(CLIENT);
        let _socket = Socket::open_from(from, keyed.front.address(), &said).await;
        let list = keyed.call(Method::GET, "/api/connections");
        let Answer(_, _, list) = answer(list.bearer_auth(&keyed.admin)).await;
        let connections = list["connections"].as_array().unwrap();
        assert_eq!(connections.len(), 1, "{program:?}: {list}");
        assert_eq!(connections[0]["address"], from.to_string(), "{program:?}");
    }
}
