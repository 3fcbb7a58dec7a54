//! What takes a connection half a minute, on a clock that jumps.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pilothouse_shared::limits::{HELLO_WITHIN_MS, PING_EVERY_MS, PONG_WITHIN_MS};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use super::*;
use crate::channel::Channel;
use crate::config::{Config, Durability};

type Socket = WebSocketStream<TcpStream>;

/// A connection to a new channel, and the client's end of it.
async fn connect() -> (Server, Arc<Channel>, Socket, JoinHandle<()>) {
    let config = Config {
        durability: Durability::Memory,
        ..Config::default()
    };
    let server = Server::new(config).await.unwrap();
    let member = somebody();
    let id = ChannelId::new("c").unwrap();
    let channel = server.hub.create(&id, "c", &member).await.unwrap();
    let (ours, theirs) = sockets().await;
    let connection = Connection::new(
        server.clone(),
        guest(member),
        true,
        Encoding::Json,
        ours,
        &[],
    );
    let running = tokio::spawn(connection.run(Some(id)));
    let mut client = ClientBuilder::new().take_over(theirs);
    // `welcome` and `subscribed`.
    for _ in 0..2 {
        client.next().await.unwrap().unwrap();
    }
    (server, channel, client, running)
}

/// Both ends of a connection.
async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).await;
    let (ours, _) = listener.accept().await.unwrap();
    (ours, theirs.unwrap())
}

fn guest(author: Author) -> Guest {
    let access = Some(Access::open());
    Guest {
        author,
        access,
        address: None,
    }
}

fn somebody() -> Author {
    Author {
        member: clock::fresh(pilothouse_shared::MemberId::new),
        name: "Ada".to_owned(),
        kind: MemberKind::Human,
    }
}

/// People connected to the channel, as everybody is told.
fn n_watchers(channel: &Channel) -> usize {
    channel.summary(&somebody()).watchers
}

#[tokio::test(start_paused = true)]
async fn a_half_open_socket_is_gone_from_the_counts_within_36_seconds() {
    let (_server, channel, silent, running) = connect().await;
    assert_eq!(n_watchers(&channel), 1);
    let started = Instant::now();
    running.await.unwrap();
    assert_eq!(n_watchers(&channel), 0);
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(PING_EVERY_MS / 2 + PONG_WITHIN_MS),
        "{took:?}"
    );
    let all = PING_EVERY_MS + PONG_WITHIN_MS + 3_000;
    assert!(took <= Duration::from_millis(all), "{took:?}");
    drop(silent);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_was_silent_too_long_is_told_4408() {
    let (_server, _channel, client, running) = connect().await;
    // Reads nothing while the clock runs on, so no pong leaves either.
    running.await.unwrap();
    let mut received = Vec::new();
    client
        .into_inner()
        .read_to_end(&mut received)
        .await
        .unwrap();
    let close = received.iter().rposition(|byte| *byte == 0x88).unwrap();
    assert_eq!(received[close + 2..close + 4], 4408_u16.to_be_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_stays_for_ever() {
    let (_server, channel, mut client, running) = connect().await;
    let (deadline, mut n_pings) = (Instant::now() + Duration::from_secs(600), 0);
    while let Ok(message) = tokio::time::timeout_at(deadline, client.next()).await {
        n_pings += usize::from(message.unwrap().unwrap().is_ping());
    }
    assert!(!running.is_finished());
    assert_eq!(n_watchers(&channel), 1);
    assert!((20..=30).contains(&n_pings), "{n_pings}");
}

#[tokio::test(start_paused = true)]
async fn frames_of_the_peer_count_as_signs_of_life() {
    let (_server, _channel, mut client, running) = connect().await;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        client
            .send(Message::text("{\"type\":\"ping\"}"))
            .await
            .unwrap();
    }
    assert!(!running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_nothing_for_10_seconds_is_closed_and_counted() {
    let (server, channel, stuck, running) = connect().await;
    let body = json!({"type": "message", "role": "user", "text": "x".repeat(100_000)});
    let body: pilothouse_shared::Body = serde_json::from_value(body).unwrap();
    // The store has a thread of its own, which a clock that jumps would not wait for.
    tokio::time::resume();
    // More than the buffers between hold.
    for _ in 0..150 {
        channel.announce(somebody(), body.clone()).await.unwrap();
    }
    tokio::time::pause();
    assert_eq!(server.metrics.slow.get(), 0);
    running.await.unwrap();
    assert_eq!(server.metrics.slow.get(), 1);
    assert_eq!(n_watchers(&channel), 0);
    drop(stuck);
}

/// Questions were once answered one after the other before anything was written: some KiB of them could
/// make the relay hold hundreds of MiB for a peer that reads nothing.
#[tokio::test(start_paused = true)]
async fn a_peer_that_asks_and_reads_nothing_is_answered_no_faster_than_it_reads() {
    let (server, channel, client, running) = connect().await;
    let body = json!({"type": "message", "role": "user", "text": "x".repeat(100_000)});
    let body: pilothouse_shared::Body = serde_json::from_value(body).unwrap();
    for _ in 0..10 {
        channel.announce(somebody(), body.clone()).await.unwrap();
    }
    drop((client, running));
    let (ours, theirs) = sockets().await;
    let mut asker = Connection::new(
        server,
        guest(somebody()),
        true,
        Encoding::Json,
        ours,
        &questions(50),
    );
    let ended = asker.receive().await.unwrap_err();
    assert!(
        matches!(ended, End::Close(CloseCode::Silent, _)),
        "{ended:?}"
    );
    let unsent = asker.line.n_unsent();
    assert!(unsent < 2 * 1024 * 1024, "{unsent} bytes are held");
    drop(theirs);
}

/// Frames that ask for the newest history, as a client sends them. A mask of zeros is one, too.
fn questions(n: usize) -> Vec<u8> {
    let question = json!({"type": "history", "ref": "1", "channel": "c"}).to_string();
    let length = u8::try_from(question.len()).unwrap();
    assert!(length < 126);
    let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], question.as_bytes()].concat();
    frame.repeat(n)
}

/// A stranger whose first frame comes a byte a second would be there for as long as it liked, since each byte
/// is a sign of life.
#[tokio::test(start_paused = true)]
async fn a_stranger_is_not_waited_for_however_busy_it_seems() {
    let (server, ..) = connect().await;
    for frame in [byte_by_byte(), questions(1).repeat(1000)] {
        let (ours, theirs) = sockets().await;
        let stranger = Guest {
            access: None,
            ..guest(somebody())
        };
        let connection =
            Connection::new(server.clone(), stranger, false, Encoding::Json, ours, &[]);
        let running = tokio::spawn(connection.run(None));
        let (mut reading, mut writing) = theirs.into_split();
        let dripping = tokio::spawn(async move {
            for byte in frame {
                if writing.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let started = Instant::now();
        running.await.unwrap();
        let took = started.elapsed();
        let most = Duration::from_millis(HELLO_WITHIN_MS) + Duration::from_secs(3);
        assert!(took <= most, "{took:?}");
        let mut received = Vec::new();
        reading.read_to_end(&mut received).await.unwrap();
        let close = received.iter().rposition(|byte| *byte == 0x88).unwrap();
        assert_eq!(received[close + 2..close + 4], 4401_u16.to_be_bytes());
        dripping.abort();
    }
}

/// A long frame of text.
fn byte_by_byte() -> Vec<u8> {
    [&[0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0][..], &[b' '; 1000]].concat()
}
