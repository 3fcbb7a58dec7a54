//! Links and cookies: how a browser gets in, and out again.

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{message, soon, until};
use crate::keyed::{Keyed, cookie};
use crate::tokens::{EVERYTHING, knock, say, to_the_end};

#[tokio::test]
async fn a_link_is_exchanged_once_for_a_cookie_that_scripts_cannot_read() {
    let keyed = Keyed::start().await;
    let code = keyed.link("phone", &["ops:watch"]);
    let answer = keyed.sign_in(&code).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["member"], "phone");
    let line = answer.headers["set-cookie"].to_str().unwrap();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(line.contains(word), "{line}");
    }
    let again = keyed.sign_in(&code).await;
    let sentence = again.refused(401, "unauthenticated");
    assert!(
        sentence.contains("opened before") && !sentence.contains(&code),
        "{sentence}"
    );
    assert!(!again.headers.contains_key("set-cookie"));
    let request = keyed
        .relay
        .request(Method::GET, "/api/session")
        .header("cookie", cookie(&answer));
    let session: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(session["rights"], json!(["watch"]));
    let register = std::fs::read(keyed.folder.path().join("access/register.sqlite3-wal")).unwrap();
    let holds = |secret: &str| {
        register
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    };
    let unopened = keyed.link("other", &["ops:watch"]);
    assert!(
        !holds(&code) && !holds(&unopened),
        "who reads the register opens nothing"
    );
}

#[tokio::test]
async fn a_cookie_serves_the_relays_own_page_and_no_other() {
    let keyed = Keyed::start().await;
    let answer = keyed.sign_in(&keyed.link("ada", &[EVERYTHING])).await;
    let cookie = cookie(&answer);
    let own = format!("http://{}", keyed.relay.address);
    let post = |headers: &[(&str, &str)]| {
        let request = keyed
            .relay
            .request(Method::POST, "/api/channels/c/events")
            .header("cookie", &cookie);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.json(&message("a")).send()
    };
    for (headers, status) in [
        (
            &[("origin", own.as_str()), ("sec-fetch-site", "same-origin")][..],
            200,
        ),
        (&[("origin", own.as_str())], 200),
        (&[], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "null")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (
            &[("origin", own.as_str()), ("sec-fetch-site", "same-site")],
            403,
        ),
    ] {
        assert_eq!(post(headers).await.unwrap().status(), status, "{headers:?}");
    }
    let login = keyed
        .relay
        .request(Method::POST, "/api/session")
        .header("sec-fetch-site", "cross-site");
    let code = keyed.link("bob", &[EVERYTHING]);
    let login = login.json(&json!({ "code": code })).send().await.unwrap();
    assert_eq!(
        login.status(),
        403,
        "a page of another makes nobody somebody else"
    );
    assert_eq!(
        keyed.sign_in(&code).await.status,
        200,
        "nor does it use up the link"
    );
}

#[tokio::test]
async fn who_signs_out_takes_the_cookie_back_everywhere() {
    let keyed = Keyed::start().await;
    let answer = keyed.sign_in(&keyed.link("ada", &[EVERYTHING])).await;
    let (cookie, own) = (cookie(&answer), format!("http://{}", keyed.relay.address));
    let as_ada = |method, path: &str| {
        let request = keyed.relay.request(method, path).header("cookie", &cookie);
        request.header("origin", &own).send()
    };
    assert_eq!(
        as_ada(Method::GET, "/api/channels").await.unwrap().status(),
        200
    );
    let out = as_ada(Method::DELETE, "/api/session").await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(
        as_ada(Method::GET, "/api/channels").await.unwrap().status(),
        401
    );
}

#[tokio::test]
async fn only_who_looks_after_the_whole_relay_lets_others_in() {
    let keyed = Keyed::start().await;
    let of_part = keyed.person("ada", &["ops:publish+watch+steer+approve+admin"]);
    let new = json!({"name": "Phone", "role": "admin"});
    keyed
        .post(&of_part, "/api/tokens", new.clone())
        .await
        .refused(403, "forbidden");
    let admin = keyed.admin();
    let made = keyed.post(&admin, "/api/tokens", new.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(keyed.get(&token, "/api/tokens").await.status, 200);
    let link = keyed.post(&admin, "/api/links", new).await.json();
    let code = link["path"]
        .as_str()
        .unwrap()
        .strip_prefix("/#join=")
        .unwrap()
        .to_owned();
    assert_eq!(keyed.sign_in(&code).await.status, 200);
    let connections = keyed.get(&admin, "/api/connections").await.json();
    assert_eq!(connections["total"], 0);
    let _socket = keyed.socket(&token).await;
    let connections = keyed.get(&admin, "/api/connections").await.json();
    assert_eq!(connections["connections"][0]["name"], "Phone");
}

#[tokio::test]
async fn whom_a_link_let_in_is_in_the_audit_trail() {
    // It was missing where the relay itself had made the token.
    let keyed = Keyed::start().await;
    assert_eq!(
        keyed
            .sign_in(&keyed.link("phone", &["ops:watch"]))
            .await
            .status,
        200
    );
    let admin = keyed.admin();
    until("audit trail", async || {
        let page = keyed
            .get(&admin, "/api/channels/pilothouse-system-audit/events")
            .await;
        page.text.contains("\"phone\"").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_token_has_so_many_sockets_and_no_more() {
    let keyed = Keyed::start().await;
    let token = keyed.person("ada", &[EVERYTHING]);
    let mut sockets = Vec::new();
    for _ in 0..256 {
        sockets.push(keyed.socket(&token).await);
    }
    let mut more = knock(&keyed.relay).await;
    say(&mut more, json!({"type": "hello", "token": token})).await;
    let (frames, code) = to_the_end(&mut more).await;
    assert_eq!(
        (frames[0]["code"].as_str(), code),
        (Some("rate_limited"), 4429)
    );
    drop(sockets.pop());
    until("room again", async || {
        let mut again = knock(&keyed.relay).await;
        say(&mut again, json!({"type": "hello", "token": token})).await;
        let first = soon("frame", again.next()).await?.ok()?;
        first.as_text()?.contains("welcome").then_some(())
    })
    .await;
}
