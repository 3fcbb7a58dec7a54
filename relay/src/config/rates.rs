//! How much one member may ask of the relay.

use std::num::NonZeroU64;

use super::ServeArgs;

/// What one member may do; an address has the room of 8 members, the relay that of 64. What is by the
/// second may come ten seconds' worth at once, what is by the minute a minute's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxRates {
    /// Frames and HTTP requests. More than a relay on two cores can store.
    pub frames_per_second: NonZeroU64,
    /// Bytes sent to the relay.
    pub bytes_per_second: NonZeroU64,
    /// Hints and cancellations.
    pub hints_per_minute: NonZeroU64,
    /// Permissions and questions asked.
    pub requests_per_minute: NonZeroU64,
    /// Channels made.
    pub channels_per_minute: NonZeroU64,
}

impl Default for MaxRates {
    fn default() -> Self {
        typed(&ServeArgs::default())
    }
}

/// What was typed, and the usual for the rest.
pub(super) fn typed(args: &ServeArgs) -> MaxRates {
    MaxRates {
        frames_per_second: or(args.max_frames_per_second, 50_000),
        bytes_per_second: or(args.max_bytes_per_second, 64 * 1024 * 1024),
        hints_per_minute: or(args.max_hints_per_minute, 1200),
        requests_per_minute: or(args.max_requests_per_minute, 1200),
        channels_per_minute: or(args.max_channels_per_minute, 1000),
    }
}

/// What was typed, or else this.
fn or(typed: Option<NonZeroU64>, usual: u64) -> NonZeroU64 {
    typed.or(NonZeroU64::new(usual)).unwrap_or(NonZeroU64::MIN)
}
