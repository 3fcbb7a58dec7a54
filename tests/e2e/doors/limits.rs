//! Connections have bounds: how many, and how long they may take to say what for.

use std::time::Duration;

use pilothouse_relay::config::Config;
use pilothouse_tests::{Agent, DEADLINE, InProcess, Socket, pause_for, until, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::rest;

const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What one connection that asks once is answered, up to its end.
async fn asked(relay: &InProcess) -> String {
    let mut socket = TcpStream::connect(relay.address()).await.unwrap();
    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    // Who is refused may be so before it has asked.
    let _ = socket.write_all(request).await;
    rest(&mut socket).await
}

/// The first line of an answer.
async fn status(socket: &mut TcpStream) -> String {
    let mut line = [0; 15];
    let reading = socket.read_exact(&mut line);
    within(DEADLINE, "an answer", reading).await.unwrap();
    String::from_utf8_lossy(&line).into_owned()
}

#[tokio::test]
async fn an_address_has_as_many_connections_as_it_may_sockets_too() {
    let relay = InProcess::with(Config {
        max_connections_per_address: Some(3),
        ..Config::default()
    })
    .await;
    let silent = TcpStream::connect(relay.address()).await.unwrap();
    let sockets = (
        Socket::open(relay.address()).await,
        Socket::open(relay.address()).await,
    );
    let refused = asked(&relay).await;
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(refused.contains("retry-after: "), "{refused}");
    assert!(refused.contains(r#""code":"rate_limited""#), "{refused}");

    for left in [Box::new(silent) as Box<dyn Send>, Box::new(sockets.0)] {
        drop(left);
        until("a place", || async {
            asked(&relay)
                .await
                .starts_with("HTTP/1.1 200")
                .then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn all_together_have_as_many_as_the_relay_holds() {
    let relay = InProcess::with(Config {
        max_connections: 2,
        ..Config::default()
    })
    .await;
    let _kept = [
        Socket::open(relay.address()).await,
        Socket::open(relay.address()).await,
    ];
    let refused = asked(&relay).await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains(r#""code":"unavailable""#), "{refused}");
}

#[tokio::test]
async fn this_machine_has_any_number_unless_told_otherwise() {
    let relay = InProcess::start().await;
    let mut kept = Vec::new();
    for _ in 0..300 {
        kept.push(TcpStream::connect(relay.address()).await.unwrap());
    }
    assert!(asked(&relay).await.starts_with("HTTP/1.1 200"));
}

/// Headers that come a byte at a time held a connection for as long as somebody liked.
#[tokio::test]
async fn who_takes_too_long_to_ask_is_cut_off_and_nobody_else() {
    let relay = InProcess::with(Config {
        request_within: Duration::from_secs(1),
        ..Config::default()
    })
    .await;
    let mut quick = TcpStream::connect(relay.address()).await.unwrap();
    quick.write_all(REQUEST).await.unwrap();
    assert_eq!(status(&mut quick).await, "HTTP/1.1 200 OK");
    let mut silent = TcpStream::connect(relay.address()).await.unwrap();
    let slow = TcpStream::connect(relay.address()).await.unwrap();
    let (mut reading, mut writing) = slow.into_split();
    let dripping = tokio::spawn(async move {
        let _ = writing.write_all(b"GET /health HTTP/1.1\r\nX: ").await;
        while writing.write_all(b"x").await.is_ok() {
            pause_for(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(rest(&mut silent).await, "");
    rest(&mut reading).await;
    within(DEADLINE, "the dripping to be refused", dripping)
        .await
        .unwrap();

    // Two were late; one was not, and may ask again.
    let agent = Agent::new(&relay.url(), "build", "claude");
    assert_eq!(
        agent.metric("pilothouse_late_starts_total").await,
        Some(2.0)
    );
    quick.write_all(REQUEST).await.unwrap();
    let mut more = [0; 1024];
    let reading = quick.read(&mut more);
    assert!(within(DEADLINE, "more", reading).await.unwrap() > 0);
}
