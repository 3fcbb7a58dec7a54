//! What a relay says, to the machine that every client runs: link, replicas and outbox.

use pilothouse_shared::link::{Command, Input, Link};
use pilothouse_shared::{Body, ChannelId, CloseCode, Encoding, Millis, Visibility};

/// The channel of the examples of the protocol, so that they are about something that is watched.
const CHANNEL: &str = "parser-rewrite";

const MESSAGE: &str = r#"{"type":"message","role":"user","text":"x"}"#;

/// Feeds frames, parted by empty lines, to a link that watches, follows and publishes. A part that is no
/// frame is a line of its own: `tick`, or the socket closing. What the link sends, a relay can read.
pub(crate) fn run(input: &[u8]) {
    let mut link = Link::new(None);
    let mut now = 1;
    for input in beginning() {
        step(&mut link, input, now);
    }
    for part in crate::parts(input) {
        now += 40;
        match Encoding::Json.decode_relay(part) {
            Ok(frame) => step(&mut link, Input::Frame(Box::new(frame)), now),
            Err(_) => otherwise(&mut link, part, &mut now),
        }
    }
}

fn beginning() -> Vec<Input> {
    let (Ok(channel), Ok(followed), Ok(id)) = (
        CHANNEL.parse::<ChannelId>(),
        "docs".parse::<ChannelId>(),
        "01K9ZQ5T3V".parse(),
    ) else {
        return Vec::new();
    };
    let body: Option<Body> = serde_json::from_str(MESSAGE).ok();
    let publish = body.map(|body| Input::Publish {
        id,
        channel: channel.clone(),
        body,
        visibility: Visibility::Public,
    });
    let begin = [
        Input::Start,
        Input::Opened,
        Input::Subscribe {
            channel,
            history: 50,
            after: None,
        },
        Input::Follow { channel: followed },
    ];
    begin.into_iter().chain(publish).collect()
}

fn otherwise(link: &mut Link, part: &[u8], now: &mut Millis) {
    match part {
        b"tick" => {
            *now += 60_000;
            step(link, Input::Tick, *now);
        }
        _ => {
            let code = CloseCode::from(1000 + part.len() as u16 % 3500);
            let reason = String::from_utf8_lossy(part).into_owned();
            step(link, Input::Closed { code, reason }, *now);
            step(link, Input::RetryNow, *now);
            step(link, Input::Opened, *now);
        }
    }
}

fn step(link: &mut Link, input: Input, now: Millis) {
    for command in link.step(input, now, 0.5) {
        let Command::Send(frame) = command else {
            continue;
        };
        for encoding in [Encoding::Json, Encoding::MessagePack] {
            let bytes = encoding.encode(&frame);
            let read = bytes.map(|bytes| encoding.decode_client(&bytes));
            assert!(matches!(read, Ok(Ok(_))), "{frame:?} was {read:?}");
        }
    }
}
