//! The worked session of `PROTOCOL.md` is made of real frames and leads where it says.

use pilothouse_shared::{Applied, ClientFrame, Encoding, RelayFrame, Replica, Seq};

const PROTOCOL: &str = include_str!("../../PROTOCOL.md");

/// One frame of the session.
enum Said {
    Client(ClientFrame),
    Relay(RelayFrame),
}

fn session() -> Vec<Said> {
    let (_, rest) = PROTOCOL.split_once("## 16. A session").unwrap();
    let block = rest.split("```").nth(1).unwrap();
    let frames = block.replace("\n   ", " ");
    frames.lines().filter_map(read).collect()
}

fn read(line: &str) -> Option<Said> {
    let (side, frame) = line.split_once(' ')?;
    let said = match side {
        ">" => Encoding::Json
            .decode_client(frame.as_bytes())
            .map(Said::Client),
        "<" => Encoding::Json
            .decode_relay(frame.as_bytes())
            .map(Said::Relay),
        _ => return None,
    };
    Some(said.unwrap_or_else(|error| panic!("{error}: {frame}")))
}

#[test]
fn the_worked_session_follows_without_a_gap_to_its_head() {
    let mut replica = None;
    for said in session() {
        match said {
            Said::Client(ClientFrame::Subscribe(subscribe)) => {
                let replica = replica.get_or_insert_with(|| Replica::new(subscribe.channel));
                assert_eq!(replica.position(), subscribe.after.as_ref());
            }
            Said::Client(_) => {}
            Said::Relay(frame) => {
                let applied = replica.as_mut().map(|replica| replica.apply(&frame));
                let is_lost = matches!(applied, Some(Applied::Missed | Applied::Known));
                assert!(!is_lost, "{frame:?}");
            }
        }
    }
    let replica = replica.unwrap();
    assert!(replica.is_caught_up());
    assert_eq!(replica.head(), Seq(62));
}
