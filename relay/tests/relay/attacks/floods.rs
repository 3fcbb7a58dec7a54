//! Much of what is cheap to send: pings, fragments, connections.

use std::net::SocketAddr;
use std::num::NonZeroU64;

use pilothouse_relay::config::{Config, MaxRates};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{Relay, in_memory, message, soon, until};

/// The first byte of a frame (RFC 6455, section 5.2): the last of its message, or not.
const PING: u8 = 0x89;
const CONTINUATION: u8 = 0x00;
const LAST_CONTINUATION: u8 = 0x80;
const FIRST_OF_TEXT: u8 = 0x01;

async fn with_rates(change: impl FnOnce(&mut MaxRates)) -> Relay {
    let mut max_rates = MaxRates::default();
    change(&mut max_rates);
    Relay::with(Config {
        max_rates,
        ..in_memory()
    })
    .await
}

/// A short frame of a client. A mask of zeros is one, too.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    assert!(length < 126);
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

/// Reads until the relay closes; gives the code.
async fn closed(stream: &mut TcpStream) -> u16 {
    let mut said = Vec::new();
    // Who is closed with bytes unread may see a reset after the last word.
    let _ = soon("end", stream.read_to_end(&mut said)).await;
    let close = said.iter().rposition(|byte| *byte == 0x88).unwrap();
    u16::from_be_bytes([said[close + 2], said[close + 3]])
}

#[tokio::test]
async fn a_flood_of_pings_is_slowed_and_slows_nobody_else() {
    let relay = with_rates(|most| most.frames_per_second = NonZeroU64::new(100).unwrap()).await;
    let mut stream = relay.member("eve", "agent").await.into_stream();
    // The burst, and half a second more than that.
    let n_pings = 1050;
    let flood = frame(PING, b"x").repeat(n_pings);
    stream.write_all(&flood).await.unwrap();
    let mut answers = vec![0; n_pings * 3];
    soon("answers", stream.read_exact(&mut answers))
        .await
        .unwrap();
    assert!(answers.chunks(3).all(|pong| pong == [0x8a, 1, b'x']));
    let slowed = relay.metric(r#"pilothouse_limited_total{limit="frames",of="member"}"#);
    assert!(slowed.await > 0.0);
    let mut other = relay.member("other", "agent").await;
    other.publish("c", message("at once")).await;
}

#[tokio::test]
async fn a_message_in_pieces_is_no_larger_than_one_that_is_whole() {
    let relay = Relay::start().await;
    for size in [1, 125] {
        let mut stream = relay.socket().await.into_stream();
        stream
            .write_all(&frame(FIRST_OF_TEXT, b"\""))
            .await
            .unwrap();
        let piece = frame(CONTINUATION, &vec![b'x'; size]);
        // One byte more than a message has.
        let flood = piece.repeat(262_144 / size + 1);
        // It may be closed before all was sent.
        let _ = stream.write_all(&flood).await;
        assert_eq!(closed(&mut stream).await, 4413, "{size}");
    }
    relay.socket().await.is_alive().await;
}

#[tokio::test]
async fn pieces_with_nothing_in_them_cost_what_other_bytes_do() {
    let relay = with_rates(|most| most.bytes_per_second = NonZeroU64::new(10_000).unwrap()).await;
    let mut stream = relay.member("eve", "agent").await.into_stream();
    stream
        .write_all(&frame(FIRST_OF_TEXT, br#"{"type":"#))
        .await
        .unwrap();
    // The burst, and half a second more than that.
    let flood = frame(CONTINUATION, b"").repeat(105_000 / 6);
    stream.write_all(&flood).await.unwrap();
    let end = frame(LAST_CONTINUATION, br#""ping"}"#);
    stream.write_all(&end).await.unwrap();
    let mut answer = [0; 2];
    soon("answer", stream.read_exact(&mut answer))
        .await
        .unwrap();
    assert_eq!(answer[0], 0x81, "a pong, in text");
    let slowed = relay.metric(r#"pilothouse_limited_total{limit="bytes",of="member"}"#);
    assert!(slowed.await > 0.0);
    let mut other = relay.member("other", "agent").await;
    other.publish("c", message("at once")).await;
}

#[tokio::test]
async fn a_frame_that_says_it_is_endless_is_not_waited_for() {
    let relay = Relay::start().await;
    for length in [262_145_u64, u64::from(u32::MAX), u64::MAX] {
        let mut stream = relay.socket().await.into_stream();
        let head = [&[0x81, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
        stream.write_all(&head).await.unwrap();
        assert_eq!(closed(&mut stream).await, 4413, "{length}");
    }
}

/// Most connections from one address.
const PER_ADDRESS: usize = 256;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_handshakes_that_go_no_further_keep_nobody_out() {
    let relay = Relay::with(Config {
        max_connections_per_address: Some(PER_ADDRESS),
        ..in_memory()
    })
    .await;
    let mut kept = Vec::new();
    for n in 0..10_000 {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        // Half of a handshake; who is refused may be gone.
        let _ = stream
            .write_all(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso")
            .await;
        // As many as this test may hold open; those beyond are refused anyway.
        if n < 2 * PER_ADDRESS {
            kept.push(stream);
        }
    }
    // This whole machine is loopback, and each address of it one household.
    let honest = TcpSocket::new_v4().unwrap();
    honest.bind(SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
    let mut honest = soon("connection", honest.connect(relay.address))
        .await
        .unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    honest.write_all(request).await.unwrap();
    let mut answer = String::new();
    soon("answer", honest.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.200}");
    let turned_away = answer
        .lines()
        .find_map(|line| line.strip_prefix("pilothouse_turned_away_total "));
    let turned_away: usize = turned_away.unwrap().parse().unwrap();
    assert!(turned_away >= 10_000 - 2 * PER_ADDRESS, "{turned_away}");
    drop(kept);
    until("a place for those from here", async || {
        let mut stream = TcpStream::connect(relay.address).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        answer.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
    relay.publish("c", json!([message("x")])).await;
}
