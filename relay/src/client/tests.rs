use futures_util::{SinkExt, StreamExt};
use pilothouse_shared::{
    ClientFrame, Encoding, MemberKind, Message, MessageKind, Publish, Role, limits,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message as Packet, ServerBuilder, WebSocketStream};

use super::*;

/// A peer that does what the test says.
struct Peer {
    listener: TcpListener,
    url: String,
}

struct Seat(WebSocketStream<TcpStream>);

impl Peer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Accepts a connection and hears its `hello`.
    async fn accept(&self) -> Seat {
        let (tcp, _) = self.listener.accept().await.unwrap();
        let (_, stream) = ServerBuilder::new().accept(tcp).await.unwrap();
        let mut seat = Seat(stream);
        assert!(matches!(seat.hear().await, ClientFrame::Hello(_)));
        seat.say(json!({
            "type": "welcome", "protocol": 1, "connection": "c", "member": "m", "access": [],
            "relay": {"name": "peer", "version": "0"}, "ping_every_ms": limits::PING_EVERY_MS,
            "max_frame_bytes": limits::MAX_FRAME_BYTES, "now": 1,
        }))
        .await;
        seat
    }

    fn client(&self) -> Client {
        let kind = MemberKind::Agent;
        Client::connect(
            &self.url,
            Hello {
                kind,
                ..Hello::default()
            },
        )
        .unwrap()
    }
}

impl Seat {
    async fn hear(&mut self) -> ClientFrame {
        let packet = self.0.next().await.unwrap().unwrap();
        Encoding::Json.decode_client(packet.as_payload()).unwrap()
    }

    async fn hear_publish(&mut self) -> Publish {
        match self.hear().await {
            ClientFrame::Publish(publish) => publish,
            other => panic!("{other:?}"),
        }
    }

    async fn say(&mut self, frame: Value) {
        self.0.send(Packet::text(frame.to_string())).await.unwrap();
    }

    async fn acknowledge(&mut self, publish: &Publish, seq: u64) {
        let (r#ref, channel, id) = (&publish.r#ref, &publish.channel, &publish.id);
        self.say(json!({
            "type": "published", "ref": r#ref, "channel": channel, "id": id, "seq": seq,
        }))
        .await;
    }
}

fn channel() -> ChannelId {
    "c".parse().unwrap()
}

fn message(text: &str) -> Body {
    Body::Message(Message {
        role: Role::Tool,
        text: text.to_owned(),
        kind: MessageKind::Text,
        message: None,
        extra: serde_json::Map::new(),
    })
}

async fn until<T>(client: &mut Client, wanted: impl Fn(&Update) -> Option<T>) -> T {
    loop {
        let update = client.recv().await.unwrap();
        if let Some(found) = wanted(&update) {
            return found;
        }
    }
}

async fn accepted(client: &mut Client) -> EventId {
    until(client, |update| match update {
        Update::Outbox {
            id,
            state: Some(SendState::Accepted { .. }),
        } => Some(id.clone()),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_publish_that_was_not_acknowledged_goes_out_again_under_the_same_id() {
    let peer = Peer::new().await;
    let mut client = peer.client();
    let id = client.publish(channel(), message("once")).await;

    let mut seat = peer.accept().await;
    let first = seat.hear_publish().await;
    drop(seat);
    let lost = |update: &Update| matches!(update, Update::Disconnected { .. }).then_some(());
    until(&mut client, lost).await;
    client.send(Input::RetryNow).await;

    let mut seat = peer.accept().await;
    let second = seat.hear_publish().await;
    assert_eq!(
        (first.id, first.body),
        (second.id.clone(), second.body.clone())
    );
    seat.acknowledge(&second, 1).await;
    assert_eq!(accepted(&mut client).await, id);
}

#[tokio::test]
async fn a_snapshot_comes_with_its_events_and_the_replica_can_be_read() {
    let peer = Peer::new().await;
    let mut client = peer.client();
    client.subscribe(channel(), 10).await;
    let mut seat = peer.accept().await;
    let ClientFrame::Subscribe(asked) = seat.hear().await else {
        panic!("not a subscribe");
    };
    let event = json!({
        "seq": 1, "prev": 0, "id": "e", "at": 1, "body": {"type": "left"},
        "author": {"member": "m", "name": "n", "kind": "agent"},
    });
    let snapshot = serde_json::to_value(pilothouse_shared::Snapshot::default()).unwrap();
    seat.say(json!({
        "type": "subscribed", "ref": asked.r#ref, "channel": "c", "head": 1, "floor": 1,
        "position": {"epoch": "x", "seq": 1}, "snapshot": snapshot, "events": [event],
        "signals": [],
    }))
    .await;
    let events = until(&mut client, |update| match update {
        Update::Snapshot { events, .. } => Some(events.clone()),
        _ => None,
    })
    .await;
    assert_eq!(events.len(), 1);
    let head = client.read(|link| link.replica(&channel()).unwrap().head());
    assert_eq!(head.0, 1);
}

#[tokio::test]
async fn a_receiver_that_does_not_come_stops_neither_sender_nor_peer() {
    let peer = Peer::new().await;
    let mut client = peer.client();
    let n_publishes: usize = 50;
    let n_replies = 10 * MAX_UPDATES;
    for _ in 0..n_publishes {
        client.publish(channel(), message("x")).await;
    }
    let mut seat = peer.accept().await;
    let flood = tokio::spawn(async move {
        for _ in 0..n_replies {
            seat.say(json!({"type": "error", "code": "invalid", "message": "no"}))
                .await;
        }
        for seq in 1..=n_publishes {
            let publish = seat.hear_publish().await;
            seat.acknowledge(&publish, seq as u64).await;
        }
        seat
    });
    let reply = |update: &Update| matches!(update, Update::Reply(_)).then_some(());
    for _ in 0..n_replies {
        until(&mut client, reply).await;
    }
    for _ in 0..n_publishes {
        accepted(&mut client).await;
    }
    flood.await.unwrap();
}

#[tokio::test]
async fn closing_says_farewell() {
    let peer = Peer::new().await;
    let client = peer.client();
    let mut seat = peer.accept().await;
    let closing = tokio::spawn(client.close());
    let packet = seat.0.next().await.unwrap().unwrap();
    assert_eq!(
        packet.as_close().map(|(code, _)| u16::from(code)),
        Some(1000)
    );
    while seat.0.next().await.is_some() {}
    closing.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_forbids_the_connection_is_not_asked_again() {
    let peer = Peer::new().await;
    let mut client = peer.client();
    let (mut tcp, _) = peer.listener.accept().await.unwrap();
    let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut tcp, answer)
        .await
        .unwrap();
    let stopped = |update: &Update| match update {
        Update::State(State::Stopped { reason }) => Some(format!("{reason:?}")),
        _ => None,
    };
    assert!(until(&mut client, stopped).await.contains("does not allow"));
}

#[tokio::test]
async fn dropping_the_client_ends_the_connection() {
    let peer = Peer::new().await;
    let client = peer.client();
    let mut seat = peer.accept().await;
    drop(client);
    while let Some(Ok(_)) = seat.0.next().await {}
}
