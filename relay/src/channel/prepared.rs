//! Frames encoded once per encoding, whoever and however many get them.

use std::sync::OnceLock;

use bytes::Bytes;
use pilothouse_shared::{
    Author, ChannelId, Delivery, Encoding, Event, Op, RelayFrame, Seq, SignalChanged, SignalKey,
    Skipped,
};

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

/// Encodes a frame of the relay's own making. What cannot be encoded was never stored, so a failure
/// is logged and yields no bytes.
pub(crate) fn encode(encoding: Encoding, frame: &RelayFrame) -> Bytes {
    match encoding.encode(frame) {
        Ok(bytes) => bytes.into(),
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

    pub(crate) fn event(&self) -> &Event {
        &self.event
    }

    pub(crate) fn seq(&self) -> Seq {
        self.event.seq
    }

    /// The frame for one viewer: the event, or only its place.
    pub(crate) fn frame_for(&self, viewer: &Author) -> RelayFrame {
        let channel = self.channel.clone();
        if self.is_visible_to(viewer) {
            return RelayFrame::Event(Delivery {
                channel,
                event: self.event.clone(),
            });
        }
        let Event { seq, prev, .. } = self.event;
        RelayFrame::Skipped(Skipped { channel, seq, prev })
    }

    /// The bytes of that frame.
    pub(crate) fn bytes_for(&self, viewer: &Author, encoding: Encoding) -> Bytes {
        let form = if self.is_visible_to(viewer) {
            &self.whole
        } else {
            &self.skipped
        };
        form.get(encoding, || self.frame_for(viewer))
    }

    fn is_visible_to(&self, viewer: &Author) -> bool {
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
