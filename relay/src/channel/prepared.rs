//! Frames encoded and framed once per encoding, whoever and however many get them.

use std::sync::OnceLock;

use bytes::Bytes;
use pilothouse_shared::{
    Author, ChannelId, Delivery, Encoding, Event, Op, RelayFrame, Seq, SignalChanged, SignalKey,
    Skipped, Visibility,
};

use crate::websocket::{Opcode, frame};

/// Bytes of one frame in each encoding, made when first asked for.
#[derive(Debug, Default)]
struct Encoded([OnceLock<Bytes>; 2]);

impl Encoded {
    fn get(&self, encoding: Encoding, frame: impl FnOnce() -> RelayFrame) -> Bytes {
        let slot = match encoding {
            Encoding::Json => &self.0[0],
            Encoding::MessagePack => &self.0[1],
        };
        slot.get_or_init(|| encode(encoding, &frame())).clone()
    }
}

/// The WebSocket frame of a frame of the relay's own making. What cannot be encoded was never stored,
/// so a failure is logged and yields no bytes.
pub(crate) fn encode(encoding: Encoding, content: &RelayFrame) -> Bytes {
    let opcode = match encoding {
        Encoding::Json => Opcode::Text,
        Encoding::MessagePack => Opcode::Binary,
    };
    match encoding.encode(content) {
        Ok(bytes) => frame(opcode, &bytes),
        Err(error) => {
            tracing::error!(%error, "frame not encoded");
            Bytes::new()
        }
    }
}

/// An event on its way to many.
#[derive(Debug)]
pub(crate) struct Prepared {
    channel: ChannelId,
    event: Event,
    whole: Encoded,
    skipped: Encoded,
}

impl Prepared {
    pub(crate) fn new(channel: ChannelId, event: Event) -> Self {
        Self {
            channel,
            event,
            whole: Encoded::default(),
            skipped: Encoded::default(),
        }
    }

    pub(super) fn event(&self) -> &Event {
        &self.event
    }

    pub(crate) fn seq(&self) -> Seq {
        self.event.seq
    }

    pub(super) fn prev(&self) -> Seq {
        self.event.prev
    }

    pub(super) fn is_public(&self) -> bool {
        self.event.visibility == Visibility::Public
    }

    /// Bytes of the frame in JSON, the encoding of nearly everybody.
    pub(super) fn size(&self) -> usize {
        self.whole_in(Encoding::Json).len()
    }

    /// The frame for one viewer: the event, or only its place.
    pub(crate) fn frame_for(&self, viewer: &Author) -> RelayFrame {
        match self.is_visible_to(viewer) {
            true => self.whole_frame(),
            false => self.skipped_frame(),
        }
    }

    fn whole_frame(&self) -> RelayFrame {
        RelayFrame::Event(Delivery {
            channel: self.channel.clone(),
            event: self.event.clone(),
        })
    }

    fn skipped_frame(&self) -> RelayFrame {
        let Event { seq, prev, .. } = self.event;
        let channel = self.channel.clone();
        RelayFrame::Skipped(Skipped { channel, seq, prev })
    }

    /// The bytes of that frame.
    pub(crate) fn bytes_for(&self, viewer: &Author, encoding: Encoding) -> Bytes {
        match self.is_visible_to(viewer) {
            true => self.whole_in(encoding),
            false => self.skipped.get(encoding, || self.skipped_frame()),
        }
    }

    fn whole_in(&self, encoding: Encoding) -> Bytes {
        self.whole.get(encoding, || self.whole_frame())
    }

    pub(super) fn is_visible_to(&self, viewer: &Author) -> bool {
        self.event.is_visible_to(&viewer.member, viewer.kind)
    }
}

/// A change of a signal on its way to many.
#[derive(Debug)]
pub(crate) struct PreparedSignal {
    frame: SignalChanged,
    bytes: Encoded,
}

impl PreparedSignal {
    pub(crate) fn new(channel: ChannelId, key: SignalKey, version: u64, op: Op) -> Self {
        let frame = SignalChanged {
            channel,
            key,
            version,
            op,
        };
        Self {
            frame,
            bytes: Encoded::default(),
        }
    }

    pub(crate) fn frame(&self) -> &SignalChanged {
        &self.frame
    }

    pub(crate) fn bytes(&self, encoding: Encoding) -> Bytes {
        self.bytes
            .get(encoding, || RelayFrame::Signal(self.frame.clone()))
    }
}
