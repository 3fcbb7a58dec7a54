//! Tokens: who is let in, as whom, and what nobody may see.

use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pilothouse_relay::access::{IssuerConfig, KeySource, Keyring};
use pilothouse_shared::MemberKind;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use crate::harness::{Relay, message, soon, until};
use crate::keyed::{Keyed, bearer, now};

pub(crate) const EVERYTHING: &str = "*:publish+watch+steer+approve+admin";

/// A socket that is not welcomed yet.
pub(crate) async fn knock(relay: &Relay) -> WebSocketStream<TcpStream> {
    let uri = format!("ws://{}/ws", relay.address);
    let stream = TcpStream::connect(relay.address).await.unwrap();
    let builder = ClientBuilder::new().uri(&uri).unwrap();
    builder.connect_on(stream).await.unwrap().0
}

/// What comes until the relay closes, and its code.
pub(crate) async fn to_the_end(socket: &mut WebSocketStream<TcpStream>) -> (Vec<Value>, u16) {
    let mut frames = Vec::new();
    loop {
        let message = soon("end of the socket", socket.next())
            .await
            .unwrap()
            .unwrap();
        if let Some((code, _)) = message.as_close() {
            return (frames, u16::from(code));
        }
        frames.extend(
            message
                .as_text()
                .map(|text| serde_json::from_str(text).unwrap()),
        );
    }
}

pub(crate) async fn say(socket: &mut WebSocketStream<TcpStream>, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// The claims of a token that lets its holder do everything.
fn claims() -> Value {
    json!({
        "iss": "pilothouse",
        "aud": "pilothouse",
        "sub": "eve",
        "jti": "00000000000000000000000000000000",
        "exp": now() / 1000 + 3600,
        "grants": [{"channels": "*", "rights": ["publish", "watch", "steer", "approve", "admin"]}],
    })
}

fn signed(algorithm: Algorithm, kid: &str, key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// The relay's own private key.
fn own_key(keyed: &Keyed) -> EncodingKey {
    let path = keyed.folder.path().join("access/signing-key.pem");
    EncodingKey::from_ed_pem(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_forged_or_outdated_token_opens_nothing() {
    let keyed = Keyed::start().await;
    let (kid, own) = (keyed.keyring.id().to_owned(), own_key(&keyed));
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(Algorithm::EdDSA, &kid, &own, &claims)
    };
    let good = keyed.admin();
    let unsigned = |algorithm: &str| {
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let header = json!({"alg": algorithm, "kid": kid}).to_string();
        format!(
            "{}.{}.",
            url.encode(header),
            url.encode(claims().to_string())
        )
    };
    let other = tempfile::tempdir().unwrap();
    let other = Keyring::open(other.path()).unwrap();
    let of_other = other.token(
        &bearer("eve", MemberKind::Human, &[EVERYTHING]),
        now() + 60_000,
    );
    let public = own_public(&keyed);
    for (why, token) in [
        ("expired", with("exp", json!(now() / 1000 - 1))),
        ("not valid yet", with("nbf", json!(now() / 1000 + 60))),
        ("for somebody else", with("aud", json!("another"))),
        ("by somebody else", with("iss", json!("another"))),
        ("without an end", with("exp", Value::Null)),
        ("not in the register", with("jti", json!("1"))),
        ("without an id", with("jti", Value::Null)),
        (
            "with the public key as a secret",
            signed(
                Algorithm::HS256,
                &kid,
                &EncodingKey::from_secret(&public),
                &claims(),
            ),
        ),
        ("not signed", unsigned("none")),
        ("said to be signed", unsigned("EdDSA")),
        ("of another relay", of_other.unwrap().1.reveal().to_owned()),
        ("cut", good[..good.len() - 4].to_owned()),
        ("with more behind", format!("{good}AAAA")),
        ("nonsense", "nonsense".to_owned()),
        ("long", "a.".repeat(50_000)),
    ] {
        let answer = keyed.get(&token, "/api/channels").await;
        let sentence = answer.refused(401, "unauthenticated");
        assert!(!sentence.contains(&token), "{why}: {sentence}");
        let mut socket = knock(&keyed.relay).await;
        say(&mut socket, json!({"type": "hello", "token": token})).await;
        let (frames, code) = to_the_end(&mut socket).await;
        assert_eq!(code, 4401, "{why}");
        assert!(
            frames.iter().all(|frame| frame["type"] == "error"),
            "{why}: {frames:?}"
        );
    }
    assert_eq!(keyed.get(&good, "/api/channels").await.status, 200);
}

fn own_public(keyed: &Keyed) -> Vec<u8> {
    public_key(&std::fs::read(keyed.folder.path().join("access/signing-key.pem")).unwrap())
}

fn public_key(pem: &[u8]) -> Vec<u8> {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::from_pkcs8(pem::parse(pem).unwrap().contents()).unwrap();
    pair.public_key().as_ref().to_vec()
}

#[tokio::test]
async fn a_stranger_learns_nothing_and_is_told_what_to_do() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    keyed.publish(&admin, "secret-plan", message("a")).await;
    let sentence = keyed
        .relay
        .get("/api/channels")
        .await
        .refused(401, "unauthenticated");
    assert!(
        sentence.contains("link") && sentence.contains("token"),
        "{sentence}"
    );
    for (frame, has_answer) in [
        (
            json!({"type": "subscribe", "ref": "1", "channel": "secret-plan"}),
            false,
        ),
        (json!({"type": "hello", "member": "admin"}), false),
    ] {
        let mut socket = knock(&keyed.relay).await;
        say(&mut socket, frame).await;
        let (frames, code) = to_the_end(&mut socket).await;
        assert_eq!((code, has_answer), (4401, false));
        assert_eq!(frames.len(), 1, "{frames:?}");
        assert_eq!(frames[0]["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn who_has_a_token_speaks_as_the_token_says() {
    let keyed = Keyed::start().await;
    let ada = keyed.person("ada", &[EVERYTHING]);
    let said = [
        ("pilothouse-member", "bob"),
        ("pilothouse-name", "Bob"),
        ("pilothouse-kind", "agent"),
    ];
    let request = keyed
        .relay
        .request(Method::POST, "/api/channels/c/events")
        .bearer_auth(&ada);
    let request = said.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.json(&message("one")).send().await.unwrap();
    assert_eq!(answer.headers()["pilothouse-member"], "ada");
    let mut socket = keyed.socket(&ada).await;
    socket
        .send(json!({"type": "hello", "member": "bob", "name": "Bob", "kind": "agent"}))
        .await;
    let welcome = socket
        .until("welcome", |frame| frame["type"] == "welcome")
        .await;
    assert_eq!(welcome["member"], "ada");
    socket.publish("c", message("two")).await;
    let page = keyed.get(&ada, "/api/channels/c/events").await.json();
    for event in &page["events"].as_array().unwrap()[1..] {
        let author = &event["author"];
        assert_eq!(
            (&author["member"], &author["kind"]),
            (&json!("ada"), &json!("human")),
            "{event}"
        );
    }
}

#[tokio::test]
async fn an_attachment_speaks_for_its_agents_and_for_nobody_else() {
    let keyed = Keyed::start().await;
    let mut attachment = bearer("claude-code", MemberKind::Agent, &["claude-code-*:publish"]);
    attachment.speaks_for = vec!["claude-code-*".parse().unwrap()];
    let token = keyed.until(&attachment, now() + 60_000);
    let session = "7f3a9c21-0000-4000-8000-000000000000";
    let call = |event: &str| json!({"hook_event_name": event, "session_id": session, "cwd": "/home/ada/web"});
    let answer = keyed
        .post(&token, "/hooks/claude-code", call("SessionStart"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = keyed
        .post(&token, "/hooks/codex", call("SessionStart"))
        .await;
    answer.refused(403, "forbidden");
    let elsewhere = json!({"channel": "ops", "type": "operation_finished", "ok": true});
    keyed
        .post(&token, "/hooks/json", elsewhere)
        .await
        .refused(403, "forbidden");
    let as_other = json!({"channel": "claude-code-x", "author": {"member": "ada", "name": "Ada"}});
    keyed
        .post(&token, "/hooks/json", as_other)
        .await
        .refused(403, "forbidden");
    let admin = keyed.admin();
    let channels = keyed.get(&admin, "/api/channels").await.json();
    let ids: Vec<_> = channels["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"claude-code-web-7f3a9c21"), "{ids:?}");
    assert!(!ids.contains(&"ops"), "{ids:?}");
}

#[tokio::test]
async fn an_agent_sees_its_own_requests_and_those_of_nobody_else() {
    let keyed = Keyed::start().await;
    let (one, two) = (
        keyed.agent("one", &["c:publish"]),
        keyed.agent("two", &["c:publish"]),
    );
    let ask = json!({"type": "question_asked", "request": "q", "text": "Which port?"});
    assert_eq!(
        keyed
            .post(&one, "/api/channels/c/requests", ask.clone())
            .await
            .status,
        200
    );
    assert_eq!(
        keyed.get(&one, "/api/channels/c/requests/q").await.status,
        200
    );
    keyed
        .get(&two, "/api/channels/c/requests/q")
        .await
        .refused(404, "not_found");
    keyed
        .post(&two, "/api/channels/c/requests", ask)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn tokens_of_another_issuer_are_taken_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = Keyring::open(folder.path()).unwrap();
    let pem = std::fs::read(folder.path().join("access/signing-key.pem")).unwrap();
    let key = EncodingKey::from_ed_pem(&pem).unwrap();
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(public_key(&pem));
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x});
    let secret = json!({"kty": "oct", "kid": "k2", "alg": "HS256", "k": "c2VjcmV0"});
    let keys = folder.path().join("keys.json");
    std::fs::write(&keys, json!({ "keys": [jwk, secret] }).to_string()).unwrap();
    let keyed = Keyed::with(|mut config| {
        let name = "https://login.example".to_owned();
        config.issuer = Some(IssuerConfig {
            name,
            keys: KeySource::File(keys),
        });
        config
    });
    let keyed = keyed.await;
    let mut claims = claims();
    claims["iss"] = json!("https://login.example");
    claims["name"] = json!("Eve");
    let token = signed(Algorithm::EdDSA, "k1", &key, &claims);
    until("keys of the issuer", async || {
        (keyed.get(&token, "/api/channels").await.status == 200).then_some(())
    })
    .await;
    let session = keyed.get(&token, "/api/session").await.json();
    assert_eq!(
        (&session["member"], &session["name"]),
        (&json!("eve"), &json!("Eve"))
    );
    let by_secret = signed(
        Algorithm::HS256,
        "k2",
        &EncodingKey::from_secret(b"secret"),
        &claims,
    );
    keyed
        .get(&by_secret, "/api/channels")
        .await
        .refused(401, "unauthenticated");
    claims["iss"] = json!("pilothouse");
    let as_own = signed(Algorithm::EdDSA, "k1", &key, &claims);
    keyed
        .get(&as_own, "/api/channels")
        .await
        .refused(401, "unauthenticated");
    let path = format!("/api/tokens/{}", session["token"].as_str().unwrap());
    let admin = keyed.admin();
    assert_eq!(
        keyed
            .call(&admin, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
    keyed
        .get(&token, "/api/channels")
        .await
        .refused(401, "unauthenticated");
    drop(theirs);
}

#[tokio::test]
async fn nothing_prints_a_token() {
    let keyed = Keyed::start().await;
    let (_, token) = keyed
        .keyring
        .token(
            &bearer("ada", MemberKind::Human, &["ops:watch"]),
            now() + 60_000,
        )
        .unwrap();
    let printed = format!("{token:?} {:?}", keyed.keyring);
    assert!(
        !printed.contains(token.reveal()) && !printed.contains("PRIVATE"),
        "{printed}"
    );
    let admin = keyed.admin();
    let listed = keyed.get(&admin, "/api/tokens").await.text;
    assert!(
        listed.contains("\"ada\"") && !listed.contains(token.reveal()),
        "{listed}"
    );
}

#[tokio::test]
#[cfg(unix)]
async fn nobody_else_on_the_machine_reads_the_keys() {
    use std::os::unix::fs::PermissionsExt;
    let keyed = Keyed::start().await;
    let folder = keyed.folder.path().join("access");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
